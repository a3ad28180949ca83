"""What Django's reports of an error say. They go to logs and to mail, and are read by people who may know
nothing of what a request held: so outside of development a report names the place of an error, and no value
at all. How somebody voted, a password and a card must not leave the house with a traceback.
"""

from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class SilentReporterFilter(SafeExceptionReporterFilter):
    """Hides what was posted and every local variable."""

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """The names of what was posted."""
        if request is None or not self.is_active(request):
            return super().get_post_parameters(request)
        return dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> Any:
        """The names of the variables of a frame."""
        if not self.is_active(request):
            return super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self.cleansed_substitute) for name in tb_frame.f_locals]

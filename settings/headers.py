"""The one response header that neither Django nor django-csp sets: what a page may ask of the device it
is shown on.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Nothing. The one page that scans codes asks for camera=(self) itself.
POLICY = ", ".join(
    f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb", "serial")
)


class PermissionsPolicyMiddleware:
    """Adds Permissions-Policy where a view has not set its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        return response

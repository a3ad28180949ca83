"""What a case may answer besides the three refusals of the kernel."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text, WrongState


class Overtaken(Exception):
    """Raised by a flow's hook when the object of the case was changed or has vanished under it. The
    transition is rolled back and the case ends as `overtaken` with this reason; nobody sees a traceback.
    """

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = str(reason)


def no_candidate(node: str) -> WrongState:
    """Nobody may answer the next step, not even the superior role: the transition does not take place."""
    return WrongState(
        _("Nobody may answer the next step. Tell the equipment office; nothing was changed."),
        code="workflows.no_candidate",
        node=node,
    )

"""Who may see what of the library: everybody who is signed in finds assets; whole lists, keepers and the
register itself are for the office and for who sees the school's reports.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotPermitted
from apps.people.models import User
from apps.people.queries import SCHOOL, authorized


def may_report(user: User, at: datetime) -> bool:
    """Whether somebody sees the school's lists as a whole and takes them away."""
    return authorized(user, "report", (SCHOOL,), at)


def require_report(user: User, at: datetime) -> None:
    """Else NotPermitted `library.report_only`."""
    if not may_report(user, at):
        raise NotPermitted(
            _("Only the equipment office, or who sees the school's reports, may do this."),
            code="library.report_only",
        )

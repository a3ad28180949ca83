"""What people are told of cases. The words name the case in the reader's language, who applied, and until
when.
"""

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.notices.kinds import Channel, Group, Kind, Takes, register_kind
from workflows.committee import noticekinds as committee
from workflows.onboarding import noticekinds as onboarding
from workflows.training import noticekinds as training

__all__ = ["committee", "onboarding", "training"]

_CASE = MappingProxyType({"case": Takes.NAME, "number": Takes.TEXT})
_STEP = MappingProxyType({**_CASE, "asks": Takes.NAME, "applicant": Takes.NAME, "until": Takes.NAME})
_ASKED = _("%(asks)s Applicant: %(applicant)s. %(until)s (%(number)s)")
BELL_ONLY: frozenset[Channel] = frozenset()


def _of_step(key: str, label: Text, title: Text, *, group: Group = Group.TASKS) -> Kind:
    """A kind that puts a step to somebody."""
    kind = Kind(key=key, group=group, label=label, title=title, body=_ASKED, takes=_STEP)
    return register_kind(kind)


OFFERED = _of_step("tasks.offered", _("A task is mine"), _("Waits for you: %(case)s"))
CLAIMABLE = _of_step("tasks.claimable", _("A task is open to take"), _("Open to take: %(case)s"))
TRANSFERRED = _of_step("tasks.transferred", _("A task is passed on to me"), _("Passed on to you: %(case)s"))
DELEGATED = _of_step("tasks.delegated", _("My opinion is asked"), _("Your opinion is asked: %(case)s"))
SIGN = _of_step("tasks.sign", _("I am to sign as well"), _("You are asked to sign as well: %(case)s"))
RETURNED = _of_step("tasks.returned", _("A task comes back to me"), _("Back with you: %(case)s"))
URGED = _of_step("tasks.urged", _("A task of mine is urged"), _("Urged: %(case)s"))
REMINDED = _of_step(
    "tasks.reminded", _("Half of the time of a task is over"), _("Half of the time is over: %(case)s")
)
OVERDUE = _of_step("tasks.overdue", _("A task of mine is overdue"), _("Overdue: %(case)s"))
RISEN = _of_step(
    "tasks.risen",
    _("A task of somebody else is overdue and I may take it"),
    _("Overdue with others: %(case)s"),
)
YOUR_TURN = _of_step(
    "cases.your_turn", _("My own case waits for me"), _("Your turn: %(case)s"), group=Group.CASES
)
SENT_BACK = register_kind(
    Kind(
        key="cases.sent_back",
        group=Group.CASES,
        label=_("My case is sent back"),
        title=_("Sent back: %(case)s"),
        body=_("Reason: %(reason)s. It goes on at “%(step)s”. (%(number)s)"),
        takes={**_CASE, "reason": Takes.TEXT, "step": Takes.NAME},
    )
)
ANSWERED = register_kind(
    Kind(
        key="cases.answered",
        group=Group.CASES,
        label=_("A step of my case is answered"),
        title=_("%(step)s: %(outcome)s. %(case)s"),
        body=_("Your case goes on. (%(number)s)"),
        takes={**_CASE, "step": Takes.NAME, "outcome": Takes.NAME},
        channels=BELL_ONLY,
    )
)
ENDED = register_kind(
    Kind(
        key="cases.ended",
        group=Group.CASES,
        label=_("My case has ended"),
        title=_("%(outcome)s: %(case)s"),
        body=_("The case has ended. %(reason)s (%(number)s)"),
        takes={**_CASE, "outcome": Takes.NAME, "reason": Takes.TEXT},
    )
)
STARTED = register_kind(
    Kind(
        key="cases.started",
        group=Group.CASES,
        label=_("A case is begun for me"),
        title=_("Begun for you: %(case)s"),
        body=_("Its page shows how it goes on. (%(number)s)"),
        takes=_CASE,
    )
)
COPIED = register_kind(
    Kind(
        key="cases.copied",
        group=Group.CASES,
        label=_("A case is shown to me"),
        title=_("Shown to you: %(case)s"),
        body=_("For your information; nothing is asked of you. (%(number)s)"),
        takes=_CASE,
    )
)
FAILED = register_kind(
    Kind(
        key="system.case_failed",
        group=Group.SYSTEM,
        label=_("A case cannot go on by itself"),
        title=_("Case %(number)s cannot go on by itself: %(code)s"),
        body=_(
            "%(case)s stands still at “%(step)s”. Its history says whether it is tried again by itself;"
            " on its page you can have it tried now."
        ),
        takes={**_CASE, "code": Takes.TEXT, "step": Takes.NAME},
        urgent=True,
    )
)
ASKING = (
    OFFERED.key,
    CLAIMABLE.key,
    TRANSFERRED.key,
    DELEGATED.key,
    SIGN.key,
    RETURNED.key,
    URGED.key,
    REMINDED.key,
    OVERDUE.key,
    RISEN.key,
    YOUR_TURN.key,
    SENT_BACK.key,
)

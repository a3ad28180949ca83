"""Suspension and reinstatement: the cascade without an end. Somebody in authority suspends at once; others
ask for it. It lasts until its day, or until somebody finds the reason gone.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import WrongState
from apps.core.periods import in_force
from apps.people.lifecycle import reinstate_user, suspend_user
from apps.people.models import User
from workflows.base import BaseFlow
from workflows.deregistration.authority import begun_by, people_in_authority
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.moment import current
from workflows.nodes import Answer, Approval, Begin, Do, End, If, Work

CAUSES = {
    "unpaid": _("Unpaid charges"),
    "violation": _("Violation of the rules"),
    "safety": _("Safety"),
    "other": _("Other"),
}


def person_of(case: Case) -> User:
    """The person of a case. Raises Overtaken when their registration has ended."""
    user = User.objects.select_related("unit").get(pk=case.applicant_id or 0)
    if not user.is_active:
        raise Overtaken(gettext("The registration has ended meanwhile."))
    return user


class SuspensionFlow(BaseFlow):
    """Suspension"""

    key = "suspension"
    prefix = "SUS"
    process_title = _("Suspension and reinstatement")
    case_title = _("Suspension of {name}")
    deciding = frozenset({"allow", "keep"})

    start = Begin().Next(this.who)
    who = (
        If(this.has_authority, title=_("Did somebody in authority ask?")).Then(this.suspend).Else(this.allow)
    )
    allow = (
        Approval(
            _("Should this person be suspended?"),
            title=_("Decide"),
            candidates=this.in_authority,
            role="manager",
        )
        .Approve(this.suspend, label=_("Suspend"))
        .Reject(this.spared)
    )
    suspend = Do(this.suspended, title=_("Suspend")).Next(this.keep)
    keep = (
        Work(
            _("Is the reason gone? Reinstate the person when it is, or end the registration."),
            title=_("Suspended"),
            candidates=this.in_authority,
            role="manager",
            due=this.until,
            do=this.kept,
            signers=True,
        )
        .Next(this.lifted, label=_("Reinstate"))
        .On("end", this.ending, label=_("End the registration"), refuses=True)
        .OnDue(this.ran_out)
    )
    lifted = End(outcome="reinstated", title=_("Reinstated"))
    ending = End(outcome="to_be_ended", title=_("The registration is to end"))
    ran_out = End(outcome="ran_out", title=_("Over on its day"))
    spared = End(outcome="spared", title=_("Not suspended"))

    def has_authority(self, activation: Any) -> bool:
        return bool(activation.recall("authority", default=False))

    def in_authority(self, activation: Any) -> list[User]:
        return people_in_authority(person_of(activation.case), activation.now)

    def until(self, activation: Any) -> datetime | None:
        """The end of the suspension where it has one: then it is over by itself."""
        text = activation.recall("until", "")
        return datetime.fromisoformat(text) if text else None

    def suspended(self, activation: Any) -> None:
        until = self.until(activation)
        if until is not None and until <= activation.now:
            raise Overtaken(gettext("The suspension would be over already."))
        try:
            suspend_user(
                user=person_of(activation.case),
                reason=activation.recall("reason", ""),
                by=None,
                now=activation.now,
                source_case=activation.case.number,
                valid_until=until,
            )
        except WrongState as refusal:
            raise Overtaken(refusal.message) from refusal

    def kept(self, activation: Any, answer: Answer) -> None:
        if answer.outcome == "complete":
            _lift(activation.case, answer.opinion)

    def may_withdraw(self, case: Case, user: Any) -> bool:
        """Whoever asked for it, while it is a wish: a suspension in force is reinstated with an opinion."""
        return begun_by(case, user) and not case.process.data.get("authority")

    def closed(self, case: Case) -> None:
        """A suspension does not outlive its case, unless the registration is to end."""
        if case.state != Case.State.DONE:
            _lift(case, case.reason)


def _lift(case: Case, reason: str) -> None:
    """End the suspension that this case has made, while it lasts."""
    user = User.objects.get(pk=case.applicant_id or 0)
    now = current().now
    if user.suspensions.filter(in_force(now), source_case=case.number).exists():
        reinstate_user(user=user, by=None, now=now, reason=reason or case.number)

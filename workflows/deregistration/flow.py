"""Deregistration: what hangs on the person is listed first; what only they can settle holds up only their own
wish; what others can take is handed over, for a limited time; then everything ends at once.

The applicant of every such case is the person whose registration ends, whoever began it: nobody decides about
themselves.
"""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.decisions.judging import Judgement
from apps.people.lifecycle import end_user
from apps.people.models import User
from workflows.base import BaseFlow
from workflows.deregistration.authority import (
    begun_by,
    has_authority,
    is_last_of_office,
    lock_office,
    nobody_else_left,
    people_in_authority,
)
from workflows.deregistration.dossier import reason_section
from workflows.deregistration.facts import obstacle_facts
from workflows.deregistration.handing import HandOverFlow, Thing, begin_hand_over, things_of
from workflows.deregistration.suspension import SuspensionFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.nodes import Approval, Begin, Children, Do, End, If, Join, Rule, Split, Timer, Work
from workflows.nodes.due import WorkingDays
from workflows.registration.dossier import found_reasons, screening_section
from workflows.services.starting import freeze

__all__ = ["DeregistrationFlow", "HandOverFlow", "SuspensionFlow"]


WISHED = frozenset({"self", "pi", "office"})  # who began it, where that was no fact


def leaver_of(case: Case) -> User:
    """The person of a case. Raises Overtaken when their registration has ended otherwise."""
    user = User.objects.select_related("unit").get(pk=case.applicant_id or 0)
    if not user.is_active:
        raise Overtaken(gettext("The registration has ended meanwhile."))
    if user.valid_from is not None and user.valid_from > case.created_at:
        raise Overtaken(gettext("The person has been registered anew meanwhile."))
    return user


class DeregistrationFlow(BaseFlow):
    """Deregistration"""

    key = "deregistration"
    prefix = "DER"
    process_title = _("Deregistration")
    case_title = _("Deregistration of {name}")
    deciding = frozenset({"allow"})

    start = Begin().Next(this.who)
    who = (
        If(this.wants_leave, title=_("Did somebody without authority ask?")).Then(this.allow).Else(this.look)
    )
    allow = (
        Approval(
            _("Should the registration of this person end?"),
            title=_("Decide"),
            candidates=this.in_authority,
            role="manager",
        )
        .Approve(this.look, label=_("End it"))
        .Reject(this.kept)
    )
    look = (
        Rule("registration.obstacles", facts=this.facts, then=this.listed, title=_("What hangs on them"))
        .When("clear", this.revoke, label=_("Nothing is left open"))
        .When("blocked", this.settle, label=_("Something is to be settled first"))
        .When("hand_over", this.some, label=_("Something is to be handed over"))
        .Otherwise(this.some)
    )
    settle = (
        Work(
            _("Please settle what only you can settle; the list is below. Then say that it is done."),
            title=_("The person settles"),
            of_applicant=True,
            due=WorkingDays("deregistration.settle_days"),
        )
        .Next(this.look, label=_("It is settled"))
        .OnDue(this.given_up)
    )
    some = If(this.is_anything, title=_("Is anything to be handed over?")).Then(this.both).Else(this.revoke)
    both = Split(title=_("Hand over")).Next(this.hand).Next(this.limit)
    hand = Children("hand_over", start=this.begin_one, items=this.things, title=_("Hand-overs")).Next(
        this.joined
    )
    limit = Timer(WorkingDays("deregistration.limit_days"), title=_("Longest wait")).Next(this.joined)
    joined = Join(continue_on_condition=this.either, title=_("Handed over, or long enough")).Next(this.revoke)
    revoke = Do(this.revoked, title=_("End the registration")).Next(this.done)

    done = End(outcome="ended", title=_("Registration ended"))
    kept = End(outcome="kept", title=_("The registration stays"))
    given_up = End(outcome="not_settled", title=_("Not settled in time"))

    def wants_leave(self, activation: Any) -> bool:
        return bool(activation.recall("started_by") == "pi")

    def in_authority(self, activation: Any) -> list[User]:
        return people_in_authority(leaver_of(activation.case), activation.now)

    def facts(self, activation: Any) -> tuple[Any, Any]:
        return obstacle_facts(
            leaver_of(activation.case),
            activation.now,
            started_by=activation.recall("started_by", "unknown"),
            urgent=bool(activation.recall("urgent", default=False)),
        )

    def listed(self, activation: Any, judgement: Judgement) -> None:
        """Everything that was found stands in the dossier, not only what decided."""
        reasons = found_reasons(judgement)
        facts = judgement.facts
        activation.remember(
            codes=[reason.code for reason in reasons],
            charges=int(getattr(facts, "unsettled_charges", 0)),
            samples=int(getattr(facts, "samples_open", 0)),
        )
        asked = reason_section(
            activation.recall("started_by", "unknown"),
            activation.recall("reason", ""),
            activation.case.started_by,
        )
        freeze(activation.case, [asked, screening_section(reasons)])

    def is_anything(self, activation: Any) -> bool:
        return bool(self.things(activation))

    def things(self, activation: Any) -> list[Thing]:
        return list(
            things_of(
                leaver_of(activation.case),
                activation.now,
                charges=int(activation.recall("charges", 0)),
                samples=int(activation.recall("samples", 0)),
            )
        )

    def begin_one(self, activation: Any, item: Thing) -> None:
        begin_hand_over(
            thing=item, leaver=leaver_of(activation.case), parent=activation.task, now=activation.now
        )

    def either(self, activation: Any, active: Any) -> bool:
        """Everything is handed over, or the longest wait is over."""
        return True

    def revoked(self, activation: Any) -> None:
        """The whole cascade: in the people's room at once, elsewhere by the fact. Since somebody wished it,
        everybody else of the office may have gone. Facts do not ask: whom the personnel file no longer has is
        gone, and `manage.py first_office` makes a new beginning.
        """
        leaver = leaver_of(activation.case)
        if activation.recall("started_by") in WISHED:
            lock_office()
            if is_last_of_office(leaver, activation.now):
                raise Overtaken(nobody_else_left())
        end_user(
            user=leaver,
            reason=f"{activation.case.number} {activation.recall('reason', '')}".strip(),
            by=None,
            now=activation.now,
        )

    def may_withdraw(self, case: Case, user: Any) -> bool:
        """Whoever asked for it; what a personnel file or a renewal began is nobody's wish."""
        return begun_by(case, user)

    def may_see(self, case: Case, user: Any, now: Any) -> bool:
        """Whoever may decide about the person."""
        person = User.objects.select_related("unit").get(pk=case.applicant_id or 0)
        return has_authority(user, person, now)

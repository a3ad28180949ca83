"""Training: the rules say whether it may begin; then place, exam, supervised hours and assessment in this
order, as far as they are missing; the rules propose a level, the trainer certifies, the head of the lab
countersigns the high ones, and the certificate is in force.

Every step of the way leads back to `route`, which looks at the domain's rows. So what was done early, or is
told twice, is simply done; `catching_up` completes what turns out to be done while it waits.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import WrongState
from apps.decisions.judging import Judgement
from apps.people.models import User
from apps.people.roles import lab_heads
from apps.standing.training import asked_of
from apps.training.eligibility import Wish
from apps.training.models import TrainingRequest
from apps.training.queries import may_certify
from apps.training.requests import accept_request, overtake_request, refuse_request, withdraw_request
from apps.training.trainers import barred_from, trainers_for
from rules.decision import NO_PERMIT_CODE
from rules.points.training_eligibility import KEY as ELIGIBILITY
from rules.points.training_level import FULL, LOWER, PROBATION
from rules.points.training_level import KEY as LEVEL
from rules.rows import DENY
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.moment import current
from workflows.nodes import Approval, Begin, Days, Do, End, If, Rule, Switch, Work, WorkingDays
from workflows.nodes.human import APPROVE, REJECT, SENT_BACK
from workflows.services.starting import freeze
from workflows.training import asked
from workflows.training.answering import ASSESS, HOURS, TrainingAnswers
from workflows.training.asked import progress_in, request_of
from workflows.training.dossier import reasons_section, request_section
from workflows.training.forms import CertifyForm, MoreForm, PlaceForm
from workflows.training.issuing import issue
from workflows.training.lowering import LoweringFlow

__all__ = ["LoweringFlow", "TrainingFlow"]

MORE_HOURS, ASSESS_AGAIN = _("More supervised hours first"), _("Assess once more")


def _note(activation: Any) -> str:
    return str(activation.recall("note", ""))


class TrainingFlow(TrainingAnswers, BaseFlow):
    """Training"""

    key = "training"
    prefix = "TRN"
    process_title = _("Training and certificate")
    case_title = _("Training of {name}: {course}")
    deciding = frozenset({"countersign"})

    start = Begin().Next(this.eligible)
    eligible = (
        Rule(ELIGIBILITY, facts=this.facts, then=this.judged, title=_("May the training begin?"))
        .When("permit", this.accept, label=_("Nothing is missing"))
        .Otherwise(this.foreseen)
    )
    foreseen = (
        If(this.is_foreseen, title=_("Do the rules say what is missing?"))
        .Then(this.turn_away)
        .Else(this.look)
    )
    look = (
        Approval(
            _("The rules gave no clear answer. May this person begin the training?"),
            title=_("Trainer decides"),
            candidates=this.the_trainers,
            qualifies=this.trains,
            role="trainer",
            do=this.noted,
        )
        .Approve(this.accept)
        .Reject(this.turn_away)
    )
    accept = Do(this.accepted, title=_("Take into training")).Next(this.route)
    route = (
        Switch(title=_("What is missing?"))
        .Case(this.place, this.lacks_place)
        .Case(this.exam, this.lacks_exam)
        .Case(this.hours, this.lacks_hours)
        .Case(this.assess, this.lacks_assessment)
        .Default(this.level)
    )
    place = (
        Work(
            _("Find a place for this person in a session, or plan one. They may choose one themselves too."),
            title=_("Place in a session"),
            candidates=this.the_trainers,
            qualifies=this.trains,
            role="trainer",
            due=WorkingDays("training.place_days"),
            form=PlaceForm,
            do=this.placed,
            link=asked.session_page,
        )
        .Next(this.route, label=_("Give this place"))
        .On(REJECT, this.turn_away, label=_("Refuse"), refuses=True)
    )
    exam = (
        Work(
            _("Pass the theory exam of the course."),
            title=_("Theory exam"),
            of_applicant=True,
            automatic=True,
            due=Days("training.exam_days"),
            do=this.examined,
            link=asked.exam_page,
        )
        .Next(this.route)
        .On("exhausted", this.attempts, label=_("No attempt left"))
        .OnDue(this.turn_away)
    )
    attempts = (
        Approval(
            _("All attempts at the exam are used up. May this person have another one?"),
            title=_("Another attempt"),
            candidates=this.the_trainers,
            qualifies=this.trains,
            role="trainer",
            do=this.attempted,
        )
        .Approve(this.route, label=_("Allow another attempt"))
        .Reject(this.turn_away)
    )
    hours = (
        Work(
            _("Work at the instrument with your trainer; the hours are counted from what is recorded."),
            title=_("Supervised hours"),
            of_applicant=True,
            automatic=True,
            due=this.hours_due,
            link=asked.learner_page,
        )
        .Next(this.route)
        .On("unplaced", this.route, label=_("Place lost"))
        .OnDue(this.route)
    )
    assess = (
        Work(
            _("Assess this person at the instrument and fill in its rubric."),
            title=_("Practical assessment"),
            candidates=this.the_trainers,
            qualifies=this.trains,
            role="trainer",
            automatic=True,
            due=WorkingDays("training.assess_days"),
            do=this.assessed,
            link=asked.assess_page,
        )
        .Next(this.route)
        .On("failed", this.enough, label=_("Not passed"))
        .On("short", this.route, label=_("Hours are missing again"))
    )
    enough = If(this.may_fail_again, title=_("May it be repeated?")).Then(this.again).Else(this.turn_away)
    again = (
        Work(
            _("The assessment was not passed. How does the training go on?"),
            title=_("After an assessment not passed"),
            candidates=this.the_trainers,
            qualifies=this.trains,
            role="trainer",
            form=MoreForm,
            do=this.more_asked,
        )
        .Next(this.route, label=ASSESS_AGAIN)
        .On(HOURS, this.route, label=MORE_HOURS, refuses=True)
        .On(REJECT, this.turn_away, label=_("End without a certificate"), refuses=True)
    )
    level = (
        Rule(LEVEL, facts=this.level_facts, then=this.proposed, title=_("Which level?"))
        .When(FULL, this.proposal, label=_("As wished"))
        .When(PROBATION, this.proposal, label=_("On probation"))
        .When(LOWER, this.proposal, label=_("One level lower"))
        .Otherwise(this.unclear)
    )
    proposal = If(this.is_proposed, title=_("Is a level proposed?")).Then(this.certify).Else(this.unclear)
    unclear = (
        Work(
            _("The rules propose no certificate although everything is done. How does it go on?"),
            title=_("No proposal"),
            candidates=this.the_trainers,
            qualifies=this.trains,
            role="trainer",
            form=MoreForm,
            do=this.more_asked,
        )
        .Next(this.route, label=_("Ask the rules again"))
        .On(HOURS, this.route, label=MORE_HOURS, refuses=True)
        .On(ASSESS, this.route, label=ASSESS_AGAIN, refuses=True)
        .On(REJECT, this.turn_away, label=_("End without a certificate"), refuses=True)
    )
    certify = (
        Approval(
            _("Do you certify this person? You may give less than is proposed, never more."),
            title=_("Trainer certifies"),
            candidates=this.the_certifiers,
            qualifies=this.certifies,
            role="trainer",
            form=CertifyForm,
            do=this.certified_by,
        )
        .Approve(this.high, label=_("Certify"))
        .Reject(this.turn_away)
        .On(HOURS, this.route, label=MORE_HOURS, refuses=True)
        .On(ASSESS, this.route, label=ASSESS_AGAIN, refuses=True)
    )
    high = (
        If(this.is_high, title=_("Does the head of the lab sign too?"))
        .Then(this.countersign)
        .Else(this.issue)
    )
    countersign = (
        Approval(
            _("Do you countersign this certificate?"),
            title=_("Head of the lab"),
            candidates=this.the_lab_heads,
            qualifies=this.countersigns,
            role="lab_head",
            do=this.countersigned,
            back_to=(this.certify,),
        )
        .Approve(this.issue, label=_("Countersign"))
        .Reject(this.turn_away)
    )
    issue = Do(issue, title=_("Certificate in force")).Next(this.certified)
    turn_away = Do(this.refused, title=_("Refuse")).Next(this.not_trained)

    certified = End(outcome="certified", title=_("Certified"))
    not_trained = End(outcome="refused", title=_("Refused"), reason=_note)

    # -- may it begin --------------------------------------------------------------------------------------

    def facts(self, activation: Any) -> tuple[Any, Any]:
        request = request_of(activation.case)
        wish = Wish(request.user, request.course, request.kind, request.instrument)
        found = asked_of(wish, now=activation.now)
        return found.facts, found.sources

    def judged(self, activation: Any, judgement: Judgement) -> None:
        """Keep every reason in words; an alarm, or a table that has no row for this, is for a person."""
        decision = judgement.decision
        said = decision.outcome == DENY and not judgement.alarm and decision.codes != (NO_PERMIT_CODE,)
        reasons = () if decision.allowed else decision.reasons
        words = "；".join(one.zh for one in reasons)  # noqa: RUF001 - the dossier says it in English too
        activation.remember(foreseen=said, note=words if said else "")
        request = request_of(activation.case)
        sections = [request_section(request, activation.now)]
        freeze(activation.case, [*sections, reasons_section(reasons)] if reasons else sections)

    def is_foreseen(self, activation: Any) -> bool:
        return bool(activation.recall("foreseen", default=False))

    def accepted(self, activation: Any) -> None:
        try:
            accept_request(request=request_of(activation.case), now=activation.now)
        except WrongState as refusal:
            raise Overtaken(refusal.message) from refusal

    # -- what is missing -----------------------------------------------------------------------------------

    def lacks_place(self, activation: Any) -> bool:
        return asked.needs_place(progress_in(activation.case), activation.now)

    def lacks_exam(self, activation: Any) -> bool:
        return not progress_in(activation.case).exam_done

    def lacks_hours(self, activation: Any) -> bool:
        return progress_in(activation.case).minutes_missing > 0

    def lacks_assessment(self, activation: Any) -> bool:
        return not progress_in(activation.case).assessment_done

    def hours_due(self, activation: Any) -> datetime | None:
        """When the use of the last session has to be on record."""
        return asked.record_until(request_of(activation.case), activation.now)

    # -- who is asked --------------------------------------------------------------------------------------

    def the_trainers(self, activation: Any) -> list[User]:
        return trainers_for(request_of(activation.case), activation.now)

    def trains(self, activation: Any, user: User) -> bool:
        """A substitute has to be a trainer too: the operations ask for their own right."""
        return user in trainers_for(request_of(activation.case), activation.now)

    def the_certifiers(self, activation: Any) -> list[User]:
        request, level = request_of(activation.case), activation.recall("level", "")
        instrument = request.instrument
        if instrument is None or not level:
            return []
        found = trainers_for(request, activation.now)
        return [user for user in found if may_certify(user, instrument, level, activation.now)]

    def certifies(self, activation: Any, user: User) -> bool:
        return user in self.the_certifiers(activation)

    def countersigns(self, activation: Any, user: User) -> bool:
        return user in self.the_lab_heads(activation)

    def the_lab_heads(self, activation: Any) -> list[User]:
        instrument = request_of(activation.case).instrument
        return lab_heads(instrument.unit, activation.now) if instrument is not None else []

    def conflicts(self, case: Case) -> set[int]:
        """By policy the people of the trainee's groups; at the countersignature whoever certified."""
        latest = case.steps.order_by("-id").first()
        at = latest.asked_at if latest is not None else case.created_at
        barred = barred_from(case.applicant, at) if case.applicant is not None else set()
        signed = case.steps.filter(node__in=("certify", "countersign")).exclude(outcome="cancelled")
        last = signed.order_by("-id").first()
        if last is None or last.outcome == SENT_BACK or (last.node == "certify" and last.outcome != APPROVE):
            return barred
        certifier = signed.filter(node="certify", outcome=APPROVE).order_by("-id").first()
        return barred | ({certifier.answered_by_id} if certifier and certifier.answered_by_id else set())

    def may_see(self, case: Case, user: Any, now: Any) -> bool:
        """The trainers of the instrument."""
        request = asked.find_request(case)
        return request is not None and user in trainers_for(request, now)

    # -- ends ----------------------------------------------------------------------------------------------

    def refused(self, activation: Any) -> None:
        by = current().by
        refuse_request(
            request=request_of(activation.case),
            reason=_note(activation) or gettext("The training cannot begin."),
            by=None if by is not None and by.pk == activation.case.applicant_id else by,
            now=activation.now,
        )

    def closed(self, case: Case) -> None:
        """However the case ended early, the request ends with it."""
        request, now = asked.find_request(case), case.ended_at
        if request is None or now is None or request.state not in TrainingRequest.OPEN:
            return
        if case.state == Case.State.WITHDRAWN:
            withdraw_request(request=request, by=None, now=now, reason=case.reason)
        else:
            overtake_request(request=request, reason=case.reason or case.number, now=now)

"""The appointment of a committee: everybody proposed is asked side by side; where somebody declines or does
not answer, the office asks others or goes on without them; then somebody of the office who proposed nothing
and is not proposed approves. What makes a committee is the domain's, in `apps.panels.appointing`.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.panels import appointing
from apps.panels.models import Appointment, AppointmentSeat
from apps.panels.models.committees import Role
from apps.panels.papers import issue_paper
from apps.people.models import User
from apps.people.roles import office_users
from workflows.base import BaseFlow
from workflows.committee.dossier import sections
from workflows.committee.forms import ReviseForm
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.nodes import (
    Answer,
    Approval,
    Begin,
    Do,
    End,
    If,
    Join,
    SplitEach,
    Work,
    WorkingDays,
)
from workflows.services.starting import freeze


def appointment_of(case: Case) -> Appointment:
    """The appointment that a case is about. Raises Overtaken when it is gone or was ended elsewhere."""
    ulid = case.subject_ref.removeprefix("appointment:")
    rows = Appointment.objects.select_related("committee__unit", "proposed_by")
    found = rows.filter(ulid=ulid).first()
    if found is None or found.state != Appointment.State.OPEN:
        raise Overtaken(gettext("The appointment has been decided otherwise."))
    return found


class CommitteeFlow(BaseFlow):
    """Appointment of a committee"""

    key = "committee"
    prefix = "COM"
    process_title = _("Appointment of a committee")
    case_title = _("Appointment: {committee}")
    deciding = frozenset({"approve"})

    start = Begin().Next(this.ask)
    ask = SplitEach(title=_("Everybody proposed is asked")).Each(this.accept, this.the_seats)
    accept = (
        Approval(
            _("Will you sit on this committee, in this role and for this term?"),
            title=_("Acceptance"),
            candidates=this.the_person,
            role="committee_member",
            due=WorkingDays("committee.accept_days"),
            personal=True,
            do=this.answered,
        )
        .Approve(this.together, label=_("Accept"))
        .Reject(this.together, label=_("Decline"))
        .OnDue(this.together)
    )
    together = Join(title=_("All have answered")).Next(this.everybody)
    everybody = If(this.all_accepted, title=_("Has everybody accepted?")).Then(this.approve).Else(this.revise)
    revise = Work(
        _("Not everybody will sit. Propose others, strike out, or go on without them."),
        title=_("Correct the proposal"),
        of_applicant=True,
        form=ReviseForm,
        do=this.revised,
    ).Next(this.more, label=_("Go on"))
    more = (
        If(this.somebody_is_asked, title=_("Is somebody new to be asked?")).Then(this.ask).Else(this.approve)
    )
    approve = (
        Approval(
            _("Do you approve this composition of the committee?"),
            title=_("Head of the equipment office"),
            candidates=this.the_heads,
            qualifies=this.may_approve,
            superiors=this.the_heads,
            role="office",
            due=WorkingDays("committee.approve_days"),
            do=this.approved,
            back_to=(this.revise,),
        )
        .Approve(this.appoint, label=_("Approve and appoint"))
        .Reject(this.refused)
    )
    appoint = Do(this.appointed, title=_("Seats in force, paper issued")).Next(this.in_force)
    in_force = End(outcome="appointed", title=_("Appointed"))
    refused = End(outcome="refused", title=_("Refused"))

    # -- who is asked --------------------------------------------------------------------------------------

    def the_seats(self, activation: Any) -> list[dict[str, Any]]:
        return [
            {"seat": seat.ulid, "name": {"zh": seat.user.name_zh, "en": seat.user.name_en}}
            for seat in appointing.asked(appointment_of(activation.case))
        ]

    def the_person(self, activation: Any) -> list[User]:
        return [self._seat(activation).user]

    def the_heads(self, activation: Any) -> list[User]:
        return [user for user in office_users(activation.now) if self.may_approve(activation, user)]

    def may_approve(self, activation: Any, user: User) -> bool:
        """Neither proposed by themselves nor one of those who will sit."""
        appointment = appointment_of(activation.case)
        proposed = {seat.user_id for seat in appointing.accepted(appointment)}
        return user.pk != appointment.proposed_by_id and user.pk not in proposed

    # -- what happens --------------------------------------------------------------------------------------

    def somebody_is_asked(self, activation: Any) -> bool:
        return bool(appointing.asked(appointment_of(activation.case)))

    def all_accepted(self, activation: Any) -> bool:
        appointment = appointment_of(activation.case)
        complete = appointing.is_complete(appointment, activation.now)
        return complete and not appointing.declined(appointment)

    def answered(self, activation: Any, answer: Answer) -> None:
        appointment = appointment_of(activation.case)
        appointing.answer_appointment(
            seat=self._seat(activation),
            accept=answer.outcome == "approve",
            reason=answer.opinion,
            by=answer.by,
            now=activation.now,
        )
        freeze(activation.case, sections(appointment))

    def revised(self, activation: Any, answer: Answer) -> None:
        appointment = appointment_of(activation.case)
        appointing.revise_appointment(
            appointment=appointment,
            add=[(user, role) for role in Role.values for user in answer.data.get(role) or ()],
            drop=answer.data.get("drop") or (),
            by=answer.by,
            now=activation.now,
        )
        freeze(activation.case, sections(appointment))

    def approved(self, activation: Any, answer: Answer) -> None:
        if answer.outcome == "reject":
            self._refuse(appointment_of(activation.case), activation, answer)
        elif answer.outcome == "approve" and answer.by is not None:
            activation.remember(approver=answer.by.pk)

    def appointed(self, activation: Any) -> None:
        case, now = activation.case, activation.now
        approver = User.objects.get(pk=activation.recall("approver"))
        try:
            appointment = appointing.put_in_force(appointment=appointment_of(case), by=approver, now=now)
        except Invalid as refusal:  # somebody has left meanwhile, or its term is over
            raise Overtaken(refusal.message) from refusal
        self._print(appointment, approver, activation)

    def closed(self, case: Case) -> None:
        """However the case ended early, the appointment ends with it."""
        now = case.ended_at
        try:
            appointment = appointment_of(case)
        except Overtaken:
            return
        if now is None:
            return
        if case.state == Case.State.WITHDRAWN:
            appointing.withdraw_appointment(appointment=appointment, by=None, now=now, reason=case.reason)
        else:
            appointing.overtake_appointment(
                appointment=appointment, reason=case.reason or case.number, now=now
            )

    def may_see(self, case: Case, user: Any, now: Any) -> bool:
        """Everybody who was asked."""
        ulid = case.subject_ref.removeprefix("appointment:")
        return AppointmentSeat.objects.filter(appointment__ulid=ulid, user=user).exists()

    def _seat(self, activation: Any) -> AppointmentSeat:
        rows = AppointmentSeat.objects.select_related("appointment", "user")
        return rows.get(ulid=activation.task.data["seat"])

    def _refuse(self, appointment: Appointment, activation: Any, answer: Answer) -> None:
        appointing.refuse_appointment(
            appointment=appointment, reason=answer.opinion, by=answer.by, now=activation.now
        )

    def _print(self, appointment: Appointment, approver: User, activation: Any) -> None:
        """The paper. One that cannot be printed takes nobody's seat away: the office is alarmed."""
        try:
            with transaction.atomic():
                issue_paper(appointment, case_number=activation.case.number, by=approver, now=activation.now)
        except (Invalid, WrongState) as refusal:
            publish(
                "workflows.alarm",
                now=activation.now,
                case=activation.case.ulid,
                node=activation.flow_task.name,
                code=refusal.code,
            )

"""Night endorsement: three people agree one after the other, then the endorsement is made. Its rules (a
period within the semester, a certificate, a buddy with a safety clearance) are the domain's, in
`apps.training.nights`.
"""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import WrongState
from apps.people.models import User
from apps.people.queries import groups_of
from apps.people.roles import lab_heads, safety_officers
from apps.training.models import NightRequest
from apps.training.nights import grant_night, overtake_night, refuse_night, revise_night, withdraw_night
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.night_endorsement.dossier import sections
from workflows.night_endorsement.forms import ReviseForm
from workflows.nodes import Answer, Approval, Begin, Do, End, Work
from workflows.services.starting import freeze


def request_of(case: Case) -> NightRequest:
    """The application that a case is about. Raises Overtaken when it is gone or was decided elsewhere."""
    ulid = case.subject_ref.removeprefix("night_request:")
    found = NightRequest.objects.select_related("user", "instrument__unit", "buddy").filter(ulid=ulid).first()
    if found is None or found.state != NightRequest.State.OPEN:
        raise Overtaken(gettext("The application has been decided otherwise."))
    return found


class NightEndorsementFlow(BaseFlow):
    """Night and holiday use"""

    key = "night_endorsement"
    prefix = "NIG"
    process_title = _("Night and holiday use")
    case_title = _("Night use of {instrument} by {name}")
    deciding = frozenset({"safety"})

    start = Begin().Next(this.pi)
    revise = Work(
        _("Please correct the application and hand it in again."),
        title=_("Correct the application"),
        of_applicant=True,
        form=ReviseForm,
        do=this.revised,
    ).Next(this.pi, label=_("Hand in again"))
    pi = (
        Approval(
            _("Does your group agree that this person works at night, with this buddy?"),
            title=_("Principal investigator"),
            candidates=this.the_pis,
            role="pi",
            do=this.answered,
            back_to=(this.revise,),
            batch=True,
        )
        .Approve(this.lab_head)
        .Reject(this.refused)
    )
    lab_head = (
        Approval(
            _("May this person use the instrument at night without the crew?"),
            title=_("Head of the lab"),
            candidates=this.the_lab_heads,
            role="lab_head",
            do=this.answered,
            back_to=(this.revise, this.pi),
            batch=True,
        )
        .Approve(this.safety)
        .Reject(this.refused)
    )
    safety = (
        Approval(
            _("Are the place, the work and the buddy safe enough for night use?"),
            title=_("Safety officer"),
            candidates=this.the_safety_officers,
            role="safety_officer",
            do=this.answered,
            back_to=(this.revise, this.pi, this.lab_head),
        )
        .Approve(this.endorse)
        .Reject(this.refused)
    )
    endorse = Do(this.endorsed, title=_("Endorsement in force")).Next(this.granted)
    granted = End(outcome="granted", title=_("Granted"))
    refused = End(outcome="refused", title=_("Refused"))

    def the_pis(self, activation: Any) -> list[User]:
        groups = groups_of(activation.case.applicant, activation.now).select_related("pi")
        return [group.pi for group in groups]

    def the_lab_heads(self, activation: Any) -> list[User]:
        return lab_heads(request_of(activation.case).instrument.unit, activation.now)

    def the_safety_officers(self, activation: Any) -> list[User]:
        return safety_officers(request_of(activation.case).instrument.unit, activation.now)

    def conflicts(self, case: Case) -> set[int]:
        """The buddy does not decide about the night that they would share."""
        ulid = case.subject_ref.removeprefix("night_request:")
        return set(NightRequest.objects.filter(ulid=ulid).values_list("buddy_id", flat=True))

    def revised(self, activation: Any, answer: Answer) -> None:
        request = revise_night(
            request=request_of(activation.case), by=answer.by, now=activation.now, **answer.data
        )
        freeze(activation.case, sections(request, activation.now))

    def answered(self, activation: Any, answer: Answer) -> None:
        request = request_of(activation.case)
        if answer.outcome == "reject":
            refuse_night(request=request, reason=answer.opinion, by=answer.by, now=activation.now)

    def endorsed(self, activation: Any) -> None:
        try:
            grant_night(request=request_of(activation.case), by=None, now=activation.now)
        except WrongState as refusal:
            raise Overtaken(refusal.message) from refusal

    def closed(self, case: Case) -> None:
        """However the case ended early, the application ends with it."""
        now = case.ended_at
        try:
            request = request_of(case)
        except Overtaken:
            return
        if now is None:
            return
        if case.state == Case.State.WITHDRAWN:
            withdraw_night(request=request, by=None, now=now, reason=case.reason)
        else:
            overtake_night(request=request, reason=case.reason or case.number, now=now)

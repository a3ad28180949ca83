"""The yearly review of one facility: its head completes and confirms the table, members of the committee who
are in no conflict are invited to its panel, and each of them scores it by themselves.

What a table is and who may do what stands in `apps.evaluation.facility`; seats and substitutes are those of
every panel (`workflows.judging`, docs/decisions/0016, 0040).
"""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import WrongState
from apps.core.parameters import value
from apps.evaluation.facility import confirm_table
from apps.evaluation.facility import may_see as may_read
from apps.evaluation.facility_scoring import conclude_table, score_table, seat_panel
from apps.panels import operations as panels
from apps.panels.models import Committee, Panel, PanelSeat
from apps.people.models import User
from apps.people.roles import superiors
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.evaluation_hearing.asked import committee_at
from workflows.facility_review import asked
from workflows.facility_review.asked import REFERENCE, find_table, table_of
from workflows.facility_review.dossier import sections
from workflows.facility_review.forms import FacilityPanelForm, ScoreForm
from workflows.judging.asking import RECUSE, RECUSES, invitation_to
from workflows.judging.lookup import panel_of
from workflows.judging.seating import Seating, branch_of, end_panel_of, form_for
from workflows.models import Case
from workflows.nodes import Answer, Begin, Do, End, If, Join, SplitEach, Switch, Work, WorkingDays
from workflows.services.starting import freeze

__all__ = ["REFERENCE", "FacilityReviewFlow", "find_table", "table_of"]


class FacilityReviewFlow(Seating, BaseFlow):
    """Yearly review of a facility"""

    key = "facility_review"
    prefix = "FAC"
    process_title = _("Yearly review of a facility")
    case_title = _("Yearly review {year}: {facility}")
    deciding = frozenset({"score"})

    start = Begin().Next(this.confirm)
    confirm = Work(
        _("Is the yearly table of your facility complete and right? Once confirmed it does not change."),
        title=_("Complete and confirm the table"),
        candidates=this.the_heads,
        superiors=this.the_superiors,
        role="facility",
        due=WorkingDays("facility_review.confirm_days"),
        do=this.confirmed,
    ).Next(this.is_judged, label=_("Confirm the table"))

    # -- the panel -----------------------------------------------------------------------------------------
    is_judged = (
        If(this.has_judges, title=_("Is there a panel for it?")).Then(this.form_panel).Else(this.stranded)
    )
    form_panel = Work(
        _("Who scores this facility? Nobody in conflict, at least three, an odd number."),
        title=_("Forming the panel"),
        candidates=this.the_secretaries,
        qualifies=this.is_secretariat,
        superiors=this.the_office,
        role="secretary",
        form=FacilityPanelForm,
        due=WorkingDays("evaluation.forming_days"),
        do=this.panel_formed,
    ).Next(this.seat, label=_("Invite them"))
    seat = SplitEach(title=_("Invitations")).Each(this.invitation, this.to_invite)
    invitation = invitation_to(this.seated)
    seated = Join(title=_("All have answered")).Next(this.enough)
    enough = (
        Switch(title=_("Is the panel complete?"))
        .Case(this.call, this.can_call)
        .Case(this.strand, this.is_too_few)
        .Case(this.panel, this.has_unasked)
        .Default(this.conclude)
    )
    call = Do(this.called, title=_("Call substitutes")).Next(this.seat)
    strand = Do(this.given_up, title=_("Too few are left on the panel")).Next(this.stranded)
    stranded = (
        Work(
            _("Too few are left to score this facility. Form a panel, or conclude with what was given."),
            title=_("No panel"),
            candidates=this.the_office,
            qualifies=this.is_the_office,
            superiors=this.the_office,
            role="office",
        )
        .Next(this.form_panel, label=_("Form a new panel"))
        .On("without", this.conclude, label=_("Conclude without a panel"))
    )

    # -- its points ----------------------------------------------------------------------------------------
    panel = SplitEach(title=_("The panel scores")).Each(this.score, this.the_judges)
    score = (
        Work(
            _("How many points does this year of the facility deserve? Say why in your opinion."),
            title=_("Score the facility"),
            candidates=this.the_seated,
            role="judge",
            form=ScoreForm,
            sealed=True,
            due=WorkingDays("facility_review.score_days"),
            do=this.scored,
        )
        .Next(this.all_scored, label=_("Give these points"))
        .On(RECUSE, this.all_scored, label=RECUSES, refuses=True, open=True)
        .OnDue(this.all_scored)
    )
    all_scored = Join(title=_("All have scored or are late")).Next(this.enough)
    conclude = Do(this.concluded, title=_("Mean of the scores")).Next(this.done)
    done = End(outcome="scored", title=_("Scored"))

    # -- who -----------------------------------------------------------------------------------------------

    def the_heads(self, activation: Any) -> list[User]:
        """Who manages exactly this facility, else who manages its lab."""
        return asked.heads(table_of(activation.case).facility, activation.now)

    def the_superiors(self, activation: Any) -> list[User]:
        return superiors(table_of(activation.case).facility.lab, activation.now)

    def committee_at(self, now: datetime) -> Committee | None:
        """The committee that judges evaluations."""
        return committee_at(now)

    def kept_off(self, case: Case, now: datetime) -> set[int]:
        """Whoever runs the facility or an instrument of it, or said what its table says."""
        return asked.kept_off(case, now)

    def has_judges(self, activation: Any) -> bool:
        """Whether enough members of the committee are in no conflict."""
        least = int(value("panels.minimum_members", at=activation.now))
        return len(asked.eligible(activation.case, activation.now)) >= least

    def has_unasked(self, activation: Any) -> bool:
        return bool(asked.unasked(activation.case))

    def the_judges(self, activation: Any) -> list[dict[str, Any]]:
        return [branch_of(seat) for seat in asked.unasked(activation.case)]

    def may_see(self, case: Case, user: User, now: Any) -> bool:
        """Who may read the table, and who runs the committee once it is confirmed."""
        table = find_table(case)
        if table is not None and may_read(user, table, now):
            return True
        panel = panel_of(case)
        return panel is not None and panel.chair_id == user.pk

    def page_of(self, case: Case) -> str:
        return reverse("facility_table", args=[case.subject_ref.removeprefix(REFERENCE)])

    # -- what is done --------------------------------------------------------------------------------------

    def confirmed(self, activation: Any, answer: Answer) -> None:
        table = confirm_table(table=table_of(activation.case), by=answer.by, now=activation.now)
        freeze(activation.case, sections(table))

    def panel_formed(self, activation: Any, answer: Answer) -> None:
        """Everybody is looked at again: nobody in conflict sits, and nobody in conflict presides."""
        case, now = activation.case, activation.now
        panel = form_for(
            case,
            committee=committee_at(now),
            members=answer.data["members"],
            substitutes=answer.data.get("substitutes", ()),
            barred=asked.kept_off(case, now),
            excluded="facility.excluded",
            by=answer.by,
            now=now,
        )
        seat_panel(table=table_of(case), panel=panel, by=answer.by, now=now)

    def scored(self, activation: Any, answer: Answer) -> None:
        """What was given; who was late has given nothing; who turns out to be in conflict stands aside."""
        if answer.by is None:
            return
        case, now = activation.case, activation.now
        if answer.outcome == RECUSE:
            seat = PanelSeat.objects.get(panel__ulid=table_of(case).panel, user=activation.task.data["user"])
            panels.recuse(seat=seat, reason=answer.opinion, by=answer.by, now=now)
            return
        score_table(
            table=table_of(case),
            points=answer.data["points"],
            opinion=answer.opinion,
            by=answer.by,
            now=now,
        )

    def concluded(self, activation: Any) -> None:
        """The mean, the paper, and the panel has done its work."""
        case, now = activation.case, activation.now
        frozen = case.dossiers.order_by("-number").first()
        try:
            conclude_table(
                table=table_of(case),
                now=now,
                case_number=case.number,
                submission_digest=frozen.digest if frozen is not None else "",
            )
        except WrongState as refusal:
            raise Overtaken(refusal.message) from refusal
        end_panel_of(case, Panel.Ending.SCORED, now)

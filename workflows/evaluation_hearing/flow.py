"""A hearing: members of the committee who are in no conflict are invited, vote blind about the scores, and
once more on one change where that was not conclusive; what they came to is recorded with its reasons.

Seats, rounds and the chair are those of every panel (`workflows.judging`, docs/decisions/0016, 0019); what is
put to the vote is its own.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import Invalid
from apps.evaluation import judging
from apps.evaluation.judging import APPEAL, Change
from apps.panels import operations as panels
from apps.panels.counting import result_of
from apps.panels.models import Committee, Panel, Round
from apps.panels.queries import ballots_of, convenes, sitting
from apps.people.models import User
from workflows.base import BaseFlow
from workflows.evaluation_hearing import asked
from workflows.evaluation_hearing.forms import (
    BallotForm,
    ChairForm,
    OptionForm,
    PanelForm,
    RulingForm,
    SecondBallotForm,
)
from workflows.judging.asking import MOVED, NOT_ASKED, ballot, invitation_to
from workflows.judging.lookup import last_round, panel_of, subject_of
from workflows.judging.seating import Seating, form_for
from workflows.judging.voting import Voting
from workflows.models import Case
from workflows.nodes import (
    Answer,
    Begin,
    Do,
    End,
    If,
    Join,
    SplitEach,
    Switch,
    Timer,
    Work,
    WorkingDays,
)


class EvaluationHearingFlow(Seating, Voting, BaseFlow):
    """Panel over scores"""

    key = "evaluation_hearing"
    prefix = "EVH"
    process_title = _("Panel over scores")
    case_title = _("Panel over scores: {scheme} {year}")

    start = Begin().Next(this.form_panel)
    form_panel = (
        Work(
            _("Who judges these scores? Nobody in conflict, at least three, an odd number."),
            title=_("Forming the panel"),
            candidates=this.the_secretaries,
            qualifies=this.is_secretariat,
            superiors=this.the_office,
            role="secretary",
            form=PanelForm,
            due=WorkingDays("evaluation.forming_days"),
            do=this.panel_formed,
        )
    ).Next(this.seat, label=_("Invite them"))
    seat = SplitEach(title=_("Invitations")).Each(this.invitation, this.to_invite)
    invitation = invitation_to(this.seated)
    seated = Join(title=_("All have answered")).Next(this.enough)
    enough = (
        Switch(title=_("Is the panel complete?"))
        .Case(this.call, this.can_call)
        .Case(this.strand, this.is_too_few)
        .Case(this.open_second, this.is_named)
        .Default(this.open_first)
    )
    call = Do(this.called, title=_("Call substitutes")).Next(this.seat)

    # -- the votes -----------------------------------------------------------------------------------------
    open_first = Do(this.first_opened, title=_("First round opens")).Next(this.first)
    first = (
        SplitEach(title=_("First round, blind"))
        .Each(this.vote, this.voters)
        .Each(this.stand_in, this.none)
        .Next(this.first_end)
    )
    vote = ballot(
        BallotForm,
        this.counted,
        _("Do these scores stand? Nobody sees your vote before the round is closed."),
        _("Vote in the first round"),
    )
    stand_in = invitation_to(this.counted)
    first_end = Timer(this.round_end, title=_("Until the deadline")).Next(this.first_late)
    first_late = Do(this.round_late, title=_("Substitutes for who is late")).Next(this.first_over)
    first_over = If(this.is_closed, title=_("Is the round over?")).Then(this.counted).Else(this.first_end)
    counted = Join(continue_on_condition=this.is_closed, title=_("First round closed")).Next(this.result)
    result = (
        Switch(title=_("What did the round come to?"))
        .Case(this.name_chair, this.lacks_chair)
        .Case(this.name_price, this.is_inconclusive)
        .Case(this.ruling, this.is_to_rule)
        .Case(this.strand, this.is_unvoted)
        .Default(this.conclude)
    )
    name_chair = (
        Work(
            _("Nobody is there to preside over this panel. Name somebody."),
            title=_("Who presides"),
            candidates=this.the_office,
            qualifies=this.is_the_office,
            superiors=this.the_office,
            role="office",
            form=ChairForm,
            do=this.chair_named,
        )
        .Next(this.result, label=_("Name them"))
        .On(MOVED, this.result, label=NOT_ASKED, by_itself=True)
    )
    name_price = (
        Work(
            _("The first round was not conclusive. Which change do you put to the vote?"),
            title=_("Discussion and one change"),
            candidates=this.the_chair,
            role="chair",
            form=OptionForm,
            due=WorkingDays("fee_review.discussion_days"),
            personal=True,
            do=this.price_named,
        )
        .Next(this.enough, label=_("Put it to the vote"))
        .On(MOVED, this.result, label=NOT_ASKED, by_itself=True)
        .OnDue(this.name_chair)
    )
    open_second = Do(this.second_opened, title=_("Second round opens")).Next(this.second)
    second = (
        SplitEach(title=_("Second round, one change"))
        .Each(this.vote_again, this.voters)
        .Each(this.stand_in_again, this.none)
        .Next(this.second_end)
    )
    vote_again = ballot(
        SecondBallotForm,
        this.counted_again,
        _("Are you for this change? Nobody sees your vote before the round is closed."),
        _("Vote in the second round"),
    )
    stand_in_again = invitation_to(this.counted_again)
    second_end = Timer(this.round_end, title=_("Until the deadline")).Next(this.second_late)
    second_late = Do(this.round_late, title=_("Substitutes for who is late")).Next(this.second_over)
    second_over = (
        If(this.is_closed, title=_("Is the round over?")).Then(this.counted_again).Else(this.second_end)
    )
    counted_again = Join(continue_on_condition=this.is_closed, title=_("Second round closed")).Next(
        this.result
    )
    ruling = (
        Work(
            _("The votes do not decide it. How do you decide?"),
            title=_("The chair decides"),
            candidates=this.the_chair,
            role="chair",
            form=RulingForm,
            due=WorkingDays("fee_review.discussion_days"),
            personal=True,
            do=this.ruled,
        )
        .Next(this.result, label=_("Decide"))
        .On(MOVED, this.result, label=NOT_ASKED, by_itself=True)
        .OnDue(this.name_chair)
    )
    strand = Do(this.given_up, title=_("Nobody is left to vote")).Next(this.stranded)
    stranded = Work(
        _("Nobody is left to judge this. Form another panel when the committee has enough members."),
        title=_("No panel"),
        candidates=this.the_office,
        qualifies=this.is_the_office,
        superiors=this.the_office,
        role="office",
    ).Next(this.form_panel, label=_("Form a new panel"))
    conclude = Do(this.concluded, title=_("The panel has decided")).Next(this.decided)
    decided = End(outcome="decided", title=_("Decided"))

    # -- who -----------------------------------------------------------------------------------------------

    def committee_at(self, now: datetime) -> Committee | None:
        """The committee that judges evaluations."""
        return asked.committee_at(now)

    def kept_off(self, case: Case, now: datetime) -> set[int]:
        """Crews, heads and managers of what is judged, and whoever judges in the other stage."""
        return asked.kept_off(case, now)

    # -- the panel -----------------------------------------------------------------------------------------

    def panel_formed(self, activation: Any, answer: Answer) -> None:
        """Everybody is looked at again: nobody in conflict, and nobody who judges in the other stage."""
        case, now = activation.case, activation.now
        members, substitutes = answer.data["members"], answer.data.get("substitutes", ())
        judging.register_judges(
            round_=asked.round_of(case),
            users=[*members, *substitutes],
            stage=asked.stage_of(case),
            now=now,
        )
        form_for(
            case,
            committee=asked.committee_at(now),
            members=members,
            substitutes=substitutes,
            barred=asked.kept_off(case, now),
            excluded="evaluation.excluded",
            by=answer.by,
            now=now,
        )
        activation.remember(named="")

    def first_opened(self, activation: Any) -> None:
        """Do the scores stand, or which ones change by how much?"""
        self.open_round(activation, kind="first", option={"changes": []})

    def question(self, activation: Any) -> dict[str, Any]:
        case = activation.case
        return {
            "case": case.number,
            "round": asked.round_of(case).ulid,
            "stage": asked.stage_of(case),
            "sheets": [[one.ulid, one.total] for one in asked.sheets_of(case)],
        }

    # -- what it came to -----------------------------------------------------------------------------------

    def concluded(self, activation: Any) -> None:
        """The scores that the panel changed are others now, with its reasons; an appeal is decided."""
        case, now = activation.case, activation.now
        panel = panel_of(case)
        round_ = last_round(panel) if panel is not None else None
        found = result_of(round_) if round_ is not None else None
        if panel is None or round_ is None or found is None:
            raise Invalid(gettext("The panel has not decided yet."), code="panels.undecided")
        changes = asked.changes_of(found.option) if found.result == "modified" else {}
        why = (
            found.ruling.reason
            if found.ruling is not None
            else _reasons(panel, round_, found.option_key, now)
        )
        panels.end_panel(panel=panel, because=str(Panel.Ending.DECIDED), by=None, now=now)
        round_of = asked.round_of(case)
        if asked.stage_of(case) == APPEAL:
            for sheet in judging.appealed(round_of):
                change = Change(changes[sheet.ulid], why) if sheet.ulid in changes else None
                judging.decide_appeal(
                    appeal=sheet.appeal, change=change, answer=why, panel=panel.ulid, now=now
                )
        else:
            judging.conclude_bands(
                round_=round_of,
                changes={ulid: Change(change, why) for ulid, change in changes.items()},
                panel=panel.ulid,
                now=now,
            )
        activation.remember(decided=True)

    # -- the case ------------------------------------------------------------------------------------------

    def page_of(self, case: Case) -> str:
        """The round's board, with the sheets before the panel."""
        round_ = asked.find_round(case)
        return reverse("evaluation_round", args=[round_.ulid]) + "?way=panel" if round_ is not None else ""

    def beside(self, step: Any) -> dict[str, Any]:
        """The sheets that are judged; in the second round what is put to the vote."""
        sheets = asked.sheets_of(step.case)
        shown: dict[str, Any] = {"sheets": sheets, "appeal": asked.stage_of(step.case) == APPEAL}
        panel = panel_of(step.case)
        round_ = last_round(panel) if panel is not None and step.node == "vote_again" else None
        if round_ is not None:
            shown["put"] = asked.in_words(round_.option_key, round_.option, sheets)
        return shown

    def may_see(self, case: Case, user: User, now: datetime) -> bool:
        """Who runs the committee, and whoever presides."""
        found = asked.committee_at(now)
        if found is not None and convenes(found, user, now):
            return True
        return Panel.objects.filter(subject_ref=subject_of(case), chair=user).exists()


def _reasons(panel: Panel, round_: Round, key: str, now: datetime) -> str:
    """The reasons of those who voted for what was decided, as the panel may read them."""
    seats = sitting(panel)
    if not seats:
        return gettext("The panel has decided so.")
    said = [one.reason for one in ballots_of(round_, seats[0].user, now) if one.option_key == key]
    return "\n".join(dict.fromkeys(said)) or gettext("The panel has decided so.")

"""Fee review: what was submitted is frozen and screened; the department and finance look at it; the secretary
forms a panel without anybody in conflict; it votes blind, and once more on one price where that was not
conclusive; what came of it is noticed in public, objections are answered, and the decision brings the prices
into force on a day.

The shape stands here; what its steps do is in the modules beside it. Where the flow has to choose a way it
looks at the rows of panels and fees, so that what was done early, late or twice is simply done.
"""

from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.fees.models import Proposal
from apps.people.models import User
from workflows.base import BaseFlow
from workflows.fee_review import asked
from workflows.fee_review.concluding import Concluding
from workflows.fee_review.forms import (
    BallotForm,
    ChairForm,
    IssueForm,
    PanelForm,
    PriceForm,
    RulingForm,
    SecondBallotForm,
)
from workflows.fee_review.seating import Seating
from workflows.fee_review.showing import beside
from workflows.fee_review.submitting import Submitting
from workflows.fee_review.voting import Voting
from workflows.judging.asking import DECLINE, DECLINES, MOVED, NOT_ASKED, ballot, invitation_to
from workflows.models import Case
from workflows.nodes import (
    Approval,
    Begin,
    Do,
    End,
    If,
    Join,
    Rule,
    SplitEach,
    Switch,
    Timer,
    Work,
    WorkingDays,
)

ACCEPT, APPEAL, SUSTAIN, DISMISS, IMPOSSIBLE = "accept", "appeal", "sustain", "dismiss", "impossible"
MEANT, CORRECT = "meant", "correct"


def _note(activation: Any) -> str:
    return str(activation.recall("note", ""))


class FeeReviewFlow(Submitting, Seating, Voting, Concluding, BaseFlow):
    """Fee review"""

    key = "fee_review"
    prefix = "FEE"
    process_title = _("Fee review")
    case_title = _("Fee review: {title}")

    # -- what was submitted --------------------------------------------------------------------------------
    start = Begin().Next(this.origin)
    origin = If(this.is_draft, title=_("Opened by itself?")).Then(this.revise).Else(this.screen)
    screen = (
        Rule("fees.screen", facts=this.screen_facts, then=this.screened, title=_("Screening"))
        .When("block", this.revise, label=_("Something is wrong"))
        .When("warn", this.explain, label=_("Something is unusual"))
        .When("simplified", this.department, label=_("Short way"))
        .When("full", this.department, label=_("Full review"))
        .Otherwise(this.look)
    )
    explain = (
        Work(
            _("The checks found something unusual. Do you mean it? Say why, or correct it."),
            title=_("Warnings"),
            of_applicant=True,
            due=WorkingDays("fee_review.revision_days"),
            do=this.explained,
        )
        .On(MEANT, this.screen, label=_("I mean it: go on"))
        .On(CORRECT, this.revise, label=_("Correct it"))
    )
    look = (
        Approval(
            _("The rules gave no clear answer. May the review go on?"),
            title=_("Office decides"),
            candidates=this.the_office,
            qualifies=this.is_office,
            superiors=this.the_office,
            role="office",
            do=this.noted,
            back_to=(this.revise,),
        )
        .Approve(this.department)
        .Reject(this.refused)
    )
    revise = Work(
        _("Correct the proposal and send it again."),
        title=_("Revision"),
        of_applicant=True,
        due=WorkingDays("fee_review.revision_days"),
        link=asked.editor_page,
        do=this.resubmitted,
    ).Next(this.origin, label=_("Send again"))
    department = (
        Approval(
            _("Does the department agree? Attach the minutes of the meeting."),
            title=_("Department review"),
            candidates=this.the_department,
            role="department_head",
            due=WorkingDays("fee_review.department_days"),
            do=this.reviewed,
            back_to=(this.revise,),
        )
        .Approve(this.priced)
        .Reject(this.refused)
    )
    priced = If(this.is_not_open, title=_("Is it about prices?")).Then(this.form_panel).Else(this.finance)
    finance = (
        Approval(
            _("Are the costs right, and may these prices be charged?"),
            title=_("Finance"),
            candidates=this.the_finance,
            role="finance_officer",
            superiors=this.the_office,
            due=WorkingDays("fee_review.finance_days"),
            do=this.noted,
            back_to=(this.revise, this.department),
        )
        .Approve(this.route)
        .Reject(this.refused)
    )
    route = If(this.is_simplified, title=_("Short way?")).Then(this.publish).Else(this.form_panel)

    # -- the panel -----------------------------------------------------------------------------------------
    form_panel = (
        Work(
            _("Who judges this? Nobody in conflict, at least three, an odd number."),
            title=_("Forming the panel"),
            candidates=this.the_secretaries,
            qualifies=this.is_secretariat,
            superiors=this.the_office,
            role="secretary",
            form=PanelForm,
            due=WorkingDays("fee_review.forming_days"),
            do=this.panel_formed,
            back_to=(this.revise, this.department),
        )
        .Next(this.seat, label=_("Invite them"))
        .On(IMPOSSIBLE, this.stranded, label=_("There is nobody to judge this"), refuses=True)
    )
    seat = SplitEach(title=_("Invitations")).Each(this.invitation, this.to_invite)
    invitation = invitation_to(this.seated)
    seated = Join(title=_("All have answered")).Next(this.enough)
    enough = (
        Switch(title=_("Is the panel complete?"))
        .Case(this.call, this.can_call)
        .Case(this.strand, this.is_too_few)
        .Case(this.open_second, this.is_named)
        .Case(this.ask, this.is_unfamiliar)
        .Default(this.open_first)
    )
    call = Do(this.called, title=_("Call substitutes")).Next(this.seat)
    ask = SplitEach(title=_("Ask experts of the class")).Each(this.expert, this.the_experts)
    expert = (
        Work(
            _("The panel does not know this class well. What should it know to judge the prices?"),
            title=_("Opinion of an expert"),
            candidates=this.the_seated,
            role="expert",
            due=WorkingDays("fee_review.expert_days"),
            personal=True,
            spoken=True,
            do=this.advised_by,
        )
        .Next(this.advised, label=_("Give my opinion"))
        .On(DECLINE, this.advised, label=DECLINES, refuses=True)
        .OnDue(this.advised)
    )
    advised = Join(title=_("Experts heard")).Next(this.enough)

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
        _("How do you vote? Nobody sees it before the round is closed."),
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
            qualifies=this.is_office,
            superiors=this.the_office,
            role="office",
            form=ChairForm,
            do=this.chair_named,
        )
        .Next(this.result, label=_("Name them"))
        .On(MOVED, this.result, label=NOT_ASKED, by_itself=True)
        .On(IMPOSSIBLE, this.strand, label=_("There is nobody to preside"), refuses=True)
    )
    name_price = (
        Work(
            _("The first round was not conclusive. Which of the proposed prices do you put to the vote?"),
            title=_("Discussion and one price"),
            candidates=this.the_chair,
            role="chair",
            form=PriceForm,
            due=WorkingDays("fee_review.discussion_days"),
            personal=True,
            do=this.price_named,
            back_to=(this.revise,),
        )
        .Next(this.enough, label=_("Put it to the vote"))
        .On(MOVED, this.result, label=NOT_ASKED, by_itself=True)
        .OnDue(this.name_chair)
    )
    open_second = Do(this.second_opened, title=_("Second round opens")).Next(this.second)
    second = (
        SplitEach(title=_("Second round, one price"))
        .Each(this.vote_again, this.voters)
        .Each(this.stand_in_again, this.none)
        .Next(this.second_end)
    )
    vote_again = ballot(
        SecondBallotForm,
        this.counted_again,
        _("Do you approve this price? Nobody sees your vote before the round is closed."),
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
            back_to=(this.revise,),
        )
        .Next(this.result, label=_("Decide"))
        .On(MOVED, this.result, label=NOT_ASKED, by_itself=True)
        .OnDue(this.name_chair)
    )
    strand = Do(this.given_up, title=_("Nobody is left to vote")).Next(this.stranded)
    stranded = (
        Approval(
            _("Nobody is left to judge this. How does it go on?"),
            title=_("No panel"),
            candidates=this.the_office,
            qualifies=this.is_office,
            superiors=this.the_office,
            role="office",
            do=this.noted,
            back_to=(this.revise,),
        )
        .Approve(this.form_panel, label=_("Form a new panel"))
        .Reject(this.refused)
    )

    # -- what came of it -----------------------------------------------------------------------------------
    conclude = Do(this.concluded, title=_("The committee has decided")).Next(this.verdict)
    verdict = (
        Switch(title=_("What was decided?"))
        .Case(this.refused, this.is_rejected)
        .Case(this.accept, this.is_appealable)
        .Default(this.publish)
    )
    accept = (
        Work(
            _("The committee approved other prices than yours. Do you accept them? You may appeal once."),
            title=_("Changed prices"),
            of_applicant=True,
            due=WorkingDays("fee_review.appeal_days"),
            do=this.prices_answered,
        )
        .On(ACCEPT, this.publish, label=_("Accept the prices"))
        .On(APPEAL, this.reconsider, label=_("Appeal"), refuses=True)
        .OnDue(this.publish)
    )
    reconsider = Do(this.reconsidered, title=_("Back to the committee")).Next(this.form_panel)
    publish = Do(this.published, title=_("Public notice opens")).Next(this.notice)
    notice = SplitEach(title=_("Public notice")).Each(this.objection, this.unanswered).Next(this.period)
    period = Timer(this.notice_end, title=_("Until the notice closes")).Next(this.noticed)
    objection = (
        Work(
            _("Answer this objection. A sustained one goes back to the committee."),
            title=_("Objection"),
            candidates=this.the_answerers,
            qualifies=this.is_secretariat,
            superiors=this.the_office,
            role="secretary",
            spoken=True,
            due=WorkingDays("fee_review.objection_days"),
            do=this.objection_answered,
        )
        .On(DISMISS, this.noticed, label=_("Answer: not sustained"))
        .On(SUSTAIN, this.noticed, label=_("Answer: sustained"), refuses=True)
    )
    noticed = Join(continue_on_condition=this.is_upset, title=_("Notice over")).Next(this.objected)
    objected = (
        Switch(title=_("Were there objections?"))
        .Case(this.reconsider, this.is_upset)
        .Case(this.notice, this.has_unanswered)
        .Default(this.same)
    )
    same = (
        If(this.is_record_same, title=_("Is the asset record as it was?"))
        .Then(this.issue)
        .Else(this.outdated)
    )
    outdated = Do(this.record_changed, title=_("Back for revision")).Next(this.revise)
    issue = Work(
        _("Issue the decision. From which day is it in force?"),
        title=_("Issuing the decision"),
        candidates=this.the_office,
        qualifies=this.is_office,
        superiors=this.the_office,
        role="office",
        form=IssueForm,
        due=WorkingDays("fee_review.issue_days"),
        do=this.issued,
    ).Next(this.approved, label=_("Issue the decision"))
    approved = End(outcome="approved", title=_("Approved"))
    refused = End(outcome="refused", title=_("Refused"), reason=_note)

    # -- the case ------------------------------------------------------------------------------------------

    def conflicts(self, case: Case) -> set[int]:
        """Whoever had a hand in what was submitted. Who is in conflict as a judge is kept off the panel."""
        return asked.authors_of(case)

    def is_decided(self, case: Case) -> bool:
        """Until the committee has come to an outcome (on the short way: finance), it may be withdrawn."""
        return bool(case.process.data.get("decided"))

    def page_of(self, case: Case) -> str:
        """The dossier: peers, gap, costs, effects, votes, opinions."""
        return asked.dossier_page(case)

    def beside(self, step: Any) -> dict[str, Any]:
        """The objection, the approved prices, the price put to the vote."""
        return beside(step)

    def may_see(self, case: Case, user: User, now: Any) -> bool:
        """Who runs the committee, and who manages the instruments."""
        return asked.may_see(case, user, now)

    def returned(self, activation: Any, to: str, reason: str) -> None:
        """Back to its author: the panel and the notice are over, and the proposal can be changed."""
        if to == "revise":
            self.give_back(activation, reason)

    def closed(self, case: Case) -> None:
        """However it ended: panel, notice and proposal end with it."""
        proposal, now = asked.find_proposal(case), case.ended_at
        if now is None:
            return
        states = {Case.State.DONE: Proposal.State.REJECTED, Case.State.WITHDRAWN: Proposal.State.WITHDRAWN}
        outcome = states.get(Case.State(case.state), Proposal.State.OVERTAKEN)
        asked.end_everything(case, proposal, str(outcome), case.reason or case.number, now)

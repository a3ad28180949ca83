"""Two acts in one fee review at the same moment, over real connections: one comes first, the other finds what
it left; the case, the panel and the proposal agree afterwards.
"""

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from apps.fees.drafting import save_draft
from apps.fees.models import Proposal, ProposalInstrument, PublicNotice
from apps.instruments.operations import appoint_crew
from apps.panels.counting import result_of
from apps.panels.models import Round
from apps.people.models import User
from tests.factories.instruments import sister
from tests.factories.races import Act, at_once
from tests.workflows.fee_reviews import (
    APPROVE,
    DAY,
    HOUR,
    REJECT,
    School,
    approved,
    at,
    content,
    drafted,
    noticed,
    sent,
    step_of,
    versions,
    vote,
    voting,
)
from workflows import services
from workflows.fee_review import acts
from workflows.fee_review.starting import reopen_review, send
from workflows.models import Case, Step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def ballot(case: Case, user: User, now: datetime, how: dict[str, Any]) -> Act:
    """A vote that waits for its moment, on a step of its own reading."""
    step = Step.objects.select_related("task", "case").get(pk=step_of(case, "vote", user).pk)
    data = {"reason": "理由", **how}
    return partial(services.answer, step=step, by=user, now=now, outcome="complete", data=data)


def agree(case: Case) -> Round:
    """What must hold whatever came first: nothing waits in an ended case, a closed round was counted once."""
    case.refresh_from_db()
    round_ = Round.objects.get()
    proposal = Proposal.objects.get()
    if not case.is_open:
        assert not case.steps.filter(answered_at__isnull=True).exists()
        assert proposal.state in Proposal.ENDED
        assert round_.panel.ended_at is not None
    assert case.steps.filter(node="vote", answered_at__isnull=True).exists() is (
        case.is_open and round_.closed_at is None
    )
    return round_


def test_of_the_last_two_votes_both_count_and_the_case_goes_on_once(who: School, now: datetime) -> None:
    case, m = voting(who, now), who.board.members
    vote(case, m[0], now, REJECT)
    ends = at_once(ballot(case, m[1], now, APPROVE), ballot(case, m[2], now, APPROVE))
    assert ends == ["done", "done"]
    round_ = agree(case)
    assert result_of(round_).figures.cast == 3  # type: ignore[union-attr]
    assert case.events.filter(node="vote", kind="complete").count() == 3
    assert Proposal.objects.get().submissions.get().notices.count() == 1


def test_of_two_deciding_votes_the_second_hears_that_the_round_is_closed(who: School, now: datetime) -> None:
    case, m = voting(who, now), who.board.members
    vote(case, m[0], now, APPROVE)
    ends = at_once(ballot(case, m[1], now, APPROVE), ballot(case, m[2], now, REJECT))
    assert sorted(ends) in (
        ["done", "workflows.answered"],  # the deciding vote came first
        ["done", "done"],  # the other one did, and decided nothing
    )
    agree(case)
    assert at(case) == ""


def test_a_vote_against_the_deadline(who: School, now: datetime) -> None:
    case, m = voting(who, now, reserve=0), who.board.members
    vote(case, m[0], now, APPROVE)
    due = step_of(case, "vote", m[1]).due_at
    assert due is not None
    ends = at_once(
        ballot(case, m[1], now, APPROVE), partial(services.sweep, now=due), partial(services.sweep, now=due)
    )
    assert ends[0] in ("done", "workflows.answered", "panels.round_closed", "panels.seat_moved")
    services.sweep(now=due + DAY)
    round_ = agree(case)
    assert round_.closed_at is not None
    cast = 2 if ends[0] == "done" else 1
    assert result_of(round_).figures.cast == cast  # type: ignore[union-attr]
    assert at(case) == ("issue" if cast == 2 else "ruling")  # the notice was as long as the round


def test_withdrawing_against_the_vote_that_closes(who: School, now: datetime) -> None:
    case, m = voting(who, now), who.board.members
    vote(case, m[0], now, APPROVE)
    mine = Case.objects.select_related("process").get(pk=case.pk)
    ends = at_once(
        ballot(case, m[1], now, APPROVE), partial(services.withdraw, case=mine, by=who.manager, now=now)
    )
    round_ = agree(case)
    if case.is_open:  # the vote came first: it is too late to withdraw
        assert ends == ["done", "workflows.too_late"]
        assert Proposal.objects.get().state == "submitted"
    else:
        assert ends[1] == "done"
        assert ends[0] in ("workflows.answered", "workflows.case_closed", "panels.panel_ended")
        assert (round_.closed_because, Proposal.objects.get().state) == ("abandoned", "withdrawn")


def test_a_recusal_against_the_own_vote(who: School, now: datetime) -> None:
    case, m = voting(who, now), who.board.members
    mine = Case.objects.select_related("process").get(pk=case.pk)
    recuse = partial(acts.recuse, case=mine, by=m[0], reason="同组", now=now)
    ends = at_once(ballot(case, m[0], now, REJECT), recuse)
    assert ends[1] == "done"
    assert ends[0] in ("done", "workflows.answered")
    assert at(case) == "stand_in vote vote"


def submitting(proposal: Proposal, by: User, now: datetime) -> Act:
    """Somebody sends what they have before them."""
    mine = Proposal.objects.get(pk=proposal.pk)
    return partial(send, proposal=mine, revision=mine.revision, by=by, now=now)


def test_a_double_click_sends_a_proposal_once(who: School, now: datetime) -> None:
    draft = drafted(who, now)
    ends = at_once(*(submitting(draft, who.manager, now) for _click in range(2)))
    assert sorted(ends) == ["done", "fees.not_editable"]
    assert (Case.objects.count(), draft.submissions.count()) == (1, 1)
    assert at(Case.objects.get()) == "department"


def test_a_double_click_sends_a_revision_once(who: School, now: datetime) -> None:
    case = sent(who, now)
    services.send_back(step=step_of(case, "department"), by=who.head, now=now, to="revise", reason="偏高")
    draft = Proposal.objects.get()
    save_draft(
        proposal=draft,
        revision=draft.revision,
        content=content(who.sem, internal=250_00),
        by=who.manager,
        now=now,
    )
    ends = at_once(*(submitting(draft, who.manager, now) for _click in range(2)))
    assert ends.count("done") == 1
    assert set(ends) <= {"done", "workflows.answered", "workflows.not_yours", "fees.not_editable"}
    assert (Case.objects.count(), draft.submissions.count()) == (1, 2)
    assert at(case) == "department"


def test_of_two_drafts_about_one_instrument_one_gets_the_case(who: School, now: datetime) -> None:
    drafts = [drafted(who, now) for _window in range(2)]
    ends = at_once(*(submitting(draft, who.manager, now) for draft in drafts))
    assert sorted(ends) == ["done", "fees.case_open"]
    assert Case.objects.count() == 1
    assert sorted(Proposal.objects.values_list("state", flat=True)) == ["draft", "submitted"]


def test_two_batches_in_opposite_order_do_not_wait_for_each_other(who: School, now: datetime) -> None:
    others = [sister(who.sem, f"QY9000{number}", now - 400 * DAY) for number in range(6)]
    for one in others:
        appoint_crew(instrument=one, user=who.manager, role="manager", by=who.they.office, now=now - DAY)
    batch = [who.sem, *others]
    drafts = [drafted(who, now, None, *order) for order in (batch, batch[::-1])]
    ends = at_once(*(submitting(draft, who.manager, now) for draft in drafts))
    assert sorted(ends) == ["done", "fees.case_open"]
    assert Case.objects.count() == 1


def test_a_review_that_opens_by_itself_against_the_managers_own(who: School, now: datetime) -> None:
    approved(who.sem, now, review_by=now.date())
    draft = drafted(who, now)
    version = versions(who)[0]
    ends = at_once(
        submitting(draft, who.manager, now), partial(reopen_review, version=version, cause="sunset", now=now)
    )
    assert ends[1] == "done"
    assert ends[0] in ("done", "fees.case_open")
    assert Case.objects.count() == 1
    assert ProposalInstrument.objects.filter(instrument=who.sem, open=True).count() == 1


def test_an_objection_against_the_end_of_the_notice(who: School, now: datetime) -> None:
    case = noticed(who, now)
    notice = PublicNotice.objects.get()
    ends = notice.closes_at
    objecting = partial(acts.object_against, notice=notice, reason="太贵", by=who.they.bob, now=ends - HOUR)
    said, _swept = at_once(objecting, partial(services.sweep, now=ends))
    services.sweep(now=ends + HOUR)
    assert (said, at(case)) in (("done", "objection"), ("fees.notice_closed", "issue"))
    assert notice.objections.count() == (said == "done")

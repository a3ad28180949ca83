"""The panel of a fee review: who is asked, who votes, who is called in, who decides where votes do not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.fees.models import Proposal
from apps.fees.queries import version_in_force
from apps.instruments.operations import appoint_crew
from apps.panels.models import Panel
from apps.panels.operations import declare_expertise
from apps.people.operations import add_member, end_user
from tests.factories.instruments import sister
from tests.factories.refusals import refused
from tests.workflows.fee_reviews import (
    ABSTAIN,
    APPROVE,
    DAY,
    REJECT,
    School,
    accept,
    after_notice,
    agreed,
    answer,
    at,
    changed,
    content,
    heard,
    invited,
    issued,
    panel_in,
    seat,
    sent,
    step_of,
    versions,
    vote,
    voting,
)
from workflows import services
from workflows.answers import form_of
from workflows.fee_review import acts
from workflows.fee_review.papers import vote_figures
from workflows.judging import lookup

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECOND = timedelta(seconds=1)


def test_different_changed_prices_are_not_conclusive_and_the_chair_names_one(
    who: School, now: datetime
) -> None:
    case = voting(who, now)
    one, two, three = who.board.members[:3]
    vote(case, one, now, changed(case, 240_00))
    vote(case, two, now, changed(case, 250_00))
    vote(case, three, now, APPROVE)
    assert at(case) == "name_price"
    key = next(iter(dict(_choices(case, "name_price", "option_key")).keys() - {"submitted"}))
    answer(case, "name_price", who.board.chair, now, opinion="折中", option_key=key)
    assert at(case) == "vote_again vote_again vote_again"
    vote(case, one, now, APPROVE)
    vote(case, two, now, APPROVE)
    assert at(case) == "accept"
    answer(case, "accept", who.manager, now, "accept")
    issued(who, case, after_notice(case, now))
    price = versions(who)[0].items.get(tier="internal").price_fen
    assert price in (240_00, 250_00)
    assert [one.title.en for one in vote_figures(case)] == ["First round", "Second round"]


def test_a_tie_in_the_second_round_is_the_chairs_to_decide(who: School, now: datetime) -> None:
    case = voting(who, now)
    one, two, three = who.board.members[:3]
    vote(case, one, now, APPROVE)
    vote(case, two, now, REJECT)
    vote(case, three, now, ABSTAIN)
    answer(case, "name_price", who.board.chair, now, option_key="submitted")
    vote(case, one, now, APPROVE)
    vote(case, two, now, REJECT)
    vote(case, three, now, ABSTAIN)
    assert at(case) == "ruling"
    decision = dict(_choices(case, "ruling", "decision"))
    assert set(decision) == {"submitted", "reject"}
    answer(case, "ruling", who.board.chair, now, decision=("rejected", "reject"), reason="成本依据不足")
    case.refresh_from_db()
    assert (at(case), case.reason) == ("done:refused", "成本依据不足")
    assert Proposal.objects.get().state == "rejected"


def test_who_declines_or_recuses_is_replaced_in_order(who: School, now: datetime) -> None:
    case = agreed(who, sent(who, now), now)
    invited(who, case, now)
    m = who.board.members
    answer(case, "invitation", m[0], now, "decline", "出差")
    answer(case, "invitation", m[1], now, "recuse", "同一课题组")
    states = {one.user: one.state for one in panel_in(case).seats.select_related("user")}
    assert (states[m[0]], states[m[1]], states[m[3]], states[m[4]]) == (
        "declined",
        "recused",
        "invited",
        "invited",
    )
    for user in m[2:5]:
        accept(case, user, now)
    assert at(case) == "vote vote vote"


def test_a_member_may_recuse_at_any_time_and_their_ballot_no_longer_counts(
    who: School, now: datetime
) -> None:
    case = voting(who, now)
    m = who.board.members
    vote(case, m[0], now, REJECT)
    acts.recuse(case=case, by=m[0], reason="想起来了", now=now)
    heard(case, now)
    assert at(case) == "stand_in vote vote"
    answer(case, "vote", m[1], now, "recuse", "亦有关系")
    assert at(case) == "stand_in stand_in vote"
    accept(case, m[3], now, node="stand_in")
    accept(case, m[4], now, node="stand_in")
    for user in (m[3], m[4]):
        vote(case, user, now, APPROVE)
    assert at(case) == ""
    assert vote_figures(case)[0].cast == 2
    assert vote_figures(case)[0].recused == 2


def test_the_deadline_calls_substitutes_and_then_the_chair_decides_among_those_present(
    who: School, now: datetime
) -> None:
    case = voting(who, now)
    m = who.board.members
    vote(case, m[0], now, APPROVE)
    late = now + 9 * DAY
    services.sweep(now=late)
    heard(case, late)
    assert at(case) == "stand_in stand_in"
    later = late + 20 * DAY
    for _turn in range(3):
        services.sweep(now=later)
        heard(case, later)
    assert at(case) == "ruling"  # one of three is no quorum
    answer(case, "ruling", who.board.chair, later, decision=("approved", "submitted"), reason="材料充分")
    assert at(case) == ""


def test_a_vote_after_the_deadline_is_too_late_even_before_the_clock_has_come_by(
    who: School, now: datetime
) -> None:
    case = voting(who, now)
    step = step_of(case, "vote", who.board.members[0])
    assert step.due_at is not None
    with refused(WrongState, "panels.too_late"):
        answer(case, "vote", who.board.members[0], step.due_at, **APPROVE, reason="晚了")
    acts.extend_round(
        case=case, until=step.due_at + 5 * DAY, reason="学术会议", by=who.board.secretary, now=now
    )
    answer(case, "vote", who.board.members[0], step.due_at, **APPROVE, reason="来得及")
    services.sweep(now=step.due_at + SECOND)
    assert at(case) == "vote vote"


def test_nobody_left_to_vote_is_for_the_office(who: School, now: datetime) -> None:
    case = agreed(who, sent(who, now), now)
    invited(who, case, now, reserve=0)
    for user in who.board.members[:3]:
        answer(case, "invitation", user, now, "decline", "出差")
    assert (at(case), lookup.panel_of(case)) == ("stranded", None)
    answer(case, "stranded", who.they.office, now, "approve")
    assert at(case) == "form_panel"
    answer(case, "form_panel", who.board.secretary, now, "impossible", "全部回避")
    answer(case, "stranded", who.they.office, now, "reject", "本届委员会无法评审")
    assert at(case) == "done:refused"


def test_nobody_votes_and_nobody_substitutes(who: School, now: datetime) -> None:
    case = voting(who, now, reserve=0)
    services.sweep(now=now + 9 * DAY)
    heard(case, now + 9 * DAY)
    assert at(case) == "stranded"
    assert lookup.panels_of(case)[0].ended_because == Panel.Ending.NO_MEMBERS


def test_experts_are_asked_when_the_panel_knows_too_little(who: School, now: datetime) -> None:
    wise = who.board.members[6]
    declare_expertise(user=wise, class6=who.sem.class6, level=3, by=wise, now=now)
    case = agreed(who, sent(who, now), now)
    invited(who, case, now)
    for user in who.board.members[:3]:
        accept(case, user, now, familiarity=1)
    assert at(case) == "expert"
    with refused(Invalid, "core.reason_required"):
        answer(case, "expert", wise, now)
    answer(case, "expert", wise, now, opinion="灯丝寿命约 1500 h 耗材偏低")
    assert at(case) == "vote vote vote"


def test_a_chair_in_conflict_is_followed_by_the_deputy_and_then_by_whom_the_office_names(
    who: School, now: datetime
) -> None:
    case = voting(who, now)
    m = who.board.members
    for user, how in zip(m[:3], (APPROVE, REJECT, ABSTAIN), strict=True):
        vote(case, user, now, how)
    assert step_of(case, "name_price").task.owner == who.board.chair
    end_user(user=who.board.chair, reason="退休", by=None, now=now)
    heard(case, now)
    assert step_of(case, "name_price").task.owner == who.board.deputy
    end_user(user=who.board.deputy, reason="退休", by=None, now=now)
    heard(case, now)
    assert at(case) == "name_chair"
    answer(case, "name_chair", who.they.office, now, person=m[5], opinion="资深委员")
    assert step_of(case, "name_price").task.owner == m[5]


def test_a_member_who_leaves_is_replaced_and_a_cast_vote_still_counts(who: School, now: datetime) -> None:
    case = voting(who, now)
    m = who.board.members
    vote(case, m[0], now, APPROVE)
    for user in m[:2]:
        end_user(user=user, reason="离校", by=None, now=now)
    heard(case, now)
    assert at(case) == "stand_in vote"
    vote(case, m[2], now, APPROVE)
    assert at(case) == ""
    assert vote_figures(case)[0].cast == 2


def test_the_panel_may_send_it_back_and_the_votes_stay_sealed(who: School, now: datetime) -> None:
    case = voting(who, now)
    for user, how in zip(who.board.members[:3], (APPROVE, REJECT, ABSTAIN), strict=True):
        vote(case, user, now, how)
    step = step_of(case, "name_price")
    services.send_back(step=step, by=who.board.chair, now=now, to="revise", reason="补充耗材清单")
    assert (at(case), Proposal.objects.get().state) == ("revise", "revising")
    assert lookup.panels_of(case)[0].ended_because == Panel.Ending.OVERTAKEN


def test_only_the_rules_members_sit(who: School, now: datetime) -> None:
    case = agreed(who, sent(who, now), now)
    m = who.board.members
    add_member(group=who.they.group, user=m[0], by=None, now=now)
    add_member(group=who.they.group, user=who.manager, by=None, now=now)
    with refused(Invalid, "fee_review.excluded") as told:
        answer(case, "form_panel", who.board.secretary, now, members=m[:3], substitutes=[])
    assert told.details["user"] == m[0].ulid
    with refused(Invalid, "panels.even"):
        answer(case, "form_panel", who.board.secretary, now, members=m[1:5], substitutes=[])


def test_the_secretary_gives_time_calls_substitutes_and_closes(who: School, now: datetime) -> None:
    case = voting(who, now)
    m = who.board.members
    run: dict[str, Any] = {"case": case, "by": who.board.secretary, "now": now}
    called = acts.substitute(**run, seat=seat(case, m[0]), reason="联系不上")
    heard(case, now)
    assert called is not None
    assert (called.user, at(case)) == (m[3], "stand_in vote vote")
    acts.extend_invitation(**run, seat=seat(case, m[3]), until=now + 20 * DAY, reason="在国外")
    assert step_of(case, "stand_in").due_at == now + 20 * DAY
    with refused(WrongState, "panels.not_yet"):
        acts.close_round(**run, reason="够了")
    with refused(NotPermitted, "panels.not_convener"):
        acts.close_round(case=case, by=m[1], now=now, reason="够了")
    vote(case, m[1], now, APPROVE)
    due = panel_in(case).rounds.get().due_at
    acts.close_round(case=case, by=who.board.secretary, now=due, reason="已过期限")
    heard(case, due)
    assert at(case) == "ruling"


def test_sister_instruments_in_one_proposal_and_several_cases_in_one_meeting(
    who: School, now: datetime
) -> None:
    twins = [sister(who.sem, f"QY9000{number}", now) for number in range(3)]
    for one in twins:
        appoint_crew(instrument=one, user=who.manager, role="manager", by=who.they.office, now=now)
    batch = agreed(who, sent(who, now, content(*twins[:2]), *twins[:2]), now)
    other = agreed(who, sent(who, now, content(twins[2]), twins[2]), now)
    m = who.board.members
    done = acts.form_together(
        cases=[batch, other], members=m[:3], substitutes=m[3:5], by=who.board.secretary, now=now
    )
    assert [refusal for _case, refusal in done] == [None, None]
    [(_case, refusal)] = acts.form_together(
        cases=[batch], members=m[:3], substitutes=[], by=who.board.secretary, now=now
    )
    assert refusal is not None
    assert refusal.code == "fee_review.no_panel_awaited"
    for case in (batch, other):
        heard(case, now)
        for user in m[:3]:
            accept(case, user, now)
        for user in m[:2]:
            vote(case, user, now, APPROVE)
    later = after_notice(batch, now)
    for case in (batch, other):
        issued(who, case, later)
    assert all(version_in_force(one.pk, now + 40 * DAY) is not None for one in twins)


def _choices(case: object, node: str, field: str) -> list[tuple[str, str]]:
    step = step_of(case, node)  # type: ignore[arg-type]
    return list(form_of(step, step.task.owner).fields[field].choices)

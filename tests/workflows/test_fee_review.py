"""Fee reviews, as the regulation has them: each test is one way that a case may go."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.fees.models import NotOpenApproval, Objection, Proposal, PublicNotice
from apps.fees.queries import version_in_force
from apps.panels.counting import result_of
from apps.panels.models import Panel
from documents.models import Document
from tests.factories.fees import fee_content, priced_at, sheet
from tests.factories.refusals import refused
from tests.people import People
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
    closing,
    content,
    drafted,
    heard,
    invited,
    issued,
    noticed,
    panel_in,
    school,
    seat,
    sent,
    simple,
    step_of,
    versions,
    vote,
    voting,
)
from workflows import services
from workflows.fee_review import acts, asked
from workflows.fee_review.papers import vote_figures
from workflows.fee_review.starting import send

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECOND = timedelta(seconds=1)


@pytest.fixture
def who(they: People, now: datetime) -> School:
    return school(they, now)


def test_prices_are_judged_noticed_and_in_force_from_a_day_on(who: School, now: datetime) -> None:
    case = sent(who, now)
    assert at(case) == "department"
    with refused(Invalid, "fee_review.minutes_required"):
        services.answer(step=step_of(case, "department"), by=who.head, now=now, outcome="approve")
    agreed(who, case, now)
    assert at(case) == "form_panel"
    invited(who, case, now)
    for user in who.board.members[:3]:
        accept(case, user, now)
    assert at(case) == "vote vote vote"
    vote(case, who.board.members[0], now, APPROVE)
    vote(case, who.board.members[1], now, APPROVE)  # two of three for one price: it can no longer change
    assert at(case) == ""
    later = after_notice(case, now)
    assert at(case) == "issue"
    begins = issued(who, case, later)
    assert at(case) == "done:approved"
    [version] = versions(who)
    assert version_in_force(who.sem.pk, begins - SECOND) is None
    assert version_in_force(who.sem.pk, begins) == version
    decision = Document.objects.get(kind="fee_decision")
    assert (version.approval_no, version.source_case) == (decision.number, f"case:{case.ulid}")
    proposal = Proposal.objects.get()
    assert (proposal.state, asked.panels_of(case)[0].ended_because) == ("approved", "decided")
    assert [(one.cast, one.seats) for one in vote_figures(case)] == [(2, 3)]
    assert PublicNotice.objects.get().number == Document.objects.get(kind="fee_notice").number


def test_the_predecessor_ends_at_the_instant_at_which_the_next_one_begins(who: School, now: datetime) -> None:
    first = noticed(who, now)
    second_day = issued(who, first, after_notice(first, now)) + 40 * DAY
    case = noticed(who, second_day, content(who.sem, internal=300_00))
    begins = issued(who, case, after_notice(case, second_day))
    old, new = versions(who)
    assert (old.valid_until, new.valid_from) == (begins, begins)
    for moment, version in ((begins - SECOND, old), (begins, new)):
        assert version_in_force(who.sem.pk, moment) == version


def test_a_small_change_goes_the_short_way_and_is_noticed_all_the_same(who: School, now: datetime) -> None:
    case = agreed(who, sent(who, now, simple(who, now)), now)
    assert at(case) == ""
    with refused(WrongState, "workflows.too_late"):
        services.withdraw(case=case, by=who.manager, now=now)
    issued(who, case, after_notice(case, now))
    assert (at(case), asked.panels_of(case)) == ("done:approved", [])


def test_an_objection_that_is_sustained_takes_the_short_way_to_the_committee(
    who: School, now: datetime
) -> None:
    case = agreed(who, sent(who, now, simple(who, now)), now)
    notice = PublicNotice.objects.get()
    acts.object_against(notice=notice, reason="比同城贵一倍", by=who.they.bob, now=now)
    answer(case, "objection", who.board.secretary, now, "sustain", "属实")
    assert at(case) == "form_panel"
    services.withdraw(case=case, by=who.manager, now=now)  # undecided again
    assert Proposal.objects.get().state == "withdrawn"


def test_what_is_wrong_goes_back_and_is_sent_again(who: School, now: datetime) -> None:
    case = sent(who, now, content(who.sem, subtotal_e4=1))
    proposal = Proposal.objects.get()
    assert (at(case), proposal.state) == ("revise", "revising")
    assert case.dossiers.count() == 1
    with refused(WrongState, "fees.unchanged"):
        send(proposal=proposal, revision=proposal.revision, by=who.manager, now=now)
    from apps.fees.drafting import save_draft  # noqa: PLC0415

    saved = save_draft(
        proposal=proposal, revision=proposal.revision, content=content(who.sem), by=who.manager, now=now
    )
    again = send(proposal=saved, revision=saved.revision, by=who.manager, now=now)
    assert (again, at(case)) == (case, "department")
    assert asked.submission_of(case).number == 2


def test_what_is_unusual_is_asked_about_once(who: School, now: datetime) -> None:
    item = priced_at(content(who.sem).sheets[0].items[0], enterprise=3000_00)
    case = sent(who, now, fee_content(sheet(who.sem, item)))
    assert at(case) == "explain"
    with refused(Invalid, "core.reason_required"):
        answer(case, "explain", who.manager, now, "meant")
    answer(case, "explain", who.manager, now, "meant", "企业样品需专人值守")
    assert at(case) == "department"
    assert "专人值守" in str(case.dossiers.latest("number").content)
    services.send_back(step=step_of(case, "department"), by=who.head, now=now, to="revise", reason="仍偏高")
    assert (at(case), Proposal.objects.get().state) == ("revise", "revising")


def test_a_warning_may_be_corrected_instead(who: School, now: datetime) -> None:
    item = priced_at(content(who.sem).sheets[0].items[0], enterprise=3000_00)
    case = sent(who, now, fee_content(sheet(who.sem, item)))
    answer(case, "explain", who.manager, now, "correct")
    assert (at(case), Proposal.objects.get().state) == ("revise", "revising")


def test_a_department_or_finance_may_refuse(who: School, now: datetime) -> None:
    case = sent(who, now)
    answer(case, "department", who.head, now, "reject", "成本不实")
    case.refresh_from_db()
    assert (at(case), case.reason) == ("done:refused", "成本不实")
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.end_reason) == ("rejected", "成本不实")


def test_one_open_case_per_instrument(who: School, now: datetime) -> None:
    sent(who, now)
    another = drafted(who, now)
    with refused(WrongState, "fees.case_open"):
        send(proposal=another, revision=another.revision, by=who.manager, now=now)


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


def test_changed_prices_are_appealed_once(who: School, now: datetime) -> None:
    case = voting(who, now)
    for user in who.board.members[:2]:
        vote(case, user, now, changed(case))
    assert at(case) == "accept"
    with refused(WrongState, "workflows.too_late"):
        services.withdraw(case=case, by=who.manager, now=now)
    answer(case, "accept", who.manager, now, "appeal", "耗材涨价")
    assert at(case) == "form_panel"
    invited(who, case, now)
    for user in who.board.members[:3]:
        accept(case, user, now)
    assert asked.last_round(panel_in(case)).question["appeal"] == "耗材涨价"  # type: ignore[union-attr]
    for user in who.board.members[:2]:
        vote(case, user, now, changed(case))
    assert at(case) == ""  # final: noticed
    assert "24000" in PublicNotice.objects.get().prices


def test_without_an_appeal_in_time_the_changed_prices_stand(who: School, now: datetime) -> None:
    case = voting(who, now)
    for user in who.board.members[:2]:
        vote(case, user, now, changed(case))
    services.sweep(now=now + 20 * DAY)
    assert at(case) == ""
    assert PublicNotice.objects.get().opens_at == now + 20 * DAY


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
    assert (at(case), asked.panel_of(case)) == ("stranded", None)
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
    assert asked.panels_of(case)[0].ended_because == Panel.Ending.NO_MEMBERS


def test_experts_are_asked_when_the_panel_knows_too_little(who: School, now: datetime) -> None:
    from apps.panels.operations import declare_expertise  # noqa: PLC0415

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
    from apps.people.operations import end_user  # noqa: PLC0415

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
    from apps.people.operations import end_user  # noqa: PLC0415

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


def test_a_changed_asset_record_sends_the_case_back_with_the_reason(who: School, now: datetime) -> None:
    from apps.instruments.operations import change_instrument  # noqa: PLC0415

    case = voting(who, now)
    vote(case, who.board.members[0], now, APPROVE)
    change_instrument(instrument=who.sem, external_use_registered=True, by=None, now=now)
    heard(case, now)
    assert at(case) == "revise"
    said = case.events.filter(kind="sent_back").latest("id").opinion
    assert "registration for external use" in said or "对外使用登记" in said
    assert (Proposal.objects.get().state, asked.panel_of(case)) == ("revising", None)


def test_a_retired_instrument_ends_the_case(who: School, now: datetime) -> None:
    from apps.instruments.operations import retire_instrument  # noqa: PLC0415

    case = voting(who, now)
    retire_instrument(instrument=who.sem, reason="报废", by=who.they.office, now=now)
    heard(case, now)
    assert at(case) == "overtaken:"
    assert Proposal.objects.get().state == "overtaken"


def test_a_notice_counts_working_days_over_a_school_holiday(who: School, now: datetime) -> None:
    from apps.core.models import CalendarDay  # noqa: PLC0415

    for day in range(24, 28):  # the school's anniversary, Tuesday to Friday
        CalendarDay.objects.create(
            day=datetime(2026, 11, day, tzinfo=UTC).date(),
            is_working=False,
            name_zh="校庆",
            name_en="Anniversary",
        )
    case = noticed(who, now)
    notice = PublicNotice.objects.get()
    assert notice.closes_at == datetime(2026, 12, 4, 2, 0, tzinfo=UTC)  # five working days from Monday
    services.sweep(now=notice.closes_at - SECOND)
    assert at(case) == ""
    services.sweep(now=notice.closes_at)
    assert at(case) == "issue"


def test_objections_are_answered_and_a_sustained_one_returns_to_the_committee(
    who: School, now: datetime
) -> None:
    case = noticed(who, now)
    notice = PublicNotice.objects.get()
    for user, words in ((who.they.bob, "太贵"), (who.they.alice, "耗材重复计算")):
        acts.object_against(notice=notice, reason=words, by=user, now=now)
    heard(case, now)
    assert at(case) == "objection objection"
    with refused(Invalid, "core.reason_required"):
        answer(case, "objection", who.board.secretary, now, "dismiss")
    answer(case, "objection", who.board.secretary, now, "dismiss", "与同类持平")
    assert at(case) == "objection"
    answer(case, "objection", who.board.secretary, now, "sustain", "确有重复")
    assert at(case) == "form_panel"
    notice.refresh_from_db()
    assert notice.withdrawn_at == now
    assert list(Objection.objects.order_by("id").values_list("sustained", flat=True)) == [False, True]
    invited(who, case, now)
    for user in who.board.members[:3]:
        accept(case, user, now)
    assert asked.last_round(panel_in(case)).question["objections"] == ["耗材重复计算"]  # type: ignore[union-attr]
    for user in who.board.members[:2]:
        vote(case, user, now, REJECT)
    assert at(case) == "done:refused"


def test_an_objection_of_the_last_moment_is_answered_before_the_decision(who: School, now: datetime) -> None:
    case = noticed(who, now)
    notice = PublicNotice.objects.get()
    from apps.fees.noticing import object_to  # noqa: PLC0415

    object_to(notice=notice, reason="最后一刻", by=who.they.bob, now=notice.closes_at - SECOND)
    later = after_notice(case, now)
    assert at(case) == "objection"
    answer(case, "objection", who.board.secretary, later, "dismiss", "不成立")
    services.sweep(now=later + DAY)
    assert at(case) == "issue"


def test_what_changes_before_the_decision_sends_it_back(who: School, now: datetime) -> None:
    case = noticed(who, now)
    type(who.sem).objects.filter(pk=who.sem.pk).update(quota_hours=1)
    after_notice(case, now)
    assert at(case) == "revise"


def test_an_application_not_to_open_goes_the_same_way_and_expires(who: School, now: datetime) -> None:
    case = sent(who, now, closing(who.sem))
    agreed(who, case, now)
    assert at(case) == "form_panel"  # finance has nothing to check
    invited(who, case, now)
    for user in who.board.members[:3]:
        accept(case, user, now)
    assert "modify" not in dict(_choices(case, "vote", "choice"))
    for user in who.board.members[:2]:
        vote(case, user, now, APPROVE)
    begins = issued(who, case, after_notice(case, now))
    approval = NotOpenApproval.objects.get()
    assert (approval.valid_from, approval.valid_until) == (begins, begins + 365 * DAY)
    assert approval.approval_no == Document.objects.get(kind="not_open").number


def test_the_panel_may_send_it_back_and_the_votes_stay_sealed(who: School, now: datetime) -> None:
    case = voting(who, now)
    for user, how in zip(who.board.members[:3], (APPROVE, REJECT, ABSTAIN), strict=True):
        vote(case, user, now, how)
    step = step_of(case, "name_price")
    services.send_back(step=step, by=who.board.chair, now=now, to="revise", reason="补充耗材清单")
    assert (at(case), Proposal.objects.get().state) == ("revise", "revising")
    assert asked.panels_of(case)[0].ended_because == Panel.Ending.OVERTAKEN


def test_withdrawing_ends_panel_and_proposal(who: School, now: datetime) -> None:
    case = voting(who, now)
    vote(case, who.board.members[0], now, APPROVE)
    services.withdraw(case=case, by=who.manager, now=now, reason="重新测算")
    heard(case, now)
    panel = asked.panels_of(case)[0]
    round_ = panel.rounds.get()
    assert (at(case), panel.ended_because, round_.closed_because) == ("withdrawn:", "withdrawn", "abandoned")
    assert result_of(round_).figures.cast == 1 or result_of(round_) is not None  # type: ignore[union-attr]
    assert Proposal.objects.get().state == "withdrawn"
    again = drafted(who, now)
    assert send(proposal=again, revision=again.revision, by=who.manager, now=now) != case


def test_prices_do_not_come_into_force_before_they_are_decided(who: School, now: datetime) -> None:
    case = noticed(who, now)
    later = after_notice(case, now)
    with refused(Invalid, "fee_review.not_ahead"):
        issued(who, case, later, valid_from=later)
    assert Document.objects.filter(kind="fee_decision").count() == 0


def test_only_the_rules_members_sit(who: School, now: datetime) -> None:
    case = agreed(who, sent(who, now), now)
    m = who.board.members
    from apps.people.operations import add_member  # noqa: PLC0415

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
    from apps.instruments.operations import appoint_crew  # noqa: PLC0415
    from tests.factories.instruments import sister  # noqa: PLC0415

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
    from workflows.answers import form_of  # noqa: PLC0415

    step = step_of(case, node)  # type: ignore[arg-type]
    return list(form_of(step, step.task.owner).fields[field].choices)

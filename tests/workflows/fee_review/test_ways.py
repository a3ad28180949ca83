"""Fee reviews, as the regulation has them: each test is one way that a case may go."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from apps.core.errors import Invalid, WrongState
from apps.core.models import CalendarDay
from apps.fees.drafting import save_draft
from apps.fees.models import NotOpenApproval, Objection, Proposal, PublicNotice
from apps.fees.noticing import object_to
from apps.fees.queries import version_in_force
from apps.instruments.operations import change_instrument, retire_instrument
from apps.notices.models import Notice
from apps.panels.counting import result_of
from documents.models import Document
from tests.factories.fees import fee_content, priced_at, sheet
from tests.factories.refusals import refused
from tests.workflows.fee_reviews import (
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
    sent,
    simple,
    step_of,
    versions,
    vote,
    voting,
)
from workflows import services
from workflows.answers import form_of
from workflows.fee_review import acts, asked
from workflows.fee_review.papers import vote_figures
from workflows.fee_review.starting import send
from workflows.judging import lookup

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECOND = timedelta(seconds=1)


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
    assert (proposal.state, lookup.panels_of(case)[0].ended_because) == ("approved", "decided")
    assert [(one.cast, one.seats) for one in vote_figures(case)] == [(2, 3)]
    notice, paper = PublicNotice.objects.get(), Document.objects.get(kind="fee_notice")
    assert notice.number == paper.number
    assert reverse("fee_notice", args=[notice.ulid]) in paper.content


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
    assert (at(case), lookup.panels_of(case)) == ("done:approved", [])


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
    assert lookup.last_round(panel_in(case)).question["appeal"] == "耗材涨价"  # type: ignore[union-attr]
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


def test_a_changed_asset_record_sends_the_case_back_with_the_reason(who: School, now: datetime) -> None:
    case = voting(who, now)
    vote(case, who.board.members[0], now, APPROVE)
    change_instrument(instrument=who.sem, external_use_registered=True, by=None, now=now)
    heard(case, now)
    assert at(case) == "revise"
    said = case.events.filter(kind="sent_back").latest("id").opinion
    assert "registration for external use" in said or "对外使用登记" in said
    assert (Proposal.objects.get().state, lookup.panel_of(case)) == ("revising", None)


def test_a_retired_instrument_ends_the_case(who: School, now: datetime) -> None:
    case = voting(who, now)
    retire_instrument(instrument=who.sem, reason="报废", by=who.they.office, now=now)
    heard(case, now)
    assert at(case) == "overtaken:"
    assert Proposal.objects.get().state == "overtaken"


def test_a_notice_counts_working_days_over_a_school_holiday(who: School, now: datetime) -> None:
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
    heard(case, now)
    told = Notice.objects.filter(kind="fee_review.objection_answered")
    assert set(told.values_list("user__username", "args__answer")) == {
        ("bob", "与同类持平"),
        ("alice", "确有重复"),
    }
    invited(who, case, now)
    for user in who.board.members[:3]:
        accept(case, user, now)
    assert lookup.last_round(panel_in(case)).question["objections"] == ["耗材重复计算"]  # type: ignore[union-attr]
    for user in who.board.members[:2]:
        vote(case, user, now, REJECT)
    assert at(case) == "done:refused"


def test_an_objection_of_the_last_moment_is_answered_before_the_decision(who: School, now: datetime) -> None:
    case = noticed(who, now)
    notice = PublicNotice.objects.get()
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


def test_withdrawing_ends_panel_and_proposal(who: School, now: datetime) -> None:
    case = voting(who, now)
    vote(case, who.board.members[0], now, APPROVE)
    services.withdraw(case=case, by=who.manager, now=now, reason="重新测算")
    heard(case, now)
    panel = lookup.panels_of(case)[0]
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


def _choices(case: object, node: str, field: str) -> list[tuple[str, str]]:
    step = step_of(case, node)  # type: ignore[arg-type]
    return list(form_of(step, step.task.owner).fields[field].choices)


def test_an_objection_that_waited_for_the_end_of_the_notice_is_not_taken_in_unanswered(
    who: School, now: datetime
) -> None:
    """It was sent in time, but the notice was over when its turn came."""
    case = noticed(who, now)
    notice = PublicNotice.objects.get()
    services.sweep(now=notice.closes_at)
    assert at(case) == "issue"
    with refused(WrongState, "fees.notice_closed"):
        acts.object_against(notice=notice, reason="太贵", by=who.they.bob, now=notice.closes_at - SECOND)
    assert not notice.objections.exists()

"""Prices are noticed for working days; anyone registered objects once, while it runs; every objection has one
answer.
"""

from datetime import date, datetime, timedelta

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import CalendarDay
from apps.fees.content import Price, PriceSet, prices_from
from apps.fees.drafting import create_draft, save_draft
from apps.fees.models import Objection, PublicNotice, Submission
from apps.fees.noticing import (
    answer_objection,
    is_open,
    notices,
    object_to,
    open_notice,
    unanswered,
    withdraw_notice,
)
from apps.fees.submitting import end_proposal, submit
from apps.people.operations import suspend_user
from tests.factories.facts import audited, told
from tests.factories.fees import fee_content, sheet
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def submission(people: People, now: datetime) -> Submission:
    proposal = create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now)
    content = fee_content(sheet(people.sem))
    save_draft(proposal=proposal, revision=1, content=content, by=people.teng, now=now)
    return submit(proposal=proposal, revision=2, by=people.teng, now=now)


@pytest.fixture
def notice(submission: Submission, now: datetime) -> PublicNotice:
    return open_notice(submission=submission, now=now, number="公示〔2026〕3号")  # noqa: RUF001


def test_a_notice_runs_for_working_days(notice: PublicNotice, now: datetime) -> None:
    # Monday plus five working days is the same hour of the next Monday.
    assert notice.closes_at == now + 7 * DAY
    assert is_open(notice, now)
    assert is_open(notice, now + 7 * DAY - TICK)
    assert not is_open(notice, now + 7 * DAY)
    assert not is_open(notice, now - TICK)
    assert told("fees.notice_opened")[0]["notice"] == notice.ulid


def test_a_holiday_lengthens_a_notice(submission: Submission, now: datetime) -> None:
    for day in (24, 25):
        CalendarDay.objects.create(day=date(2026, 11, day), is_working=False, name_zh="校庆", name_en="Fair")
    assert open_notice(submission=submission, now=now).closes_at == now + 9 * DAY


def test_the_notice_shows_the_prices_that_were_decided(
    people: People, submission: Submission, now: datetime
) -> None:
    changed = PriceSet((Price(people.sem.ulid, "SEM1", "internal", 240_00),))
    notice = open_notice(submission=submission, prices=changed, now=now)
    shown = {price.tier: price.fen for price in prices_from(notice.prices).prices}
    assert shown == {"internal": 240_00, "external_academic": 620_00, "enterprise": 900_00}


def test_one_notice_at_a_time(submission: Submission, notice: PublicNotice, now: datetime) -> None:
    with refused(WrongState, "fees.notice_there"):
        open_notice(submission=submission, now=now)
    withdraw_notice(notice=notice, reason="异议成立", now=now + DAY)
    assert told("fees.notice_withdrawn")[0]["notice"] == notice.ulid
    with refused(WrongState, "fees.notice_closed"):
        withdraw_notice(notice=notice, reason="again", now=now + DAY)
    second = open_notice(submission=submission, now=now + DAY)
    assert list(notices(now + DAY)) == [second]
    assert list(notices(now + 60 * DAY, running=True)) == []
    assert list(notices(now + 60 * DAY, running=False)) == [second]
    end_proposal(proposal=submission.proposal, outcome="withdrawn", reason="x", now=now + DAY)
    with refused(WrongState, "fees.not_submitted"):
        open_notice(submission=submission, now=now + DAY)


def test_anyone_registered_objects_once_and_with_a_reason(
    people: People, notice: PublicNotice, now: datetime
) -> None:
    objection = object_to(notice=notice, reason="校内价格高于同类仪器", by=people.charlie, now=now)
    assert list(unanswered(notice)) == [objection]
    assert told("fees.objected") == [{"notice": notice.ulid, "objection": objection.ulid}]
    assert [entry.actor for entry in audited("fees.object")] == [people.charlie]
    with refused(WrongState, "fees.objected_before"):
        object_to(notice=notice, reason="also", by=people.charlie, now=now)
    with refused(Invalid, "core.reason_required"):
        object_to(notice=notice, reason="  ", by=people.bob, now=now)
    with refused(Invalid, "fees.objection_length"):
        object_to(notice=notice, reason="x" * 4001, by=people.bob, now=now)
    suspend_user(user=people.bob, reason="x", by=None, now=now)
    with refused(NotPermitted, "people.not_active"):
        object_to(notice=notice, reason="y", by=people.bob, now=now)
    assert Objection.objects.count() == 1


def test_nobody_objects_before_it_begins_or_after_its_end(
    people: People, submission: Submission, now: datetime
) -> None:
    notice = open_notice(submission=submission, now=now, opens_at=now + DAY)
    assert list(notices(now)) == []
    for moment in (now, notice.closes_at):
        with refused(WrongState, "fees.notice_closed"):
            object_to(notice=notice, reason="x", by=people.alice, now=moment)
    object_to(notice=notice, reason="x", by=people.alice, now=notice.closes_at - TICK)


def test_an_objection_is_answered_once_and_never_by_who_raised_it(
    people: People, notice: PublicNotice, now: datetime
) -> None:
    objection = object_to(notice=notice, reason="x", by=people.alice, now=now)
    with refused(WrongState, "fees.own_objection"):
        answer_objection(objection=objection, answer="no", sustained=False, by=people.alice, now=now)
    with refused(Invalid, "core.reason_required"):
        answer_objection(objection=objection, answer="", sustained=False, by=people.office, now=now)
    answered = answer_objection(
        objection=objection, answer="耗材已涨价", sustained=False, by=people.office, now=now + DAY
    )
    assert (answered.sustained, answered.answered_by, answered.answered_at) == (
        False,
        people.office,
        now + DAY,
    )
    assert list(unanswered(notice)) == []
    assert told("fees.objection_answered") == [{"objection": objection.ulid, "sustained": False}]
    with refused(WrongState, "fees.objection_answered"):
        answer_objection(objection=objection, answer="yes", sustained=True, by=people.office, now=now + DAY)

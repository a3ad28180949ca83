"""The rule booking.admission: asked before, on record afterwards, with who can mend what is missing."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils.translation import override

from apps.bookings.admission import judge_admission, wish
from apps.bookings.foreseeing import foresee
from apps.bookings.models import Booking
from apps.core.errors import WrongState
from apps.decisions.models import DecisionRecord, RuleSetVersion
from apps.decisions.replay import replay
from apps.funding.models import FundHold
from apps.funding.operations import set_limit
from apps.instruments.models import Instrument
from rules.points.booking_admission import DEFAULT, FACT_OF
from rules.rows import DENY, Cell, Row
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.money import HOUR_FEN, funded, priced
from tests.factories.refusals import refused

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(now: datetime, db: None) -> Desk:
    they = people.gather_with_rules(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    return Desk(they, funded(they.group, before), now)


def _records() -> list[tuple[str, str, list[str]]]:
    rows = DecisionRecord.objects.filter(point="booking.admission").order_by("id")
    return list(rows.values_list("outcome", "object_ref", "codes"))


def _in_force(desk: Desk, *rows: Row) -> None:
    """The school has another table from now on."""
    table = replace(DEFAULT, version=2, rows=rows)
    RuleSetVersion.objects.filter(point=DEFAULT.key).update(valid_until=desk.now)
    RuleSetVersion.objects.create(
        point=DEFAULT.key,
        version=2,
        body=table.to_json(),
        digest=table.digest,
        valid_from=desk.now,
        reason="another table",
    )


def test_a_booking_stands_on_a_recorded_decision_that_can_be_made_again(desk: Desk) -> None:
    booking = desk.book()
    assert _records() == [("permit", f"booking:{booking.ulid}", ["admission.permitted"])]
    record = DecisionRecord.objects.get(point="booking.admission")
    assert set(record.sources) == set(record.facts)
    assert record.facts["estimated_fen"] == 2 * HOUR_FEN["internal"]
    assert record.facts["minutes_ahead"] == 60
    assert replay(record).allowed


def test_a_refusal_is_recorded_though_the_booking_is_undone(desk: Desk) -> None:
    with transaction.atomic(), refused(WrongState, "bookings.no_certificate") as met:
        desk.book(user=desk.they.bob, by=desk.they.bob)
    assert met.details["mender"] == "trainer"
    assert _records() == [("deny", f"instrument:{desk.they.sem.ulid}", ["bookings.no_certificate"])]
    assert not Booking.objects.exists()
    assert not FundHold.objects.exists()


def test_everything_is_told_at_once_each_with_who_mends_it(desk: Desk) -> None:
    desk.book()
    with refused(WrongState, "bookings.overlap") as met:
        desk.book(user=desk.they.bob, by=desk.they.bob, fund=None)
    also = [(one["code"], one["mender"]) for one in met.details["also"]]
    assert also == [("bookings.no_certificate", "trainer"), ("bookings.no_fund", "self")]


def test_money_and_the_limit_of_the_pi_are_foreseen_beside_the_rest(desk: Desk) -> None:
    set_limit(fund=desk.fund, user=desk.they.bob, monthly_fen=100, by=desk.they.wang, now=desk.now)
    found = foresee(
        user=desk.they.bob,
        instrument=desk.they.sem,
        start=desk.now + HOUR,
        end=desk.now + 23 * HOUR,
        now=desk.now,
    )
    codes = [one.code for one in found.refusals]
    assert "bookings.no_certificate" in codes
    assert codes[-1] == "funding.limit"
    assert found.asked.fund == desk.fund
    assert found.estimated_fen == 22 * HOUR_FEN["internal"]
    assert _records() == []


def test_a_school_adds_a_condition_of_its_own_with_a_date(desk: Desk) -> None:
    own = Row(
        id="no-long-ones",
        cells=(Cell("length_minutes", "gt", 60), Cell("user_kind", "eq", "student")),
        outcome=DENY,
        code="bookings.long_student",
        mender="manager",
        zh="学生每次最多一小时",
        en="Students book one hour at most",
    )
    _in_force(desk, own, *DEFAULT.rows)
    with override("en"), refused(WrongState, "bookings.long_student") as met:
        desk.book()
    assert (str(met.message), met.details["mender"]) == ("Students book one hour at most", "manager")
    assert desk.book(end=desk.now + 2 * HOUR).state == Booking.State.CONFIRMED


def test_what_a_school_takes_out_of_the_table_refuses_nobody_but_the_law_stays(desk: Desk) -> None:
    kept = tuple(
        row for row in DEFAULT.rows if row.code not in {"bookings.no_certificate", "bookings.overlap"}
    )
    _in_force(desk, *kept)
    assert desk.book(user=desk.they.bob, by=desk.they.bob).user == desk.they.bob
    with refused(WrongState, "bookings.overlap"):
        desk.book()


def test_a_table_that_was_taken_away_opens_nothing(desk: Desk) -> None:
    RuleSetVersion.objects.filter(point="booking.admission").update(revoked_at=desk.now)
    with refused(WrongState, "decisions.no_ruleset") as met:
        desk.book()
    assert met.details["mender"] == "office"
    assert not Booking.objects.exists()


def test_a_school_without_rule_sets_books_by_the_built_in_table(desk: Desk) -> None:
    RuleSetVersion.objects.all().delete()
    with refused(WrongState, "bookings.no_certificate"):
        desk.book(user=desk.they.bob, by=desk.they.bob)
    assert desk.book().state == Booking.State.CONFIRMED


def test_a_hosted_instrument_without_an_agreement_is_not_booked(desk: Desk) -> None:
    Instrument.objects.filter(pk=desk.they.sem.pk).update(hosting="hosted")
    with refused(WrongState, "bookings.hosting"):
        desk.book()


def test_every_code_that_is_found_is_a_row_of_the_table(desk: Desk) -> None:
    asked = wish(
        user=desk.they.charlie,
        instrument=desk.they.sem,
        start=desk.now + HOUR,
        end=desk.now + 20 * HOUR,
        fund=None,
        now=desk.now,
    )
    found = judge_admission(asked)
    assert {one.code for one in found.refusals} <= set(FACT_OF)
    assert all(one.mender for one in found.refusals)


def test_a_period_of_centuries_is_refused_without_being_priced_night_by_night(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def priced_anyway(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("apps.bookings.admission.quote", priced_anyway)
    start = desk.now + DAY
    found = foresee(
        user=desk.they.alice,
        instrument=desk.they.sem,
        start=start,
        end=start.replace(year=2999),
        now=desk.now,
        fund=desk.fund,
    )
    assert [one.code for one in found.refusals] == ["bookings.too_long"]

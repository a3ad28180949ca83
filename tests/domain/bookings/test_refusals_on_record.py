"""What the rule refuses stays on record once, also where a change, a hand-over or an offer is undone."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import transaction

from apps.bookings.handing import offer_hand_over, take_over
from apps.bookings.models import Booking, HandOver, PointEntry, Series
from apps.bookings.moving import change_booking
from apps.bookings.offering import serve
from apps.bookings.operations import book
from apps.bookings.repeating import Pattern, mask_of
from apps.bookings.series import make_series, preview_series
from apps.bookings.waiting import accept_offer
from apps.core.errors import Invalid, WrongState
from apps.decisions.models import DecisionRecord
from apps.decisions.replay import replay
from apps.funding.models import FundHold
from apps.training.operations import suspend_certificate
from tests.factories.facts import audited, told
from tests.factories.instruments import sister
from tests.factories.queueing import HOUR, Desk, certified, desk_at, offer_of
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(now: datetime) -> Desk:
    return desk_at(now)


def denied() -> list[tuple[str, str, int | None, list[str]]]:
    rows = DecisionRecord.objects.filter(point="booking.admission", outcome="deny").order_by("pk")
    return list(rows.values_list("asked_by", "object_ref", "subject_id", "codes"))


def test_a_refused_change_is_on_record_and_nothing_else_of_it(desk: Desk) -> None:
    other = sister(desk.they.sem, "QY900001", desk.now)
    old = desk.book(desk.they.alice, 0, 2)
    before = (told("bookings.cancelled"), told("bookings.confirmed"))
    with refused(WrongState, "bookings.no_certificate") as met:
        change_booking(
            booking=old,
            instrument=other,
            start=old.start,
            end=old.end,
            by=desk.they.alice,
            now=desk.now,
        )
    assert met.details["mender"] == "trainer"
    expected = ("change", f"booking:{old.ulid}", desk.they.alice.pk, ["bookings.no_certificate", "fees.none"])
    assert denied() == [expected]
    assert not replay(DecisionRecord.objects.get(outcome="deny")).allowed
    old.refresh_from_db()
    assert (old.state, old.moved_at) == (Booking.State.CONFIRMED, None)
    assert Booking.objects.count() == 1
    assert FundHold.objects.filter(released_at__isnull=True).count() == 1
    assert (told("bookings.cancelled"), told("bookings.confirmed")) == before
    assert not audited("bookings.change_booking")
    assert not PointEntry.objects.exists()


def test_every_asking_is_one_record_and_what_the_rule_never_saw_is_none(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    change: dict[str, Any] = {"booking": old, "start": old.start, "by": desk.they.alice, "now": desk.now}
    for asked in (1, 2):
        with refused(Invalid, "bookings.too_long"):
            change_booking(end=old.start + 40 * HOUR, **change)
        assert len(denied()) == asked
    with refused(Invalid, "bookings.unchanged"):
        change_booking(end=old.end, **change)
    assert len(denied()) == 2


def test_whoever_undoes_more_than_the_change_undoes_its_record(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    with transaction.atomic():
        with refused(Invalid, "bookings.too_long"):
            change_booking(
                booking=old,
                start=old.start,
                end=old.start + 40 * HOUR,
                by=desk.they.alice,
                now=desk.now,
            )
        assert len(denied()) == 1
        transaction.set_rollback(True)
    assert denied() == []


def test_a_refused_hand_over_is_on_record_about_the_taker_and_the_offer_stands(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    row = offer_hand_over(booking=old, to=desk.they.bob, by=desk.they.alice, now=desk.now)
    with refused(WrongState, "bookings.no_certificate"):
        take_over(hand_over=row, by=desk.they.bob, fund=desk.fund, now=desk.now)
    codes = ["bookings.no_certificate"]
    assert denied() == [("hand_over", f"booking:{old.ulid}", desk.they.bob.pk, codes)]
    assert HandOver.objects.get().state == HandOver.State.OFFERED
    assert not audited("bookings.take_over")
    certified(desk.they, desk.they.bob, desk.now)
    assert take_over(hand_over=row, by=desk.they.bob, fund=desk.fund, now=desk.now).user == desk.they.bob
    assert len(denied()) == 1


def test_an_offer_that_may_not_be_accepted_stands_and_the_refusal_is_on_record(desk: Desk) -> None:
    they = desk.they
    certified(they, they.bob, desk.now)
    old = desk.book(they.alice, 0, 2)
    waiting = desk.join(they.bob, 0, 2, 2)
    change_booking(booking=old, start=old.end, end=old.end + HOUR, by=they.alice, now=desk.now)
    serve(instrument=they.sem, now=desk.now, book=book)
    offer = offer_of(waiting)
    held = they.bob.certificates.get()
    suspend_certificate(certificate=held, reason="looked away", by=they.teng, now=desk.now)
    before = len(denied())
    with refused(WrongState, "bookings.no_certificate"):
        accept_offer(waiting=waiting, by=they.bob, now=desk.now)
    codes = ["bookings.no_certificate"]
    assert denied()[before:] == [("accept", f"waiting:{waiting.ulid}", they.bob.pk, codes)]
    assert offer_of(waiting) == offer


def test_every_day_for_which_a_series_was_refused_is_on_record_and_a_preview_is_not(desk: Desk) -> None:
    alice = desk.they.alice
    asked: dict[str, Any] = {
        "user": alice,
        "instrument": desk.they.sem,
        "purpose": "use",
        "fund": desk.fund,
        "pattern": Pattern(mask_of((1, 3)), 600, 720, date(2026, 11, 24), date(2026, 12, 4)),
        "by": alice,
        "now": desk.now,
    }
    desk.book(alice, 1, 2)
    suspend_certificate(
        certificate=alice.certificates.get(), reason="looked away", by=desk.they.teng, now=desk.now
    )
    before = len(denied())
    assert [one.refusal is not None for one in preview_series(**asked)] == [True] * 4
    assert len(denied()) == before
    with refused(WrongState, "bookings.series_conflicts"):
        make_series(**asked)
    assert not Series.objects.exists()
    kept = denied()[before:]
    assert {row[:3] for row in kept} == {("series", f"instrument:{desk.they.sem.ulid}", alice.pk)}
    first, *others = [sorted(codes) for _by, _about, _who, codes in kept]
    assert first == ["bookings.no_certificate", "bookings.overlap"]
    assert others == [["bookings.no_certificate"]] * 3
    assert all(not replay(one).allowed for one in DecisionRecord.objects.filter(asked_by="series"))

"""Addresses of calendars: who has one, what it opens, and when it opens nothing any more."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from apps.bookings import feeds
from apps.bookings.diary import Diary, invitation
from apps.bookings.feeds import create_feed, feed_of, note_read, own_feed, places_of, renew_feed, revoke_feed
from apps.bookings.models import Booking, CalendarFeed
from apps.bookings.operations import book, cancel_booking
from apps.core.errors import NotFound, NotPermitted, TooMany, WrongState
from apps.core.outbox import WORKER, relay
from apps.instruments.models import Outage
from apps.instruments.operations import appoint_crew, dismiss_crew
from apps.people.models import User
from apps.people.operations import end_user, reinstate_user, suspend_user
from tests import people
from tests.factories.calendars import events
from tests.factories.facts import audited
from tests.factories.instruments import sister
from tests.factories.money import funded, priced
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class World:
    """Everyone, and a booking of Alice's tomorrow."""

    they: people.People
    booking: Booking
    now: datetime

    def made(self, who: User, *, crew: bool = False, language: str = "en") -> tuple[CalendarFeed, str]:
        instrument = self.they.sem if crew else None
        return create_feed(user=who, instrument=instrument, language=language, by=who, now=self.now)

    def read(self, secret: str, at: datetime | None = None) -> list[Any]:
        diary = Diary(feed_of(secret, at or self.now), at or self.now)
        return events(diary.written())

    def opens(self, secret: str, at: datetime) -> bool:
        try:
            feed_of(secret, at)
        except NotFound as refusal:
            return refusal.code != "bookings.no_feed"
        return True


@pytest.fixture
def world(db: None, now: datetime) -> World:
    they = people.gather_with_rules(now)
    fund = funded(they.group, now - people.YEAR)
    priced(they.sem, now - people.YEAR)
    start = now + DAY
    booking = book(
        user=they.alice, instrument=they.sem, start=start, end=start + HOUR, fund=fund, by=they.alice, now=now
    )
    return World(they, booking, now)


def _past(world: World, start: datetime, *, state: str = "confirmed") -> Booking:
    """A booking as it stands in the table, wherever in time."""
    cancelled = start if state == "cancelled" else None
    return Booking.objects.create(
        instrument=world.they.sem,
        user=world.they.alice,
        start=start,
        end=start + HOUR,
        state=state,
        requested_at=world.now - 300 * DAY,
        confirmed_at=world.now - 300 * DAY,
        cancelled_at=cancelled,
    )


def test_only_a_digest_of_the_secret_is_kept_anywhere(world: World) -> None:
    feed, secret = world.made(world.they.alice)
    assert len(secret) == 43  # 256 random bits
    assert feed.digest == hashlib.sha256(secret.encode()).hexdigest()
    kept = str(list(CalendarFeed.objects.values())) + str(
        [(entry.object_ref, entry.details) for entry in audited("bookings.create_feed")]
    )
    assert secret not in kept
    assert feed_of(secret, world.now) == feed
    another = world.made(world.they.bob)[1]
    assert another != secret


def test_a_person_has_one_address_and_nobody_makes_one_for_somebody_else(world: World) -> None:
    they = world.they
    feed, _secret = world.made(they.alice)
    with refused(WrongState, "bookings.feed_exists"):
        world.made(they.alice)
    with refused(NotPermitted, "bookings.feed_not_yours"):
        create_feed(user=they.bob, instrument=None, language="en", by=they.office, now=world.now)
    with refused(NotPermitted, "bookings.feed_not_yours"):
        renew_feed(feed=feed, language="en", by=they.bob, now=world.now)
    with refused(NotPermitted, "bookings.feed_not_yours"):
        revoke_feed(feed=feed, by=they.bob, now=world.now)
    with refused(NotFound, "bookings.no_feed"):
        own_feed(they.bob, feed.ulid)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarFeed.objects.create(user=they.alice, digest="0" * 64, language="en", created_at=world.now)
    suspend_user(user=they.bob, reason="test", by=they.office, now=world.now)
    with refused(NotPermitted, "people.not_active"):
        world.made(they.bob)


def test_a_revoked_address_opens_nothing_and_a_renewed_one_opens_anew(world: World) -> None:
    alice = world.they.alice
    feed, secret = world.made(alice)
    renewed, fresh = renew_feed(feed=feed, language="zh-hans", by=alice, now=world.now)
    assert (world.opens(secret, world.now), world.opens(fresh, world.now)) == (False, True)
    assert (renewed.language, renewed.pk != feed.pk) == ("zh-hans", True)
    with refused(WrongState, "bookings.feed_ended"):
        renew_feed(feed=feed, language="en", by=alice, now=world.now)
    revoke_feed(feed=renewed, by=alice, now=world.now)
    assert not world.opens(fresh, world.now)
    with refused(WrongState, "bookings.feed_ended"):
        revoke_feed(feed=renewed, by=alice, now=world.now)
    assert [place.feed for place in places_of(alice, world.now)] == [None]
    for action in ("create_feed", "renew_feed", "revoke_feed"):
        assert audited(f"bookings.{action}"), action


def test_a_suspended_person_reads_nothing_until_they_are_back(world: World) -> None:
    they, now = world.they, world.now
    _feed, secret = world.made(they.alice)
    suspend_user(user=they.alice, reason="test", by=they.office, now=now)
    relay(channel=WORKER, now=now)
    assert not world.opens(secret, now)
    reinstate_user(user=they.alice, by=they.office, now=now + HOUR)
    assert world.opens(secret, now + HOUR)


def test_an_ended_registration_takes_the_address_along_for_good(world: World) -> None:
    they, now = world.they, world.now
    _feed, secret = world.made(they.alice)
    end_user(user=they.alice, reason="left", by=they.office, now=now + HOUR)
    assert not world.opens(secret, now + HOUR)
    relay(channel=WORKER, now=now + HOUR)
    assert CalendarFeed.objects.get().revoked_at == now + HOUR
    relay(channel=WORKER, now=now + HOUR)
    assert len(audited("bookings.revoke_feed")) == 1


def test_only_the_crew_reads_the_calendar_of_an_instrument_with_names(world: World) -> None:
    they, now = world.they, world.now
    for who in (they.alice, they.wang, they.office):
        with refused(NotPermitted, "bookings.feed_crew_only"):
            world.made(who, crew=True)
    _feed, secret = world.made(they.olga, crew=True)
    (event,) = world.read(secret)
    assert str(event["SUMMARY"]).endswith("· Alice")
    member = they.sem.crew.get(user=they.olga)
    dismiss_crew(member=member, by=they.office, now=now + HOUR)
    assert not world.opens(secret, now + HOUR)
    relay(channel=WORKER, now=now + HOUR)
    appoint_crew(instrument=they.sem, user=they.olga, role="operator", by=they.office, now=now + 2 * HOUR)
    relay(channel=WORKER, now=now + 2 * HOUR)
    assert not world.opens(secret, now + 2 * HOUR)  # an appointment revives nothing
    assert [place.instrument for place in places_of(they.olga, now + 2 * HOUR)] == [None, they.sem]


def test_ones_own_calendar_holds_nobody_elses_bookings_and_no_names(world: World) -> None:
    assert world.read(world.made(world.they.bob)[1]) == []
    (event,) = world.read(world.made(world.they.alice)[1])
    assert "Alice" not in str(event["SUMMARY"])
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (world.booking.start, world.booking.end)


def test_a_cancelled_booking_keeps_its_name_and_tells_that_it_is_cancelled(world: World) -> None:
    _feed, secret = world.made(world.they.alice)
    (before,) = world.read(secret)
    later = world.now + HOUR
    cancel_booking(booking=world.booking, by=world.they.alice, now=later, reason="ill")
    (after,) = world.read(secret, later)
    assert str(before["UID"]) == str(after["UID"]) == f"{world.booking.ulid}@127.0.0.1"
    assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert (before["DTSTAMP"].dt, after["DTSTAMP"].dt) == (world.now, later)
    assert b"ill" not in Diary(feed_of(secret, later), later).written().replace(b"\r\n ", b"")


def test_a_calendar_reaches_from_thirty_days_back_to_half_a_year_ahead(world: World) -> None:
    midnight = world.now - 10 * HOUR
    inside = [_past(world, midnight - 30 * DAY), _past(world, midnight + 180 * DAY - HOUR)]
    _past(world, midnight - 30 * DAY - HOUR)
    _past(world, midnight + 180 * DAY)
    uids = {str(event["UID"]).partition("@")[0] for event in world.read(world.made(world.they.alice)[1])}
    assert uids == {one.ulid for one in inside} | {world.booking.ulid}


def test_a_calendar_is_bounded_and_keeps_what_comes_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.bookings.diary.MOST_AHEAD", 1)
    monkeypatch.setattr("apps.bookings.diary.MOST_BACK", 1)
    _past(world, world.now + 9 * DAY)
    _past(world, world.now - 9 * DAY)
    nearest = _past(world, world.now - 2 * DAY)
    uids = [str(event["UID"]).partition("@")[0] for event in world.read(world.made(world.they.alice)[1])]
    assert uids == [nearest.ulid, world.booking.ulid]


def test_a_reader_knows_when_nothing_has_changed(world: World) -> None:
    feed, _secret = world.made(world.they.alice)
    first, again = Diary(feed, world.now), Diary(feed, world.now + HOUR)
    assert (first.etag, first.modified, first.written()) == (again.etag, again.modified, again.written())
    later = world.now + 2 * HOUR + timedelta(microseconds=5)
    cancel_booking(booking=world.booking, by=world.they.alice, now=later)
    changed = Diary(feed, later)
    assert changed.etag != first.etag
    assert changed.modified == later.replace(microsecond=0) + timedelta(seconds=1)
    tomorrow = Diary(feed, world.now + DAY)
    assert tomorrow.modified == world.now + DAY - 10 * HOUR  # the school's midnight
    Booking.objects.update(cancelled_at=None, state="confirmed")
    they = world.they
    they.sem.name_en = "Renamed"
    they.sem.save()
    assert Diary(feed, world.now).etag != first.etag


def test_a_feed_speaks_the_language_in_which_it_was_made(world: World) -> None:
    feed, _secret = world.made(world.they.olga, crew=True, language="zh-hans")
    told = Diary(feed, world.now)
    assert told.happenings[0].summary == f"{world.they.sem.name_zh} · 艾丽"
    feed.language = "en"
    assert Diary(feed, world.now).happenings[0].summary == f"{world.they.sem.name_en} · Alice"


def test_reading_is_remembered_to_ten_minutes_and_counted_by_the_hour(world: World) -> None:
    cache.clear()
    feed, secret = world.made(world.they.alice)
    minute = timedelta(minutes=1)
    for minutes, expected in ((0, 0), (9, 0), (10, 10)):
        note_read(feed_of(secret, world.now), world.now + minutes * minute)
        feed.refresh_from_db()
        assert feed.last_read_at == world.now + expected * minute
    for _number in range(feeds.READS_PER_HOUR):
        feeds.count_read(feed)
    with refused(TooMany, "bookings.feed_too_often"):
        feeds.count_read(feed)
    feeds.count_read(world.made(world.they.bob)[0])  # somebody else's is counted apart


@pytest.mark.parametrize(
    "secret", ["", "a", "a" * 42, "a" * 43, "a" * 44, "é" * 43, "a" * 42 + "\n", "a" * 42 + "%", "0" * 64]
)
def test_a_guess_opens_nothing(world: World, secret: str) -> None:
    feed, _secret = world.made(world.they.alice)
    for guess in (secret, feed.digest, feed.digest[:43], feed.ulid):
        assert not world.opens(guess, world.now)


def test_one_booking_is_a_file_with_the_same_name_as_in_the_calendar(world: World) -> None:
    (event,) = events(invitation(world.booking, to_crew=True, language="en"))
    (same,) = world.read(world.made(world.they.teng, crew=True)[1])
    for name in ("UID", "SEQUENCE", "SUMMARY", "DTSTART", "DTSTAMP", "URL", "LOCATION"):
        assert event[name] == same[name], name


def test_the_calendar_of_an_instrument_says_when_it_is_out_of_service(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    they, now = world.they, world.now
    for start, end, why in (
        (now + 2 * DAY, now + 3 * DAY, "年检"),
        (now - 2 * HOUR, None, "真空泵故障"),
        (now - 300 * DAY, now - 299 * DAY, "去年"),
    ):
        Outage.objects.create(instrument=they.sem, starts_at=start, ends_at=end, reason_zh=why)
    Outage.objects.create(
        instrument=sister(they.sem, "QY900001", now),
        starts_at=now + DAY,
        ends_at=now + 2 * DAY,
        reason_zh="别的",
    )
    _feed, secret = world.made(they.teng, crew=True)
    before = Diary(feed_of(secret, now), now).etag
    told = {str(one["description"]): one for one in world.read(secret) if "Out of" in str(one["summary"])}
    assert sorted(told) == ["年检", "真空泵故障"]
    assert (told["年检"].start, told["年检"].end) == (now + 2 * DAY, now + 3 * DAY)
    assert told["真空泵故障"].start == now - 2 * HOUR
    assert told["真空泵故障"].end > now + 179 * DAY
    _own, mine = world.made(they.alice)
    assert not [one for one in world.read(mine) if "Out of" in str(one["summary"])]
    they.sem.outages.filter(ends_at__isnull=True).update(ends_at=now + HOUR)
    feed = feed_of(secret, now)
    with django_assert_num_queries(3):
        after = Diary(feed, now)
    assert after.etag != before

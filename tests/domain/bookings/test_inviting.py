"""Bookings as invitations by mail: for whoever wants them, once each, taken back when they are off."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from icalendar import Calendar

from apps.bookings.inviting import end_invitations, invite, want_invitations, wish_of
from apps.bookings.models import Booking, InvitationWish
from apps.bookings.moving import change_booking
from apps.bookings.operations import cancel_booking
from apps.core.errors import NotPermitted
from apps.core.outbox import WORKER, relay
from apps.notices.mail import compose
from apps.notices.models import Dispatch, Notice
from apps.people.models import User
from apps.people.operations import suspend_user
from tests.factories.facts import audited, told
from tests.factories.queueing import HOUR, Desk, desk_at
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(now: datetime) -> Desk:
    found = desk_at(now)
    User.objects.filter(pk=found.they.alice.pk).update(email="alice@school.test")
    found.they.alice.refresh_from_db()
    return found


def hear(desk: Desk) -> None:
    while relay(channel=WORKER, now=desk.now, limit=1000):
        pass


def kinds(user: User) -> list[str]:
    rows = user.notices.filter(kind__in=["bookings.invited", "bookings.uninvited"]).order_by("id")
    return list(rows.values_list("kind", flat=True))


def files(notices: Iterable[Notice], language: str = "en") -> list[Any]:
    """What goes with the mail, as the mail is sent."""
    sent = compose(list(notices), to="alice@school.test", name="Alice Ai, Dr.", language=language)
    found = [part for part in sent.message().walk() if part.get_content_type() == "text/calendar"]
    parsed = []
    for part in found:
        content: Any = part.get_payload(decode=True)
        calendar: Any = Calendar.from_ical(content)
        assert part.get_param("method") == calendar["method"]
        assert (part.get_content_charset(), part.get_filename()) == ("utf-8", "booking.ics")
        parsed.append(calendar)
    return parsed


def test_only_who_wants_them_is_invited_and_only_to_what_is_booked_from_then_on(desk: Desk) -> None:
    alice = desk.they.alice
    desk.book(alice, 0, 1)
    hear(desk)
    assert kinds(alice) == []
    wish = want_invitations(user=alice, now=desk.now)
    assert want_invitations(user=alice, now=desk.now + HOUR) == wish == wish_of(alice)
    booking = desk.book(alice, 2, 3)
    hear(desk)
    invite(told("bookings.confirmed")[-1], desk.now)  # told twice is told once
    assert kinds(alice) == ["bookings.invited"]
    assert Notice.objects.get(kind="bookings.invited").args["ref"] == booking.ulid
    assert [one.channel for one in Dispatch.objects.filter(notice__kind="bookings.invited")] == ["email"]
    end_invitations(user=alice, now=desk.now + HOUR)
    end_invitations(user=alice, now=desk.now + HOUR)
    assert wish_of(alice) is None
    desk.book(alice, 4, 5)
    hear(desk)
    assert kinds(alice) == ["bookings.invited"]
    assert len(audited("bookings.want_invitations")) == len(audited("bookings.end_invitations")) == 1
    want_invitations(user=alice, now=desk.now + 2 * HOUR)
    assert InvitationWish.objects.count() == 2


def test_the_invitation_is_one_that_calendars_understand(desk: Desk) -> None:
    alice = desk.they.alice
    want_invitations(user=alice, now=desk.now)
    booking = desk.book(alice, 0, 2)
    hear(desk)
    (calendar,) = files(Notice.objects.filter(kind="bookings.invited"))
    assert calendar["method"] == "REQUEST"
    (event,) = calendar.walk("VEVENT")
    assert event["uid"].startswith(booking.ulid + "@")
    assert (event["status"], event["sequence"]) == ("CONFIRMED", 1)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (booking.start, booking.end)
    assert str(event["organizer"]).startswith("mailto:")
    assert str(event["attendee"]) == "mailto:alice@school.test"
    assert event["attendee"].params["CN"] == "Alice Ai, Dr."
    assert event["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert desk.they.sem.name_en in str(event["summary"])
    (chinese,) = files(Notice.objects.filter(kind="bookings.invited"), "zh-hans")
    assert desk.they.sem.name_zh in str(chinese.walk("VEVENT")[0]["summary"])


def test_what_is_off_is_taken_back_with_a_higher_number_also_after_the_wish_ended(desk: Desk) -> None:
    alice = desk.they.alice
    desk.book(alice, 4, 5)  # nobody is invited to it, so nothing is taken back
    hear(desk)
    want_invitations(user=alice, now=desk.now)
    booking = desk.book(alice, 0, 2)
    hear(desk)
    end_invitations(user=alice, now=desk.now)
    for one in Booking.objects.filter(user=alice):
        cancel_booking(booking=one, by=alice, now=desk.now)
    hear(desk)
    assert kinds(alice) == ["bookings.invited", "bookings.uninvited"]
    assert files(Notice.objects.filter(kind="bookings.invited")) == []  # too late to be sent
    (calendar,) = files(Notice.objects.filter(kind="bookings.uninvited"))
    (event,) = calendar.walk("VEVENT")
    assert calendar["method"] == "CANCEL"
    assert (event["status"], event["sequence"]) == ("CANCELLED", 2)
    assert event["uid"].startswith(booking.ulid + "@")


def test_a_moved_booking_takes_the_old_one_out_and_puts_the_new_one_in(desk: Desk) -> None:
    alice = desk.they.alice
    want_invitations(user=alice, now=desk.now)
    old = desk.book(alice, 0, 2)
    hear(desk)
    made = change_booking(booking=old, start=old.end, end=old.end + HOUR, by=alice, now=desk.now)
    hear(desk)
    assert sorted(kinds(alice)) == ["bookings.invited", "bookings.invited", "bookings.uninvited"]
    rows = Notice.objects.filter(kind__contains="invited").order_by("id")
    assert {one.args["ref"]: one.kind for one in rows} == {
        old.ulid: "bookings.uninvited",
        made.ulid: "bookings.invited",
    }


def test_who_may_not_act_asks_for_nothing(desk: Desk) -> None:
    suspend_user(user=desk.they.alice, reason="x", by=desk.they.office, now=desk.now)
    with refused(NotPermitted, "people.not_active"):
        want_invitations(user=desk.they.alice, now=desk.now)

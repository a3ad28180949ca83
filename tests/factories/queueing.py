"""People for tests about who comes first: students of Wang's group who may all use the FE-SEM A, and what
they do there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.bookings.models import Booking, Waiting
from apps.bookings.operations import book, cancel_booking
from apps.bookings.waiting import join_waiting, standing_offer
from apps.core import outbox
from apps.funding.models import FundAccount
from apps.notices.models import Notice
from apps.notices.rendering import plain
from apps.people.models import User
from apps.people.operations import add_member, register_user
from apps.training.operations import issue_certificate
from tests import people
from tests.factories.money import funded, priced

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def student(they: people.People, login: str, now: datetime) -> User:
    """A student of the group with safety clearance and a basic certificate on the FE-SEM A."""
    before = now - people.YEAR
    made = register_user(
        username=login,
        name_zh=login,
        name_en=login.capitalize(),
        kind="student",
        unit=they.lab.parent,
        password=people.PASSWORD,
        now=before,
    )
    add_member(group=they.group, user=made, by=they.wang, now=before)
    people.cleared(made, before, now + people.YEAR)
    certified(they, made, now)
    return made


def certified(they: people.People, user: User, now: datetime, *, source: str = "") -> None:
    """The user may use the FE-SEM A for a year to come."""
    issue_certificate(
        user=user,
        instrument=they.sem,
        level="basic",
        valid_from=now - people.YEAR,
        valid_until=now + people.YEAR,
        issued_by=they.teng,
        source_case=source or f"training:{user.username}",
        now=now - people.YEAR,
    )


@dataclass
class Desk:
    """Everyone with money and a price; Alice has the next morning's two hours."""

    they: people.People
    fund: FundAccount
    now: datetime

    @property
    def start(self) -> datetime:
        """Ten o'clock of the next day."""
        return self.now + DAY

    def book(self, user: User, first: float, last: float, **changes: Any) -> Booking:
        """A booking of so many hours after `start`."""
        asked: dict[str, Any] = {
            "user": user,
            "instrument": self.they.sem,
            "start": self.start + first * HOUR,
            "end": self.start + last * HOUR,
            "fund": self.fund,
            "by": user,
            "now": self.now,
        }
        return book(**{**asked, **changes})

    def join(self, user: User, first: float, last: float, hours: float, **changes: Any) -> Waiting:
        """Waiting for so many hours in a window of hours after `start`."""
        asked: dict[str, Any] = {
            "user": user,
            "instrument": self.they.sem,
            "earliest": self.start + first * HOUR,
            "latest": self.start + last * HOUR,
            "minutes": round(hours * 60),
            "fund": self.fund,
            "by": user,
            "now": self.now,
        }
        return join_waiting(**{**asked, **changes})


def desk_at(now: datetime) -> Desk:
    """Everyone with money and a price, as of a moment."""
    they = people.gather_with_rules(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    return Desk(they, funded(they.group, before, amount_fen=100_000_00), now)


@dataclass
class Line:
    """Alice has two hours; Bob and Carla may use the instrument too."""

    desk: Desk
    taken: Booking
    bob: User
    carla: User

    def free(self, at: datetime | None = None) -> None:
        """Alice gives her two hours back, and whoever waits hears of it."""
        now = at or self.desk.now
        cancel_booking(booking=self.taken, by=self.taken.user, now=now)
        outbox.relay(channel=outbox.WORKER, now=now)


def line_at(now: datetime) -> Line:
    """Alice has two hours of the next day; Bob and Carla may use the instrument too."""
    desk = desk_at(now)
    certified(desk.they, desk.they.bob, now)
    return Line(desk, desk.book(desk.they.alice, 0, 2), desk.they.bob, student(desk.they, "carla", now))


def offer_of(row: Waiting) -> Booking:
    """The open offer of a row, which must have one."""
    found = standing_offer(row)
    assert found is not None
    return found


def heard(user: User, kind: str) -> list[str]:
    """What somebody was told under a kind, title and body, in the language of the moment."""
    return [
        plain(notice).title + plain(notice).body
        for notice in Notice.objects.filter(user=user, kind=kind).order_by("pk")
    ]

"""A working day at the FE-SEM A: Alice has everything in order and a booking from ten to twelve; and a
reader to swipe at.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.bookings.models import Booking
from apps.bookings.operations import book
from apps.clearances.gate import Answer, ask
from apps.core.models import ParameterValue
from apps.decisions.operations import install_defaults
from apps.fees.models import FeeVersion
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.instruments.operations import change_instrument
from apps.people.models import User
from apps.training.models import Certificate
from apps.training.operations import issue_certificate
from apps.usage.models import UsageSession
from tests.factories.money import funded, priced
from tests.people import ALICES_UID, YEAR, People, digest, gather

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, ten o'clock at the school
DEV, NODE = "cbtest01", 1
LEASE_MS, OFF_MS = 45_000, 900_000
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass
class World:
    """Everyone, Alice's money, the price, her booking, and now."""

    people: People
    fund: FundAccount
    fee: FeeVersion
    booking: Booking
    now: datetime

    @property
    def sem(self) -> Instrument:
        return self.people.sem

    @property
    def alice(self) -> User:
        return self.people.alice

    def swipe(self, uid: str | None = ALICES_UID, *, at: datetime | None = None, **more: Any) -> Answer:
        """A card at the reader of the FE-SEM A."""
        terms: dict[str, Any] = {
            "dev": DEV,
            "node": NODE,
            "instrument_id": self.sem.pk,
            "card_digest": digest(uid) if uid else None,
            "lease_ms": LEASE_MS,
            "off_ms": OFF_MS,
            "now": at or self.now,
        }
        return ask(**{**terms, **more})


def open_world(now: datetime) -> World:
    """The day begins: `now` is ten o'clock, the first minute of Alice's booking."""
    install_defaults(now=now - 2 * YEAR)
    people = gather(now)
    fund = funded(people.group, now - 30 * DAY)
    fee = priced(people.sem, now - 30 * DAY)
    booking = booked(people.alice, people.sem, now, now + 2 * HOUR, fund, now - DAY)
    return World(people, fund, fee, booking, now)


def booked(
    user: User, instrument: Instrument, start: datetime, end: datetime, fund: FundAccount | None, at: datetime
) -> Booking:
    """A confirmed booking, made at `at`."""
    return book(user=user, instrument=instrument, start=start, end=end, fund=fund, by=None, now=at)


def certified(world: World, user: User, level: str = "basic", case: str = "") -> Certificate:
    """The user may operate the FE-SEM A at a level, since yesterday."""
    return issue_certificate(
        user=user,
        instrument=world.sem,
        level=level,
        valid_from=world.now - DAY,
        valid_until=world.now + YEAR,
        issued_by=world.people.teng,
        source_case=case or f"training:{user.username}-{level}-again",
        now=world.now - DAY,
    )


def walk_in(world: World) -> None:
    """From today the FE-SEM A may be used without a booking."""
    change_instrument(instrument=world.sem, by=None, now=world.now, walk_in_allowed=True)


def set_parameter(key: str, value: Any, since: datetime) -> None:
    """The institution decides otherwise from a moment on."""
    ParameterValue.objects.create(key=key, value=value, valid_from=since)


def session(gid: str) -> UsageSession:
    """The session of a grant, as the database has it now."""
    return UsageSession.objects.get(ulid=gid)

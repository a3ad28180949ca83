"""What happens at the demonstration school: past uses with their charges, bookings now and ahead.

A past use goes the whole way: booked the day before, asked at the gate, metered, recorded, charged. Its meter
is that of a controller since replaced, so that the odometers of those that run today begin at nought.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.billing.operations import release_past_holds
from apps.bookings.models import Booking
from apps.bookings.operations import book
from apps.clearances.gate import ask
from apps.core.clock import school_time
from apps.core.errors import Refusal
from apps.core.outbox import GATEWAY, WORKER, relay
from apps.funding.models import FundAccount
from apps.people.cards import card_digest, school_card_key
from apps.people.models import User
from apps.portal.demo import roster
from apps.portal.demo.school import School, instrument
from apps.usage.meter import power_off, power_on

DAY = timedelta(days=1)
NODE = 1
LEASE_MS = 45_000
QUARTER = timedelta(minutes=15)
LENGTH_NOW = timedelta(hours=3)


class DemoBroken(RuntimeError):
    """The demonstration school contradicts itself: something that must be allowed was refused."""


@dataclass
class Meters:
    """The odometers (ms) of the replaced controllers: powered and busy."""

    powered: dict[str, int] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)


def live_through_the_past(school: School, *, now: datetime) -> int:
    """All past uses, oldest first, and their charges; returns how many."""
    uids = {
        card.login: card.uid for card in reversed(roster.CARDS)
    }  # a person's first card is the one in use
    meters = Meters()
    for login, asset_no, days_ago, hour, booked, used, busy in roster.PAST:
        start = _at(now, -days_ago, hour)
        end = start + timedelta(minutes=booked)
        _book(school, login, asset_no, start, end, start - DAY)
        _use(asset_no, uids[login], start, used, busy, meters)
        deliver(start + timedelta(minutes=used), channels=(WORKER,))  # the charge, at its own time
    release_past_holds(now=now)
    return len(roster.PAST)


def _use(asset_no: str, uid: str, start: datetime, used: int, busy: int, meters: Meters) -> None:
    dev = "old" + next(dev for dev, number in roster.MACHINES if number == asset_no)
    answer = ask(
        dev=dev,
        node=NODE,
        instrument_id=instrument(asset_no).pk,
        card_digest=card_digest(uid, school_card_key()),
        now=start,
        lease_ms=LEASE_MS,
        off_ms=0,
    )
    if answer.grant is None:
        raise DemoBroken(f"{asset_no} at {start}: {', '.join(answer.codes)}")
    powered0, busy0 = meters.powered.get(dev, 0), meters.busy.get(dev, 0)
    powered1, busy1 = powered0 + used * 60_000, busy0 + busy * 60_000
    end = start + timedelta(minutes=used)
    place = {"dev": dev, "node": NODE, "gid": answer.grant.gid}
    power_on(**place, odo=powered0, busy=busy0, at=start, now=start)  # type: ignore[arg-type]
    power_off(**place, odo=powered1, busy=busy1, at=end, why="swipe", now=end)  # type: ignore[arg-type]
    meters.powered[dev], meters.busy[dev] = powered1, busy1


def book_today_and_ahead(school: School, *, now: datetime) -> None:
    """The bookings that run now and those of the coming days; days at noon and later count from today."""
    for login, asset_no, days, hour, hours in roster.AHEAD:
        start = _at(now, days, hour)
        _book(school, login, asset_no, start, start + timedelta(hours=hours), now - DAY)
    renew_bookings(people=school.people, funds={p: school.fund_of(p) for p, _a in roster.NOW}, now=now)


def renew_bookings(
    *, people: dict[str, User], funds: dict[str, FundAccount], now: datetime
) -> list[tuple[str, str]]:
    """Whoever is meant to be at an instrument now has a booking that runs; returns for whom that could not
    be, and why.
    """
    failed = []
    for login, asset_no in roster.NOW:
        machine = instrument(asset_no)
        running = Booking.objects.filter(
            user=people[login], instrument=machine, state__in=Booking.LIVE, start__lte=now, end__gt=now
        )
        if running.exists():
            continue
        start = now - timedelta(seconds=now.timestamp() % QUARTER.total_seconds())
        try:
            book(
                user=people[login],
                instrument=machine,
                start=start,
                end=start + LENGTH_NOW,
                fund=funds[login],
                by=None,
                now=start,
            )
        except Refusal as refusal:
            failed.append((login, refusal.code))
    return failed


def deliver(now: datetime, *, channels: tuple[str, ...] = (WORKER, GATEWAY)) -> None:
    """Carry what was told to whoever listens, as worker and gateway would."""
    for channel in channels:
        while relay(channel=channel, now=now):
            pass


def _book(
    school: School, login: str, asset_no: str, start: datetime, end: datetime, when: datetime
) -> Booking:
    return book(
        user=school.people[login],
        instrument=instrument(asset_no),
        start=start,
        end=end,
        fund=school.fund_of(login),
        by=school.people[login],
        now=when,
    )


def _at(now: datetime, days: int, hour: int) -> datetime:
    """An hour of the school's clock on another day."""
    day = school_time(now) + days * DAY
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)

"""Free time on any of many instruments: '2 hours this week on any FE-SEM that I am certified for'. Reads
only, in a number of queries that does not grow with the instruments.

A hit is the first time on an instrument that is open, free, on its grid and as long as its terms want, and at
which the person may use it as far as certificate, safety, night and company at night go. Points, quota and
money are the booking's to say: it asks for everything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.bookings.bulk import Hours, terms_of_many, windows_of_many
from apps.bookings.choosing import Choice, chosen
from apps.bookings.feed import require_period
from apps.bookings.finding import Busy, Skills, busy_of_many, prices_of, skills_of
from apps.bookings.finding import days_that_are as blocked_days
from apps.bookings.nights import nights_between
from apps.bookings.priority import held_for_owners
from apps.bookings.terms import PARAMETERS, Terms
from apps.bookings.windows import Stretch, down_to_grid, up_to_grid
from apps.core import parameters
from apps.core.clock import school_time
from apps.core.errors import Invalid
from apps.fees.pricing import Quote
from apps.instruments.models import Instrument
from apps.people.models import User

MOST_INSTRUMENTS = 600
MOST_HITS = 30
LATER = timedelta(days=14)  # how far beyond the period is looked when nothing is free in it
STEP = 5  # minutes: starts that a person can type
SHOWN = 3  # times of an instrument: the first and two more
_NIGHT = ("access.night_start_hour", "access.night_end_hour")


@dataclass(frozen=True)
class Wanted:
    """`minutes` in a row somewhere in [start, end). `hours` is any, day or night; `days` any, work or off."""

    minutes: int
    start: datetime
    end: datetime
    choice: Choice
    hours: str = "any"
    days: str = "any"


@dataclass(frozen=True)
class Hit:
    """The first time on an instrument; `more` are later ones. `lacks`: codes of what the person is missing
    for it, none where they may use it. `is_short`: shorter than wanted, as long as there is.
    """

    instrument: Instrument
    start: datetime
    end: datetime
    more: tuple[Stretch, ...]
    lacks: tuple[str, ...]
    price: Quote | None = None
    is_short: bool = False

    @property
    def minutes(self) -> int:
        return round((self.end - self.start).total_seconds() / 60)


@dataclass(frozen=True)
class Found:
    """`hits`: where the person may use it first, each kind the earliest first. `later` and `shorter` are told
    when there is none that the person may use, and for which they could wait (`waitable`). `is_cut`: more
    instruments fit than were looked at.
    """

    hits: list[Hit]
    later: list[Hit]
    shorter: list[Hit]
    waitable: list[Instrument]
    looked_at: int
    is_cut: bool

    @property
    def usable(self) -> list[Hit]:
        return [hit for hit in self.hits if not hit.lacks]


@dataclass(frozen=True)
class _Look:
    """Everything of a period in hand: no query any more."""

    wanted: Wanted
    now: datetime
    busy: Busy
    hours: list[Hours]
    terms: dict[int, Terms]
    skills: Skills
    blocked: list[Stretch]
    nights: list[Stretch]


def find(wanted: Wanted, user: User, now: datetime) -> Found:
    """Where and when. Sixteen queries at most, whatever the number of instruments, and six more where
    nothing is free, to offer what is free in the two weeks after. Raises Invalid `bookings.minutes`,
    `bookings.period`, `bookings.period_long`.
    """
    if not STEP <= wanted.minutes <= 7 * 24 * 60:
        raise Invalid(
            _("Between five minutes and a week are looked for."), code="bookings.minutes", field="minutes"
        )
    require_period(wanted.start, wanted.end)
    choice = replace(wanted.choice, certified=False)
    instruments = list(chosen(choice, user, now)[: MOST_INSTRUMENTS + 1])
    is_cut = len(instruments) > MOST_INSTRUMENTS
    instruments = instruments[:MOST_INSTRUMENTS]
    skills = skills_of(user, instruments, now, wanted.end + LATER)
    if wanted.choice.certified:
        instruments = [one for one in instruments if skills.is_certified(one, max(wanted.start, now))]
    hits, shorter = _search(wanted, instruments, skills, user, now)
    later: list[Hit] = []
    if instruments and not any(not hit.lacks for hit in hits):
        beyond = replace(wanted, start=max(wanted.end, now), end=max(wanted.end, now) + LATER)
        later = [hit for hit in _search(beyond, instruments, skills, user, now)[0] if not hit.lacks]
    else:
        shorter = []
    told = (hits[:MOST_HITS], later[:SHOWN], shorter[:SHOWN])
    prices = prices_of(user, [hit for part in told for hit in part], now)
    first, second, third = (
        [replace(hit, price=prices.get((hit.instrument.pk, hit.start))) for hit in part] for part in told
    )
    waitable = [] if any(not hit.lacks for hit in hits) else _waitable(wanted, later, instruments, skills)
    return Found(first, second, third, waitable, len(instruments), is_cut)


def _waitable(
    wanted: Wanted, later: list[Hit], instruments: Sequence[Instrument], skills: Skills
) -> list[Instrument]:
    """For which the person could wait: what is free first anyway, first."""
    usable = [one for one in instruments if not skills.lacks(one, wanted.start, wanted.end)]
    order = {hit.instrument.pk: place for place, hit in enumerate(later)}
    return sorted(usable, key=lambda one: (order.get(one.pk, len(order)), one.asset_no))[:SHOWN]


def _search(
    wanted: Wanted, instruments: Sequence[Instrument], skills: Skills, user: User, now: datetime
) -> tuple[list[Hit], list[Hit]]:
    """The hits of a period, and what is free but shorter."""
    if not instruments or wanted.end <= now:
        return [], []
    places = [(one.pk, one.facility_id) for one in instruments]
    school = parameters.values((*PARAMETERS, *_NIGHT), at=now)
    nights = nights_between(
        wanted.start, wanted.end, night_start=school[_NIGHT[0]], night_end=school[_NIGHT[1]]
    )
    busy = busy_of_many([one.pk for one in instruments], wanted.start, wanted.end)
    for pk, kept in held_for_owners(instruments, user, wanted.start, wanted.end, now).items():
        busy.setdefault(pk, []).extend(kept)
    look = _Look(
        wanted,
        now,
        busy,
        windows_of_many(places, wanted.start, wanted.end),
        terms_of_many(places, now, school=school),
        skills,
        _blocked(wanted, nights),
        nights,
    )
    known = {one.pk: one for one in instruments}
    hits: list[Hit] = []
    shorter: list[Hit] = []
    for shared in look.hours:
        closed = [*shared.opening.closed(wanted.start, wanted.end), *look.blocked]
        for pk in shared.instruments:
            hit = _on(known[pk], closed, look)
            if hit is not None:
                (shorter if hit.is_short else hits).append(hit)
    return sorted(hits, key=_rank), sorted((hit for hit in shorter if not hit.lacks), key=_longest)


def _on(instrument: Instrument, closed: list[Stretch], look: _Look) -> Hit | None:
    """What the instrument has to offer, if anything."""
    terms = look.terms[instrument.pk]
    minutes = max(look.wanted.minutes, terms.min_minutes)
    length = timedelta(minutes=-(-minutes // terms.grid_minutes) * terms.grid_minutes)
    if length > timedelta(minutes=terms.max_minutes):
        return None
    busy = look.busy.get(instrument.pk, []) + closed
    allowed = look.skills.at_night(instrument)
    for night in look.nights:
        busy.extend(gaps(allowed, *night) if allowed else (night,))
    times, longest = _times(busy, length, terms, look)
    if times:
        return Hit(instrument, *times[0], tuple(times[1:]), look.skills.lacks(instrument, *times[0]))
    if longest is None:
        return None
    start, end = up_to_grid(longest[0], _grid(terms)), down_to_grid(longest[1], terms.grid_minutes)
    if end - start < timedelta(minutes=max(terms.min_minutes, STEP)):
        return None
    return Hit(instrument, start, end, (), look.skills.lacks(instrument, start, end), is_short=True)


def _times(
    busy: list[Stretch], length: timedelta, terms: Terms, look: _Look
) -> tuple[list[Stretch], Stretch | None]:
    """The first periods that are long enough, from starts on the grid; and the longest free stretch of those
    that are not. Most are not, so their length is looked at first.
    """
    soonest = max(look.wanted.start, look.now + timedelta(minutes=terms.notice_minutes))
    latest = look.now + timedelta(days=terms.horizon_days)
    grid = _grid(terms)
    times: list[Stretch] = []
    longest: Stretch | None = None
    for first, last in gaps(busy, soonest, min(look.wanted.end, latest + length)):
        if last - first >= length:
            start = up_to_grid(first, grid)
            if start + length <= last:
                times.append((start, start + length))
                if len(times) == SHOWN:
                    break
                continue
        if longest is None or last - first > longest[1] - longest[0]:
            longest = (first, last)
    return times, longest


def _grid(terms: Terms) -> int:
    """The minutes on which a start is proposed."""
    return terms.grid_minutes * -(-STEP // terms.grid_minutes)


def gaps(busy: Iterable[Stretch], start: datetime, end: datetime) -> Iterable[Stretch]:
    """What the busy periods, in any order and overlapping at will, leave of [start, end), the earliest
    first.
    """
    edge = start
    for first, last in sorted(busy):
        if first >= end:
            break
        if first > edge:
            yield edge, first
        edge = max(edge, last)
    if edge < end:
        yield edge, end


def _blocked(wanted: Wanted, nights: list[Stretch]) -> list[Stretch]:
    """What the wish itself leaves out of its period."""
    found = blocked_days(wanted.days, wanted.start, wanted.end)
    if wanted.hours == "day":
        return found + nights
    if wanted.hours == "night":
        return found + list(gaps(nights, wanted.start, wanted.end))
    return found


def _rank(hit: Hit) -> tuple[bool, datetime, str]:
    return bool(hit.lacks), hit.start, hit.instrument.asset_no


def _longest(hit: Hit) -> tuple[timedelta, datetime]:
    return hit.start - hit.end, hit.start


def this_week(now: datetime) -> tuple[datetime, datetime]:
    """From now to the midnight that ends the school's week."""
    local = school_time(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return now, (midnight + timedelta(days=7 - local.weekday())).astimezone(now.tzinfo)

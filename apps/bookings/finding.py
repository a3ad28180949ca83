"""What a search for free time knows of many instruments: what is taken, what the person may use, what it
costs. Each question is a fixed number of queries. Changes nothing.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db.models import Q

from apps.bookings.bulk import moment
from apps.bookings.circumstances import COMPANY
from apps.bookings.models import Booking
from apps.bookings.windows import Stretch, days_of
from apps.core.clock import school_midnight, school_time
from apps.core.errors import NotFound
from apps.core.periods import in_force, is_in_force, overlaps
from apps.core.prepared import Prepared
from apps.core.workdays import load_calendar
from apps.fees.models import FeeVersion
from apps.fees.pricing import Quote, planned, quote
from apps.fees.queries import price_model, tiers_of
from apps.instruments.models import Instrument, Outage
from apps.people.models import User
from apps.people.queries import active_users
from apps.training.models import CertificateSuspension, GuidedSession, SafetyClearance
from apps.training.queries import rank, safety_until

Busy = dict[int, list[Stretch]]
_PAD = 64
_DAY = timedelta(days=1)


class HasTime(Protocol):
    """A period on an instrument."""

    @property
    def instrument(self) -> Instrument: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


@dataclass(frozen=True)
class Skills:
    """What a person may use. Certificates as (level, from, until) by instrument, the suspended ones left
    out; `nights`: when they may use an instrument at night, as far as endorsements and whoever was named to
    be there go.
    """

    certificates: dict[int, list[tuple[int, datetime, datetime | None]]]
    nights: Busy
    safe_until: datetime | None

    def is_certified(self, instrument: Instrument, start: datetime, end: datetime | None = None) -> bool:
        """Whether one certificate that is enough counts from `start` to `end`."""
        least = rank(instrument.required_level)
        return not least or any(
            level >= least and since <= start and (until is None or (end or start) <= until)
            for level, since, until in self.certificates.get(instrument.pk, ())
        )

    def at_night(self, instrument: Instrument) -> list[Stretch]:
        """When they may use it at night; the periods may overlap."""
        return self.nights.get(instrument.pk, []) if instrument.night_self_use else []

    def lacks(self, instrument: Instrument, start: datetime, end: datetime) -> tuple[str, ...]:
        """Codes of what stands in the way of using it then, those of booking."""
        found = []
        if self.safe_until is None or self.safe_until < end:
            found.append("bookings.no_safety")
        if not self.is_certified(instrument, start, end):
            found.append("bookings.no_certificate")
        return tuple(found)


def skills_of(user: User, instruments: Sequence[Instrument], now: datetime, until: datetime) -> Skills:
    """What the user may use of instruments, as far as it is known now, of rights that begin before `until`.
    Three queries, and two more where somebody was named to be there at night.
    """
    suspended = CertificateSuspension.objects.filter(in_force(now)).values("certificate_id")
    held = user.certificates.filter(
        revoked_at__isnull=True, valid_until__gt=now, valid_from__lt=until, instrument__in=instruments
    ).exclude(pk__in=suspended)
    certificates: dict[int, list[tuple[int, datetime, datetime | None]]] = {}
    for pk, level, since, ends in held.values_list("instrument_id", "level", "valid_from", "valid_until"):
        certificates.setdefault(pk, []).append((rank(level), since, ends))
    return Skills(certificates, _nights_of(user, instruments, now, until), safety_until(user, now))


def _nights_of(user: User, instruments: Sequence[Instrument], now: datetime, until: datetime) -> Busy:
    """When the user may use instruments at night. Where one asks for company, only while somebody who was
    named for it is registered and cleared; an endorsement without a name leaves that to the gate.
    """
    alone = {one.pk: one.night_people < COMPANY for one in instruments}
    endorsed = user.night_endorsements.filter(_lasts(now, until), instrument__in=alone)
    rows = list(endorsed.values_list("instrument_id", "valid_from", "valid_until", "request__buddy"))
    able = _able({buddy for pk, _since, _ends, buddy in rows if buddy and not alone[pk]}, now, until)
    found: Busy = {}
    for pk, since, ends, buddy in rows:
        whole = (since, ends or until)
        if alone[pk] or buddy is None:
            found.setdefault(pk, []).append(whole)
        else:
            met = [_shared(whole, there) for there in able.get(buddy, ())]
            found.setdefault(pk, []).extend(one for one in met if one[0] < one[1])
    return found


def _able(people: set[int], now: datetime, until: datetime) -> Busy:
    """When people may be there for somebody else, by primary key: not suspended now, registered and with a
    safety clearance then. Two queries, none without people.
    """
    if not people:
        return {}
    known = dict(active_users(now).filter(pk__in=people).values_list("pk", "valid_until"))
    cleared = SafetyClearance.objects.filter(_lasts(now, until), user__in=known)
    found: Busy = {}
    for pk, since, ends in cleared.values_list("user_id", "valid_from", "valid_until"):
        found.setdefault(pk, []).append(_shared((since, ends or until), (now, known[pk] or until)))
    return found


def _lasts(now: datetime, until: datetime) -> Q:
    """What is in force at some moment of [now, until)."""
    return (Q(valid_until__isnull=True) | Q(valid_until__gt=now)) & Q(valid_from__lt=until)


def _shared(one: Stretch, other: Stretch) -> Stretch:
    """What two periods have in common; it ends before it begins where that is nothing."""
    return max(one[0], other[0]), min(one[1], other[1])


_BUSY = Prepared(
    lambda instruments, start, end: (
        Booking.objects.filter(overlaps(start, end), instrument_id__in=instruments, state__in=Booking.LIVE)
        .values_list("instrument_id", "start", "end")
        .union(
            Outage.objects.filter(
                Q(ends_at__isnull=True) | Q(ends_at__gt=start),
                instrument_id__in=instruments,
                starts_at__lt=end,
            ).values_list("instrument_id", "starts_at", "ends_at"),
            GuidedSession.objects.filter(
                overlaps(start, end, first="starts_at", last="ends_at"),
                instrument_id__in=instruments,
                cancelled_at__isnull=True,
            ).values_list("instrument_id", "starts_at", "ends_at"),
            all=True,
        )
    )
)


def busy_of_many(instruments: Sequence[int], start: datetime, end: datetime) -> Busy:
    """When instruments are booked, out of service or in a guided session in [start, end), by primary key. One
    query.
    """
    # Few lengths of the list, so that few statements are kept; no row has the key 0.
    padded = (*instruments, *((0,) * (-len(instruments) % _PAD)))
    found: Busy = {}
    for pk, first, last in _BUSY.rows(instruments=padded, start=start, end=end):
        found.setdefault(pk, []).append((moment(first), moment(last) if last is not None else end))
    return found


def days_that_are(wanted: str, start: datetime, end: datetime) -> list[Stretch]:
    """The days of [start, end) that a wish for working days ('work') or days off ('off') leaves out; none for
    any other. One query at most.
    """
    if wanted not in ("work", "off"):
        return []
    days = days_of(start, end)
    calendar = load_calendar(since=days[0], until=days[-1])
    left_out = [day for day in days if calendar.is_working_day(day) != (wanted == "work")]
    return [(school_midnight(day), school_midnight(day) + _DAY) for day in left_out]


def prices_of(user: User, hits: Iterable[HasTime], now: datetime) -> dict[tuple[int, datetime], Quote]:
    """What each period would cost the user by the standard in force when it begins; none where nothing is
    charged or no price is known. Four queries at most.
    """
    wanted = [hit for hit in hits if hit.instrument.use_charged]
    if not wanted:
        return {}
    first, last = min(hit.start for hit in wanted), max(hit.end for hit in wanted)
    machines = {hit.instrument.pk: hit.instrument for hit in wanted}
    versions: dict[int, list[FeeVersion]] = {}
    rows = FeeVersion.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=first), instrument__in=machines, valid_from__lte=last
    ).prefetch_related("items")
    for version in rows.order_by("-valid_from"):
        versions.setdefault(version.instrument_id, []).append(version)
    tiers = tiers_of(user, machines.values(), now)
    calendar = load_calendar(since=school_time(first).date() - _DAY, until=school_time(last).date() + _DAY)

    def is_day_off(day: Any) -> bool:
        return not calendar.is_working_day(day)

    found = {}
    for hit in wanted:
        counting = [one for one in versions.get(hit.instrument.pk, ()) if is_in_force(one, hit.start)]
        with suppress(NotFound):
            for version in counting[:1]:
                mode = _mode(hit.instrument)
                tier = tiers[hit.instrument.pk]
                model = price_model(version, tier, mode, is_day_off=is_day_off, at=hit.start)
                found[hit.instrument.pk, hit.start] = quote(model, planned(hit.start, hit.end))
    return found


def _mode(instrument: Instrument) -> str:
    """As `operations.estimated` asks for it."""
    modes = instrument.service_modes.split()
    return "self" if "S" in modes or "A" not in modes else "assisted"

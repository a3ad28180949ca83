"""By when: the day that can be promised, from the real queue of an instrument and the working calendar,
and where it would be sooner. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, Sum

from apps.core.clock import school_time
from apps.core.workdays import Calendar, load_calendar
from apps.instruments.models import Instrument, Outage
from apps.samples.models import Sample, SampleRequest, ServiceTemplate
from apps.samples.services import instruments_for_each

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Promise:
    """What an instrument could promise: minutes of samples ahead, the day, and whether it is out of
    service with no end in sight, so that the day is a hope.
    """

    instrument: Instrument
    ahead_minutes: int
    ahead_samples: int
    day: date
    is_out: bool = False


def working_days_for(*, ahead_minutes: int, minutes: int, day_minutes: int, margin_days: int) -> int:
    """The working days that it takes until so many minutes of others and then one's own are done, rounded up,
    and the margin. At least one. Pure.
    """
    return max(1, -(-(ahead_minutes + minutes) // day_minutes) + margin_days)


def promised_day(calendar: Calendar, start: datetime, days: int) -> date:
    """The school's day on which the last of so many working days ends. Pure."""
    return school_time(calendar.add_working_days(start, days) - _MOMENT).date()


def queue_ahead(
    instruments: Sequence[Instrument], *, rush: bool, but: SampleRequest | None = None
) -> dict[int, tuple[int, int]]:
    """Minutes and samples that are agreed to and not tested yet, by instrument; a rush waits for rushes
    only. One query.
    """
    waiting = Sample.objects.filter(
        instrument__in=instruments,
        state__in=Sample.WAITING,
        request__state=SampleRequest.State.CONFIRMED,
    )
    if rush:
        waiting = waiting.filter(request__rush=True)
    if but is not None:
        waiting = waiting.exclude(request=but)
    found = dict.fromkeys((one.pk for one in instruments), (0, 0))
    rows = waiting.values_list("instrument_id").annotate(
        minutes=Sum("request__template__minutes_per_sample"), pieces=Sum(1)
    )
    found.update({key: (minutes or 0, pieces or 0) for key, minutes, pieces in rows})
    return found


def promises(
    service: ServiceTemplate,
    *,
    count: int,
    rush: bool,
    now: datetime,
    but: SampleRequest | None = None,
) -> list[Promise]:
    """What each instrument that offers the service could promise for `count` samples handed in now, the
    soonest first. Four queries.
    """
    return promises_of([service], count=count, rush=rush, now=now, but=but)[service.pk]


def promises_of(
    services: Sequence[ServiceTemplate],
    *,
    count: int,
    rush: bool,
    now: datetime,
    but: SampleRequest | None = None,
) -> dict[int, list[Promise]]:
    """The same for several services at once, by their primary keys. Four queries, however many they are."""
    offering = instruments_for_each(services, now)
    instruments = list({one.pk: one for found in offering.values() for one in found}.values())
    ahead = queue_ahead(instruments, rush=rush, but=but)
    starts = _starts(instruments, now)
    calendar = load_calendar(since=school_time(now).date())

    def promise(service: ServiceTemplate, one: Instrument) -> Promise:
        minutes, pieces = ahead[one.pk]
        start = starts.get(one.pk, now)
        days = working_days_for(
            ahead_minutes=minutes,
            minutes=count * service.minutes_per_sample,
            day_minutes=service.day_minutes,
            margin_days=0 if rush else service.margin_days,
        )
        day = promised_day(calendar, start or now, days)
        return Promise(one, minutes, pieces, day, is_out=start is None)

    return {
        service.pk: sorted(
            (promise(service, one) for one in offering[service.pk]),
            key=lambda it: (it.is_out, it.day, it.ahead_minutes, it.instrument.asset_no),
        )
        for service in services
    }


def promise_of(
    service: ServiceTemplate,
    instrument: Instrument,
    *,
    count: int,
    rush: bool,
    now: datetime,
    but: SampleRequest | None = None,
) -> Promise | None:
    """What one instrument could promise; None when it does not offer the service."""
    found = promises(service, count=count, rush=rush, now=now, but=but)
    return next((it for it in found if it.instrument.pk == instrument.pk), None)


def _starts(instruments: Sequence[Instrument], now: datetime) -> dict[int, datetime | None]:
    """When those that are out of service now are back; None where nobody knows."""
    out = Outage.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now), instrument__in=instruments, starts_at__lte=now
    )
    found: dict[int, datetime | None] = {}
    for key, ends in out.values_list("instrument_id", "ends_at"):
        before = found.get(key, now)
        found[key] = None if ends is None or before is None else max(before, ends)
    return found

"""Bookings that repeat by the week: a course, a service contract, an own use. Made at once, all or none; each
may be changed or cancelled for itself afterwards, and the rest stopped from a day on.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.bookings.admission import Admission
from apps.bookings.models import Booking, Series
from apps.bookings.operations import cancel_booking, make_booking
from apps.bookings.refusing import AdmissionRefusedError
from apps.bookings.repeating import Pattern, days_of_pattern, period_on
from apps.core import audit
from apps.core.clock import school_midnight
from apps.core.contention import patient
from apps.core.errors import Invalid, NotFound, NotPermitted, Refusal, WrongState
from apps.core.parameters import value
from apps.core.workdays import LONGEST_RUN, load_calendar
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage
from apps.people.models import User

PURPOSES = (
    Booking.Purpose.USE,
    Booking.Purpose.TEACHING,
    Booking.Purpose.TRAINING,
    Booking.Purpose.MAINTENANCE,
)
LONGEST = timedelta(days=366)
_WEEKDAYS = range(1, 128)
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Occurrence:
    """One day of a series: when, and why it could not be booked (None where it could). `admission` is what
    the rule `booking.admission` said where it was the rule that refused.
    """

    day: date
    start: datetime
    end: datetime
    refusal: Refusal | None = None
    admission: Admission | None = None


class _ConflictsError(Exception):
    """Some days cannot be booked: everything that was tried is undone. Never leaves `make_series`."""

    def __init__(self, tried: list[Occurrence]) -> None:
        super().__init__()
        self.against = [one for one in tried if one.refusal is not None]
        self.refusal = WrongState(
            _("%(count)d of %(all)d days cannot be booked; none was.")
            % {"count": len(self.against), "all": len(tried)},
            code="bookings.series_conflicts",
            conflicts=[_told(one) for one in self.against],
        )


def preview_series(
    *,
    user: User,
    instrument: Instrument,
    purpose: str,
    fund: FundAccount | None,
    pattern: Pattern,
    by: User,
    now: datetime,
) -> list[Occurrence]:
    """Every day of the series with what stands against it, as if it were made now; nothing is written. Hours
    of a group and money count from day to day, as they would. Raises as `make_series`, but for the conflicts.
    """
    with transaction.atomic():
        found = _attempt(None, user, instrument, purpose, fund, pattern, by, now)
        transaction.set_rollback(True)
    return found


@patient
def make_series(
    *,
    user: User,
    instrument: Instrument,
    purpose: str,
    fund: FundAccount | None,
    pattern: Pattern,
    by: User,
    now: datetime,
) -> Series:
    """All bookings of the pattern, for `user`, each asked as any booking is (codes of `book`), or none.

    Raises NotPermitted `bookings.not_yours`; Invalid `bookings.series_` weekdays, minutes, days, purpose,
    empty, most (more than `bookings.series_most`); WrongState `bookings.series_conflicts`, whose details
    `conflicts` list every day that cannot be booked with start, end, code and message. What the rule refused
    stays on record, a day each, as of a single booking (`refusing.kept_on_record`).
    """
    try:
        with transaction.atomic():
            _require_yours(user, instrument, by, now)
            _require_pattern(pattern, purpose)
            made = Series.objects.create(
                instrument=instrument,
                user=user,
                fund=fund,
                purpose=purpose,
                weekdays=pattern.weekdays,
                from_minute=pattern.from_minute,
                until_minute=pattern.until_minute,
                first_day=pattern.first_day,
                last_day=pattern.last_day,
                skip_holidays=pattern.skip_holidays,
                made_by=by,
                made_at=now,
            )
            found = _attempt(made, user, instrument, purpose, fund, pattern, by, now)
            if any(one.refusal is not None for one in found):
                raise _ConflictsError(found)
            audit.record(
                action="bookings.make_series",
                object_ref=f"series:{made.ulid}",
                now=now,
                actor=by,
                instrument=instrument.ulid,
                bookings=len(found),
            )
            return made
    except _ConflictsError as met:
        _keep_on_record(met.against, instrument, now)
        raise met.refusal from None


@transaction.atomic
def _keep_on_record(against: list[Occurrence], instrument: Instrument, now: datetime) -> None:
    for one in against:
        if one.admission is not None:
            one.admission.record(object_ref=f"instrument:{instrument.ulid}", asked_by="series", now=now)


@patient
@transaction.atomic
def stop_series(*, series: Series, from_day: date, by: User, now: datetime, reason: str = "") -> int:
    """What is booked on `from_day` and after it, and has not begun, is cancelled, each as any booking is (an
    own use soon before it begins may count points). Returns how many that were. The user or the crew.

    Raises NotPermitted `bookings.not_yours`; WrongState `bookings.series_over`: nothing is left to stop.
    """
    if by.pk != series.user_id and not may_manage(by, series.instrument, now):
        raise NotPermitted(_("You may only stop your own series."), code="bookings.not_yours")
    Series.objects.select_for_update(no_key=True).get(pk=series.pk)
    since = max(now, school_midnight(from_day))
    coming = Booking.objects.filter(series=series, state__in=Booking.LIVE, start__gt=now, start__gte=since)
    # The younger first: a change that is asked for would go with the booking that it replaces.
    found = list(coming.select_related("instrument", "user", "hold").order_by("-pk"))
    if not found:
        raise WrongState(_("Nothing of this series is left to stop."), code="bookings.series_over")
    for booking in found:
        cancel_booking(booking=booking, by=by, now=now, reason=reason)
    Series.objects.filter(pk=series.pk).update(stopped_at=now, stopped_from=from_day)
    audit.record(
        action="bookings.stop_series",
        object_ref=f"series:{series.ulid}",
        now=now,
        actor=by,
        reason=reason,
        bookings=len(found),
    )
    return len(found)


def series_for(user: User, ulid: str, at: datetime) -> Series:
    """A series for its person or the instrument's crew. Raises NotFound `bookings.no_series` for others."""
    rows = Series.objects.select_related("instrument__facility", "user", "fund")
    found = rows.filter(ulid=ulid).first()
    if found is None or (found.user_id != user.pk and not may_manage(user, found.instrument, at)):
        raise NotFound(_("There is no such series."), code="bookings.no_series")
    return found


def my_series(user: User, now: datetime) -> QuerySet[Any]:
    """The person's series with what is still to come (`coming`), the latest first."""
    coming = Count(
        "bookings", filter=Q(bookings__state__in=Booking.LIVE, bookings__start__gt=now), distinct=True
    )
    rows = Series.objects.filter(user=user).select_related("instrument__facility")
    return rows.annotate(coming=coming).order_by("-id")


def bookings_of(series: Series) -> QuerySet[Booking]:
    """Every booking of a series in order, those that took another's place too."""
    return series.bookings.select_related("instrument").order_by("start", "pk")


def _require_yours(user: User, instrument: Instrument, by: User, now: datetime) -> None:
    if by.pk != user.pk and not may_manage(by, instrument, now):
        raise NotPermitted(_("You may only book for yourself."), code="bookings.not_yours")


def _require_pattern(pattern: Pattern, purpose: str) -> None:
    if purpose not in PURPOSES:
        raise Invalid(_("Unknown purpose."), code="bookings.series_purpose", field="purpose")
    if pattern.weekdays not in _WEEKDAYS:
        raise Invalid(_("Choose at least one weekday."), code="bookings.series_weekdays", field="weekdays")
    if not 0 <= pattern.from_minute < pattern.until_minute <= _DAY_MINUTES:
        raise Invalid(
            _("The end must be after the beginning."), code="bookings.series_minutes", field="until"
        )
    for day in (pattern.first_day, pattern.last_day):
        school_midnight(day)  # refuses years in which no day can be counted on
    length = pattern.last_day - pattern.first_day
    if not timedelta() <= length <= LONGEST:
        raise Invalid(
            _("The last day must not be before the first, nor more than a year after it."),
            code="bookings.series_days",
            field="last_day",
        )


def _attempt(
    series: Series | None,
    user: User,
    instrument: Instrument,
    purpose: str,
    fund: FundAccount | None,
    pattern: Pattern,
    by: User,
    now: datetime,
) -> list[Occurrence]:
    """Every day booked, or why not: one does not hinder the next."""
    _require_yours(user, instrument, by, now)
    _require_pattern(pattern, purpose)
    found = []
    for day in _days(pattern, now):
        start, end = period_on(pattern, day)
        refusal: Refusal | None = None
        admission: Admission | None = None
        try:
            with transaction.atomic():
                booking = make_booking(
                    user=user,
                    instrument=instrument,
                    start=start,
                    end=end,
                    fund=fund,
                    by=by,
                    now=now,
                    purpose=purpose,
                )
                Booking.objects.filter(pk=booking.pk).update(series=series)
        except AdmissionRefusedError as met:
            refusal, admission = met.first, met.admission
        except Refusal as met:
            refusal = met
        found.append(Occurrence(day, start, end, refusal, admission))
    return found


def _days(pattern: Pattern, now: datetime) -> list[date]:
    calendar = None
    if pattern.skip_holidays:
        calendar = load_calendar(since=pattern.first_day - LONGEST_RUN, until=pattern.last_day + LONGEST_RUN)
    days = list(days_of_pattern(pattern, calendar))
    most = value("bookings.series_most", at=now)
    if not days:
        raise Invalid(
            _("The series has no day: look at the weekdays, the first and the last day."),
            code="bookings.series_empty",
            field="weekdays",
        )
    if len(days) > most:
        raise Invalid(
            _("A series has at most %(most)d bookings; this would be %(count)d.")
            % {"most": most, "count": len(days)},
            code="bookings.series_most",
            field="last_day",
            most=most,
            count=len(days),
        )
    return days


def _told(one: Occurrence) -> dict[str, str]:
    assert one.refusal is not None  # noqa: S101 - a conflict
    return {
        "day": one.day.isoformat(),
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "code": one.refusal.code,
        "message": str(one.refusal.message),
    }

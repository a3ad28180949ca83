"""How an instrument, or every instrument of a facility, is booked and when it is open: whoever manages it
says so from now on, or from a day on. What counted before stays on record.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.bookings.models import BookingTerms, GroupQuota, OpeningWindow
from apps.bookings.opening import of_owner
from apps.bookings.terms import NUMBERS, Terms, terms_in_force, terms_of, terms_of_facility
from apps.bookings.windows import Minutes
from apps.core import audit
from apps.core.clock import school_midnight, school_time
from apps.core.errors import Invalid, NotPermitted
from apps.core.outbox import publish
from apps.core.workdays import DayType
from apps.instruments.models import Facility, Instrument
from apps.instruments.queries import manages, manages_facility
from apps.people.models import ResearchGroup, User

WEEK_MINUTES = 7 * 24 * 60
LIMITS: Mapping[str, range] = {
    "grid_minutes": range(1, 61),
    "min_minutes": range(1, WEEK_MINUTES + 1),
    "max_minutes": range(1, WEEK_MINUTES + 1),
    "notice_minutes": range(30 * 24 * 60 + 1),
    "horizon_days": range(1, 731),
    "grace_minutes": range(24 * 60 + 1),
}
FURTHEST = timedelta(days=366)  # ahead, for a week that begins then
MOST_HOURS = {GroupQuota.Period.WEEK.value: 7 * 24, GroupQuota.Period.MONTH.value: 31 * 24}
MOST_WINDOWS = 6  # a day; nobody means more

Owner = Instrument | Facility
Week = Mapping[str, Sequence[Minutes]]  # kind of day -> its windows


@transaction.atomic
def set_terms(
    *,
    owner: Owner,
    numbers: Mapping[str, int | None],
    by: User | None,
    now: datetime,
    route: str = "",
) -> BookingTerms | None:
    """From now on the owner says these numbers (`NUMBERS`; absent or None: what the facility or the school
    says counts) and who is asked before a booking is confirmed (`BookingTerms.Route`; empty likewise). None
    when it says nothing any more.

    Numbers that change nothing are neither written nor audited. Raises NotPermitted
    `instruments.not_manager`, `bookings.not_facility_manager`; Invalid `bookings.terms`, at its field.
    """
    _lock(owner, by, now)
    wanted = {name: numbers.get(name) for name in NUMBERS}
    _check_numbers(numbers, wanted)
    if route and route not in BookingTerms.Route.values:
        raise Invalid(_("This cannot be set so."), code="bookings.terms", field="route")
    before = terms_in_force(owner, now)
    had = {**{name: getattr(before, name, None) for name in NUMBERS}, "route": before.route if before else ""}
    if had == {**wanted, "route": route}:
        return before
    _replace(BookingTerms, owner, since=now, now=now)
    made = None
    if route or any(value is not None for value in wanted.values()):
        made = BookingTerms.objects.create(
            **of_owner(owner), **wanted, route=route, valid_from=now, set_by=by
        )
    _check_together(terms_of(owner, now) if isinstance(owner, Instrument) else terms_of_facility(owner, now))
    _tell_change(owner, now)
    _record("bookings.set_terms", owner, by, now, before=had, after={**wanted, "route": route})
    return made


@transaction.atomic
def set_windows(
    *, owner: Owner, week: Week | None, since: date, by: User | None, now: datetime
) -> list[OpeningWindow]:
    """From the school day `since` (today or later) on, the owner is open in these windows and closed else;
    what was said for later days is replaced too. With None it says nothing any more: an instrument is open
    when its facility is, a facility round the clock.

    Bookings that were made before stay, and whoever has one outside hears of it. Raises NotPermitted
    `instruments.not_manager`, `bookings.not_facility_manager`; Invalid `bookings.windows_since` at `since`,
    `bookings.windows`.
    """
    _lock(owner, by, now)
    if not may_begin(since, now):
        raise Invalid(
            _("Opening hours begin today or later, at most a year ahead."),
            code="bookings.windows_since",
            field="since",
        )
    windows = [] if week is None else _checked(week)
    begins = school_midnight(since)
    _replace(OpeningWindow, owner, since=begins, now=now)
    made = OpeningWindow.objects.bulk_create(
        OpeningWindow(
            **of_owner(owner),
            day_type=kind,
            from_minute=first,
            until_minute=last,
            valid_from=begins,
            set_by=by,
        )
        for kind, (first, last) in windows
    )
    _tell_change(owner, now)
    _record("bookings.set_windows", owner, by, now, since=since.isoformat(), windows=windows)
    return made


@transaction.atomic
def set_quota(
    *,
    owner: Owner,
    group: ResearchGroup | None,
    period: str,
    hours: int | None,
    beyond_hours: int | None = None,
    by: User | None,
    now: datetime,
) -> GroupQuota | None:
    """From now on the group (None: every group without a quota of its own) books at most so many hours of the
    owner a week or month; with `beyond_hours`, more only within so many hours of the start. `hours=None`
    ends it. What is booked stays, and is told of where it would be too much now.

    Raises NotPermitted `instruments.not_manager`, `bookings.not_facility_manager`; Invalid
    `bookings.quota_period`, `bookings.quota_hours`, at its field.
    """
    _lock(owner, by, now)
    most = MOST_HOURS.get(period)
    if most is None:
        raise Invalid(_("A week or a month."), code="bookings.quota_period", field="period")
    for name, value, limits in (
        ("hours", hours, range(1, most + 1)),
        ("beyond_hours", beyond_hours, range(MOST_HOURS["month"] + 1)),
    ):
        if value is not None and (type(value) is not int or value not in limits):
            raise Invalid(
                _("A number from %(least)d to %(most)d.") % {"least": limits[0], "most": limits[-1]},
                code="bookings.quota_hours",
                field=name,
            )
    rows = GroupQuota.objects.filter(**of_owner(owner), group=group, period=period, revoked_at__isnull=True)
    rows.filter(valid_from__gte=now).update(revoked_at=now)
    rows.filter(valid_from__lt=now, valid_until__isnull=True).update(valid_until=now)
    made = None
    if hours is not None:
        made = GroupQuota.objects.create(
            **of_owner(owner),
            group=group,
            period=period,
            hours=hours,
            beyond_hours=beyond_hours,
            valid_from=now,
            set_by=by,
        )
    _record(
        "bookings.set_quota",
        owner,
        by,
        now,
        group=group.ulid if group else None,
        period=period,
        hours=hours,
        beyond_hours=beyond_hours,
    )
    _tell_change(owner, now)
    return made


def may_arrange(user: User, owner: Owner, now: datetime) -> bool:
    """Whether the user says how the owner is booked: manager of the instrument's crew, or holder of the right
    to manage the instrument or the facility.
    """
    if isinstance(owner, Instrument):
        return manages(user, owner, now)
    return manages_facility(user, owner, now)


def may_begin(since: date, now: datetime) -> bool:
    """Whether a week may begin on this day: today at the school or later, not too far ahead."""
    today = school_time(now).date()
    return today <= since <= today + FURTHEST


def _lock(owner: Owner, by: User | None, now: datetime) -> None:
    """One owner's rows are replaced one after another."""
    if by is not None and not may_arrange(by, owner, now):
        if isinstance(owner, Instrument):
            raise NotPermitted(
                _("Only the instrument's manager may do this."), code="instruments.not_manager"
            )
        raise NotPermitted(
            _("This needs the right to manage the facility."), code="bookings.not_facility_manager"
        )
    type(owner)._default_manager.select_for_update(no_key=True).get(pk=owner.pk)


def _replace(
    model: type[BookingTerms] | type[OpeningWindow], owner: Owner, *, since: datetime, now: datetime
) -> None:
    """What counts ends at `since`; what was to begin then or later never does."""
    rows = model._default_manager.filter(**of_owner(owner), revoked_at__isnull=True)
    rows.filter(valid_from__gte=since).update(revoked_at=now)
    rows.filter(valid_from__lt=since, valid_until__isnull=True).update(valid_until=since)
    rows.filter(valid_from__lt=since, valid_until__gt=since).update(valid_until=since)


def _check_numbers(given: Mapping[str, int | None], wanted: Mapping[str, int | None]) -> None:
    for name in given:
        if name not in LIMITS:
            raise Invalid(_("This cannot be set so."), code="bookings.terms", field=name)
    for name, value in wanted.items():
        limits = LIMITS[name]
        if value is not None and (type(value) is not int or value not in limits):
            raise Invalid(
                _("A number from %(least)d to %(most)d.") % {"least": limits[0], "most": limits[-1]},
                code="bookings.terms",
                field=name,
            )
    grid = wanted["grid_minutes"]
    if grid is not None and 60 % grid:
        raise Invalid(_("An hour is a whole number of steps."), code="bookings.terms", field="grid_minutes")
    least, most = wanted["min_minutes"], wanted["max_minutes"]
    if least is not None and most is not None and least > most:
        raise _nothing_left()


def _check_together(terms: Terms) -> None:
    """What the owner and whoever stands above it say together leaves something to be booked."""
    if terms.max_minutes < max(terms.min_minutes, terms.grid_minutes):
        raise _nothing_left()


def _nothing_left() -> Invalid:
    return Invalid(
        _("The longest booking is at least as long as the shortest, and as one step."),
        code="bookings.terms",
        field="max_minutes",
    )


def _checked(week: Week) -> list[tuple[str, Minutes]]:
    for kind, windows in week.items():
        if kind not in DayType.__members__.values() or len(windows) > MOST_WINDOWS:
            raise _wrong(kind)
        for first, last in windows:
            if not 0 <= first < last <= 24 * 60:
                raise _wrong(kind)
        for (_first, last), (following, _last) in pairwise(sorted(windows)):
            if following < last:
                raise Invalid(
                    _("Two of these windows overlap."), code="bookings.windows", field=kind, day_type=kind
                )
    found = [(kind, window) for kind, windows in sorted(week.items()) for window in sorted(windows)]
    if not found:
        raise Invalid(
            _("At least one window: an instrument that is never open is put out of service instead."),
            code="bookings.windows",
        )
    return [(str(kind), (first, last)) for kind, (first, last) in found]


def _wrong(kind: str) -> Invalid:
    return Invalid(
        _("A window ends after it begins, on the same day; over midnight it is two."),
        code="bookings.windows",
        field=str(kind),
        day_type=str(kind),
    )


def _tell_change(owner: Owner, now: datetime) -> None:
    """What is booked already is looked at again."""
    is_instrument = isinstance(owner, Instrument)
    publish(
        "bookings.terms_changed",
        now=now,
        instrument=owner.ulid if is_instrument else "",
        facility="" if is_instrument else owner.ulid,
    )


def _record(action: str, owner: Owner, by: User | None, now: datetime, **details: Any) -> None:
    kind = "instrument" if isinstance(owner, Instrument) else "facility"
    audit.record(action=action, object_ref=f"{kind}:{owner.ulid}", now=now, actor=by, **details)

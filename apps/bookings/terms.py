"""Under which terms an instrument is booked at a moment: its own, else its facility's, else the school's,
number by number. Changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import ngettext

from apps.bookings.models import BookingTerms
from apps.core import parameters
from apps.core.periods import in_force
from apps.instruments.models import Facility, Instrument

PARAMETERS = (
    "bookings.grace_minutes",
    "bookings.grid_minutes",
    "bookings.horizon_days",
    "bookings.max_hours",
    "bookings.min_minutes",
    "bookings.notice_minutes",
    "bookings.route",
)
NUMBERS = ("grid_minutes", "min_minutes", "max_minutes", "notice_minutes", "horizon_days", "grace_minutes")


@dataclass(frozen=True)
class Terms:
    """The terms that count, every number said."""

    grid_minutes: int
    min_minutes: int
    max_minutes: int
    notice_minutes: int
    horizon_days: int
    grace_minutes: int
    route: str


def terms_of(instrument: Instrument, at: datetime, *, school: dict[str, Any] | None = None) -> Terms:
    """The terms of an instrument at a moment. One query, and one more for the school's parameters where the
    caller does not bring them (`PARAMETERS`).
    """
    rows = _rows(Q(instrument_id=instrument.pk) | Q(facility_id=instrument.facility_id), at)
    return _resolved(rows, at, school)


def terms_of_facility(facility: Facility, at: datetime, *, alone: bool = False) -> Terms:
    """The terms that a facility gives its instruments; `alone`: what counts where it says nothing. Two
    queries at most.
    """
    rows = BookingTerms.objects.none() if alone else _rows(Q(facility_id=facility.pk), at)
    return _resolved(rows, at, None)


def terms_in_force(owner: Instrument | Facility, at: datetime) -> BookingTerms | None:
    """The owner's own row at a moment. One query."""
    whose = {"instrument": owner} if isinstance(owner, Instrument) else {"facility": owner}
    return BookingTerms.objects.filter(in_force(at), **whose).order_by("-valid_from").first()


def in_words(minutes: int) -> str:
    """A length of time as people say it: in hours where it is whole hours, else in minutes."""
    hours, rest = divmod(minutes, 60)
    if hours and not rest:
        return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}


def _rows(wanted: Q, at: datetime) -> QuerySet[BookingTerms]:
    return BookingTerms.objects.filter(wanted, in_force(at)).order_by("valid_from")


def _resolved(rows: QuerySet[BookingTerms], at: datetime, school: dict[str, Any] | None) -> Terms:
    known = parameters.values(PARAMETERS, at=at) if school is None else school
    return resolved(sorted(rows, key=_whole_facility_first), known)


def resolved(rows: Iterable[BookingTerms], school: dict[str, Any]) -> Terms:
    """The terms that rows in hand make, the facility's before the instrument's own, over the school's
    parameters. No query.
    """
    said: dict[str, Any] = {
        "grid_minutes": school["bookings.grid_minutes"],
        "min_minutes": school["bookings.min_minutes"],
        "max_minutes": school["bookings.max_hours"] * 60,
        "notice_minutes": school["bookings.notice_minutes"],
        "horizon_days": school["bookings.horizon_days"],
        "grace_minutes": school["bookings.grace_minutes"],
        "route": school["bookings.route"],
    }
    for row in rows:
        said.update(
            {name: value for name in NUMBERS if (value := getattr(row, name)) is not None},
        )
        said["route"] = row.route or said["route"]
    return Terms(**said)


def _whole_facility_first(row: BookingTerms) -> bool:
    return row.instrument_id is not None

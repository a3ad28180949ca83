"""The one place where the present moment is read. Operations take `now`; only the edges (views, tasks,
gateway, commands) call this.

Demo and test may shift it with CLOCK_OFFSET_SECONDS; production refuses an offset by a system check.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

SCHOOL_ZONE = ZoneInfo("Asia/Shanghai")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1900, 9900
_MILLISECOND = timedelta(milliseconds=1)


def now() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC) + timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the Unix epoch, rounded down: the wire's idea of a moment."""
    return (moment - EPOCH) // _MILLISECOND  # whole numbers: a float would lose one now and then


def from_ms(ms: int) -> datetime:
    """The inverse of `to_ms`."""
    return EPOCH + ms * _MILLISECOND


def seconds_left(window_s: int) -> int:
    """Whole seconds until the present window of so many seconds of the clock ends: from 1 to `window_s`."""
    return window_s - to_ms(now()) // 1000 % window_s


def school_time(moment: datetime) -> datetime:
    """The same moment on the school's wall clock."""
    return moment.astimezone(SCHOOL_ZONE)


def school_month(moment: datetime) -> str:
    """The month of the school's calendar that a moment falls into, '2026-11'."""
    return f"{school_time(moment):%Y-%m}"


def school_month_start(moment: datetime) -> datetime:
    """The first instant of that month, aware, UTC."""
    local = school_time(moment)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def school_midnight(day: date) -> datetime:
    """The first instant of a school day, aware, UTC. Raises Invalid `core.day` for what only a slip of the
    finger asks for: a year outside of 1900 to 9900, beyond which days cannot be counted on.
    """
    _require_known(day)
    return datetime.combine(day, time.min, tzinfo=SCHOOL_ZONE).astimezone(UTC)


def end_of_school_day(day: date) -> datetime:
    """The instant at which a school day is over: 'until that day' includes the whole of it. Raises Invalid
    `core.day` as `school_midnight`.
    """
    _require_known(day)
    return school_midnight(day + timedelta(days=1))


def _require_known(day: date) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid(_("The calendar of the school has no such day."), code="core.day")

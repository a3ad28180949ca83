"""The one place where the present moment is read. Operations take `now`; only the edges (views, tasks, gateway, commands) call this.

Demo and test may shift it with CLOCK_OFFSET_SECONDS; production refuses an offset by a system check.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

SCHOOL_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC) + timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the Unix epoch, rounded down: the wire's idea of a moment."""
    return int(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The inverse of `to_ms`."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def school_time(moment: datetime) -> datetime:
    """The same moment on the school's wall clock."""
    return moment.astimezone(SCHOOL_ZONE)

"""Messages of a controller that come late and prove that somebody had come: what was taken for a no-show is
none. Called whenever a session is known to have begun; twice, or in whatever order, does no harm.
"""

from datetime import datetime, timedelta

from apps.bookings.absence import lift_no_show
from apps.bookings.models import Booking
from apps.core.parameters import value
from apps.usage.models import UsageRecord, UsageSession

_GRANTED = (UsageSession.Kind.SESSION, UsageSession.Kind.STANDBY)


def lift_by_use(*, session: UsageSession, now: datetime) -> int:
    """Lift the no-shows of the session's person on its instrument within which it began. Returns how many.

    Only power under a grant of theirs counts, at a moment that the device could know: without a clock it is
    when we heard of it, which is after the no-show. A reading that nobody believes proves nothing.
    """
    began = _began(session)
    if began is None or session.user_id is None or session.kind not in _GRANTED:
        return 0
    early = timedelta(minutes=value("access.early_minutes", at=began))
    missed = Booking.objects.filter(
        instrument=session.instrument_id,
        user=session.user_id,
        no_show_at__gt=began,
        used_at__isnull=True,
        start__lte=began + early,
    )
    return sum(
        lift_no_show(booking=booking, used_at=began, session=session.ulid, now=now)
        for booking in missed.order_by("pk")
    )


def _began(session: UsageSession) -> datetime | None:
    record = UsageRecord.objects.filter(session=session).first()
    if record is None:
        return session.opened_at
    if record.held or record.verdict == UsageRecord.Verdict.DISMISSED or record.powered_ms == 0:
        return None
    return record.started_at

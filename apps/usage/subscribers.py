"""What rooms below must know of use is pushed down to them: training counts supervised time and the last use
of an instrument, bookings that they were used, samples which use belongs to their run.
"""

from datetime import datetime

from apps.bookings.operations import note_use as note_booking_used
from apps.core.outbox import WORKER, Payload, subscribe
from apps.samples.ending import note_session
from apps.training.supervised import count_supervised, note_use
from apps.usage import telling
from apps.usage.late import lift_by_use
from apps.usage.models import UsageRecord, UsageSession

__all__ = ["telling"]

SUPERVISED = "training"
SAMPLE_RUN = "sample_run"


@subscribe("usage.tell_training", to="usage.recorded", channel=WORKER)
def tell_training(payload: Payload, now: datetime) -> None:
    """The fact may come twice and counts once. A held record is told of again once it is judged; one that was
    dismissed never counts.
    """
    record = UsageRecord.objects.get(ulid=payload["record"])
    if record.held or record.verdict == UsageRecord.Verdict.DISMISSED:
        return
    if record.user_id is None or record.powered_ms == 0:
        return
    note_use(user_id=record.user_id, instrument_id=record.instrument_id, used_at=record.ended_at)
    if record.purpose == SUPERVISED:
        count_supervised(
            record=record.ulid,
            user_id=record.user_id,
            instrument_id=record.instrument_id,
            started_at=record.started_at,
            ended_at=record.ended_at,
            now=now,
        )


@subscribe("usage.tell_bookings", to="usage.session_opened", channel=WORKER)
def tell_bookings(payload: Payload, now: datetime) -> None:
    """The instrument was switched on under a booking: giving back the rest of it is not cancelling late."""
    session = UsageSession.objects.get(ulid=payload["session"])
    if session.booking_id is not None:
        note_booking_used(booking_id=session.booking_id, at=session.opened_at or now)


@subscribe("usage.lift_no_shows", to=("usage.session_opened", "usage.recorded"), channel=WORKER)
def lift_no_shows(payload: Payload, now: datetime) -> None:
    """A journal that came late may prove that somebody had come to a booking that was freed."""
    session = UsageSession.objects.get(ulid=payload["session"])
    lift_by_use(session=session, now=now)


@subscribe("usage.tell_samples", to="usage.session_opened", channel=WORKER)
def tell_samples(payload: Payload, now: datetime) -> None:
    """The instrument runs for samples: the use belongs to the run that is open."""
    session = UsageSession.objects.get(ulid=payload["session"])
    if session.purpose == SAMPLE_RUN:
        note_session(
            session=session.ulid,
            instrument_id=session.instrument_id,
            started_at=session.opened_at or now,
        )


@subscribe("usage.tell_samples_used", to="usage.recorded", channel=WORKER)
def tell_samples_used(payload: Payload, now: datetime) -> None:
    """How long the instrument ran for samples, once that is measured and believed."""
    record = UsageRecord.objects.select_related("session").get(ulid=payload["record"])
    if record.purpose != SAMPLE_RUN or record.held or record.verdict == UsageRecord.Verdict.DISMISSED:
        return
    note_session(
        session=record.session.ulid,
        instrument_id=record.instrument_id,
        started_at=record.started_at,
        ended_at=record.ended_at,
        powered_ms=record.powered_ms,
    )

"""Facts after which bookings may not be good any more, or again. Each handler only looks again: late and
twice is no harm. What touches an instrument with many bookings goes on in batches, by a fact of its own.
"""

from datetime import datetime

from apps.bookings.models import Booking
from apps.bookings.rechecking import coming, look_again
from apps.core.outbox import WORKER, Payload, publish, subscribe
from apps.core.periods import is_in_force
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument

OF_PEOPLE = (
    *("training.certificate_issued", "training.certificate_withdrawn", "training.certificate_suspended"),
    *("training.certificate_reinstated", "training.certificate_lapsed", "training.clearance_changed"),
    *("training.endorsement_changed", "people.user_suspended", "people.user_reinstated"),
    *("people.user_changed", "people.membership_changed"),
)
OF_INSTRUMENTS = (
    *("instruments.changed", "training.session_changed"),
    *("fees.version_approved", "fees.version_ended"),
)


@subscribe("bookings.recheck_person", to=OF_PEOPLE, channel=WORKER)
def of_person(payload: Payload, now: datetime) -> None:
    """Somebody's certificate, clearance, registration or group changed. One has few bookings to come."""
    look_again(coming(now).filter(user__ulid=payload["user"]), now=now)


@subscribe("bookings.recheck_instrument", to=OF_INSTRUMENTS, channel=WORKER)
def of_instrument(payload: Payload, now: datetime) -> None:
    """An instrument is out of service, taken for a session, changed, or costs something else."""
    _look(payload["instrument"], "", now)


@subscribe("bookings.recheck_more", to="bookings.recheck", channel=WORKER)
def of_rest(payload: Payload, now: datetime) -> None:
    """The bookings of an instrument after those that were looked at."""
    _look(payload["instrument"], payload["after"], now)


@subscribe("bookings.recheck_terms", to="bookings.terms_changed", channel=WORKER)
def of_terms(payload: Payload, now: datetime) -> None:
    """Terms or opening hours changed, of an instrument or of all of a facility."""
    if payload["instrument"]:
        _look(payload["instrument"], "", now)
        return
    booked = coming(now).filter(instrument__facility__ulid=payload["facility"])
    instruments = Instrument.objects.filter(pk__in=booked.values("instrument"))
    for ulid in instruments.order_by("pk").values_list("ulid", flat=True):
        publish("bookings.recheck", now=now, instrument=ulid, after="")


@subscribe("bookings.recheck_fund", to="funding.fund_changed", channel=WORKER)
def of_fund(payload: Payload, now: datetime) -> None:
    """A fund was frozen or freed. That money came, went or is held is no news for what is booked."""
    fund = FundAccount.objects.get(ulid=payload["fund"])
    booked = coming(now).filter(fund=fund)
    if fund.frozen_at is None and is_in_force(fund, now):
        booked = booked.filter(at_risk_at__isnull=False)
    look_again(booked, now=now)


def _look(instrument: str, after: str, now: datetime) -> None:
    found = coming(now).filter(instrument__ulid=instrument)
    if after:
        found = found.filter(pk__gt=Booking.objects.values_list("pk", flat=True).get(ulid=after))
    last = look_again(found, now=now)
    if last is not None:
        publish("bookings.recheck", now=now, instrument=instrument, after=last.ulid)

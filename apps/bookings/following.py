"""Facts after which bookings may not be good any more, or again. Each handler only looks again: late and
twice is no harm. What touches an instrument with many bookings goes on in batches, by a fact of its own.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef

from apps.bookings.models import Booking
from apps.bookings.rechecking import ask_again, coming, look_again
from apps.core.outbox import WORKER, Payload, publish, subscribe
from apps.core.periods import is_in_force
from apps.funding.models import FundAccount
from apps.training.models import NightRequest
from rules.points.booking_admission import KEY

OF_PEOPLE = (
    *("training.certificate_issued", "training.certificate_withdrawn", "training.certificate_suspended"),
    *("training.certificate_reinstated", "training.certificate_lapsed", "training.clearance_changed"),
    *("training.endorsement_changed", "people.user_suspended", "people.user_reinstated"),
    *("people.user_changed", "people.membership_changed"),
    *("bookings.points_given", "bookings.appeal_decided"),
)
OF_BUDDIES = (
    *("training.clearance_changed", "people.user_ended", "people.user_suspended"),
    *("people.user_reinstated", "people.user_changed"),
)
OF_INSTRUMENTS = (
    *("instruments.changed", "training.session_changed"),
    *("fees.version_approved", "fees.version_ended"),
)


@subscribe("bookings.recheck_person", to=OF_PEOPLE, channel=WORKER)
def of_person(payload: Payload, now: datetime) -> None:
    """Somebody's certificate, clearance, registration or group changed. One has few bookings to come."""
    look_again(coming(now).filter(user__ulid=payload["user"]), now=now)


@subscribe("bookings.recheck_buddy", to=OF_BUDDIES, channel=WORKER)
def of_buddy(payload: Payload, now: datetime) -> None:
    """Whoever was named to be there at night may not be, or may again: the nights of those who named them."""
    named = NightRequest.objects.filter(buddy__ulid=payload["user"], endorsement__isnull=False)
    of_theirs = named.filter(user=OuterRef("user"), instrument=OuterRef("instrument"))
    look_again(coming(now).filter(Exists(of_theirs)), now=now)


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
    """Terms, opening hours or the hours of groups changed, of an instrument or of all of a facility."""
    if payload["instrument"]:
        _look(payload["instrument"], "", now)
        return
    ask_again(coming(now).filter(instrument__facility__ulid=payload["facility"]), now=now)


@subscribe("bookings.recheck_fund", to="funding.fund_changed", channel=WORKER)
def of_fund(payload: Payload, now: datetime) -> None:
    """A fund was frozen or freed. That money came, went or is held is no news for what is booked."""
    fund = FundAccount.objects.get(ulid=payload["fund"])
    booked = coming(now).filter(fund=fund)
    if fund.frozen_at is None and is_in_force(fund, now):
        booked = booked.filter(at_risk_at__isnull=False)
    look_again(booked, now=now)


@subscribe("bookings.recheck_rules", to="decisions.ruleset_in_force", channel=WORKER)
def of_rules(payload: Payload, now: datetime) -> None:
    """The school has another table of admission."""
    if payload["point"] == KEY:
        ask_again(coming(now), now=now)


def _look(instrument: str, after: str, now: datetime) -> None:
    found = coming(now).filter(instrument__ulid=instrument)
    if after:
        found = found.filter(pk__gt=Booking.objects.values_list("pk", flat=True).get(ulid=after))
    last = look_again(found, now=now)
    if last is not None:
        publish("bookings.recheck", now=now, instrument=instrument, after=last.ulid)

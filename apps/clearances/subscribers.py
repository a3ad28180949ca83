"""Facts that can change an answer, heard on the gateway's channel: the sessions they touch are asked about
again within its next turn.

Each handler looks up what the fact names and calls one operation. What only time changes is found by
`revoking.sweep`.
"""

from datetime import datetime

from apps.clearances.revoking import reevaluate, sweep
from apps.core.outbox import GATEWAY, Payload, publish, subscribe
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.samples.models import Sample

OF_A_PERSON = (
    "people.user_changed",
    "people.user_suspended",
    "people.card_blocked",
    "people.membership_changed",
    "training.clearance_changed",
)
OF_AN_INSTRUMENT = (
    "instruments.locked",
    "instruments.changed",
    "training.session_changed",
    "fees.version_ended",
    "fees.version_approved",
)
OF_BOTH = (
    "instruments.crew_changed",
    "training.certificate_withdrawn",
    "training.certificate_lapsed",
    "training.certificate_suspended",
    "training.endorsement_changed",
)
# After these, a controller's stand-by grants may be others than before.
AHEAD = (
    "bookings.confirmed",
    "bookings.cancelled",
    "instruments.changed",
    "instruments.crew_changed",
    "instruments.unlocked",
    "training.certificate_issued",
    "training.certificate_reinstated",
)


@subscribe("clearances.person", to=OF_A_PERSON, channel=GATEWAY)
def about_a_person(payload: Payload, now: datetime) -> None:
    """A person's registration, card, groups or safety clearance changed."""
    reevaluate(now=now, user_id=_user(payload))


@subscribe("clearances.instrument", to=OF_AN_INSTRUMENT, channel=GATEWAY)
def about_an_instrument(payload: Payload, now: datetime) -> None:
    """An instrument was locked, or something else about it changed."""
    reevaluate(now=now, instrument_id=_instrument(payload))


@subscribe("clearances.qualification", to=OF_BOTH, channel=GATEWAY)
def about_a_qualification(payload: Payload, now: datetime) -> None:
    """What a person may do on one instrument changed."""
    reevaluate(now=now, user_id=_user(payload), instrument_id=_instrument(payload))


@subscribe("clearances.fund", to="funding.fund_changed", channel=GATEWAY)
def about_a_fund(payload: Payload, now: datetime) -> None:
    """A fund was frozen, or its money changed."""
    reevaluate(now=now, fund_id=FundAccount.objects.values_list("pk", flat=True).get(ulid=payload["fund"]))


@subscribe("clearances.booking", to=("bookings.confirmed", "bookings.cancelled"), channel=GATEWAY)
def about_a_booking(payload: Payload, now: datetime) -> None:
    """Somebody has a slot, or has it no longer."""
    reevaluate(now=now, instrument_id=_instrument(payload))


@subscribe("clearances.ruleset", to="decisions.ruleset_in_force", channel=GATEWAY)
def about_the_rules(payload: Payload, now: datetime) -> None:
    """Another table may be in force: everything that runs is asked about again."""
    sweep(now=now)


@subscribe("clearances.ahead", to=AHEAD, channel=GATEWAY)
def about_what_comes(payload: Payload, now: datetime) -> None:
    """Tell whoever keeps controllers ready that this instrument's stand-by grants want another look."""
    publish("clearances.standby_changed", now=now, instrument=payload["instrument"])


@subscribe("clearances.samples", to=("samples.sample_received", "samples.sample_changed"), channel=GATEWAY)
def about_samples(payload: Payload, now: datetime) -> None:
    """A sample came or went: a run that was booked ahead may have become possible, or not be any more."""
    found = Sample.objects.filter(ulid=payload["sample"], instrument__isnull=False)
    for instrument in found.values_list("instrument__ulid", flat=True):
        publish("clearances.standby_changed", now=now, instrument=instrument)


def _user(payload: Payload) -> int:
    return User.objects.values_list("pk", flat=True).get(ulid=payload["user"])


def _instrument(payload: Payload) -> int:
    return Instrument.objects.values_list("pk", flat=True).get(ulid=payload["instrument"])

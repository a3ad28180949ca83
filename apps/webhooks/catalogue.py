"""What programs may hear of: public names, never renamed, and the facts of the house that lie behind them.

What is told is what the person may read through the interface anyway, as it is when the fact is handled: a
receiver that needs the present asks the interface.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.bookings.models import Booking, Waiting
from apps.core.errors import Text
from apps.core.outbox import Payload
from apps.hosting.models import Agreement, Breach, RepairCost, Statement
from apps.samples.models import Sample, SampleRequest
from apps.usage.models import UsageRecord


@dataclass(frozen=True)
class Matter:
    """Whom a happening concerns, on which instrument (primary keys), and what is told of it."""

    users: tuple[int, ...]
    instrument: int | None
    data: dict[str, Any]


NOBODY = Matter((), None, {})


@dataclass(frozen=True)
class Happening:
    """One thing that programs may hear of."""

    key: str
    fact: str
    label: Text
    matter: Callable[[Payload], Matter]


def _booking(payload: Payload) -> Matter:
    found = Booking.objects.select_related("instrument", "user", "fund").get(ulid=payload["booking"])
    data = {
        "booking": found.ulid,
        "asset_no": found.instrument.asset_no,
        "user": found.user.ulid,
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "state": found.state,
        "purpose": found.purpose,
        "estimated_fen": found.estimated_fen,
    }
    return Matter((found.user_id,), found.instrument_id, data)


def _moved(payload: Payload) -> Matter:
    matter = _booking(payload)
    return replace(matter, data={**matter.data, "replaced": payload["replaced"]})


def _risk(payload: Payload) -> Matter:
    """With every reason that stands now: what is said of it may be mended before it is told."""
    matter = _booking(payload)
    booking = Booking.objects.get(ulid=payload["booking"])
    told = [{"code": one["code"], "mender": one["mender"]} for one in booking.at_risk]
    return replace(matter, data={**matter.data, "new": payload["codes"], "reasons": told})


def _waiting(payload: Payload) -> Matter:
    found = Waiting.objects.select_related("instrument", "user", "booking").get(ulid=payload["waiting"])
    offered = found.booking
    data = {
        "waiting": found.ulid,
        "asset_no": found.instrument.asset_no,
        "user": found.user.ulid,
        "state": found.state,
        "booking": offered.ulid if offered else None,
        "start": offered.start.isoformat() if offered else None,
        "end": offered.end.isoformat() if offered else None,
    }
    return Matter((found.user_id,), found.instrument_id, data)


def _request(payload: Payload) -> Matter:
    """A draft is its writer's alone; one that was discarded meanwhile concerns nobody."""
    requests = SampleRequest.objects.select_related("instrument", "requester")
    found = requests.filter(ulid=payload["request"]).first()
    if found is None:
        return NOBODY
    data = {
        "request": found.ulid,
        "asset_no": found.instrument.asset_no if found.instrument else None,
        "user": found.requester.ulid,
        "state": found.state,
        "promised_on": found.promised_on.isoformat() if found.promised_on else None,
    }
    drafted = found.state == SampleRequest.State.DRAFT
    return Matter((found.requester_id,), None if drafted else found.instrument_id, data)


def _sample(payload: Payload) -> Matter:
    matter, found = _request(payload), Sample.objects.filter(ulid=payload["sample"]).first()
    if matter is NOBODY or found is None:
        return NOBODY
    told = {"sample": found.ulid, "code": found.code, "sample_state": found.state, "custody": found.custody}
    return replace(matter, data={**matter.data, **told})


def _use(payload: Payload) -> Matter:
    found = UsageRecord.objects.select_related("instrument", "user").get(ulid=payload["record"])
    data = {
        "use": found.ulid,
        "asset_no": found.instrument.asset_no,
        "user": found.user.ulid if found.user else None,
        "started_at": found.started_at.isoformat(),
        "ended_at": found.ended_at.isoformat(),
        "powered_ms": found.powered_ms,
        "effective_ms": found.effective_ms,
    }
    return Matter((found.user_id,) if found.user_id else (), found.instrument_id, data)


def _hosting(payload: Payload) -> Matter:
    """An agreement concerns its owner; who acts for the host hears of it as whoever runs the instrument."""
    found = Agreement.objects.select_related("group", "facility").get(ulid=payload["agreement"])
    data = {
        "agreement": found.ulid,
        "asset_no": found.asset_no,
        "owner": found.group.ulid,
        "host": found.facility.code,
        "state": found.state,
    }
    return Matter((found.group.pi_id,), found.instrument_id, data)


def _stated(payload: Payload) -> Matter:
    found = Statement.objects.get(ulid=payload["statement"])
    told = {"statement": found.ulid, "month": found.month, "owner_fen": found.owner_fen}
    matter = _hosting(payload)
    return replace(matter, instrument=None, data={**matter.data, **told})


def _breach(payload: Payload) -> Matter:
    """What is said not to be kept is for the two sides to read there; here stands whose it is and until when
    it is to be mended.
    """
    found, matter = Breach.objects.get(ulid=payload["breach"]), _hosting(payload)
    told = {
        "breach": found.ulid,
        "side": found.side,
        "breach_state": found.state,
        "cure_until": found.cure_until.isoformat(),
    }
    return replace(matter, instrument=None, data={**matter.data, **told})


def _borne(payload: Payload) -> Matter:
    found = RepairCost.objects.select_related("work_order").get(ulid=payload["cost"])
    told = {
        "work_order": found.work_order.ulid,
        "cost_fen": found.cost_fen,
        "owner_fen": found.owner_fen,
        "host_fen": found.host_fen,
    }
    matter = _hosting(payload)
    return replace(matter, data={**matter.data, **told})


_DECLARED = (
    Happening("booking.confirmed", "bookings.confirmed", _("A booking is confirmed"), _booking),
    Happening("booking.requested", "bookings.requested", _("Somebody is asked about a booking"), _booking),
    Happening("booking.refused", "bookings.refused", _("A requested booking is refused"), _booking),
    Happening("booking.at_risk", "bookings.at_risk", _("Something speaks against a booking now"), _risk),
    Happening("booking.mended", "bookings.mended", _("A booking at risk is in order again"), _booking),
    Happening("booking.changed", "bookings.changed", _("A booking is moved or handed over"), _moved),
    Happening("booking.cancelled", "bookings.cancelled", _("A booking is cancelled"), _booking),
    Happening("booking.no_show", "bookings.no_show", _("Nobody came to a booking"), _booking),
    Happening(
        "booking.no_show_lifted",
        "bookings.no_show_lifted",
        _("Somebody had come to a booking after all"),
        _booking,
    ),
    Happening("usage.corrected", "usage.corrected", _("The end of a use is corrected"), _use),
    Happening(
        "waiting.changed", "bookings.waiting_changed", _("Time is offered to who waits, or taken"), _waiting
    ),
    Happening("sample.request_changed", "samples.request_changed", _("A sample request goes on"), _request),
    Happening("sample.changed", "samples.sample_changed", _("A sample goes on"), _sample),
    Happening("sample.custody", "samples.custody_changed", _("A sample changes hands"), _sample),
    Happening("sample.delayed", "samples.delayed", _("Samples are promised for another day"), _request),
    Happening(
        "sample.results_released", "samples.results_released", _("Results of samples are released"), _request
    ),
    Happening("hosting.changed", "hosting.agreement_changed", _("An agreement goes on"), _hosting),
    Happening("hosting.breach", "hosting.breach_changed", _("A side does not keep an agreement"), _breach),
    Happening("hosting.repair", "hosting.cost_borne", _("The cost of a repair is divided"), _borne),
    Happening("hosting.stated", "hosting.statement_made", _("A monthly statement is made"), _stated),
    Happening("sample.objected", "samples.objected", _("Somebody objects to results"), _request),
)
CATALOGUE: Mapping[str, Happening] = MappingProxyType({one.key: one for one in _DECLARED})
TEST = "webhook.test"  # what the button 'send a test' sends

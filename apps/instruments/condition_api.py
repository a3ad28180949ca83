"""Out of service and faults, for programs: the same operations and refusals as on the page of the crew."""

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Status
from pydantic import Field

from apps.core import clock
from apps.core.api import Asked, Moment, Told
from apps.instruments.api import router
from apps.instruments.models import Incident, Instrument, Outage
from apps.instruments.queries import open_incidents
from apps.instruments.states import close_incident, end_outage, report_incident, require_crew, start_outage
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once


class OutageWish(Asked):
    """Out of service in [starts_at, ends_at); without an end until somebody ends it."""

    starts_at: Moment
    ends_at: Moment | None = None
    reason_zh: str = Field(max_length=200)
    reason_en: str = Field("", max_length=200)


class PlannedOutageTold(Told):
    """An outage; given up before it began, it is told once more as it was planned."""

    ulid: str
    starts_at: datetime
    ends_at: datetime | None
    reason_zh: str
    reason_en: str


class FaultWish(Asked):
    """What is wrong."""

    description: str = Field(max_length=500)


class FaultTold(Told):
    """A fault that somebody reported; `closed_at` is null while it stands in the way."""

    ulid: str
    effect: str
    description: str
    reported_at: datetime
    closed_at: datetime | None


class FaultsTold(Told):
    """Those that are open, the oldest first."""

    items: list[FaultTold]


class FaultClosing(Asked):
    """What was found and done."""

    reason: str = Field("", max_length=200)


@router.post(
    "/{asset_no}/outages",
    response={201: PlannedOutageTold},
    **scoped("instruments:write", _("Put an instrument out of service for a time")),
)
def plan_outage(
    request: HttpRequest, asset_no: str, wish: OutageWish, idempotency_key: IdempotencyKey = None
) -> "Status[object]":
    """For the crew. Whoever has booked within it is told. 403 `instruments.not_crew`; 404 `core.not_found`;
    422 `core.reason_required`, `core.period`, `instruments.outage_past`, `core.idempotency_key`.
    """

    def act() -> PlannedOutageTold:
        user, now = viewer(request), clock.now()
        instrument = get_object_or_404(Instrument, asset_no=asset_no)
        made = start_outage(instrument=instrument, by=user, now=now, **wish.model_dump())
        return PlannedOutageTold.model_validate(made)

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/{asset_no}/outages/{ulid}/end",
    response=PlannedOutageTold,
    **scoped("instruments:write", _("End an outage, or give a planned one up")),
)
def finish_outage(
    request: HttpRequest, asset_no: str, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[object]":
    """For the crew. 403 `instruments.not_crew`; 404 `core.not_found`; 409 `instruments.outage_over`; 422
    `core.idempotency_key`.
    """

    def act() -> PlannedOutageTold:
        user, now = viewer(request), clock.now()
        found = Outage.objects.select_related("instrument")
        outage = get_object_or_404(found, ulid=ulid, instrument__asset_no=asset_no)
        return PlannedOutageTold.model_validate(end_outage(outage=outage, by=user, now=now))

    return once(request, idempotency_key, act)


@router.get(
    "/{asset_no}/faults",
    response=FaultsTold,
    **scoped("instruments:read", _("The open faults of an instrument whose crew you are")),
)
def faults(request: HttpRequest, asset_no: str) -> FaultsTold:
    """403 `instruments.not_crew`; 404 `core.not_found`."""
    instrument = get_object_or_404(Instrument, asset_no=asset_no)
    require_crew(instrument, viewer(request), clock.now())
    return FaultsTold(items=[FaultTold.model_validate(one) for one in open_incidents(instrument)])


@router.post(
    "/{asset_no}/faults",
    response={201: FaultTold},
    **scoped("instruments:write", _("Report a fault of an instrument")),
)
def report_fault(
    request: HttpRequest, asset_no: str, wish: FaultWish, idempotency_key: IdempotencyKey = None
) -> "Status[object]":
    """Anybody may; new uses are refused until the crew has looked. 403 `people.not_active`; 404
    `core.not_found`; 422 `core.reason_required`, `core.idempotency_key`.
    """

    def act() -> FaultTold:
        user, now = viewer(request), clock.now()
        made = report_incident(
            instrument=get_object_or_404(Instrument, asset_no=asset_no),
            effect=Incident.Effect.REFUSE_NEW,
            description=wish.description,
            by=user,
            now=now,
        )
        return FaultTold.model_validate(made)

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/{asset_no}/faults/{ulid}/close",
    response=FaultTold,
    **scoped("instruments:write", _("Close a fault: the instrument may be used again")),
)
def close_fault(
    request: HttpRequest,
    asset_no: str,
    ulid: str,
    how: FaultClosing,
    idempotency_key: IdempotencyKey = None,
) -> "Status[object]":
    """For the crew. 403 `instruments.not_crew`; 404 `core.not_found`; 409 `instruments.incident_closed`; 422
    `core.idempotency_key`.
    """

    def act() -> FaultTold:
        user, now = viewer(request), clock.now()
        found = Incident.objects.select_related("instrument")
        incident = get_object_or_404(found, ulid=ulid, instrument__asset_no=asset_no)
        closed = close_incident(incident=incident, by=user, now=now, reason=how.reason)
        return FaultTold.model_validate(closed)

    return once(request, idempotency_key, act)

"""Instruments for programs: the same search and the same instrument as on the pages."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from apps.core import clock, keyset
from apps.core.api import PageAsked, PageOf, Told
from apps.instruments.models import Instrument
from apps.instruments.queries import (
    crew_of,
    open_incidents,
    open_lock,
    outages_between,
    search,
    with_scopes,
    with_state,
)
from apps.people.views import viewer
from apps.tokens.auth import scoped

router = Router(tags=["instruments"])
AHEAD = timedelta(days=7)


class InstrumentsAsked(PageAsked):
    """The filters of the list; empty ones do not count. `department` and `facility` are ULIDs."""

    q: str = Field("", max_length=80)
    facility: str = Field("", max_length=26)
    department: str = Field("", max_length=26)
    class6: str = Field("", max_length=6)
    mode: Literal["", "S", "A", "T"] = ""
    level: int | None = Field(None, ge=0, le=5)
    certificate: str = Field("", max_length=10)


class NamedTold(Told):
    """A facility or a unit."""

    ulid: str
    name_zh: str
    name_en: str


class InstrumentTold(Told):
    """An instrument as the list shows it. `service_modes`: S self-operated, A assisted, T sample test."""

    ulid: str
    asset_no: str
    name_zh: str
    name_en: str
    class6: str
    class_name: str
    model: str
    maker: str
    facility: NamedTold
    unit: NamedTold
    service_modes: list[str]
    required_level: str
    opening_level: int
    is_locked: bool
    is_out: bool


class LockTold(Told):
    """Why it is locked, and since when."""

    locked_at: datetime
    reason: str


class OutageTold(Told):
    """Out of service in [starts_at, ends_at); open-ended where `ends_at` is empty."""

    starts_at: datetime
    ends_at: datetime | None
    reason_zh: str
    reason_en: str


class IncidentTold(Told):
    """An event that is not closed yet."""

    effect: str
    reported_at: datetime


class CrewTold(Told):
    """One of the crew."""

    role: str
    name_zh: str
    name_en: str


class InstrumentInFull(InstrumentTold):
    """An instrument with what stands in its way and who looks after it. Outages are those of the coming
    week.
    """

    commissioned: date
    price_fen: int
    night_self_use: bool
    walk_in_allowed: bool
    max_session_minutes: int
    lock: LockTold | None
    outages: list[OutageTold]
    incidents: list[IncidentTold]
    crew: list[CrewTold]


@router.get(
    "",
    response=PageOf[InstrumentTold],
    **scoped("instruments:read", _("Instruments in service, by asset number")),
)
def instruments(request: HttpRequest, asked: Query[InstrumentsAsked]) -> PageOf[InstrumentTold]:
    """Instruments in service that fit every filter, by asset number. 422 `core.cursor`."""
    now = clock.now()
    found = search(
        at=now,
        text=asked.q,
        facility=asked.facility,
        department=asked.department,
        class6=asked.class6,
        service_mode=asked.mode,
        opening_level=asked.level,
        certificate=asked.certificate,
    )
    part = keyset.slice_of(with_state(found, now), order=("asset_no",), size=asked.limit, cursor=asked.cursor)
    return PageOf[InstrumentTold](
        items=[InstrumentTold(**_members(one)) for one in part.rows], next=part.next
    )


@router.get(
    "/{asset_no}",
    response=InstrumentInFull,
    **scoped("instruments:read", _("One instrument, with what stands in its way and its crew")),
)
def instrument(request: HttpRequest, asset_no: str) -> InstrumentInFull:
    """One instrument by its asset number. 404 `core.not_found`."""
    viewer(request)
    now = clock.now()
    one = get_object_or_404(with_state(with_scopes(Instrument.objects.all()), now), asset_no=asset_no)
    return InstrumentInFull(
        **_members(one),
        commissioned=one.commissioned,
        price_fen=one.price_fen,
        night_self_use=one.night_self_use,
        walk_in_allowed=one.walk_in_allowed,
        max_session_minutes=one.max_session_minutes,
        lock=_lock(one),
        outages=[OutageTold.model_validate(outage) for outage in outages_between(one.pk, now, now + AHEAD)],
        incidents=[IncidentTold.model_validate(incident) for incident in open_incidents(one)],
        crew=[
            CrewTold(role=member.role, name_zh=member.user.name_zh, name_en=member.user.name_en)
            for member in crew_of(one, now)
        ],
    )


def _lock(instrument: Instrument) -> LockTold | None:
    lock = open_lock(instrument)
    return None if lock is None else LockTold.model_validate(lock)


def _members(one: Any) -> dict[str, Any]:
    """What list and detail share. `one` comes with its state, its facility and its unit."""
    plain = ("ulid", "asset_no", "name_zh", "name_en", "class6", "class_name", "model", "maker")
    state = ("required_level", "opening_level", "is_locked", "is_out")
    return {
        **{name: getattr(one, name) for name in (*plain, *state)},
        "facility": NamedTold.model_validate(one.facility),
        "unit": NamedTold.model_validate(one.unit),
        "service_modes": one.service_modes.split(),
    }

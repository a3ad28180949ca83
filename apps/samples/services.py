"""What an instrument, or a class of them, offers to test for others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_office
from apps.samples.access import covers, require_manager_of
from apps.samples.fields import fields_of
from apps.samples.models import Hazard, ServiceTemplate, Tolerance

_NUMBERS = {
    "max_samples": (1, 500),
    "minutes_per_sample": (1, 60 * 24 * 7),
    "day_minutes": (1, 60 * 24),
    "margin_days": (0, 60),
    "keep_days": (0, 3650),
}


@dataclass(frozen=True, kw_only=True)
class ServiceDraft:
    """What a service says; the members are those of `ServiceTemplate`."""

    name_zh: str
    name_en: str
    fields: Sequence[Mapping[str, Any]] = ()
    max_samples: int = 50
    max_size_mm: int | None = None
    magnetic: str = Tolerance.ASK
    volatile: str = Tolerance.ASK
    hazards_accepted: Sequence[str] = field(default_factory=tuple)
    hazards_refused: Sequence[str] = field(default_factory=tuple)
    fee_item: str = ""
    minutes_per_sample: int = 60
    day_minutes: int = 240
    margin_days: int = 1
    needs_check: bool = False
    payment_first: bool = False
    rush_allowed: bool = False
    keep_days: int = 30


@transaction.atomic
def add_service(
    *,
    draft: ServiceDraft,
    by: User | None,
    now: datetime,
    instrument: Instrument | None = None,
    class6: str = "",
    replaces: ServiceTemplate | None = None,
) -> ServiceTemplate:
    """A service is offered from now on, by one instrument (its manager says so) or by all of a class (the
    office). With `replaces` it ends that one at the same moment; requests keep the one they were made under.

    Raises NotPermitted `samples.manager_only`, `people.office_only`; Invalid `samples.of_what`,
    `samples.name`, `samples.fields`, `samples.number`, `samples.hazard`, `samples.tolerance`; WrongState
    `samples.service_over`.
    """
    if (instrument is None) == (not class6):
        raise Invalid(_("A service belongs to an instrument or to a class."), code="samples.of_what")
    if instrument is not None:
        require_manager_of(instrument, by, now)
    else:
        require_office(by, now)
    _require_sound(draft)
    if replaces is not None:
        end_service(service=replaces, by=by, now=now)
    columns = {name: getattr(draft, name) for name in ServiceDraft.__dataclass_fields__}
    lists = {name: list(columns[name]) for name in ("fields", "hazards_accepted", "hazards_refused")}
    service = ServiceTemplate.objects.create(
        **{**columns, **lists}, instrument=instrument, class6=class6, valid_from=now
    )
    audit.record(
        action="samples.add_service",
        object_ref=f"service:{service.ulid}",
        now=now,
        actor=by,
        of=instrument.ulid if instrument else class6,
    )
    return service


@transaction.atomic
def end_service(*, service: ServiceTemplate, by: User | None, now: datetime) -> ServiceTemplate:
    """Nothing new is handed in for it. Raises NotPermitted `samples.manager_only`, `people.office_only`;
    WrongState `samples.service_over`.
    """
    if service.instrument is not None:
        require_manager_of(service.instrument, by, now)
    else:
        require_office(by, now)
    running = ServiceTemplate.objects.filter(in_force(now), pk=service.pk, valid_until__isnull=True)
    if not running.update(revoked_at=now):
        raise WrongState(_("This service is not offered any more."), code="samples.service_over")
    service.refresh_from_db()
    audit.record(action="samples.end_service", object_ref=f"service:{service.ulid}", now=now, actor=by)
    return service


def services_at(now: datetime) -> QuerySet[ServiceTemplate]:
    """The services that are offered, with their instrument, by name."""
    return (
        ServiceTemplate.objects.filter(in_force(now)).select_related("instrument").order_by("name_zh", "id")
    )


def find_services(text: str, now: datetime) -> QuerySet[ServiceTemplate]:
    """The services that are offered whose name, instrument, asset number or class holds the text."""
    found = services_at(now)
    if not text:
        return found
    asked = Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(class6=text)
    for name in ("name_zh", "name_en", "asset_no"):
        asked |= Q(**{f"instrument__{name}__icontains": text})
    return found.filter(asked)


def services_of(instrument: Instrument, now: datetime) -> QuerySet[ServiceTemplate]:
    """The services of an instrument: its own, and its class's where it takes samples. One query."""
    own = Q(instrument=instrument)
    if "T" in instrument.service_modes:
        own |= Q(instrument__isnull=True, class6=instrument.class6)
    return services_at(now).filter(own)


def class_services(now: datetime) -> QuerySet[ServiceTemplate]:
    """The services of whole classes, by class and name. One query."""
    return services_at(now).filter(instrument__isnull=True).order_by("class6", "name_zh", "id")


def classes_with_samples(now: datetime) -> list[tuple[str, str]]:
    """The classes with an instrument that takes samples: number and name. One query."""
    used = Q(retired_at__isnull=True) | Q(retired_at__gt=now)
    rows = Instrument.objects.filter(used, service_modes__contains="T").order_by("class6", "class_name")
    named = dict(reversed(list(rows.values_list("class6", "class_name").distinct())))
    return sorted((class6, f"{class6} {name}") for class6, name in named.items())


def instruments_for(service: ServiceTemplate, now: datetime) -> QuerySet[Instrument]:
    """The instruments in use that offer a service, by asset number. One query."""
    found = Instrument.objects.filter(Q(retired_at__isnull=True) | Q(retired_at__gt=now), valid_from__lte=now)
    if service.instrument_id is not None:
        return found.filter(pk=service.instrument_id)
    return found.filter(class6=service.class6, service_modes__contains="T").order_by("asset_no")


def instruments_for_each(services: Sequence[ServiceTemplate], now: datetime) -> dict[int, list[Instrument]]:
    """The instruments of several services by the services' primary keys. One query."""
    own = {one.instrument_id for one in services if one.instrument_id is not None}
    classes = {one.class6 for one in services if one.instrument_id is None}
    wanted = Q(pk__in=own) | Q(class6__in=classes, service_modes__contains="T")
    used = Q(retired_at__isnull=True) | Q(retired_at__gt=now)
    rows = Instrument.objects.filter(wanted, used, valid_from__lte=now).select_related("facility")
    found = list(rows.order_by("asset_no"))
    return {service.pk: [one for one in found if covers(service, one)] for service in services}


def _require_sound(draft: ServiceDraft) -> None:
    for name in ("name_zh", "name_en"):
        if not getattr(draft, name).strip():
            raise Invalid(_("A name is needed in both languages."), code="samples.name", field=name)
    fields_of(draft.fields)
    _require_numbers(draft)
    for name in ("hazards_accepted", "hazards_refused"):
        if not set(getattr(draft, name)) <= set(Hazard.values):
            raise Invalid(_("Unknown hazard."), code="samples.hazard", field=name)
    for name in ("magnetic", "volatile"):
        if getattr(draft, name) not in Tolerance.values:
            raise Invalid(_("Unknown answer."), code="samples.tolerance", field=name)


def _require_numbers(draft: ServiceDraft) -> None:
    for name, (least, most) in _NUMBERS.items():
        if not least <= getattr(draft, name) <= most:
            raise Invalid(
                _("This must be between %(least)s and %(most)s.") % {"least": least, "most": most},
                code="samples.number",
                field=name,
            )

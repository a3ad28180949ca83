"""Questions about instruments: which there are, who is responsible, what stands in the way.
Changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.instruments.models import (
    DEDICATED,
    CrewMember,
    Facility,
    Incident,
    Instrument,
    InstrumentLock,
    Outage,
    WorkOrder,
)
from apps.people.models import OrgUnit, ResearchGroup, User
from apps.people.queries import SCHOOL, active_users, authorized, unit_scopes

SORTABLE = ("asset_no", "name_zh", "name_en", "facility", "class6", "opening_level", "price_fen")
_RUNS = (CrewMember.Role.MANAGER, CrewMember.Role.OPERATOR)


def search(
    *,
    text: str = "",
    facility: str = "",
    class6: str = "",
    department: str = "",
    opening_level: int | None = None,
    service_mode: str = "",
    certificate: str = "",
    at: datetime,
    order: str = "asset_no",
) -> QuerySet[Instrument]:
    """Instruments in service at `at` that fit all criteria; empty ones do not count. Rows come with facility
    and unit.

    `text` is found in names (Chinese or English), asset number, model, maker and class; `facility` and
    `department` are ULIDs (a department contains its labs and sub-labs); `service_mode` is one of S, A, T.
    `order` is one of SORTABLE, with '-' in front for descending; anything else means by asset number.
    """
    found = Instrument.objects.filter(Q(retired_at__isnull=True) | Q(retired_at__gt=at))
    found = found.select_related("facility", "unit")
    for word in text.split():
        found = found.filter(
            Q(name_zh__icontains=word)
            | Q(name_en__icontains=word)
            | Q(asset_no__icontains=word)
            | Q(model__icontains=word)
            | Q(maker__icontains=word)
            | Q(class_name__icontains=word)
            | Q(facility__name_zh__icontains=word)
            | Q(facility__name_en__icontains=word)
        )
    exact = {
        "facility__ulid": facility,
        "class6": class6,
        "opening_level": opening_level,
        "required_level": certificate,
    }
    found = found.filter(**{key: value for key, value in exact.items() if value not in ("", None)})
    if department:
        found = found.filter(
            Q(unit__ulid=department)
            | Q(unit__parent__ulid=department)
            | Q(unit__parent__parent__ulid=department)
        )
    if service_mode:
        found = found.filter(service_modes__contains=service_mode)
    column = order.removeprefix("-")
    if column not in SORTABLE:
        return found.order_by("asset_no")
    path = "facility__name_zh" if column == "facility" else column
    return found.order_by(f"-{path}" if order.startswith("-") else path, "asset_no")


def with_state(found: QuerySet[Instrument], at: datetime) -> QuerySet[Any]:
    """The same rows, each with what stands in its way at a moment (`is_locked`, `is_out`), in the same
    query.
    """
    locks = InstrumentLock.objects.filter(instrument=OuterRef("pk"), released_at__isnull=True)
    outages = Outage.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), instrument=OuterRef("pk"), starts_at__lte=at
    )
    return found.annotate(is_locked=Exists(locks), is_out=Exists(outages))


def scopes_of(instrument: Instrument) -> tuple[str, ...]:
    """The scopes of rights that contain an instrument, narrowest first: itself, its facility, its units, the
    school.

    One query; none when the rows were fetched with `with_scopes`.
    """
    scopes = [f"instrument:{instrument.ulid}", f"facility:{instrument.facility.ulid}"]
    units = [instrument.unit, instrument.facility.lab]
    for unit in units:
        node = unit
        while node is not None:
            scope = f"unit:{node.ulid}"
            if scope in scopes:
                break
            scopes.append(scope)
            node = node.parent  # type: ignore[assignment]  # the root has none
    return (*scopes, SCHOOL)


def with_scopes(instruments: QuerySet[Instrument]) -> QuerySet[Instrument]:
    """The same rows with everything joined that `scopes_of` walks."""
    return instruments.select_related("facility__lab__parent__parent__parent", "unit__parent__parent__parent")


def crew_roles(user: User, instrument: Instrument, at: datetime) -> frozenset[str]:
    """The roles of an active user in the instrument's crew at a moment; empty for anyone else. One query."""
    found = CrewMember.objects.filter(
        in_force(at), instrument=instrument, user=user, user__in=active_users(at)
    )
    return frozenset(found.values_list("role", flat=True))


def holds_manage(user: User, instrument: Instrument, at: datetime) -> bool:
    """Whether the user holds the right to manage the instrument, its facility, a unit around it or the
    school.
    """
    whole = with_scopes(Instrument.objects.all()).get(pk=instrument.pk)
    return authorized(user, "manage", scopes_of(whole), at)


def manages(user: User, instrument: Instrument, at: datetime) -> bool:
    """Whether the user is responsible for the instrument: manager of its crew, or holder of the right to
    manage.
    """
    return CrewMember.Role.MANAGER in crew_roles(user, instrument, at) or holds_manage(user, instrument, at)


def manages_facility(user: User, facility: Facility, at: datetime) -> bool:
    """Whether the user holds the right to manage the facility, a unit around it or the school."""
    return authorized(user, "manage", (f"facility:{facility.ulid}", *unit_scopes(facility.lab)), at)


def may_manage(user: User, instrument: Instrument, at: datetime) -> bool:
    """Whether the user may act on the machine (lock, release, book for others): manager or operator, or right
    to manage.
    """
    return bool(crew_roles(user, instrument, at) & set(_RUNS)) or holds_manage(user, instrument, at)


def managed_by(user: User, at: datetime) -> QuerySet[Instrument]:
    """The instruments whose crew the user runs (manager or operator) at a moment, by asset number."""
    mine = CrewMember.objects.filter(in_force(at), user=user, role__in=_RUNS, instrument=OuterRef("pk"))
    return Instrument.objects.filter(Exists(mine)).select_related("facility").order_by("asset_no")


def owning_groups(instruments: Iterable[Instrument]) -> QuerySet[ResearchGroup]:
    """The research groups to which instruments belong: those of the lab in which a dedicated instrument
    stands. A pooled one belongs to no group, and neither does one of a whole department.
    """
    labs = {one.unit_id for one in instruments if one.management_mode == DEDICATED}
    return ResearchGroup.objects.filter(unit__in=labs, unit__kind__in=OrgUnit.LABS)


def crew_of(instrument: Instrument, at: datetime) -> QuerySet[CrewMember]:
    """The crew at a moment, with its people."""
    return instrument.crew.filter(in_force(at)).select_related("user").order_by("role", "user__username")


def open_lock(instrument: Instrument) -> InstrumentLock | None:
    """The lock that holds now, with the person who set it."""
    return instrument.locks.filter(released_at__isnull=True).select_related("locked_by").first()


def open_incidents(instrument: Instrument) -> QuerySet[Incident]:
    """Incidents not yet closed, the oldest first."""
    return instrument.incidents.filter(closed_at__isnull=True).order_by("reported_at")


def open_work_orders(instrument: Instrument) -> QuerySet[WorkOrder]:
    """Maintenance under way, the oldest first."""
    return (
        instrument.work_orders.filter(closed_at__isnull=True).select_related("engineer").order_by("opened_at")
    )


def outages_between(instrument_id: int, start: datetime, end: datetime) -> QuerySet[Outage]:
    """Outages that meet [start, end), the earliest first."""
    return Outage.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=start), instrument_id=instrument_id, starts_at__lt=end
    ).order_by("starts_at")


def facilities() -> QuerySet[Facility]:
    """All facilities, by name."""
    return Facility.objects.order_by("name_zh")

"""The seven lists of the school: each computed from dated numbers or kept by tags, and what a person tagged
counts over what was computed. Grouped by lab with counts and totals. Changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from apps.core import parameters
from apps.core.clock import school_time
from apps.core.errors import NotFound, Text
from apps.core.periods import in_force
from apps.instruments.models import Facility, Instrument
from apps.library.models import Asset, AssetTag
from apps.people.models import OrgUnit

_SHARED = (Facility.Level.SCHOOL, Facility.Level.DEPARTMENT)


@dataclass(frozen=True)
class AssetList:
    """A list: its stable key, what it is called, what is on it, and how that is computed (of a moment); None:
    only by tags.
    """

    key: str
    title: Text
    what: Text
    computed: Callable[[datetime], Q] | None


@dataclass(frozen=True)
class Group:
    """The assets of a list in one lab (or other unit): how many, and what they cost, in fen."""

    unit_code: str
    unit_name: str
    unit: OrgUnit | None
    number: int
    fen: int


@dataclass(frozen=True)
class Grouped:
    """A list by lab, and in all."""

    groups: list[Group]
    number: int
    fen: int


def present() -> QuerySet[Asset]:
    """The assets that the register has."""
    return Asset.objects.filter(gone_at__isnull=True)


def list_of(key: str) -> AssetList:
    """The list of a key. Raises NotFound `library.no_list`."""
    found = LISTS.get(key)
    if found is None:
        raise NotFound(_("There is no such list."), code="library.no_list")
    return found


def members(key: str, at: datetime) -> QuerySet[Asset]:
    """The assets on a list at a moment. Raises NotFound `library.no_list`."""
    one = list_of(key)
    tags = AssetTag.objects.filter(in_force(at), asset=OuterRef("pk"), kind=key)
    tagged = Q(Exists(tags.filter(included=True)))
    if one.computed is None:
        return present().filter(tagged)
    computed = one.computed(at)
    if not computed:
        return present()  # everything: nothing is added, and nothing may be taken off
    return present().filter(computed | tagged).exclude(Exists(tags.filter(included=False)))


def grouped(key: str, at: datetime) -> Grouped:
    """A list by unit of the register, largest sum first within the school's order of codes; units that the
    organisation tree does not know come with the register's own name. Two queries.
    """
    rows = list(
        members(key, at)
        .values("unit_code")
        .annotate(number=Count("pk"), fen=Sum("price_fen"), called=Max("unit_name"))
        .order_by("unit_code")
    )
    units = OrgUnit.objects.in_bulk([row["unit_code"] for row in rows], field_name="code")
    groups = [
        Group(
            row["unit_code"], row["called"] or "", units.get(row["unit_code"]), row["number"], int(row["fen"])
        )
        for row in rows
    ]
    return Grouped(groups, sum(one.number for one in groups), sum(one.fen for one in groups))


def totals(key: str, at: datetime) -> tuple[int, int]:
    """How many assets are on a list and what they cost, in fen. One query (and one for its numbers)."""
    found = members(key, at).aggregate(number=Count("pk"), fen=Sum("price_fen"))
    return found["number"], int(found["fen"] or 0)


def lists_of(asset: Asset, at: datetime) -> list[AssetList]:
    """The lists that an asset is on."""
    return [one for one in LISTS.values() if members(one.key, at).filter(pk=asset.pk).exists()]


def numbers_of(key: str, at: datetime) -> Mapping[str, Any] | None:
    """The dated numbers that a list is computed from at a moment; None where it is computed otherwise."""
    name = f"library.list_{key}"
    return parameters.value(name, at=at) if name in parameters.PARAMETERS else None


def _by_numbers(key: str) -> Callable[[datetime], Q]:
    def computed(at: datetime) -> Q:
        numbers: Mapping[str, Any] = parameters.value(key, at=at)
        found = Q(price_fen__gte=numbers["least_fen"], status__in=list(numbers["statuses"]))
        classes = Q()
        for beginning in numbers["classes"]:
            classes |= Q(class_code__startswith=beginning)
        if numbers["purposes"]:
            found &= Q(purpose__in=list(numbers["purposes"]))
        return found & classes

    return computed


def _in_facilities(at: datetime) -> Q:
    machines = Instrument.objects.filter(
        Q(retired_at__isnull=True) | Q(retired_at__gt=at),
        asset_no=OuterRef("asset_no"),
        facility__level__in=_SHARED,
    )
    return Q(Exists(machines))


def _supervised(at: datetime) -> Q:
    today = school_time(at).date()
    return Q(customs=True) & (Q(customs_until__isnull=True) | Q(customs_until__gte=today))


LISTS: Mapping[str, AssetList] = MappingProxyType(
    {
        one.key: one
        for one in (
            AssetList(
                "school",
                _("School library"),
                _("Everything that the asset register of the school has."),
                lambda at: Q(),
            ),
            AssetList(
                "lab",
                _("Laboratory instruments"),
                _("Instruments for teaching and research that are not scrapped or handed on."),
                _by_numbers("library.list_lab"),
            ),
            AssetList(
                "fund",
                _("Eligible for the test fund"),
                _("Instruments whose use the open test fund may pay for."),
                _by_numbers("library.list_fund"),
            ),
            AssetList(
                "benefit",
                _("Benefit-evaluated"),
                _("Instruments whose yearly benefit is evaluated."),
                _by_numbers("library.list_benefit"),
            ),
            AssetList(
                "facility",
                _("In core facilities"),
                _("Instruments that a facility of the school or of a department runs."),
                _in_facilities,
            ),
            AssetList(
                "exchanged",
                _("Inter-university network"),
                _("Instruments that are offered in the network of universities; a person puts them here."),
                None,
            ),
            AssetList(
                "customs",
                _("Customs-supervised"),
                _("Imported free of duty and still supervised by customs."),
                _supervised,
            ),
        )
    }
)

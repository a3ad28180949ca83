"""What a right can be about in this room: an instrument, a facility. Registered with `apps.people.scopes`,
which discovers this file; reads only.
"""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.instruments.models import Facility, Instrument
from apps.instruments.queries import scopes_of, with_scopes
from apps.people.queries import SCHOOL, unit_scopes
from apps.people.scopes import ScopeKind, register_scope, units_within


def instruments_within(scopes: Sequence[str]) -> QuerySet[Instrument]:
    """The instruments that lie in any of the scopes: themselves, their facility, a unit around them, the
    school.
    """
    if SCHOOL in scopes:
        return Instrument.objects.all()
    units = units_within(scopes)
    return Instrument.objects.filter(
        Q(ulid__in=_named("instrument", scopes))
        | Q(facility__ulid__in=_named("facility", scopes))
        | Q(unit__in=units)
        | Q(facility__lab__in=units)
    )


def facilities_within(scopes: Sequence[str]) -> QuerySet[Facility]:
    """The facilities that lie in any of the scopes."""
    if SCHOOL in scopes:
        return Facility.objects.all()
    return Facility.objects.filter(Q(ulid__in=_named("facility", scopes)) | Q(lab__in=units_within(scopes)))


def _named(prefix: str, scopes: Sequence[str]) -> list[str]:
    return [scope.partition(":")[2] for scope in scopes if scope.startswith(f"{prefix}:")]


def _around_instrument(instrument: Instrument) -> tuple[str, ...]:
    return scopes_of(with_scopes(Instrument.objects.all()).get(pk=instrument.pk))


def _around_facility(facility: Facility) -> tuple[str, ...]:
    return (f"facility:{facility.ulid}", *unit_scopes(facility.lab))


def _instrument_by_number(code: str) -> Instrument | None:
    return Instrument.objects.filter(asset_no__iexact=code.strip()).first()


def _facility_by_code(code: str) -> Facility | None:
    return Facility.objects.filter(code__iexact=code.strip()).first()


register_scope(
    ScopeKind(
        prefix="facility",
        model=Facility,
        title=_("Facility"),
        hint=_("the code of the facility"),
        around=_around_facility,
        within=facilities_within,
        find=_facility_by_code,
    )
)
register_scope(
    ScopeKind(
        prefix="instrument",
        model=Instrument,
        title=_("Instrument"),
        hint=_("the asset number"),
        around=_around_instrument,
        within=instruments_within,
        find=_instrument_by_number,
    )
)

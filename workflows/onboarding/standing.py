"""What the ladder of opening asks, gathered from the rooms that know: the record, the crew, prices, hours,
the controller. Reads only.
"""

from datetime import datetime

from django.db.models import Q

from apps.bookings.models import OpeningWindow
from apps.core import parameters
from apps.fees.proposals import not_open_at
from apps.fees.queries import version_in_force
from apps.instruments.ladder import Standing
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.opening import last_self_test
from apps.instruments.queries import crew_of
from apps.library.models import Asset
from apps.library.quality import quality_of
from workflows.models import Case


def standing_of(instrument: Instrument, at: datetime) -> Standing:
    """The facts of the ladder at a moment. Ten queries."""
    test = last_self_test(instrument)
    windows = Q(instrument=instrument) | Q(facility=instrument.facility_id)
    held = OpeningWindow.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at), windows)
    return Standing(
        score=quality_of(instrument, at).points,
        scores=tuple(parameters.value("library.quality_levels", at=at)),
        managed=any(one.role == CrewMember.Role.MANAGER for one in crew_of(instrument, at)),
        in_service=instrument.retired_at is None or instrument.retired_at > at,
        not_open=not_open_at(instrument.pk, at) is not None,
        service_modes=instrument.service_modes,
        priced=is_priced(instrument, at),
        hours=held.exists(),
        access_node=instrument.access_node,
        self_tested=test is not None and test.ok,
    )


def is_priced(instrument: Instrument, at: datetime) -> bool:
    """Whether prices are in force, or its use is free."""
    return not instrument.use_charged or version_in_force(instrument.pk, at) is not None


def needed_score(level: int, at: datetime) -> int:
    """The data quality that a level asks for."""
    return int(parameters.value("library.quality_levels", at=at)[level])


def asset_of(case: Case) -> Asset | None:
    """The asset that a case is about, while the register has it."""
    ulid = case.subject_ref.removeprefix("asset:")
    return Asset.objects.filter(ulid=ulid, gone_at__isnull=True).first()


def instrument_of(case: Case) -> Instrument | None:
    """The instrument that the asset of a case is, once it is one."""
    ulid = case.subject_ref.removeprefix("asset:")
    number = Asset.objects.filter(ulid=ulid).values("asset_no")
    return Instrument.objects.select_related("facility", "unit").filter(asset_no__in=number).first()


def level_of(case: Case) -> int:
    """The level that is wished."""
    return int(case.process.data["level"])

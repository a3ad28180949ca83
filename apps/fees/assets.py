"""What the asset record says of an instrument, as the checks see it. Pure but for the door to the rows."""

from dataclasses import dataclass
from datetime import date

from apps.instruments.models import Instrument


@dataclass(frozen=True, slots=True)
class Asset:
    """An instrument as its asset record has it on a day. `value_fen` is the original value; `quota_hours` the
    hours of a year that the school's rules set for its class; `customs` says whether it is under customs
    supervision on that day.
    """

    instrument: str
    asset_no: str
    name_zh: str
    name_en: str
    class6: str
    grade: str
    value_fen: int
    quota_hours: int
    service_modes: str
    customs: bool
    external_use_registered: bool


def asset_of(instrument: Instrument, day: date) -> Asset:
    """The asset of a row in hand. No query."""
    until = instrument.customs_until
    return Asset(
        instrument=instrument.ulid,
        asset_no=instrument.asset_no,
        name_zh=instrument.name_zh,
        name_en=instrument.name_en,
        class6=instrument.class6,
        grade=instrument.grade,
        value_fen=instrument.price_fen,
        quota_hours=instrument.quota_hours,
        service_modes=instrument.service_modes,
        customs=instrument.customs_supervised and (until is None or day <= until),
        external_use_registered=instrument.external_use_registered,
    )

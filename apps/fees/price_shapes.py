"""The shapes of a price, a use and a bill. Pure values: `pricing.py` makes one of the others."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from apps.fees.laying import weekend

SCHOOL = ZoneInfo("Asia/Shanghai")
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Periods:
    """Time by started periods: the first of `first_ms`, each further one of `further_ms`. Without a further
    price every started `first_ms` costs `first_fen`.
    """

    first_ms: int
    first_fen: int
    further_ms: int = 0
    further_fen: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the day, from `start` to `end` in minutes of the wall clock (over midnight where the end
    comes first). A use that touches it pays it whole; one that ran through the block which it `follows`
    into this one pays `following_rate` of its price.
    """

    code: str
    name_zh: str
    name_en: str
    start: int
    end: int
    price_fen: int
    follows: str = ""
    following_rate: Decimal = _ONE


@dataclass(frozen=True, slots=True)
class Extra:
    """Something that is counted: an extra component, a temperature point. `unit` says which."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    price_fen: int


@dataclass(frozen=True, slots=True)
class PriceModel:
    """The prices of one tier and service mode under one fee version.

    Prices in fen; `minimum_ms` and `step_seconds` say in which time is billed. `night_rate` is a factor on
    the hour price between `night_start_hour` and `night_end_hour` of the wall clock of `zone` (equal hours
    mean that there is no night), `weekend_rate` on days of which `is_day_off` says so, `weekend_night_rate`
    where both meet (None: the lower of the two). `rush_rate` and `repeat_rate` are on time, samples and
    extras; `tier_rate`, `department_rate` and `prepaid_rate` on everything but the rest to the minimum.
    """

    hour_fen: int = 0
    sample_fen: int = 0
    startup_fen: int = 0
    minimum_ms: int = 0
    minimum_fen: int = 0
    step_seconds: int = 1
    night_rate: Decimal = _ONE
    night_start_hour: int = 22
    night_end_hour: int = 7
    zone: tzinfo = SCHOOL
    core_hour_fen: int = 0
    periods: Periods | None = None
    blocks: tuple[Block, ...] = ()
    extras: tuple[Extra, ...] = ()
    cap_fen: int | None = None
    weekend_rate: Decimal = _ONE
    weekend_night_rate: Decimal | None = None
    rush_rate: Decimal = _ONE
    repeat_rate: Decimal = _ONE
    tier_rate: Decimal = _ONE
    department_rate: Decimal = _ONE
    prepaid_from_fen: int = 0
    prepaid_rate: Decimal = _ONE
    is_day_off: Callable[[date], bool] = weekend


@dataclass(frozen=True, slots=True)
class Use:
    """One use: when it was (aware), how long it was effective and powered (ms), how many samples it ran.

    `extras` counts extras by their code, `core_ms` is time of cores (never of the instrument). It may be a
    rush job, a repetition, somebody's of the instrument's own department, of a group that prepaid so much.
    """

    start: datetime
    end: datetime
    effective_ms: int
    powered_ms: int
    samples: int = 0
    extras: tuple[tuple[str, int], ...] = ()
    core_ms: int = 0
    rush: bool = False
    repeat: bool = False
    own_department: bool = False
    prepaid_fen: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `amount_fen` is exact quantity x price x rate, rounded half up; only what a cap
    takes off is below zero.

    `quantity` is for reading: hours are shown to the ten-millionth, the amount comes from the exact time.
    """

    code: str
    name_zh: str
    name_en: str
    quantity: Decimal
    unit: str
    price_fen: int
    rate: Decimal
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The lines and their sum, in fen."""

    lines: tuple[Line, ...]
    total_fen: int

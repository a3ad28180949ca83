"""The ladder of opening: 1 listed, 2 takes samples, 3 can be booked, 4 workstation login, 5 power interlock.
For each level a list of what has to be there, who mends what is not, and where. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

LEVELS = range(1, 6)
SAMPLES, BOOKING, AGENT, INTERLOCK = 2, 3, 4, 5
MANAGER, OFFICE = "manager", "office"  # who mends
RECORD, PRICES, HOURS, SERVICES, CONTROLLER, NOBODY = (
    "record",
    "prices",
    "hours",
    "services",
    "controller",
    "",
)  # where
_CODES = ("qr", "agent", "interlock")
_LOGINS = ("agent", "interlock")


@dataclass(frozen=True)
class Standing:
    """What is known of an instrument, as facts. `scores` is what each level, from 0 to 5, asks of data
    quality.
    """

    score: int
    scores: tuple[int, ...]
    managed: bool
    in_service: bool
    not_open: bool
    service_modes: str
    priced: bool
    hours: bool
    access_node: str
    self_tested: bool


@dataclass(frozen=True)
class Rung:
    """One thing that a level asks for: its words, whether it is there, who mends it, and where."""

    key: str
    label: Text
    met: bool
    mender: str
    where: str


_Check = tuple[int, str, Text, Callable[[Standing, int], bool], str, str]
_CHECKS: tuple[_Check, ...] = (
    (1, "in_service", _("It is in service"), lambda s, _level: s.in_service, OFFICE, NOBODY),
    (
        1,
        "not_closed",
        _("No approval says that it is not open"),
        lambda s, _level: not s.not_open,
        OFFICE,
        NOBODY,
    ),
    (1, "managed", _("Somebody manages it"), lambda s, _level: s.managed, OFFICE, NOBODY),
    (
        1,
        "record",
        _("Its record is complete enough"),
        lambda s, level: s.score >= s.scores[level],
        MANAGER,
        RECORD,
    ),
    (
        SAMPLES,
        "served",
        _("Somebody tests or assists on it, or its users work themselves"),
        lambda s, _level: bool(s.service_modes.split()),
        OFFICE,
        NOBODY,
    ),
    (
        SAMPLES,
        "priced",
        _("Its prices are in force, or its use is free"),
        lambda s, _level: s.priced,
        MANAGER,
        PRICES,
    ),
    (
        BOOKING,
        "self_use",
        _("Users work on it themselves, or with assistance"),
        lambda s, _level: bool({"S", "A"} & set(s.service_modes.split())),
        OFFICE,
        NOBODY,
    ),
    (BOOKING, "hours", _("It is said when it is open"), lambda s, _level: s.hours, MANAGER, HOURS),
    (
        BOOKING,
        "code",
        _("A code, a login or an interlock tells who uses it"),
        lambda s, _level: s.access_node in _CODES,
        OFFICE,
        NOBODY,
    ),
    (
        AGENT,
        "login",
        _("It has a workstation login or an interlock"),
        lambda s, _level: s.access_node in _LOGINS,
        OFFICE,
        NOBODY,
    ),
    (
        AGENT,
        "tested",
        _("Its controller was seen to test itself"),
        lambda s, _level: s.self_tested,
        MANAGER,
        CONTROLLER,
    ),
    (
        INTERLOCK,
        "interlock",
        _("It has a power interlock"),
        lambda s, _level: s.access_node == "interlock",
        OFFICE,
        NOBODY,
    ),
)


def checklist(level: int, standing: Standing) -> list[Rung]:
    """What a level asks for, that of the levels below it included."""
    return [
        Rung(key, label, met(standing, level), mender, where)
        for since, key, label, met, mender, where in _CHECKS
        if since <= level
    ]


def unmet(level: int, standing: Standing) -> list[Rung]:
    """What is missing for a level."""
    return [rung for rung in checklist(level, standing) if not rung.met]


def highest(standing: Standing) -> int:
    """The highest level for which nothing is missing; 0 when that is none."""
    return max((level for level in LEVELS if not unmet(level, standing)), default=0)


def needs_controller(level: int) -> bool:
    """Whether a level asks for a controller that was seen to test itself."""
    return level >= AGENT

"""Which instruments a timetable or a search for free time is about: one, or those of a facility, of a
laboratory, of a class, with some words in their names, that the person is certified for. Changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.fees.queries import priced_for
from apps.instruments.models import CrewMember, Facility, Instrument, local_name
from apps.instruments.queries import search
from apps.people.models import OrgUnit, User
from apps.people.queries import active_users
from apps.training.queries import LEVELS, counting, rank

_OF_UNIT = ("kind", "ulid", "name_zh", "name_en")
BOOKABLE = 3  # opening level: 3 booking, 4 workstation agent, 5 interlock


@dataclass(frozen=True)
class Choice:
    """What was asked for; empty members do not count. `facility` and `lab` are ULIDs (a laboratory contains
    its sub-labs), `class6` six digits, `function` what a fee standard says that a machine is used for.
    """

    facility: str = ""
    class6: str = ""
    text: str = ""
    certified: bool = False
    function: str = ""
    lab: str = ""


@dataclass(frozen=True)
class Offered:
    """What there is to choose from, each as value and words in the reader's language."""

    facilities: list[tuple[str, str]]
    labs: list[tuple[str, str]]
    classes: list[tuple[str, str]]


def offered() -> Offered:
    """The facilities, the laboratories in which instruments stand and those that contain them, the classes.
    Two queries. A sub-lab is told with its laboratory.
    """
    facilities = Facility.objects.order_by("name_zh").values_list("ulid", "name_zh", "name_en")
    units = [f"{unit}{name}" for unit in ("unit__", "unit__parent__") for name in _OF_UNIT]
    labs, classes = {}, {}
    for code, name, *found in Instrument.objects.values_list("class6", "class_name", *units).distinct():
        classes[code, name] = f"{code} {name}"
        above = ""
        for kind, ulid, zh, en in (found[4:], found[:4]):
            if kind in OrgUnit.LABS:
                above += (" / " if above else "") + local_name(zh, en)
                labs[ulid] = above
    return Offered(
        [(ulid, local_name(zh, en)) for ulid, zh, en in facilities],
        sorted(labs.items(), key=lambda one: one[::-1]),
        [(code, words) for (code, _name), words in sorted(classes.items())],
    )


def chosen(choice: Choice, user: User, at: datetime) -> QuerySet[Instrument]:
    """The instruments in service that can be booked and fit, by asset number, with their facilities."""
    found = search(
        text=choice.text, facility=choice.facility, class6=choice.class6, department=choice.lab, at=at
    )
    found = found.select_related(None).select_related("facility").filter(opening_level__gte=BOOKABLE)
    if choice.function:
        found = found.filter(pk__in=priced_for(choice.function, at).values("version__instrument"))
    return found.filter(certified_for(user, at)) if choice.certified else found


def certified_for(user: User, at: datetime) -> Q:
    """Instruments that ask for no certificate, or for which one of the user's that counts is enough."""
    enough = Q()
    for required in LEVELS[1:]:
        levels = [level for level in LEVELS if rank(level) >= rank(required)]
        enough |= Q(instrument__required_level=required, level__in=levels)
    held = counting(at).filter(enough, user=user, instrument=OuterRef("pk"))
    return Q(required_level=LEVELS[0]) | Q(Exists(held))


def run_by(user: User | int, at: datetime) -> Exists:
    """Whether the user, also given by primary key, is of the crew that runs an instrument at a moment: an
    annotation.
    """
    roles = (CrewMember.Role.MANAGER, CrewMember.Role.OPERATOR)
    mine = CrewMember.objects.filter(in_force(at), user=user, role__in=roles, instrument=OuterRef("pk"))
    return Exists(mine.filter(user__in=active_users(at)))

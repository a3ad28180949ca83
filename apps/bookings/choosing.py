"""Which instruments a timetable or a search for free time is about: one, or those of a facility, of a class,
with some words in their names, that the person is certified for. Changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.fees.queries import priced_for
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import search
from apps.people.models import User
from apps.people.queries import active_users
from apps.training.queries import LEVELS, counting, rank

BOOKABLE = 3  # opening level: 3 booking, 4 workstation agent, 5 interlock


@dataclass(frozen=True)
class Choice:
    """What was asked for; empty members do not count. `facility` is a ULID, `class6` six digits, `function`
    what a fee standard says that a machine is used for.
    """

    facility: str = ""
    class6: str = ""
    text: str = ""
    certified: bool = False
    function: str = ""


def chosen(choice: Choice, user: User, at: datetime) -> QuerySet[Instrument]:
    """The instruments in service that can be booked and fit, by asset number, with their facilities."""
    found = search(text=choice.text, facility=choice.facility, class6=choice.class6, at=at)
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

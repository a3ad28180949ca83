"""Who stands in for somebody who is away. Chains are followed (my substitute may be away too), circles and
people whose account is not in force end them. Changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, QuerySet

from apps.core.periods import in_force
from apps.core.prepared import Prepared
from apps.people.models import Absence, Suspension, User
from apps.people.queries import active_users, registered

_LONGEST_CHAIN = 10  # people; nobody is looked for beyond


def is_absent(user: User, at: datetime, process: str | None = None) -> bool:
    """Whether the person is away at a moment, for a process (`None`: for whatever there is)."""
    return bool(_stand_ins([user.pk], at, process))


def substitute_for(user: User, at: datetime, process: str | None = None) -> User | None:
    """Who handles the person's steps at a moment; None when they are there themselves, or when nobody who is
    there can be found. Two queries, and one for each further link of the chain.

    `process` is the name of a process; an absence for named processes counts for these only.
    """
    return substitutes_for([user], at, process).get(user.pk)


def substitutes_for(
    users: Iterable[User], at: datetime, process: str | None = None
) -> dict[int, User | None]:
    """The same for several people at once: for each who is away (by id) the active person who stands in, or
    None where the chain ends with nobody. Who is not away does not appear.
    """
    first = _stand_ins([user.pk for user in users], at, process)
    links, last = dict(first), set(first.values())
    for _hop in range(_LONGEST_CHAIN):
        unseen = last - links.keys()
        further = _stand_ins(unseen, at, process) if unseen else {}
        if not further:
            break
        links |= further
        last = set(further.values())
    ends = {away: _end_of(away, links) for away in first}
    there = {user.pk: user for user in active_users(at).filter(pk__in={end for end in ends.values() if end})}
    return {away: there.get(end) if end else None for away, end in ends.items()}


def _there(at: datetime, people: tuple[int, ...]) -> QuerySet[User, Any]:
    suspended = Suspension.objects.filter(in_force(at), user=OuterRef("pk"))
    absences = Absence.objects.filter(in_force(at), user=OuterRef("pk"))
    asked = User.objects.filter(pk__in=people)
    active = ExpressionWrapper(registered(at) & ~Exists(suspended), BooleanField())
    return asked.values_list("pk", active, Exists(absences))


_THERE = Prepared(_there)


def who_is_there(
    users: Iterable[User], at: datetime, process: str | None = None
) -> tuple[set[int], dict[int, User | None]]:
    """Which of these people (by id) are active, and who stands in for those who are away, as
    `substitutes_for` tells. One query when nobody is away.
    """
    asked = {user.pk: user for user in users}
    active, away = set[int](), list[User]()
    for pk, is_active, is_away in _THERE.rows(at=at, people=tuple(asked)) if asked else ():
        if is_active:
            active.add(pk)
        if is_away:
            away.append(asked[pk])
    return active, substitutes_for(away, at, process) if away else {}


def chain_meets(start: User, wanted: User, absences: Iterable[tuple[int, int]]) -> bool:
    """Whether somebody who is away can be reached from `start` by these (absent, substitute) pairs, to
    `wanted`: then `wanted` must not be substituted by `start`.
    """
    onward: dict[int, set[int]] = {}
    for away, substitute in absences:
        onward.setdefault(away, set()).add(substitute)
    seen: set[int] = set()
    ahead = {start.pk}
    while ahead:
        here = ahead.pop()
        if here == wanted.pk:
            return True
        seen.add(here)
        ahead |= onward.get(here, set()) - seen
    return False


def _stand_ins(users: Iterable[int], at: datetime, process: str | None) -> dict[int, int]:
    """absent -> substitute, by id; of several absences that fit, the one declared first."""
    found: dict[int, int] = {}
    rows = Absence.objects.filter(in_force(at), user__in=list(users)).order_by("id")
    for away, substitute, processes in rows.values_list("user_id", "substitute_id", "processes"):
        if process is None or not processes or process in processes:
            found.setdefault(away, substitute)
    return found


def _end_of(away: int, links: dict[int, int]) -> int | None:
    """The end of the chain that begins with somebody who is away; None for a circle."""
    seen = {away}
    here = links[away]
    while here in links:
        if here in seen:
            return None
        seen.add(here)
        here = links[here]
    return None if here == away else here

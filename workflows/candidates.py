"""Who may answer a step. Resolved once, when the step is made, into rows; never nobody.

In this order: the role's people who are active; without the applicant and those in conflict; whoever is
away is replaced by their substitute; when nobody is left, the superior role (managers of the unit and of
those above it, the equipment office last). Nobody is judge in their own case, by whatever way they would
come in.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from apps.core.errors import WrongState
from apps.people.models import User
from apps.people.roles import office_users, superiors, unit_managers
from apps.people.substitution import who_is_there
from workflows.errors import no_candidate
from workflows.models import Case
from workflows.moment import current


@dataclass(frozen=True)
class Seat:
    """A person who may answer, in which role, and instead of whom."""

    user: User
    via: str
    instead_of: User | None = None


def excluded(activation: Any) -> set[int]:
    """Primary keys of everybody who may answer no step of this case: the applicant and those in conflict."""
    case: Case = activation.case
    out = set(activation.flow_class.instance.conflicts(case))
    if case.applicant_id is not None:
        out.add(case.applicant_id)
    return out


def resolve(activation: Any) -> list[Seat]:
    """The people of a step, best first. Raises WrongState `workflows.no_candidate` when there is nobody at
    all.
    """
    node, case = activation.flow_task, activation.case
    if node.of_applicant:
        return [Seat(case.applicant, node.role)] if case.applicant else _none(node)
    barred = excluded(activation)
    if node.personal:
        return _own_seats(activation, barred) or _none(node)
    seats = _seats(
        node.candidates(activation), node.role or node.name, barred, case.flow, _qualifying(activation)
    )
    if not seats:
        seats = superior_seats(activation)
    return seats or _none(node)


def _own_seats(activation: Any, barred: set[int]) -> list[Seat]:
    """Whom a personal step asks: they themselves while they are active, and nobody for them."""
    node, now = activation.flow_task, current().now
    wanted = {user.pk: user for user in node.candidates(activation) if user.pk not in barred}
    active, _away = who_is_there(list(wanted.values()), now) if wanted else (set(), {})
    return [Seat(user, node.role or node.name) for pk, user in wanted.items() if pk in active]


def superior_seats(activation: Any) -> list[Seat]:
    """The people of the superior role: whom an unanswered or unanswerable step goes to. Those whom its node
    names; else the managers of the case's unit when there are any, else those of the next unit above, the
    equipment office last.
    """
    node, case, now = activation.flow_task, activation.case, current().now
    if node.superiors is not None:
        users = node.superiors(activation)
    elif case.unit is None:
        users = office_users(now)
    else:
        users = [*unit_managers(case.unit, now), *superiors(case.unit, now)]
    return _seats(users, "superior", excluded(activation), case.flow, _qualifying(activation))


def _qualifying(activation: Any) -> Callable[[User], bool] | None:
    """Whether a substitute can do what the step asks for; None where anybody can."""
    judge = activation.flow_task.qualifies
    return partial(judge, activation) if judge is not None else None


def could_answer(activation: Any, substitute: User) -> bool:
    """Whether this substitute may be asked in the place of somebody who is away."""
    node = activation.flow_task
    fits = _qualifying(activation)
    bound = node.of_applicant or node.personal or substitute.pk in excluded(activation)
    return not bound and (fits is None or fits(substitute))


def transfer_seats(activation: Any) -> list[Seat]:
    """Who may take a step by transfer: the people of its role, then those of the superior one, as of now."""
    found: dict[int, Seat] = {}
    with suppress(WrongState):  # nobody is left in the role: then only the superiors, if there are any
        found |= {seat.user.pk: seat for seat in resolve(activation)}
    for seat in superior_seats(activation):
        found.setdefault(seat.user.pk, seat)
    return list(found.values())


def _seats(
    users: Iterable[User],
    via: str,
    barred: set[int],
    flow: str,
    fits: Callable[[User], bool] | None = None,
) -> list[Seat]:
    """Active people of a role, the absent ones replaced; one query when nobody is away."""
    now = current().now
    wanted = list({user.pk: user for user in users}.values())
    if not wanted:
        return []
    active, away = who_is_there(wanted, now, process=flow)
    # A substitute who is barred, or could not do it, leaves the place to the absent person: better late than
    # partial, or than never.
    people = {
        pk: sub
        for pk, sub in away.items()
        if sub is not None and sub.pk not in barred and (fits is None or fits(sub))
    }
    seats: dict[int, Seat] = {}
    for user in wanted:
        sub = people.get(user.pk)
        if user.pk in barred:
            continue
        if sub is not None:
            seats.setdefault(sub.pk, Seat(sub, via, user))
        elif user.pk in active:
            seats[user.pk] = Seat(user, via)
    return list(seats.values())


def _none(node: Any) -> list[Seat]:
    raise no_candidate(node.name)

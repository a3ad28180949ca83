"""Whom a step can go to, for the pages that let a person choose. The services check again under the lock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.people.models import User
from apps.people.queries import active_users, find_people
from workflows.candidates import Seat, transfer_seats
from workflows.models import Step
from workflows.moment import moment
from workflows.nodes.split import SplitEach
from workflows.services.answering import ways_back
from workflows.verbs import Standing

MATCHES = 8


@dataclass(frozen=True)
class Signer:
    """Somebody who was asked to sign as well and has not yet; `how` is `before`, `after` or `beside`."""

    user: User
    how: str


def transferable(step: Step, by: User, now: datetime) -> list[Seat]:
    """The people of the step's role, then those of the superior one, who may take it; without whose it is."""
    activation = step.task.flow_task.activation_class(step.task)
    step.task.process.case = step.case
    with moment(now=now, by=by):
        seats = transfer_seats(activation)
    return [seat for seat in seats if seat.user.pk != step.task.owner_id]


def places(step: Step) -> list[str]:
    """Where another signer can be put: `before` and, as the step allows, `after` and `beside` its owner."""
    node = step.task.flow_task
    found = ["before"]
    if node.form is None:
        found.append("after")
    if any(isinstance(task.flow_task, SplitEach) for task in step.task.previous.all()):
        found.append("beside")
    return found


def removable(step: Step, at: Standing) -> list[Signer]:
    """The added signers of a step whom this person may take back."""
    data = step.task.data
    last = (data.get("returns") or [{}])[-1]

    def mine(key: Any) -> bool:
        return at.office or key == at.user.pk

    found = [Signer(user, "after") for user in _in_order(_by(data.get("after", []), mine))]
    if last.get("how") == "before" and step.task.owner is not None and mine(last["owner"]):
        found.append(Signer(step.task.owner, "before"))
    beside = not last and data.get("added_by") is not None and data.get("user") is not None
    if beside and mine(data["added_by"]):
        found += [Signer(user, "beside") for user in _in_order([data["user"]])]
    return found


def matching(text: str, now: datetime) -> list[User]:
    """Active people whom a typed login or name can mean: the one of exactly that login, or else those in
    whose login or name it occurs, at most MATCHES.
    """
    text = text.strip()
    exact = active_users(now).filter(username=text).first()
    return [exact] if exact is not None else list(find_people(text, now)[:MATCHES])


def nodes_back(step: Step) -> list[Any]:
    """The steps to which this one may be sent back."""
    return ways_back(step)


def _by(queue: Iterable[dict[str, Any]], mine: Callable[[Any], bool]) -> list[int]:
    return [row["user"] for row in queue if mine(row["by"])]


def _in_order(keys: Iterable[int]) -> list[User]:
    keys = list(keys)
    found = {user.pk: user for user in User.objects.filter(pk__in=keys)}
    return [found[key] for key in keys if key in found]

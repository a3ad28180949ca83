"""What waits for a person, what they may take, what they applied for, what was shown to them, what they have
done. Reads only; every list is begun behind the last row seen (keyset), so that the archive costs the same on
every page.

The statuses stand as literals in the SQL: only so do both databases use the partial indexes of
`workflows.guards`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import Task

from apps.core.errors import Text
from apps.people.models import User
from workflows.models import Candidate, Case, Copy, Step

M = TypeVar("M", bound=Model)
MINE, CLAIMABLE, APPLIED, COPIED, DONE = "mine", "claimable", "applied", "copied", "done"
TABS: tuple[tuple[str, Text], ...] = (
    (MINE, _("My tasks")),
    (CLAIMABLE, _("Open to take")),
    (APPLIED, _("I applied for")),
    (COPIED, _("Shown to me")),
    (DONE, _("Done by me")),
)
OLDEST_FIRST, NEWEST_FIRST, LATEST_FIRST = ("created", "id"), ("-created", "-id"), ("-id",)


@dataclass(frozen=True)
class Wanted:
    """How a list is narrowed: by process, by unit with all below it, by days since it was asked, to what is
    overdue.
    """

    flow: str = ""
    unit: str = ""
    older_days: int = 0
    overdue: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.flow or self.unit or self.older_days or self.overdue)


@dataclass(frozen=True)
class Counts:
    """What needs a person: steps that are theirs, and steps that they may take."""

    mine: int = 0
    claimable: int = 0

    @property
    def waiting(self) -> int:
        """Both together: the number at the menu."""
        return self.mine + self.claimable


def held_by(user: User) -> QuerySet[Task]:
    """Tasks that are this person's and wait, with step and case."""
    return _with_case(_held(user))


def claimable_by(user: User) -> QuerySet[Task]:
    """Tasks that this person may take, with step and case: free ones, and overdue ones of others that went up
    to them.
    """
    return _with_case(_claimable(user))


def done_by(user: User) -> QuerySet[Task]:
    """Tasks that this person has answered or sent back, with step and case."""
    finished = Task.objects.filter(owner=user, finished__isnull=False, status=_literal("DONE"))
    return _with_case(finished.filter(step__isnull=False))


def applied_by(user: User) -> QuerySet[Case]:
    """Cases in which this person is the applicant."""
    return Case.objects.filter(applicant=user).select_related("applicant", "unit")


def copied_to(user: User) -> QuerySet[Copy]:
    """Cases that were shown to this person, with the case."""
    return Copy.objects.filter(user=user).select_related("case__applicant", "case__unit", "by")


def mine_number(user: User | int) -> Combinable:
    """How many steps are the person's (who may be given by their key), as part of a larger statement."""
    return _number(_held(user))


def claimable_number(user: User | int) -> Combinable:
    """How many steps they may take (likewise), as part of a larger statement."""
    return _number(_claimable(user))


def counts(user: User) -> Counts:
    """How much needs this person. One query."""
    rows = User.objects.filter(pk=user.pk)
    found = rows.annotate(mine=mine_number(user), claimable=claimable_number(user))
    told = found.values_list("mine", "claimable").first()
    return Counts(*told) if told else Counts()


def narrowed(rows: QuerySet[M], wanted: Wanted, now: datetime, *, case: str, step: str = "") -> QuerySet[M]:
    """The rows that fit. `case` and `step` are the paths to them from a row ('step__case__'; '' for the row
    itself). Where there is no step, age counts from the case's beginning and nothing is overdue.
    """
    if wanted.flow:
        rows = rows.filter(**{f"{case}flow": wanted.flow})
    if wanted.unit:
        rows = rows.filter(_within(wanted.unit, case))
    if wanted.older_days:
        since = f"{step}asked_at" if step else f"{case}created_at"
        rows = rows.filter(**{f"{since}__lte": now - timedelta(days=wanted.older_days)})
    if wanted.overdue and step:
        rows = rows.filter(**{f"{step}due_at__lte": now})
    return rows


def waiting_steps(case: Case) -> list[Step]:
    """The steps that a case waits at, with whom they are asked, oldest first. Two queries."""
    waiting = case.steps.filter(answered_at__isnull=True, task__status__in=("NEW", "ASSIGNED"))
    found = waiting.select_related("task__owner", "case").order_by("id")
    people = Candidate.objects.select_related("user", "instead_of").order_by("id")
    return list(found.prefetch_related(Prefetch("candidates", people)))


def _held(user: User | int) -> QuerySet[Task]:
    return Task.objects.filter(owner=user, status=_literal("ASSIGNED"), step__isnull=False)


def _claimable(user: User | int) -> QuerySet[Task]:
    free = Task.objects.filter(status=_literal("NEW"), step__isnull=False)
    risen = Step.objects.filter(answered_at__isnull=True, escalated_at__isnull=False)
    open_to_take = free.order_by().values("pk").union(risen.order_by().values("task"), all=True)
    mine = Candidate.objects.filter(user=user, step__task=OuterRef("pk"))
    return (
        Task.objects.filter(Exists(mine), pk__in=open_to_take)
        .exclude(owner=user)
        .filter(status__in=("NEW", "ASSIGNED"))
    )


def _with_case(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.select_related("process", "owner", "step__case__applicant", "step__case__unit")


def _number(tasks: QuerySet[Task]) -> Combinable:
    counted = tasks.order_by().annotate(one=Value(1)).values("one").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def _literal(status: str) -> RawSQL:
    """A status of the engine's, of ours and not of anybody's input, written into the statement."""
    return RawSQL(f"'{status}'", [])  # noqa: S611 - constants of this module


def _within(unit: str, case: str) -> Q:
    found = Q()
    for depth in range(4):  # school, department, lab, sub-lab
        found |= Q(**{f"{case}unit__{'parent__' * depth}ulid": unit})
    return found

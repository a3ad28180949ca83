"""Validity as half-open periods stored in columns. 'In force' is a question asked at a moment, never a
flag.
"""

from datetime import datetime
from typing import Any, Protocol

from django.db.models import Q, QuerySet


class HasPeriod(Protocol):
    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None


def in_force(at: datetime, prefix: str = "") -> Q:
    """Rows whose period contains `at` and which were not revoked by then. `prefix` reaches through a relation
    ('card__').
    """
    return (
        Q(**{f"{prefix}valid_from__lte": at})
        & (Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gt": at}))
        & (Q(**{f"{prefix}revoked_at__isnull": True}) | Q(**{f"{prefix}revoked_at__gt": at}))
    )


def not_over(at: datetime) -> Q:
    """Rows that are in force at `at`, or will be later."""
    return (Q(valid_until__isnull=True) | Q(valid_until__gt=at)) & (
        Q(revoked_at__isnull=True) | Q(revoked_at__gt=at)
    )


def give_way(rows: QuerySet[Any, Any], *, begins: datetime, now: datetime) -> int:
    """Something else counts from `begins` on, which is now or later: the rows that count until then end
    there, and those that would have begun no earlier never do. Returns how many rows end so.
    """
    ending = rows.filter(not_over(begins))
    if begins <= now:
        return ending.update(revoked_at=now)
    never = ending.filter(valid_from__gte=begins).update(revoked_at=now)
    return never + ending.filter(valid_from__lt=begins).update(valid_until=begins)


def is_in_force(row: HasPeriod, at: datetime) -> bool:
    """The same question asked of a row in hand."""
    return (
        row.valid_from <= at
        and (row.valid_until is None or at < row.valid_until)
        and (row.revoked_at is None or at < row.revoked_at)
    )


def overlaps(start: datetime, end: datetime, *, first: str = "start", last: str = "end") -> Q:
    """Rows whose half-open period [first, last) meets [start, end)."""
    return Q(**{f"{first}__lt": end, f"{last}__gt": start})

"""Which rule-set version is in force, and what it looks like as a table. Reads only; it never evaluates and
never records.
"""

from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from apps.core.periods import in_force
from apps.decisions.models import RuleSetVersion
from rules.errors import RuleSetError
from rules.registry import get_point
from rules.table import RuleSet

TABLES_KEPT = 64

_IN_FORCE = (
    "SELECT id, point, version, digest FROM decisions_rulesetversion WHERE point = %s AND valid_from <= %s"
    " AND (valid_until IS NULL OR valid_until > %s) AND (revoked_at IS NULL OR revoked_at > %s)"
    " ORDER BY version DESC LIMIT 1"
)

# Parsed tables by point and digest. A version never changes, so an entry can be old but never wrong.
_tables: OrderedDict[tuple[str, str], RuleSet] = OrderedDict()


class InForce(NamedTuple):
    """What a decision needs to know of a version: enough to name it and to find its table."""

    id: int
    point: str
    version: int
    digest: str


def version_in_force(point: str, at: datetime) -> RuleSetVersion | None:
    """The version of a point's table in force at a moment, its body not loaded; None when there is none. One
    query.
    """
    return RuleSetVersion.objects.filter(in_force(at), point=point).defer("body").order_by("-version").first()


def identify_in_force(point: str, at: datetime) -> InForce | None:
    """The same, as little as a decision needs; written out because every decision asks it. One query."""
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [point, moment, moment, moment])
        found = cursor.fetchone()
    return InForce(*found) if found else None


def is_installed(point: str) -> bool:
    """Whether there ever was a version of a point's table. One query."""
    return RuleSetVersion.objects.filter(point=point).exists()


def table_of(version: RuleSetVersion | InForce) -> RuleSet:
    """The version as a checked table; the body is read once in a process.

    Raises RuleSetError when the body cannot be read or is not the one whose digest was approved.
    """
    key = (version.point, version.digest)
    found = _tables.get(key)
    if found is None:
        body = RuleSetVersion.objects.values_list("body", flat=True).get(pk=version.id)
        found = RuleSet.from_json(body, get_point(version.point).facts)
        if found.digest != version.digest:
            raise RuleSetError("the stored table is not the approved one", code="rules.digest_mismatch")
        _tables[key] = found
        while len(_tables) > TABLES_KEPT:
            _tables.popitem(last=False)
    return found

"""Which rule-set version is in force, and what it looks like as a table. Reads only; it never evaluates and
never records.
"""

from collections import OrderedDict
from datetime import datetime

from apps.core.periods import in_force
from apps.decisions.models import RuleSetVersion
from rules.errors import RuleSetError
from rules.registry import get_point
from rules.table import RuleSet

TABLES_KEPT = 64

# Parsed tables by point and digest. A version never changes, so an entry can be old but never wrong.
_tables: OrderedDict[tuple[str, str], RuleSet] = OrderedDict()


def version_in_force(point: str, at: datetime) -> RuleSetVersion | None:
    """The version of a point's table in force at a moment, its body not loaded; None when there is none.
    One query.
    """
    return RuleSetVersion.objects.filter(in_force(at), point=point).defer("body").order_by("-version").first()


def table_of(version: RuleSetVersion) -> RuleSet:
    """The version as a checked table; the body is read once in a process.

    Raises RuleSetError when the body cannot be read or is not the one whose digest was approved.
    """
    key = (version.point, version.digest)
    found = _tables.get(key)
    if found is None:
        found = RuleSet.from_json(version.body, get_point(version.point).facts)
        if found.digest != version.digest:
            raise RuleSetError("the stored table is not the approved one", code="rules.digest_mismatch")
        _tables[key] = found
        while len(_tables) > TABLES_KEPT:
            _tables.popitem(last=False)
    return found

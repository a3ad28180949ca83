"""The register of decision points: what may be asked, with which facts, answered by which outcomes.

It owns the keys (frozen once registered) and the default tables. It never discovers anything by itself:
``apps.decisions`` imports the points and every app's ``rulepoints`` at start-up and then closes it.
"""

from __future__ import annotations

import dataclasses

from rules.errors import PointError, RuleSetError
from rules.facts import columns_of
from rules.rows import DENY, PERMIT, HitPolicy
from rules.table import RuleSet


@dataclasses.dataclass(frozen=True)
class PointSpec:
    """A decision point: its dotted key, facts type, possible outcomes and default table (version 1)."""

    key: str
    facts: type
    outcomes: tuple[str, ...]
    default: RuleSet
    title_zh: str = ""
    title_en: str = ""

    def check(self, table: RuleSet) -> RuleSet:
        """The table when it may serve this point; raises RuleSetError otherwise."""
        table.check()
        columns_of(self.facts)
        if table.key != self.key:
            raise RuleSetError(
                f"a table of {table.key} cannot serve {self.key}", code="rules.point", path="key"
            )
        if table.facts is not self.facts:
            raise RuleSetError("the table has other facts", code="rules.point", path="facts")
        if table.facts_schema != self.default.facts_schema:
            message = f"written for facts version {table.facts_schema}, now {self.default.facts_schema}"
            raise RuleSetError(message, code="rules.facts_schema", path="facts_schema")
        self._check_outcomes(table)
        return table

    def _check_outcomes(self, table: RuleSet) -> None:
        found = {"default": table.default}
        found |= {f"rows[{index}].then": row.outcome for index, row in enumerate(table.rows)}
        if table.hit is HitPolicy.DENY_OVERRIDES:
            found |= {"hit.permit": PERMIT, "hit.deny": DENY}
        for path, outcome in found.items():
            if outcome not in self.outcomes:
                raise RuleSetError(f"{outcome} is no outcome of {self.key}", code="rules.outcome", path=path)


class Registry:
    """Points by key. A key is taken once; a closed registry takes no more."""

    def __init__(self) -> None:
        self._points: dict[str, PointSpec] = {}
        self._closed = False

    def register(self, spec: PointSpec) -> PointSpec:
        """Add a point. The same spec twice is no change; raises PointError or RuleSetError."""
        if self._points.get(spec.key) is spec:
            return spec
        if spec.key in self._points:
            raise PointError(f"{spec.key} is taken", code="rules.point_taken", path=spec.key)
        if self._closed:
            message = "points are registered at start-up only"
            raise PointError(message, code="rules.registry_closed", path=spec.key)
        spec.check(spec.default)
        self._points[spec.key] = spec
        return spec

    def close(self) -> None:
        """Take no more points."""
        self._closed = True

    def get(self, key: str) -> PointSpec:
        """The point of that key; raises PointError (``rules.point_unknown``)."""
        if key not in self._points:
            raise PointError(f"no decision point {key[:100]}", path=key[:100])
        return self._points[key]

    def all(self) -> tuple[PointSpec, ...]:
        """All points, by key."""
        return tuple(self._points[key] for key in sorted(self._points))


_REGISTRY = Registry()


def register_point(spec: PointSpec) -> PointSpec:
    """Register a decision point of the product; returns it. Raises PointError or RuleSetError."""
    return _REGISTRY.register(spec)


def get_point(key: str) -> PointSpec:
    """The registered point; raises PointError (``rules.point_unknown``)."""
    return _REGISTRY.get(key)


def all_points() -> tuple[PointSpec, ...]:
    """All registered points, by key."""
    return _REGISTRY.all()


def close_registry() -> None:
    """After autodiscovery: no more points for the life of the process."""
    _REGISTRY.close()

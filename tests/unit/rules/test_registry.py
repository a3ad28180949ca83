"""Keys are frozen, tables serve only the point that they were written for."""

from __future__ import annotations

import dataclasses

import pytest

from rules.errors import PointError, RuleSetError
from rules.points import SPECS, register_all
from rules.points.access_unlock import SPEC, UnlockFacts
from rules.registry import PointSpec, Registry, all_points, close_registry, get_point, register_point
from rules.table import HitPolicy, Row
from tests.unit.rules.tables import ACCESS, Access, table

POINT = PointSpec("test.access", Access, ("permit", "deny"), ACCESS)


def test_every_point_of_the_product_registers_twice_in_peace() -> None:
    register_all()
    register_all()
    assert get_point("access.unlock") is SPEC
    assert set(SPECS) <= set(all_points())


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(PointError) as caught:
        get_point("no.such.point")
    assert caught.value.code == "rules.point_unknown"


def test_a_taken_key_stays_taken() -> None:
    registry = Registry()
    registry.register(POINT)
    with pytest.raises(PointError) as caught:
        registry.register(dataclasses.replace(POINT, title_en="Mine"))
    assert caught.value.code == "rules.point_taken"
    assert registry.all() == (POINT,)


def test_a_closed_registry_takes_no_more() -> None:
    registry = Registry()
    registry.close()
    with pytest.raises(PointError) as caught:
        registry.register(POINT)
    assert caught.value.code == "rules.registry_closed"


def test_the_registry_of_the_product_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.registry._REGISTRY", Registry())
    close_registry()
    with pytest.raises(PointError):
        register_point(POINT)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"key": "other.point"}, "key"),
        ({"facts": UnlockFacts, "rows": ()}, "facts"),
        ({"facts_schema": 2}, "facts_schema"),
    ],
)
def test_a_table_of_another_point_is_refused(changes: dict[str, object], path: str) -> None:
    with pytest.raises(RuleSetError) as caught:
        POINT.check(dataclasses.replace(ACCESS, **changes))  # type: ignore[arg-type]
    assert caught.value.path == path


def test_an_outcome_that_the_point_does_not_know_is_refused() -> None:
    routes = table(Row("r", (), "manager"), hit=HitPolicy.FIRST, default="automatic")
    spec = PointSpec("test.access", Access, ("automatic", "manager"), routes)
    assert spec.check(routes) is routes
    with pytest.raises(RuleSetError) as caught:
        spec.check(table(Row("r", (), "nobody"), hit=HitPolicy.FIRST, default="automatic"))
    assert caught.value.path == "rows[0].then"
    with pytest.raises(RuleSetError):
        spec.check(ACCESS)

"""Relations between models run down the same ladder as imports: a foreign key named by a string hides
from import-linter, not from here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps as registry
from django.conf import settings
from django.db import models

from scripts.processes import ROOT
from tests.architecture.ladder import contracts, rungs

pytestmark = pytest.mark.once

# What devices may point at beside themselves: the machine they switch, and the rows of the door they write
# through.
DEVICES_MAY_POINT_AT = {"devices", "apps.core", "apps.instruments"}
EVIDENCE = {
    "apps.billing",
    "apps.clearances",
    "apps.decisions",
    "apps.ledger",
    "apps.panels",
    "apps.usage",
    "devices",
    "documents",
}


def room_of(model: type[models.Model]) -> str:
    """The rung's name of a model: `apps.people`, `devices`; for third-party models their own package."""
    name: str = registry.get_app_config(model._meta.app_label).name
    return name


def relations(model: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    """Every field of `model` that points at another model, with its target; many-to-many included."""
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        target: Any = field.remote_field.model if field.remote_field else None
        if target is not None:
            yield field.name, target


def climbing(found: Iterator[type[models.Model]]) -> list[str]:
    """The relations that run up or sideways. AUTH_USER_MODEL is exempt by name: everybody may point at a
    person.
    """
    heights = rungs()
    complaints = []
    for model in found:
        for field, target in relations(model):
            here, there = room_of(model), room_of(target)
            if target._meta.label == settings.AUTH_USER_MODEL or here == there or there not in heights:
                continue
            if heights[there] >= heights[here]:
                complaints.append(f"{model._meta.label}.{field} -> {target._meta.label}")
    return complaints


def ours() -> Iterator[type[models.Model]]:
    return (model for model in registry.get_models(include_auto_created=True) if room_of(model) in rungs())


def test_no_relation_runs_up_or_sideways() -> None:
    assert climbing(ours()) == []


def test_a_planted_relation_upwards_is_caught() -> None:
    people, bookings = registry.get_app_config("people"), registry.get_app_config("bookings")
    low, high = next(people.get_models()), next(bookings.get_models())
    field: Any = models.ForeignKey(high._meta.label, on_delete=models.PROTECT, related_name="+")
    try:
        field.contribute_to_class(low, "planted")
        assert f"{low._meta.label}.planted -> {high._meta.label}" in climbing(ours())
    finally:
        low._meta.local_fields.remove(field)
        delattr(low, "planted")
        delattr(low, "planted_id")
        registry.clear_cache()
    assert climbing(ours()) == []


def test_devices_point_only_at_themselves_the_kernel_and_the_instrument() -> None:
    pointed_at = {
        room_of(target)
        for model in registry.get_app_config("devices").get_models()
        for _, target in relations(model)
        if target._meta.label != settings.AUTH_USER_MODEL
    }
    assert pointed_at <= DEVICES_MAY_POINT_AT


def test_nothing_cascades_into_evidence() -> None:
    cascades = [
        f"{model._meta.label}.{field.name}"
        for model in ours()
        if not model._meta.auto_created and room_of(model) in EVIDENCE
        for field in model._meta.local_fields
        if field.remote_field and getattr(field.remote_field, "on_delete", None) is models.CASCADE
    ]
    assert cascades == []


def test_every_app_stands_on_the_ladder_and_every_rung_exists() -> None:
    heights = rungs()
    installed = {
        f"apps.{folder.name}" for folder in (ROOT / "apps").iterdir() if (folder / "__init__.py").exists()
    }
    assert installed == {name for name in heights if name.startswith("apps.")}
    assert {name for name in heights if not name.startswith("apps.")} == {
        "settings",
        "workflows",
        "devices",
        "rules",
        "documents",
    }


def test_every_installed_app_of_ours_stands_on_the_ladder() -> None:
    ours_installed = {
        name
        for name in settings.INSTALLED_APPS
        if name.split(".")[0] in {room.split(".")[0] for room in rungs()}
    }
    assert ours_installed <= set(rungs())


def test_devices_are_forbidden_every_app_but_the_kernel_and_those_above_them() -> None:
    heights = rungs()
    below = {name for name, height in heights.items() if height < heights["devices"]} - {"apps.core"}
    forbidden = contracts()["devices-see-little"]["forbidden_modules"]
    assert isinstance(forbidden, list)
    assert set(forbidden) == below

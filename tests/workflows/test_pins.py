"""What databases remember of the processes is never lost: this fails when a flow was changed and not pinned,
and says what to do; and what the pins themselves find.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from viewflow.workflow.fields import get_flow_ref, get_task_ref, import_flow_by_ref, import_task_by_ref

from workflows import pins, registry

pytestmark = pytest.mark.once
NIGHT = "workflows/night_endorsement.flow.NightEndorsementFlow"


def test_every_flow_is_pinned_as_it_is() -> None:
    old, new = pins.pinned(), pins.present()
    wrong = pins.lost(old, new) + pins.unpinned(old, new)
    assert wrong == [], "\n".join(wrong)


def test_the_file_holds_nothing_but_what_the_command_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pins.PINNED.read_text(encoding="utf-8")
    monkeypatch.setattr(pins, "PINNED", tmp_path / "pins.json")
    pins.write(pins.merged(pins_of(before), pins.present()))
    assert pins.PINNED.read_text(encoding="utf-8") == before


def pins_of(text: str) -> pins.Pins:
    """As `pinned` reads them."""
    path = pins.PINNED
    path.write_text(text, encoding="utf-8")
    return pins.pinned()


def test_what_is_pinned_is_what_rows_store() -> None:
    for flow in (flow for flow in registry.all_flows() if flow.__module__.startswith("workflows.")):
        path = get_flow_ref(flow)
        pin = pins.pinned()[path]
        assert import_flow_by_ref(path) is flow
        for name, kind in pin["steps"].items():
            node = import_task_by_ref(f"{path}.{name}")
            assert (get_task_ref(node), node.task_type) in {(f"{path}.{name}", kind), (None, pins.OBSOLETE)}


def _without_class(new: pins.Pins) -> None:
    new["workflows/nights.flow.NightFlow"] = new.pop(NIGHT)


def _with(name: str, change: Callable[[Any], Any]) -> Callable[[pins.Pins], None]:
    def changed(new: pins.Pins) -> None:
        new[NIGHT][name] = change(new[NIGHT][name])

    return changed


def _less(name: str) -> Callable[[Any], Any]:
    return lambda known: {key: value for key, value in known.items() if key != name}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_without_class, "retired = True"),
        (_with("key", lambda _key: "nights"), "key was night_endorsement"),
        (_with("steps", _less("safety")), "safety = Obsolete()"),
        (_with("steps", lambda known: known | {"safety": "TIMER"}), "step safety was HUMAN and is TIMER"),
        (_with("answers", lambda known: known | {"pi": ["approve"]}), "pi has no answer reject any more"),
        (_with("ends", lambda known: known | {"granted": "given"}), "end granted had the outcome granted"),
    ],
)
def test_what_rows_refer_to_and_is_gone_is_told_and_never_written(
    change: Callable[[pins.Pins], None], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old, new = pins.pinned(), pins.present()
    change(new)
    (wrong,) = pins.lost(old, new)
    assert wrong.startswith(NIGHT)
    assert told in wrong
    monkeypatch.setattr(pins, "present", lambda: new)
    monkeypatch.setattr(pins, "write", lambda _pins: pytest.fail("written"))
    with pytest.raises(CommandError, match="NightEndorsementFlow"):
        call_command("flow_pins")


def test_a_step_that_only_stands_for_older_versions_is_not_lost() -> None:
    old, new = pins.pinned(), pins.present()
    new[NIGHT]["steps"]["safety"] = pins.OBSOLETE
    del new[NIGHT]["answers"]["safety"]
    assert pins.lost(old, new) == []


def test_what_is_new_has_to_be_pinned_and_is_added_to_what_was() -> None:
    old, new = pins.pinned(), pins.present()
    assert pins.unpinned(old, new) == []
    changed = copy.deepcopy(new)
    changed[NIGHT]["versions"] = ["f" * 64]
    changed[NIGHT]["steps"]["dean"] = "HUMAN"
    changed["workflows/fresh.flow.FreshFlow"] = changed[NIGHT]
    shape, fresh = pins.unpinned(old, changed)
    assert shape.startswith(f"{NIGHT} has another shape.")
    assert "manage.py flow_pins" in shape
    assert fresh.startswith("workflows/fresh.flow.FreshFlow is new")
    kept = pins.merged(old, changed)
    assert kept[NIGHT]["versions"] == [*old[NIGHT]["versions"], "f" * 64]
    assert kept[NIGHT]["steps"]["dean"] == "HUMAN"
    assert kept.keys() == changed.keys()
    assert pins.lost(old, kept) == []


def test_the_check_says_what_is_not_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("flow_pins", "--check", verbosity=0)
    new = pins.present()
    new[NIGHT]["versions"] = ["f" * 64]
    monkeypatch.setattr(pins, "present", lambda: new)
    with pytest.raises(CommandError, match="another shape") as told:
        call_command("flow_pins", "--check")
    assert told.value.returncode == 1

"""What databases remember of the code of processes: paths of flow classes, names and types of steps, answers,
outcomes of ends, and every shape that cases may have begun in. `workflows/pinned_flows.json` keeps all that
was ever released; the code may add to it and take nothing away.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from viewflow.workflow.fields import get_flow_ref

from workflows import registry
from workflows.base import BaseFlow
from workflows.versions import shape

PINNED = Path(__file__).parent / "pinned_flows.json"
OBSOLETE = "OBSOLETE"  # viewflow's type of a node that stands for what older versions had

Pin = dict[str, Any]  # key, steps, answers, ends, versions
Pins = dict[str, Pin]  # by the path that processes store
_RENEW = "run `python manage.py flow_pins` and commit workflows/pinned_flows.json"


def pinned() -> Pins:
    """What was released."""
    found: Pins = json.loads(PINNED.read_text(encoding="utf-8"))
    return found


def present() -> Pins:
    """What the product's code has now. Flows of tests and of other people's apps are theirs to pin."""
    registry.load()
    ours = (flow for flow in registry.all_flows() if flow.__module__.startswith("workflows."))
    return {get_flow_ref(flow): pin_of(flow) for flow in ours}


def pin_of(flow: type[BaseFlow]) -> Pin:
    """What rows of a flow's cases refer to."""
    instance: Any = flow.instance
    nodes = sorted(instance.nodes(), key=lambda node: node.name)
    return {
        "key": flow.key,
        "steps": {node.name: node.task_type for node in nodes},
        "answers": {node.name: sorted(node.outcomes) for node in nodes if getattr(node, "outcomes", None)},
        "ends": {node.name: node.outcome for node in nodes if hasattr(node, "outcome")},
        "versions": [shape(flow)[1]],
    }


def lost(old: Pins, new: Pins) -> list[str]:
    """What rows may refer to and the code does not have any more, each with what to do."""
    found = []
    for path, before in old.items():
        if path not in new:
            found.append(f"{path}: the class is gone or renamed. Keep it where it is, with retired = True.")
        else:
            found += [f"{path}: {what}" for what in _lost_of(before, new[path])]
    return found


def _lost_of(before: Pin, after: Pin) -> Iterator[str]:
    if before["key"] != after["key"]:
        yield f"its key was {before['key']}. Cases and versions store it: give it back."
    for name, kind in before["steps"].items():
        if name not in after["steps"]:
            yield f"step {name} is gone. Tasks refer to it: keep it as `{name} = Obsolete()`."
        elif after["steps"][name] not in (kind, OBSOLETE):
            yield f"step {name} was {kind} and is {after['steps'][name]}. Tasks store both: use another name."
    yield from _lost_words(before, after)


def _lost_words(before: Pin, after: Pin) -> Iterator[str]:
    """Answers and outcomes of steps that are still there."""
    live = {name for name, kind in after["steps"].items() if kind != OBSOLETE}
    for name in sorted(live & before["answers"].keys()):
        for key in sorted(set(before["answers"][name]) - set(after["answers"].get(name, ()))):
            yield f"step {name} has no answer {key} any more. Steps store it: give it back."
    for name in sorted(live & before["ends"].keys()):
        if after["ends"].get(name) != before["ends"][name]:
            yield f"end {name} had the outcome {before['ends'][name]}. Cases store it: give it back."


def unpinned(old: Pins, new: Pins) -> list[str]:
    """What the code has and nobody has released yet, each with what to do."""
    found = []
    for path, after in new.items():
        before = old.get(path)
        if before is None:
            found.append(f"{path} is new: {_RENEW}.")
            continue
        if after["versions"][0] not in before["versions"]:
            found.append(
                f"{path} has another shape. If cases that run may go on in it, {_RENEW}: new cases begin in "
                "the next version. If it means something else, leave it as it was, with retired = True, and "
                "write a new class."
            )
        elif _without_versions(merged_of(before, after)) != _without_versions(before):
            found.append(f"{path} stores something new: {_RENEW}.")
    return found


def merged(old: Pins, new: Pins) -> Pins:
    """Everything that was and everything that is."""
    return {
        path: merged_of(old[path], new[path]) if path in old and path in new else {**old, **new}[path]
        for path in sorted({*old, *new})
    }


def merged_of(before: Pin, after: Pin) -> Pin:
    """One flow's."""
    answers = {
        name: sorted({*before["answers"].get(name, ()), *after["answers"].get(name, ())})
        for name in sorted({*before["answers"], *after["answers"]})
    }
    fresh = [mark for mark in after["versions"] if mark not in before["versions"]]
    return {
        "key": before["key"],
        "steps": dict(sorted({**after["steps"], **before["steps"]}.items())),
        "answers": answers,
        "ends": dict(sorted({**after["ends"], **before["ends"]}.items())),
        "versions": [*before["versions"], *fresh],
    }


def _without_versions(pin: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in pin.items() if name != "versions"}


def write(pins: Pins) -> None:
    """Keep them, one thing on a line, so that what two people add meets in no line."""
    PINNED.write_text(json.dumps(pins, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

"""Facts from outside, as JSON text: read strictly, every bad member reported at once. It never guesses,
rounds or fills in.
"""

import json
from dataclasses import MISSING, fields
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from apps.core.errors import Invalid
from rules.errors import FactError
from rules.facts import Column, Facts, columns_of, parse, show

LIMIT = 1024 * 1024


def read_facts(text: str | bytes, facts_type: type) -> Facts:
    """The facts of a point from a JSON object.

    Raises Invalid `decisions.facts_unreadable` when it is no JSON object, else `decisions.facts_invalid`
    with `problems`: one entry {path, code, message} for each member that is unknown, missing, null or not
    exactly of its type.
    """
    data = _object(text)
    columns = columns_of(facts_type)
    required = {field.name for field in fields(facts_type) if field.default is MISSING}
    problems = [_problem(show(name), "rules.fact_unknown", "no such fact") for name in data.keys() - columns]
    found: dict[str, Any] = {}
    for name, column in columns.items():
        if name in data:
            try:
                found[name] = _value(column, data[name])
            except FactError as error:
                problems.append(_problem(name, error.code, error.message))
        elif name in required:
            problems.append(_problem(name, "rules.fact_missing", "missing"))
    if problems:
        raise Invalid(
            _("Some facts are not what the decision point declares."),
            code="decisions.facts_invalid",
            field="facts",
            problems=sorted(problems, key=_path),
        )
    facts: Facts = facts_type(**found)
    return facts


def _value(column: Column, value: object) -> object:
    if value is None and not column.nullable:
        raise FactError("must not be null", code="rules.fact_null", path=column.name)
    return parse(column, value)


def _problem(path: str, code: str, message: str) -> dict[str, str]:
    return {"path": path, "code": code, "message": message}


def _path(problem: dict[str, str]) -> str:
    return problem["path"]


def _object(text: str | bytes) -> dict[str, Any]:
    if len(text) > LIMIT:
        _unreadable(f"more than {LIMIT} bytes")
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_unreadable)
    except (ValueError, RecursionError) as error:
        _unreadable(str(error))
    if not isinstance(data, dict):
        _unreadable("not an object")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _unreadable("a member stands twice")
    return found


def _unreadable(why: str) -> NoReturn:
    raise Invalid(
        _("The facts are not a JSON object: %(why)s") % {"why": why},
        code="decisions.facts_unreadable",
        field="facts",
    )

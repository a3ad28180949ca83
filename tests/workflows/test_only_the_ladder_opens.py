"""A level of opening is reached by the ladder and by nothing else: whoever writes it elsewhere, or brings a
standing of its own, fails here and has to say why.
"""

import ast
from datetime import datetime

import pytest

from apps.core.errors import Invalid, WrongState
from apps.instruments.importing import import_instruments
from apps.instruments.models import Instrument, OpeningChange
from apps.instruments.opening import TAKEN_OVER, open_level
from apps.instruments.operations import change_instrument
from tests import people
from tests.factories.instruments import demo_rows
from tests.factories.opening import everything_there
from tests.factories.refusals import refused
from tests.workflows.test_only_flows_make_and_end_people import _sources

LADDER = "apps/instruments/opening.py"
# Who gathers what is there; the operation looks itself at what its room knows.
GATHERS = {"workflows/onboarding/flow.py"}
# Schools that are made at once: the importer, what reads its rows, and the stage of the story.
FOUNDED = {
    "apps/instruments/importing.py",
    "apps/instruments/rows.py",
    "scripts/story/school.py",
}
# Measured timetables look at one machine of the class and no other.
BENCHES = {"bench/school.py", "bench/timetables.py"}


@pytest.mark.once
def test_nothing_writes_the_level_beside_the_ladder() -> None:
    writers = {file for file, tree in _sources() if any(_writes(node) for node in ast.walk(tree))}
    assert writers == {LADDER} | FOUNDED | BENCHES


@pytest.mark.once
def test_one_flow_says_what_is_there() -> None:
    sayers = {
        file
        for file, tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "open_level"
        and any(one.arg == "standing" for one in node.keywords)
    }
    assert sayers == GATHERS


def _writes(node: ast.AST) -> bool:
    """`row.opening_level = …`, or a row that is made or updated with a level, by name or in a mapping."""
    if isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(one, ast.Attribute) and one.attr == "opening_level" for one in targets)
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Dict) and _makes_open(node)
    makes = getattr(node.func, "attr", getattr(node.func, "id", "")) in ("create", "update", "Instrument")
    return makes and any(one.arg == "opening_level" for one in node.keywords)


def _makes_open(node: ast.Dict) -> bool:
    """A mapping of settings with a level beside others that only an instrument's row has."""
    names = {one.value for one in node.keys if isinstance(one, ast.Constant)}
    return "opening_level" in names and bool(names & {"night_people", "revocation_class"})


@pytest.mark.django_db
@pytest.mark.parametrize("level", [3, 5])
def test_a_setting_opens_nothing(now: datetime, level: int) -> None:
    they = people.gather(now)
    open_level(instrument=they.sem, level=0, reason="moved", by=they.office, now=now)
    for by in (they.office, None):
        with refused(Invalid, "instruments.setting"):
            change_instrument(instrument=they.sem, by=by, now=now, opening_level=level)
    they.sem.refresh_from_db()
    assert they.sem.opening_level == 0


@pytest.mark.django_db
def test_what_a_person_imports_is_not_open_and_what_founds_a_school_is_in_its_history(now: datetime) -> None:
    they = people.gather(now)
    row = demo_rows()["QY000004"]
    [imported] = import_instruments(source=[{**row, "asset_no": "QY990001"}], now=now, by=they.office)
    assert imported.opening_level == 0
    assert not imported.openings.exists()
    with refused(WrongState, "instruments.ladder"):
        open_level(instrument=imported, level=1, by=they.office, now=now)
    [founded] = import_instruments(source=[{**row, "asset_no": "QY990002"}], now=now)
    change = OpeningChange.objects.get(instrument=founded)
    assert (change.before, change.after, change.reason, change.by) == (0, 5, TAKEN_OVER, None)


@pytest.mark.django_db
def test_a_standing_that_is_not_so_opens_nothing(now: datetime) -> None:
    """What the room knows itself counts, whatever whoever asks says of it."""
    they = people.gather(now)
    open_level(instrument=they.sem, level=0, reason="moved", by=they.office, now=now)
    with refused(WrongState, "instruments.ladder") as met:
        open_level(instrument=they.sem, level=5, by=they.office, now=now, standing=everything_there(they.sem))
    assert met.details["missing"] == ["tested"]
    Instrument.objects.filter(pk=they.sem.pk).update(access_node="qr")
    they.sem.crew.update(valid_until=now)
    with refused(WrongState, "instruments.ladder") as met:
        open_level(
            instrument=they.sem,
            level=4,
            by=they.office,
            now=now,
            standing=everything_there(they.sem, access_node="interlock"),
        )
    assert met.details["missing"] == ["managed", "login", "tested"]

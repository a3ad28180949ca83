"""The default table of cancelling: who pays for a slot that is given back too late, and who never does."""

from __future__ import annotations

import pytest

from rules.analysis import analyse
from rules.engine import evaluate, run_examples
from rules.facts import facts_load
from rules.points import booking_cancellation as point
from rules.points.access_unlock import MENDERS
from rules.table import RuleSet

ENGINES = ("durable", "codegen", "python")
LATE: dict[str, object] = {"minutes_to_start": 119, "is_late": True}
ABSENT: dict[str, object] = {
    "cancelled_by": "system",
    "minutes_to_start": -30,
    "is_late": True,
    "no_show": True,
}

CASES: list[tuple[dict[str, object], str, tuple[str, ...]]] = [
    ({}, "free", ()),
    ({"earlier_late": 9}, "free", ()),
    (LATE, "late", ("cancellation.late",)),
    ({**LATE, "earlier_late": 1}, "late", ("cancellation.late_again",)),
    ({**LATE, "used": True}, "free", ("cancellation.used",)),
    ({**LATE, "instrument_out": True}, "free", ("cancellation.instrument_out",)),
    ({**LATE, "cancelled_by": "crew"}, "free", ("cancellation.by_others",)),
    ({**LATE, "cancelled_by": "system"}, "free", ("cancellation.by_others",)),
    *(
        ({**LATE, "purpose": purpose}, "free", ("cancellation.for_others",))
        for purpose in point.BookingPurpose
        if purpose != point.BookingPurpose.USE
    ),
    ({**LATE, "is_mistake": True}, "free", ("cancellation.mistake",)),
    ({**LATE, "is_mistake": True, "earlier_late": 5}, "free", ("cancellation.mistake",)),
    ({"is_mistake": True}, "free", ()),
    (ABSENT, "no_show", ("cancellation.no_show",)),
    # Booked on the spot and left alone: not coming is no mistake of booking.
    ({**ABSENT, "is_mistake": True}, "no_show", ("cancellation.no_show",)),
    ({**ABSENT, "is_over": True}, "no_show", ("cancellation.no_show",)),
    ({**ABSENT, "instrument_offline": True}, "free", ("cancellation.instrument_offline",)),
    ({**ABSENT, "instrument_taken": True}, "free", ("cancellation.instrument_taken",)),
    ({**ABSENT, "instrument_out": True}, "free", ("cancellation.instrument_out",)),
    ({**ABSENT, "used": True}, "free", ("cancellation.used",)),
    ({**ABSENT, "purpose": "teaching"}, "free", ("cancellation.for_others",)),
    ({**LATE, "late_per_mille": 200}, "late_charged", ("cancellation.late_charged",)),
    ({**LATE, "late_per_mille": 200, "earlier_late": 3}, "late_charged", ("cancellation.late_charged",)),
    ({**LATE, "late_per_mille": 200, "estimated_fen": 0}, "late", ("cancellation.late",)),
    ({**LATE, "late_per_mille": 200, "is_mistake": True}, "free", ("cancellation.mistake",)),
    ({**LATE, "late_per_mille": 200, "cancelled_by": "crew"}, "free", ("cancellation.by_others",)),
    ({**LATE, "no_show_per_mille": 200}, "late", ("cancellation.late",)),
    ({"late_per_mille": 200}, "free", ()),
    ({**ABSENT, "no_show_per_mille": 500}, "no_show_charged", ("cancellation.no_show_charged",)),
    ({**ABSENT, "no_show_per_mille": 500, "estimated_fen": 0}, "no_show", ("cancellation.no_show",)),
    ({**ABSENT, "late_per_mille": 500}, "no_show", ("cancellation.no_show",)),
    (
        {**ABSENT, "no_show_per_mille": 500, "instrument_offline": True},
        "free",
        ("cancellation.instrument_offline",),
    ),
    ({**LATE, "is_over": True}, "refused_over", ("cancellation.over",)),
    ({**LATE, "is_over": True, "cancelled_by": "system"}, "refused_over", ("cancellation.over",)),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("changes", "outcome", "codes"), CASES)
def test_each_situation_has_its_answer(
    changes: dict[str, object], outcome: str, codes: tuple[str, ...], engine: str
) -> None:
    facts = facts_load(point.CancellationFacts, point.situation(**changes))
    decision = evaluate(point.DEFAULT, facts, engine=engine)
    assert (decision.outcome, decision.codes) == (outcome, codes)
    for reason in decision.reasons:
        assert reason.zh
        assert reason.en
        assert reason.mender in {"", *MENDERS}


def test_every_row_is_reached_above() -> None:
    reached = {
        row
        for changes, _outcome, _codes in CASES
        for row in evaluate(
            point.DEFAULT, facts_load(point.CancellationFacts, point.situation(**changes))
        ).deciding
    }
    assert reached == {row.id for row in point.DEFAULT.rows}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_stored_examples_hold_and_nothing_is_dead(engine: str) -> None:
    assert run_examples(point.DEFAULT, engine=engine) == []
    found = analyse(point.DEFAULT)
    assert (found.empty, found.unreachable, found.fail_open) == ((), (), ())
    assert RuleSet.from_json(point.DEFAULT.to_json(), point.CancellationFacts).digest == point.DEFAULT.digest
    assert {row.outcome for row in point.DEFAULT.rows} | {point.DEFAULT.default} == set(point.SPEC.outcomes)


def test_late_again_says_how_often_and_how_early_it_would_have_been_free() -> None:
    facts = facts_load(point.CancellationFacts, point.situation(**LATE, earlier_late=2))
    (reason,) = evaluate(point.DEFAULT, facts).reasons
    assert "2" in reason.zh
    assert "120" in reason.zh
    assert "120 minutes" in reason.en

"""Evaluations for tests: a round over the FE-SEM A and its invented sisters, with figures as records would
answer them.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.core.figures import Figure, FigureUnit
from apps.evaluation import reporting, rounds, schemes, sheets
from apps.evaluation.models import ReportItem, Round, SchemeVersion, Sheet
from apps.evaluation.scorers import score_round
from apps.instruments.models import Instrument
from tests.people import People

HOUR_MS = 3_600_000
LINK = "/figures/effective_hours/records/?scope=school&period=2025-2026"  # where records are listed
YEAR = 2025  # the academic year before the tests' present


def scheme(now: datetime, key: str = "ministry") -> SchemeVersion:
    """Version 1 of a scheme of the product."""
    schemes.install_shipped(now=now)
    return SchemeVersion.objects.get(scheme__key=key, number=1)


def figures(hours: int = 0, *, alone: int = 0, yuan: int = 0, **more: int) -> dict[str, Figure]:
    """What records answer of an instrument."""
    return {
        "effective_hours": Figure(
            "effective_hours",
            FigureUnit.HOURS_MS,
            hours * HOUR_MS,
            "usage.records",
            12,
            "d" * 64,
            LINK,
        ),
        "trained_alone": Figure("trained_alone", FigureUnit.PEOPLE, alone, "training.certificates", alone),
        "income": Figure("income", FigureUnit.FEN, yuan * 100, "billing.lines", 3),
        **{key: Figure(key, FigureUnit.PEOPLE, value) for key, value in more.items()},
    }


def opened(they: People, now: datetime, key: str = "ministry", **changes: Any) -> Round:
    """A round of the office, with its sheets."""
    return rounds.open_round(version=scheme(now, key), year=YEAR, by=they.office, now=now, **changes)


def drawn(they: People, now: datetime, given: Mapping[int, Mapping[str, Figure]] | None = None) -> Round:
    """A round whose figures are frozen: those given by primary key of the instrument, else 700 hours."""
    round_ = opened(they, now)
    usual = figures(700, alone=2, yuan=8000)
    rounds.freeze(
        round_=round_,
        figures={one.pk: (given or {}).get(one.instrument_id or 0, usual) for one in round_.sheets.all()},
        now=now,
    )
    return rounds.begin_reports(round_=round_, now=now)


def sheet_of(round_: Round, instrument: Instrument) -> Sheet:
    """The sheet of an instrument."""
    return round_.sheets.select_related("round__version__scheme", "instrument", "unit").get(
        instrument=instrument
    )


def confirmed(round_: Round, now: datetime) -> None:
    """Every unit has confirmed its sheets."""
    for one in round_.sheets.all():
        sheets.pass_on(sheet=one, to=Sheet.State.LAB, by=None, now=now)
        sheets.pass_on(sheet=one, to=Sheet.State.READY, by=None, now=now)


def scored(they: People, now: datetime, given: Mapping[int, Mapping[str, Figure]] | None = None) -> Round:
    """A round that was scored."""
    round_ = drawn(they, now, given)
    confirmed(round_, now)
    return score_round(round_=round_, now=now)


def item(sheet: Sheet, now: datetime, key: str = "prizes_school", amount: str = "1") -> ReportItem:
    """Something reported."""
    return reporting.report_item(
        sheet=sheet, key=key, amount=Decimal(amount), what="校教学成果奖", by=None, now=now
    )

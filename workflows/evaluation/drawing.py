"""The figures of records for the sheets of a round: asked of the reports, in batches, and frozen. The rooms
below never ask for them themselves.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from apps.core.figures import Figure, FigureUnit
from apps.evaluation.models import Round, Sheet
from apps.evaluation.rounds import BATCH, begin_reports, freeze, instruments_of, undrawn
from apps.evaluation.sources import FROM_RECORDS, OF_LABS, ONLINE_FROM
from apps.instruments.models import Instrument
from apps.reports.figures import of_instruments
from workflows.evaluation.periods import reports_period


def draw(round_: Round, now: datetime, *, batch: int = BATCH) -> int:
    """Freeze the figures of every sheet that has none yet, and let the crews report; gives how many were
    drawn. Each batch is a transaction: what was drawn before an interruption stays.
    """
    done = 0
    while sheets := undrawn(round_, batch):
        done += freeze(round_=round_, figures=figures_for(sheets, round_), now=now)
    begin_reports(round_=round_, now=now)
    return done


def figures_for(sheets: Iterable[Sheet], round_: Round) -> dict[int, dict[str, Figure]]:
    """What records answer of each sheet (primary key): of its instrument, or of all of a laboratory."""
    behind = instruments_of(sheets, round_)
    asked = {one.pk for instruments in behind.values() for one in instruments}
    found = of_instruments(asked, reports_period(round_), digests=True)
    return {
        pk: {
            **summed([found[one.pk] for one in instruments if one.pk in found]),
            **_counted(instruments),
        }
        for pk, instruments in behind.items()
    }


def summed(parts: Iterable[Mapping[str, Figure]]) -> dict[str, Figure]:
    """The sum of the figures of several instruments; of one alone they keep their address. Ratios are left
    out: they follow from their parts.
    """
    listed = list(parts)
    if len(listed) == 1:
        return dict(listed[0])
    total: dict[str, Figure] = {}
    for one in listed:
        for key, figure in one.items():
            if key in FROM_RECORDS and figure.unit is not FigureUnit.PERMILLE:
                total[key] = total[key] + figure if key in total else figure
    return total


def _counted(instruments: list[Instrument]) -> dict[str, Figure]:
    counts = {
        "instruments": len(instruments),
        "instruments_open": sum(one.opening_level > 0 for one in instruments),
        "instruments_online": sum(one.opening_level >= ONLINE_FROM for one in instruments),
    }
    return {
        key: Figure(key, OF_LABS[key], number, "instruments.register", number)
        for key, number in counts.items()
    }

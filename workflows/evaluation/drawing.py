"""The figures of records for the sheets of a round: asked of the reports, in batches, and frozen. The rooms
below never ask for them themselves.
"""

from collections.abc import Iterable
from datetime import datetime

from apps.core.figures import Figure
from apps.evaluation.models import Round, Sheet
from apps.evaluation.rounds import BATCH, begin_reports, freeze, instruments_of, undrawn
from apps.evaluation.sources import OF_LABS, ONLINE_FROM
from apps.instruments.models import Instrument
from apps.reports.figures import of_instruments, of_labs
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
    listed = list(sheets)
    behind, period = instruments_of(listed, round_), reports_period(round_)
    alone = {one.instrument_id for one in listed if one.instrument_id is not None}
    found = of_instruments(alone, period, digests=True) if alone else {}
    of_lab = {one.lab: behind[one.pk] for one in listed if one.lab is not None}
    together = of_labs(of_lab, period, digests=True) if of_lab else {}
    return {
        one.pk: {
            **(together[one.lab_id] if one.lab_id is not None else found.get(one.instrument_id or 0, {})),
            **_counted(behind[one.pk]),
        }
        for one in listed
    }


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

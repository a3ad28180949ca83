"""Scoring a round on one database: its instruments are a crowd, its figures invented, the same on every
run. An import.
"""

import time
from fractions import Fraction
from typing import Any

from django.db import connection

from apps.core.clock import now, school_time
from apps.core.figures import Figure, FigureUnit
from apps.decisions.models import DecisionRecord
from apps.evaluation import rounds, schemes
from apps.evaluation.content import Content
from apps.evaluation.models import FrozenFigure, Round, SchemeVersion, Score, Sheet
from apps.evaluation.scorers import score_round
from apps.evaluation.scoring import rounded, score
from apps.evaluation.shipped import shipped
from bench.lines import say, spread
from bench.school import crowd, found

MANY, FEW = 2_000, 60
BAR, SECONDS_BAR = 6.0, 60
HOUR_MS = 3_600_000
QUOTA = 1400


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    many = FEW if quick else MANY
    _arithmetic(many, 3 if quick else 7)
    at = now()
    machines = found(at)
    crowd(machines[0], max(0, many - len(machines)))
    schemes.install_shipped(now=at)
    version = SchemeVersion.objects.get(scheme__key="ministry")
    round_ = rounds.open_round(version=version, year=school_time(at).year, by=None, now=at)
    _confirm(round_, at)
    begin = time.perf_counter()
    score_round(round_=round_, now=at)
    took = (time.perf_counter() - begin) * 1000
    bare, rows = _by_hand(round_)
    sheets = round_.sheets.count()
    say(
        "scoring_a_round",
        database=connection.vendor,
        sheets=sheets,
        rows=rows,
        took_ms=round(took),
        each_ms=round(took / sheets, 2),
        baseline_ms=round(bare),
        ratio=round(took / bare, 2),
        bar=f"took <= {SECONDS_BAR} s",
        meets_bar=took <= SECONDS_BAR * 1000,
    )


def _arithmetic(many: int, times: int) -> None:
    """The scheme's formulas beside the same formula in Python, in turn; the first turn warms."""
    content = shipped("ministry")
    cohort = content.cohorts[-1]
    given = [_figures(content, number) for number in range(many)]
    ours, theirs = [], []
    for turn in range(times + 1):
        begin = time.perf_counter()
        scored = [score(content, cohort, figures).total for figures in given]
        middle = time.perf_counter()
        bare = [_bare(figures) for figures in given]
        if turn:
            ours.append((middle - begin) * 1000)
            theirs.append((time.perf_counter() - middle) * 1000)
        if scored != bare:
            raise RuntimeError("the formula by hand comes to something else")
    ratio = min(ours) / min(theirs)
    say(
        "scores_alone",
        scores=many,
        **spread(ours),
        baseline_ms=round(min(theirs), 3),
        ratio=round(ratio, 2),
        bar=f"ratio <= {BAR:g}",
        meets_bar=ratio <= BAR,
    )


def _figures(content: Content, number: int) -> dict[str, Fraction | int]:
    """Invented, and different for each."""
    return {one.key: (number * 7919 + at * 104_729) % 97 for at, one in enumerate(content.figures)} | {
        "effective_hours": Fraction(number * 7919 % 200_000, 100),
        "income": Fraction(number * 104_729 % 3_000_000, 100),
    }


def _bare(figures: dict[str, Any]) -> Fraction:
    """The ministry's score written out."""
    original, used = figures["functions_original"], figures["functions_used"]
    share = Fraction(used, original) if original else Fraction(-1)
    steps = next((points for bound, points in _STEPS if share >= bound), 0) + 10 * figures["functions_new"]
    results = 80 * figures["prizes_national"] + 60 * figures["prizes_provincial"]
    results += 20 * figures["prizes_school"] + 5 * figures["papers_core"]
    training = 10 * figures["trained_alone"] + 3 * figures["trained_guided"]
    parts = (
        (Fraction(figures["effective_hours"]) / QUOTA * 100, 35),
        (training + Fraction(figures["demonstrations"], 30), 20),
        (Fraction(results), 25),
        (5 * Fraction(figures["income"]) / 1000, 15),
        (Fraction(steps), 5),
    )
    return sum((rounded(min(raw, Fraction(100)) * weight / 100, 2) for raw, weight in parts), Fraction(0))


_STEPS = tuple(
    (Fraction(bound), points)
    for bound, points in (("1", 60), ("0.8", 48), ("0.6", 36), ("0.4", 24), ("0.2", 12), ("0", 0))
)


def _confirm(round_: Round, at: Any) -> None:
    """Figures of records for every sheet; every unit has confirmed."""
    while sheets := rounds.undrawn(round_):
        rounds.freeze(
            round_=round_,
            figures={
                one.pk: {
                    "effective_hours": Figure(
                        "effective_hours", FigureUnit.HOURS_MS, one.pk * 7919 % 2000 * HOUR_MS
                    ),
                    "income": Figure("income", FigureUnit.FEN, one.pk * 104_729 % 3_000_000),
                }
                for one in sheets
            },
            now=at,
        )
    rounds.begin_reports(round_=round_, now=at)
    round_.sheets.update(state=Sheet.State.READY, ready_at=at)


def _by_hand(round_: Round) -> tuple[float, int]:
    """How long the same rows take to be written by bare SQL, in milliseconds; and how many they are."""
    took, number = 0.0, 0
    for model, rows in (
        (FrozenFigure, FrozenFigure.objects.filter(sheet__round=round_, source__startswith="evaluation.")),
        (Score, Score.objects.filter(sheet__round=round_)),
        (DecisionRecord, DecisionRecord.objects.filter(point="evaluation.score")),
    ):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            keys = ", ".join(str(pk) for pk in rows.values_list("pk", flat=True)) or "0"
            cursor.execute(f"SELECT * FROM {table} WHERE id IN ({keys})")  # noqa: S608 - our own table and keys
            kept = cursor.fetchall()
            copy = f"copy_{table}"
            cursor.execute(f"CREATE TEMPORARY TABLE {copy} AS SELECT * FROM {table} WHERE 1 = 0")  # noqa: S608 - ours
            marks = ", ".join(["%s"] * len(kept[0]))
            values = [[_plain(value) for value in row] for row in kept]
            begin = time.perf_counter()
            cursor.executemany(f"INSERT INTO {copy} VALUES ({marks})", values)  # noqa: S608 - our own table
            took += (time.perf_counter() - begin) * 1000
        number += len(kept)
    return took, number


def _plain(value: Any) -> Any:
    """JSON as the driver takes it back."""
    return str(value) if isinstance(value, dict | list) else value

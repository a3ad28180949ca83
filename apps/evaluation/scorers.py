"""The scoring of a round: what was reported is frozen beside the records, every sheet is computed, and the
rule `evaluation.score` says of each, on record, whether its score stands or a panel looks at it.

In batches, each a transaction of its own; safe to repeat after whatever interrupted it: what was frozen and
scored stays, the rest is done.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from apps.core.errors import WrongState
from apps.core.figures import digest_of
from apps.core.outbox import publish
from apps.decisions.operations import decide
from apps.evaluation import publications, reporting
from apps.evaluation.bands import Place, places
from apps.evaluation.content import PUBLICATIONS, RECORDS, Content, written
from apps.evaluation.models import FrozenFigure, Round, Score, Sheet
from apps.evaluation.rounds import BATCH, locked, move
from apps.evaluation.scoring import Score as Computed
from apps.evaluation.scoring import in_hundredths, score
from apps.evaluation.wording import steps_of
from rules.points.evaluation_score import KEY, PANEL, STANDS, Band, ScoreFacts

State = Round.State
MOST_DIVISOR = 10**9  # of a sum of shared papers; what is lost beyond it no sheet shows


def score_round(*, round_: Round, now: datetime, batch: int = BATCH) -> Round:
    """Every sheet of the round is scored, its place found and decided. Raises WrongState
    `evaluation.unconfirmed` while sheets are with crews or units, `evaluation.state`.
    """
    begin_scoring(round_=round_, now=now)
    while score_some(round_=round_, now=now, most=batch):
        pass
    place_all(round_=round_, now=now)
    while decide_some(round_=round_, now=now, most=batch):
        pass
    return finish_scoring(round_=round_, now=now)


@transaction.atomic
def begin_scoring(*, round_: Round, now: datetime) -> Round:
    """Nothing is reported or corrected any more. Raises WrongState `evaluation.unconfirmed`,
    `evaluation.state`.
    """
    row = locked(round_)
    if row.state == State.SCORING:
        return row
    waiting = row.sheets.exclude(state=Sheet.State.READY).count()
    if waiting:
        raise WrongState(
            _("%(number)d sheets are not confirmed yet.") % {"number": waiting},
            code="evaluation.unconfirmed",
            sheets=waiting,
        )
    return move(row, (State.REPORTING,), State.SCORING, now, done=0)


@transaction.atomic
def score_some(*, round_: Round, now: datetime, most: int = BATCH) -> int:
    """The next sheets are frozen and scored; gives how many. Seven queries for each batch."""
    row = locked(round_)
    if row.state != State.SCORING:
        return 0
    waiting = row.sheets.select_for_update().filter(state=Sheet.State.READY).order_by("id")
    sheets = list(waiting[:most])
    if not sheets:
        return 0
    content = row.version.tree
    FrozenFigure.objects.bulk_create(_told(row, content, sheets, now), batch_size=BATCH)
    prefetch_related_objects(sheets, "figures")
    made = [_scored(content, sheet, now) for sheet in sheets]
    Score.objects.bulk_create(made, batch_size=BATCH)
    for sheet, found in zip(sheets, made, strict=True):
        sheet.state = Sheet.State.SCORED
        sheet.computed = sheet.total = found.total
        sheet.grade = found.grade
    Sheet.objects.bulk_update(sheets, ["state", "computed", "total", "grade"], batch_size=200)
    Round.objects.filter(pk=row.pk).update(done=row.sheets.filter(state=Sheet.State.SCORED).count())
    return len(sheets)


@transaction.atomic
def place_all(*, round_: Round, now: datetime) -> None:
    """The band of every sheet among those of its cohort."""
    row = locked(round_)
    if row.state != State.SCORING:
        return
    found = _places(row)
    for band in Sheet.Band.values:
        keys = [key for key, place in found.items() if place.band == band]
        for first in range(0, len(keys), BATCH):
            Sheet.objects.filter(pk__in=keys[first : first + BATCH]).update(band=band)


@transaction.atomic
def decide_some(*, round_: Round, now: datetime, most: int = BATCH) -> int:
    """The rule is asked about the next sheets, and what it says is recorded; gives how many."""
    row = locked(round_)
    if row.state != State.SCORING:
        return 0
    content, found = row.version.tree, _places(row)
    waiting = row.sheets.select_for_update(of=("self",)).select_related("score").filter(decision="")
    sheets = list(waiting.order_by("id")[:most])
    for sheet in sheets:
        facts = score_facts(content, sheet, found.get(sheet.pk))
        decided = decide(
            point=KEY,
            facts=facts,
            sources=_sources(sheet),
            subject_id=None,
            object_ref=f"evaluation_sheet:{sheet.ulid}",
            asked_by="evaluation.score_round",
            now=now,
        )
        sheet.way = STANDS if decided.decision.outcome == STANDS else PANEL
        sheet.decision = decided.record.ulid
    Sheet.objects.bulk_update(sheets, ["way", "decision"], batch_size=200)
    return len(sheets)


@transaction.atomic
def finish_scoring(*, round_: Round, now: datetime) -> Round:
    """All is scored: the panel judges. Raises WrongState `evaluation.state`."""
    row = locked(round_)
    if row.state != State.SCORING:
        return row
    row = move(row, (State.SCORING,), State.JUDGING, now, scored_at=now)
    publish("evaluation.scored", now=now, round=row.ulid)
    return row


def score_facts(content: Content, sheet: Sheet, place: Place | None) -> ScoreFacts:
    """What the rule is asked about. The sheet has its `score`. No query."""
    lines = sheet.score.lines
    return ScoreFacts(
        total=Decimal(sheet.score.total) / 100,
        grade_rank=grade_rank(content, sheet.score.grade),
        band=Band(place.band) if place else Band.UNKNOWN,
        rank=place.rank if place else 0,
        cohort_size=place.size if place else 0,
        capped_parts=sum(bool(line["capped"]) for line in lines),
        empty_parts=sum(line["weighted"] == 0 for line in lines),
        unreported=sheet.unreported,
    )


def grade_rank(content: Content, grade: str) -> int:
    """The best grade 1."""
    return [one.key for one in content.grades].index(grade) + 1


def values_of(content: Content, figures: Iterable[FrozenFigure]) -> dict[str, Fraction | int]:
    """Frozen figures in what formulas compute with: hours, yuan, pieces."""
    known = {one.key for one in content.figures}
    return {
        one.key: Fraction(one.value, one.divisor * steps_of(one.unit)) for one in figures if one.key in known
    }


def computed(content: Content, sheet: Sheet) -> Computed:
    """The score of a sheet from what is frozen of it, explained. One query, none when it was prefetched."""
    return score(content, content.cohort(sheet.cohort), values_of(content, sheet.figures.all()))


def _told(round_: Round, content: Content, sheets: Sequence[Sheet], now: datetime) -> Iterator[FrozenFigure]:
    """What crews reported and which papers count, with the rows behind it, as frozen figures."""
    reported = reporting.sums(sheets)
    papers = publications.counted(round_, sheets)
    nothing: tuple[Fraction, list[str]] = (Fraction(0), [])
    for sheet in sheets:
        for spec in content.figures:
            if spec.source == RECORDS:
                continue
            behind = papers if spec.source == PUBLICATIONS else reported
            amount, rows = behind[sheet.pk].get(spec.key, nothing)
            exact = (amount * steps_of(spec.unit)).limit_denominator(MOST_DIVISOR)
            yield FrozenFigure(
                sheet=sheet,
                key=spec.key,
                unit=spec.unit,
                value=exact.numerator,
                divisor=exact.denominator,
                source=f"evaluation.{spec.source}",
                records=len(rows),
                digest=digest_of(rows),
                link=f"/evaluation/sheets/{sheet.ulid}/#{spec.source}",
                frozen_at=now,
            )


def _scored(content: Content, sheet: Sheet, now: datetime) -> Score:
    found = computed(content, sheet)
    return Score(
        sheet=sheet,
        cohort=sheet.cohort,
        total=in_hundredths(found.total),
        grade=found.grade.key,
        lines=[
            {
                "part": one.part.key,
                "raw": written(one.raw),
                "points": written(one.points),
                "cap": written(one.part.cap),
                "capped": one.capped,
                "weight": written(one.part.weight),
                "weighted": in_hundredths(one.weighted),
            }
            for one in found.parts
        ],
        digest=digest_of(f"{one.key}={one.value}/{one.divisor}" for one in sheet.figures.all()),
        scored_at=now,
    )


def _places(round_: Round) -> dict[int, Place]:
    numbers = round_.numbers
    rows = round_.sheets.filter(computed__isnull=False).values_list("pk", "cohort", "computed")
    return dict(
        places(
            ((pk, cohort, total or 0) for pk, cohort, total in rows),
            top=Fraction(str(numbers["top_share"])),
            bottom=Fraction(str(numbers["bottom_share"])),
        )
    )


def _sources(sheet: Sheet) -> dict[str, dict[str, Any]]:
    source = {
        "kind": "evaluation_sheet",
        "ref": sheet.ulid,
        "label_zh": "评价表",
        "label_en": "Evaluation sheet",
    }
    return dict.fromkeys(ScoreFacts.__dataclass_fields__, source)

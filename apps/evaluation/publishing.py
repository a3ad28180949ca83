"""The notice of the scores, their publication with a numbered paper, and what follows by rule."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.workdays import add_working_days
from apps.decisions.operations import decide
from apps.evaluation.content import Content
from apps.evaluation.judging import appealed
from apps.evaluation.models import Consequence, Round, Sheet
from apps.evaluation.papers import issue_results
from apps.evaluation.rounds import locked, move
from apps.evaluation.scorers import grade_rank, values_of
from apps.people.models import User
from apps.people.requirements import require_office
from rules.points.evaluation_consequences import (
    AWARD,
    IDLE_CHARGE,
    KEY,
    STOP_IDLE,
    STOP_PURCHASE,
    SUBSIDY,
    ConsequenceFacts,
)

State, Kind = Round.State, Consequence.Kind
FOLLOWS: dict[str, tuple[str, ...]] = {
    AWARD: (Kind.AWARD, Kind.SUBSIDY),
    SUBSIDY: (Kind.SUBSIDY,),
    STOP_IDLE: (Kind.STOP_PURCHASE, Kind.IDLE_CHARGE),
    STOP_PURCHASE: (Kind.STOP_PURCHASE,),
    IDLE_CHARGE: (Kind.IDLE_CHARGE,),
}


@transaction.atomic
def open_notice(*, round_: Round, now: datetime) -> Round:
    """The scores are noticed for `evaluation.notice_days` working days. Raises WrongState
    `evaluation.state`.
    """
    row = locked(round_)
    until = add_working_days(now, int(value("evaluation.notice_days", at=now)))
    return move(row, (State.JUDGING,), State.NOTICE, now, notice_from=now, notice_until=until)


@transaction.atomic
def publish_round(*, round_: Round, by: User | None, now: datetime, case_number: str = "") -> Round:
    """The results are published: everybody reads them, on a numbered paper, and what follows by rule is
    recorded. Raises NotPermitted `people.office_only`; WrongState `evaluation.notice_open`,
    `evaluation.appeals_open`, `evaluation.state`; Invalid `documents.missing_glyph`.
    """
    require_office(by, now)
    row = locked(round_)
    if row.state != State.NOTICE:
        move(row, (State.NOTICE,), State.NOTICE, now)
    if row.notice_until is not None and now < row.notice_until:
        raise WrongState(_("The notice is not over yet."), code="evaluation.notice_open")
    if waiting := len(appealed(row)):
        raise WrongState(
            _("%(number)d appeals are not decided yet.") % {"number": waiting}, code="evaluation.appeals_open"
        )
    paper = issue_results(row, case_number=case_number, by=by, now=now)
    row = move(
        row, (State.NOTICE,), State.PUBLISHED, now, published_at=now, number=paper.number, document=paper.ulid
    )
    draw_consequences(row, now)
    publish("evaluation.published", now=now, round=row.ulid, document=paper.ulid)
    return row


def draw_consequences(round_: Round, now: datetime) -> list[Consequence]:
    """What follows from each score, by the rule, on record. The caller publishes in the same transaction."""
    content = round_.version.tree
    until = now + timedelta(days=int(value("evaluation.consequence_days", at=now)))
    made = []
    for sheet in round_.sheets.prefetch_related("figures").order_by("id"):
        decided = decide(
            point=KEY,
            facts=consequence_facts(content, round_, sheet),
            sources=_sources(sheet),
            subject_id=None,
            object_ref=f"evaluation_sheet:{sheet.ulid}",
            asked_by="evaluation.publish_round",
            now=now,
        )
        made += [
            Consequence(
                sheet=sheet,
                kind=kind,
                decision=decided.record.ulid,
                valid_from=now,
                valid_until=until,
                source_case=round_.source_case,
            )
            for kind in FOLLOWS.get(decided.decision.outcome, ())
        ]
    Consequence.objects.bulk_create(made, batch_size=500)
    for one in made:
        publish("evaluation.consequence", now=now, sheet=one.sheet.ulid, kind=str(one.kind))
    return made


def consequence_facts(content: Content, round_: Round, sheet: Sheet) -> ConsequenceFacts:
    """What the rule is asked about. No query when the figures were prefetched."""
    rank = grade_rank(content, sheet.grade)
    return ConsequenceFacts(
        total=Decimal(sheet.total or 0) / 100,
        grade_rank=rank,
        last_grade=rank == len(content.grades),
        hours_share=_hours_share(content, sheet),
        unreported=sheet.unreported,
        stop_purchase=bool(round_.numbers["stop_purchase"]),
        idle_charge=bool(round_.numbers["idle_charge"]),
    )


def in_force(kind: str, at: datetime) -> Any:
    """The consequences of a kind that hold at a moment: the stop-purchase list, the idle charges."""
    held = Consequence.objects.filter(kind=kind, valid_from__lte=at, valid_until__gt=at)
    return held.select_related("sheet__instrument", "sheet__lab", "sheet__unit", "sheet__round")


def _hours_share(content: Content, sheet: Sheet) -> int | None:
    """Effective hours by the quota of the cohort, in thousandths, half up."""
    quota = content.cohort(sheet.cohort).values.get("quota")
    hours = values_of(content, sheet.figures.all()).get("effective_hours")
    if not quota or hours is None:
        return None
    return int(Fraction(hours) / quota * 1000 + Fraction(1, 2))


def _sources(sheet: Sheet) -> dict[str, dict[str, Any]]:
    source = {
        "kind": "evaluation_sheet",
        "ref": sheet.ulid,
        "label_zh": "评价表",
        "label_en": "Evaluation sheet",
    }
    return dict.fromkeys(ConsequenceFacts.__dataclass_fields__, source)

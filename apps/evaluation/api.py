"""Evaluations for programs: rounds, sheets with their figures and scores, what a crew reports, the one
appeal. The same operations and the same refusals as on the pages.
"""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints

from apps.core import clock, keyset
from apps.core.api import Asked, PageAsked, PageOf, Told
from apps.core.errors import NotFound
from apps.evaluation import judging, publications, reporting
from apps.evaluation.access import find_sheet, may_correct, may_report, visible_sheets
from apps.evaluation.linking import figure_link
from apps.evaluation.models import Round, Sheet
from apps.evaluation.wording import number_words, steps_of
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

READ, WRITE = "evaluations:read", "evaluations:write"
Words = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
router = Router(tags=["evaluations"])


class EvaluationTold(Told):
    """A round: which scheme and version, which period, how far it is. `number` of its published paper."""

    ulid: str
    scheme: str
    version: int
    title_zh: str
    title_en: str
    year: int
    starts: datetime
    ends: datetime
    state: str
    done: int
    total: int
    notice_until: datetime | None
    number: str


class SheetTold(Told):
    """A sheet. `total` and `computed` in hundredths of a point, null until it was scored."""

    ulid: str
    code: str
    name_zh: str
    name_en: str
    cohort: str
    state: str
    band: str
    computed: int | None
    total: int | None
    grade: str


class SheetFigureTold(Told):
    """A frozen figure: `value` in the unit's smallest step, divided by `divisor`; `read` is what people
    read.
    """

    key: str
    unit: str
    value: int
    divisor: int
    read: str
    source: str
    records: int
    digest: str
    link: str


class SheetLineTold(Told):
    """A part of the score: raw, points after the cap, weighted in hundredths of a point."""

    part: str
    raw: str
    points: str
    cap: str
    capped: bool
    weight: str
    weighted: int


class SheetInFull(SheetTold):
    """A sheet with its figures and how its score came about."""

    round: str
    figures: list[SheetFigureTold]
    lines: list[SheetLineTold]
    decision: str


class ItemWish(Asked):
    """Something that counts towards a figure which is reported."""

    key: str = Field(max_length=40)
    amount: Decimal = Field(ge=0, max_digits=12, decimal_places=2)
    what: Words


class PaperWish(Asked):
    """A paper that was made with the instrument; found by its DOI, else by title and year."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    year: int = Field(ge=1900, le=2100)
    doi: str = Field("", max_length=200)
    journal: str = Field("", max_length=200)
    core: bool = True


class AppealWish(Asked):
    """Why the score is wrong."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class MadeTold(Told):
    """What was made."""

    ulid: str


class SheetsAsked(PageAsked):
    """Which sheets of the round."""

    state: str = Field("", max_length=10)
    grade: str = Field("", max_length=40)


@router.get(
    "/rounds", response=list[EvaluationTold], **scoped(READ, _("Rounds of evaluation that concern you"))
)
def evaluation_rounds(request: HttpRequest) -> list[EvaluationTold]:
    """The newest first: published ones, and open ones in which the person may see a sheet."""
    user, now = viewer(request), clock.now()
    rows = Round.objects.select_related("version__scheme").exclude(state=Round.State.CANCELLED)[:60]
    return [_round_told(one) for one in rows if _concerns(user, one, now)]


@router.get(
    "/rounds/{ulid}/sheets",
    response=PageOf[SheetTold],
    **scoped(READ, _("Sheets of a round that you may see")),
)
def evaluation_sheets(request: HttpRequest, ulid: str, asked: Query[SheetsAsked]) -> PageOf[SheetTold]:
    """In the order in which they were made. 404 `evaluation.no_round`; 422 `core.cursor`."""
    user, now = viewer(request), clock.now()
    round_ = Round.objects.select_related("version__scheme").filter(ulid=ulid).first()
    if round_ is None or not _concerns(user, round_, now):
        raise NotFound(_("There is no such round."), code="evaluation.no_round")
    rows = visible_sheets(user, round_, now)
    for name in ("state", "grade"):
        if value := getattr(asked, name):
            rows = rows.filter(**{name: value})
    part = keyset.slice_of(rows, order=("id",), size=asked.limit, cursor=asked.cursor)
    return PageOf[SheetTold](items=[SheetTold.model_validate(one) for one in part.rows], next=part.next)


@router.get(
    "/sheets/{ulid}", response=SheetInFull, **scoped(READ, _("One sheet, with its figures and score"))
)
def evaluation_sheet(request: HttpRequest, ulid: str) -> SheetInFull:
    """404 `evaluation.no_sheet`."""
    user, now = viewer(request), clock.now()
    sheet = find_sheet(ulid, user, now)
    reads = reporting.reads_evidence(user, sheet, now)
    lines = sheet.score.lines if hasattr(sheet, "score") else []
    return SheetInFull(
        **SheetTold.model_validate(sheet).model_dump(),
        round=sheet.round.ulid,
        figures=[
            SheetFigureTold(
                **{name: getattr(one, name) for name in ("key", "unit", "value", "divisor", "source")},
                read=number_words(Fraction(one.value, one.divisor * steps_of(one.unit))),
                records=one.records,
                digest=one.digest if reads else "",
                link=figure_link(one) if reads else "",
            )
            for one in sheet.figures.all()
        ],
        lines=[SheetLineTold(**line) for line in lines],
        decision=sheet.decision,
    )


@router.post(
    "/sheets/{ulid}/items", response={201: MadeTold}, **scoped(WRITE, _("Report what counts on a sheet"))
)
def report_evaluation_item(
    request: HttpRequest, ulid: str, wish: ItemWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """403 `evaluation.not_reporter`; 404 `evaluation.no_sheet`; 409 `evaluation.` sheet_state, too_many; 422
    `evaluation.` not_reported, amount, what.
    """

    def act() -> MadeTold:
        user, now = viewer(request), clock.now()
        made = reporting.report_item(
            sheet=_own(ulid, user, now), by=user, now=now, key=wish.key, amount=wish.amount, what=wish.what
        )
        return MadeTold(ulid=made.ulid)

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/sheets/{ulid}/papers", response={201: MadeTold}, **scoped(WRITE, _("Claim a paper for a sheet"))
)
def claim_evaluation_paper(
    request: HttpRequest, ulid: str, wish: PaperWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """403 `evaluation.not_reporter`; 404 `evaluation.no_sheet`; 409 `evaluation.` sheet_state, claimed; 422
    `evaluation.` doi, paper_title, paper_year, paper_differs.
    """

    def act() -> MadeTold:
        user, now = viewer(request), clock.now()
        made = publications.claim_paper(sheet=_own(ulid, user, now), by=user, now=now, **wish.model_dump())
        return MadeTold(ulid=made.ulid)

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/sheets/{ulid}/appeal", response={201: MadeTold}, **scoped(WRITE, _("Appeal against a score, once"))
)
def appeal_evaluation(
    request: HttpRequest, ulid: str, wish: AppealWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """403 `evaluation.not_reporter`; 404 `evaluation.no_sheet`; 409 `evaluation.` no_notice, appealed."""

    def act() -> MadeTold:
        user, now = viewer(request), clock.now()
        made = judging.raise_appeal(sheet=_own(ulid, user, now), reason=wish.reason, by=user, now=now)
        return MadeTold(ulid=made.ulid)

    return once(request, idempotency_key, act, status=201)


def _own(ulid: str, user: User, now: datetime) -> Sheet:
    """A sheet that the person completes or looks at; of others there is none to write to."""
    sheet = find_sheet(ulid, user, now)
    if not (may_report(user, sheet, now) or may_correct(user, sheet, now)):
        raise NotFound(_("There is no such sheet."), code="evaluation.no_sheet")
    return sheet


def _concerns(user: User, round_: Round, now: datetime) -> bool:
    return is_office(user, now) or visible_sheets(user, round_, now).exists()


def _round_told(one: Round) -> EvaluationTold:
    title = one.version.tree.title
    plain = ("ulid", "year", "starts", "ends", "state", "done", "total", "notice_until", "number")
    return EvaluationTold(
        **{name: getattr(one, name) for name in plain},
        scheme=one.version.scheme.key,
        version=one.version.number,
        title_zh=title.zh,
        title_en=title.en,
    )

"""The sheet of an instrument or laboratory: its figures with where they come from, what was reported, its
score explained; and what crew and laboratory do with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal, form_page
from apps.evaluation import judging, publications, reporting
from apps.evaluation.access import find_sheet, may_correct, may_report
from apps.evaluation.content import PUBLICATIONS, FigureSpec, written
from apps.evaluation.linking import figure_link
from apps.evaluation.models import Claim, FrozenFigure, ReportItem, Round, Sheet
from apps.evaluation.scorers import computed, values_of
from apps.evaluation.scoring import Score, score
from apps.evaluation.sheet_forms import CorrectForm, ItemForm, PaperForm, ReasonForm
from apps.people.models import User
from apps.people.views import viewer

State = Sheet.State


@dataclass(frozen=True)
class Line:
    """A figure of the sheet as people read it. `frozen` is None until it is."""

    spec: FigureSpec
    value: Fraction | int
    frozen: FrozenFigure | None

    @property
    def link(self) -> str:
        """Where the records are, beside the number as it was frozen; '' where nothing lists them."""
        return figure_link(self.frozen) if self.frozen is not None else ""


@require_safe
def sheet_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """Everything about one sheet on one page."""
    user, now = viewer(request), clock.now()
    sheet = find_sheet(ulid, user, now)
    figures = list(sheet.figures.all())
    content = sheet.round.version.tree
    values = _values(sheet, figures)
    reads = reporting.reads_evidence(user, sheet, now)
    found = _score(sheet, figures, values)
    context = {
        "sheet": sheet,
        "round": sheet.round,
        "content": content,
        "cohort": content.cohort(sheet.cohort),
        "lines": _lines(sheet, figures, values),
        "score": found,
        "scored": sheet.state == State.SCORED,
        "adjustments": sheet.adjustments.all() if sheet.state == State.SCORED else (),
        "grade": next((one.title for one in content.grades if one.key == sheet.grade), ""),
        "appeal": getattr(sheet, "appeal", None),
        "items": _items(sheet) if reads else [],
        "claims": _claims(sheet) if reads else [],
        "reads": reads,
        "simulator": _simulator(sheet, values),
        "consequences": sheet.consequences.all(),
        **_allowed(sheet, user, now),
    }
    return render(request, "evaluation/sheet.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def item_add(request: HttpRequest, ulid: str) -> HttpResponse:
    """Something more counts."""
    user, now = viewer(request), clock.now()
    sheet = _own_sheet(ulid, user, now)
    figures = reporting.reported_figures(sheet)
    form = ItemForm(request.POST if request.method == "POST" else None, figures=figures)
    do = partial(reporting.report_item, sheet=sheet, by=user, now=now)
    there = f"{_address(sheet)}#report"
    said = _("Added. Show it with a file, if you have one.")
    return _acted(request, form, do, said, there, _act(sheet, form, _("Add what counts"), "plus"))


@require_http_methods(["GET", "HEAD", "POST"])
def paper_add(request: HttpRequest, ulid: str) -> HttpResponse:
    """A paper was made with the instrument."""
    user, now = viewer(request), clock.now()
    sheet = _own_sheet(ulid, user, now)
    form = PaperForm(request.POST if request.method == "POST" else None)
    do = partial(publications.claim_paper, sheet=sheet, by=user, now=now)
    there = f"{_address(sheet)}#publications"
    said = _("The paper is on the sheet.")
    return _acted(request, form, do, said, there, _act(sheet, form, _("Add a paper"), "plus"))


@require_POST
def item_withdraw(request: HttpRequest, ulid: str) -> HttpResponse:
    """The crew takes an item back."""
    user, now = viewer(request), clock.now()
    item = _item(ulid, user, now)
    reporting.withdraw_item(item=item, by=user, now=now)
    messages.success(request, _("Taken back."))
    return redirect(f"{_address(item.sheet)}#report")


@require_POST
def claim_withdraw(request: HttpRequest, ulid: str) -> HttpResponse:
    """The crew claims a paper no more."""
    user, now = viewer(request), clock.now()
    claim = _claim(ulid, user, now)
    publications.withdraw_claim(claim=claim, by=user, now=now)
    messages.success(request, _("Taken back."))
    return redirect(f"{_address(claim.sheet)}#publications")


@require_http_methods(["GET", "HEAD", "POST"])
def item_correct(request: HttpRequest, ulid: str) -> HttpResponse:
    """The laboratory counts an item otherwise."""
    user, now = viewer(request), clock.now()
    item = _item(ulid, user, now)
    form = CorrectForm(request.POST if request.method == "POST" else None, initial={"counted": item.counted})
    do = partial(reporting.correct_item, item=item, by=user, now=now)
    there = f"{_address(item.sheet)}#report"
    said = _("Corrected.")
    act = _act(item.sheet, form, _("Correct"), "pencil") | {"about": item.what}
    return _acted(request, form, do, said, there, act)


@require_http_methods(["GET", "HEAD", "POST"])
def claim_refuse(request: HttpRequest, ulid: str) -> HttpResponse:
    """The laboratory does not count a paper."""
    user, now = viewer(request), clock.now()
    claim = _claim(ulid, user, now)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    do = partial(publications.refuse_claim, claim=claim, by=user, now=now)
    there = f"{_address(claim.sheet)}#publications"
    said = _("It does not count.")
    act = _act(claim.sheet, form, _("Do not count this paper"), "ban")
    return _acted(request, form, do, said, there, act | {"about": claim.publication.title})


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_appeal(request: HttpRequest, ulid: str) -> HttpResponse:
    """The one appeal against a score."""
    user, now = viewer(request), clock.now()
    sheet = _own_sheet(ulid, user, now)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    do = partial(judging.raise_appeal, sheet=sheet, by=user, now=now)
    there = _address(sheet)
    said = _("Your appeal goes before a panel none of whom judged first.")
    act = _act(sheet, form, _("Appeal against this score"), "scale")
    hint = _("There is one appeal. A panel of other people decides it; say what is wrong and where it shows.")
    return _acted(request, form, do, said, there, act | {"hint": hint})


# -- what the page shows -----------------------------------------------------------------------------------


def _values(sheet: Sheet, figures: list[FrozenFigure]) -> dict[str, Fraction | int]:
    """Frozen figures, and what is reported so far where it is not frozen yet."""
    values = values_of(sheet.round.version.tree, figures)
    if sheet.state != State.SCORED:
        values |= {key: amount for key, (amount, _rows) in reporting.sums([sheet])[sheet.pk].items()}
        papers = publications.counted(sheet.round, [sheet])[sheet.pk]
        named = {one.key for one in sheet.round.version.tree.figures if one.source == PUBLICATIONS}
        values |= {key: amount for key, (amount, _rows) in papers.items() if key in named}
    return values


def _score(sheet: Sheet, figures: list[FrozenFigure], values: dict[str, Fraction | int]) -> Score | None:
    """The score from what is frozen; before that what it would be with what is reported so far."""
    if sheet.state == State.DRAWN:
        return None
    content = sheet.round.version.tree
    if sheet.state == State.SCORED:
        return computed(content, sheet)
    return score(content, content.cohort(sheet.cohort), values)


def _lines(sheet: Sheet, figures: list[FrozenFigure], values: dict[str, Fraction | int]) -> list[Line]:
    frozen = {one.key: one for one in figures}
    return [
        Line(one, values.get(one.key, 0), frozen.get(one.key)) for one in sheet.round.version.tree.figures
    ]


def _items(sheet: Sheet) -> list[ReportItem]:
    rows = sheet.items.select_related("by").prefetch_related("evidence__file", "corrections__by")
    return list(rows.filter(withdrawn_at__isnull=True))


def _claims(sheet: Sheet) -> list[tuple[Claim, int]]:
    rows = list(sheet.claims.select_related("publication", "by").filter(withdrawn_at__isnull=True))
    shared = publications.sharers(sheet.round, [one.publication_id for one in rows])
    return [(one, shared.get(one.publication_id, 0)) for one in rows]


def _allowed(sheet: Sheet, user: User, now: datetime) -> dict[str, bool]:
    """What this person may do with the sheet now; the operations ask again."""
    open_ = sheet.round.state == Round.State.REPORTING
    reporting_ = open_ and sheet.state == State.REPORTING
    reviewing = open_ and sheet.state in (State.LAB, State.DEPARTMENT)
    notice = sheet.round.state == Round.State.NOTICE and not hasattr(sheet, "appeal")
    if notice and sheet.round.notice_until is not None:
        notice = now < sheet.round.notice_until
    return {
        "reports": reporting_ and may_report(user, sheet, now),
        "corrects": reviewing and may_correct(user, sheet, now),
        "appeals": notice and may_report(user, sheet, now),
    }


def _simulator(sheet: Sheet, values: dict[str, Fraction | int]) -> str:
    """The address of the simulator with the figures of this sheet."""
    asked = {"cohort": sheet.cohort} | {key: written(Fraction(value)) for key, value in values.items()}
    return f"{reverse('evaluation_simulator', args=[sheet.round.version.ulid])}?{urlencode(asked)}"


# -- small things ------------------------------------------------------------------------------------------


def _acted(
    request: HttpRequest,
    form: Form,
    do: Callable[..., object],
    said: str,
    there: str,
    act: dict[str, Any],
) -> HttpResponse:
    """The page that asks; or the operation is done with what was written, `said` is told and the way leads
    back to the sheet. Refused, the form keeps what was written.
    """
    if request.method == "POST" and form.is_valid():
        try:
            do(**form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, said)
            return redirect(there)
    return form_page(request, "evaluation/act.html", act, form)


def _own_sheet(ulid: str, user: User, now: datetime) -> Sheet:
    """A sheet that the person completes; a published one that is read by everybody is not theirs by that."""
    sheet = find_sheet(ulid, user, now)
    if not (may_report(user, sheet, now) or may_correct(user, sheet, now)):
        raise NotFound(_("There is no such sheet."), code="evaluation.no_sheet")
    return sheet


def _item(ulid: str, user: User, now: datetime) -> ReportItem:
    found = ReportItem.objects.select_related("sheet").filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such item."), code="evaluation.no_item")
    found.sheet = _own_sheet(found.sheet.ulid, user, now)
    return found


def _claim(ulid: str, user: User, now: datetime) -> Claim:
    found = Claim.objects.select_related("sheet", "publication").filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such item."), code="evaluation.no_item")
    found.sheet = _own_sheet(found.sheet.ulid, user, now)
    return found


def _address(sheet: Sheet) -> str:
    return reverse("evaluation_sheet", args=[sheet.ulid])


def _act(sheet: Sheet, form: Any, label: str, icon: str) -> dict[str, Any]:
    return {"sheet": sheet, "form": form, "label": label, "icon_name": icon, "back": _address(sheet)}

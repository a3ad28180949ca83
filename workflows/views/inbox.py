"""The inbox: what waits for me, what I may take, what I applied for, what I was shown, what I have done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from viewflow.workflow.models import Task

from apps.core import clock
from apps.core.keyset import Slice, slice_of
from apps.people.models import OrgUnit, User
from apps.people.views import viewer
from workflows import inbox
from workflows.inbox import APPLIED, CLAIMABLE, COPIED, DONE, MINE, Wanted
from workflows.models import Case, Copy, Step
from workflows.views.forms import FilterForm
from workflows.words import case_outcome, case_title_html, node_title, outcome_label, process_title

PAGE = 25


@dataclass(frozen=True)
class Row:
    """One line of a list, in words. `batch` is the step's identifier where it can be answered with others."""

    url: str
    title: str
    process: str
    case: Case
    question: str = ""
    since: datetime | None = None
    due: datetime | None = None
    answer: str = ""
    batch: str = ""
    new: bool = False


@require_safe
def task_inbox(request: HttpRequest) -> HttpResponse:
    """One list, narrowed, a page of it."""
    user, now = viewer(request), clock.now()
    tab = request.GET.get("tab", MINE)
    if tab not in dict(inbox.TABS):
        tab = MINE
    units = OrgUnit.objects.exclude(kind=OrgUnit.Kind.SUB_LAB).order_by("code")
    form = FilterForm(request.GET, units=units, deadlines=tab in (MINE, CLAIMABLE))
    wanted = form.wanted
    part = _page(tab, user, wanted, now, request.GET.get("cursor", ""))
    rows = [_row(tab, one) for one in part.rows]
    context = {
        "now": now,
        "tab": tab,
        "tabs": inbox.TABS,
        "form": form,
        "narrowed": wanted.narrows,
        "rows": rows,
        "next": part.next,
        "later": bool(request.GET.get("cursor")),
        "batches": any(row.batch for row in rows),
    }
    return render(request, "workflows/inbox.html", context)


def _page(tab: str, user: User, wanted: Wanted, now: datetime, cursor: str) -> Slice[Any]:
    if tab == APPLIED:
        cases = inbox.narrowed(inbox.applied_by(user), wanted, now, case="")
        return slice_of(cases, order=inbox.LATEST_FIRST, size=PAGE, cursor=cursor)
    if tab == COPIED:
        copies = inbox.narrowed(inbox.copied_to(user), wanted, now, case="case__")
        return slice_of(copies, order=inbox.LATEST_FIRST, size=PAGE, cursor=cursor)
    listed = {MINE: inbox.held_by, CLAIMABLE: inbox.claimable_by, DONE: inbox.done_by}[tab]
    tasks = inbox.narrowed(listed(user), wanted, now, case="step__case__", step="step__")
    order = inbox.NEWEST_FIRST if tab == DONE else inbox.OLDEST_FIRST
    return slice_of(tasks, order=order, size=PAGE, cursor=cursor)


def _row(tab: str, one: Task | Case | Copy) -> Row:
    if isinstance(one, Case):
        return _of_case(one, one.created_at)
    if isinstance(one, Copy):
        return _of_case(one.case, one.at, new=one.read_at is None)
    step: Step = one.step
    step.task = one
    return Row(
        url=reverse("task_detail", args=[step.ulid]),
        title=case_title_html(step.case),
        process=process_title(step.case.flow),
        case=step.case,
        question=_question(one, step),
        since=step.answered_at if tab == DONE else step.asked_at,
        due=None if tab == DONE else step.due_at,
        answer=_answer(step) if tab == DONE else "",
        batch=step.ulid if tab != DONE and getattr(one.flow_task, "batch", False) else "",
    )


def _of_case(case: Case, since: datetime, *, new: bool = False) -> Row:
    return Row(
        url=reverse("case_detail", args=[case.ulid]),
        title=case_title_html(case),
        process=process_title(case.flow),
        case=case,
        since=since,
        answer="" if case.is_open else case_outcome(case),
        new=new,
    )


def _question(task: Task, step: Step) -> str:
    node = task.flow_task
    return _(node.asks) if node is not None else node_title(None, step.node)


def _answer(step: Step) -> str:
    return outcome_label(step.flow, step.node, step.outcome)


def batchable(steps: Iterable[Step]) -> list[Step]:
    """Those that may be answered together with others."""
    return [step for step in steps if getattr(step.task.flow_task, "batch", False)]

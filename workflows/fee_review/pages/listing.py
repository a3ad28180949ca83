"""The committee's list: what needs me first, the most pressing on top; then what goes on without me; then
what is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.panels.queries import convenes, secretaries
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.views import viewer
from workflows.fee_review import asked
from workflows.fee_review.pages.sight import KEY, WAITING
from workflows.inbox import claimable_by
from workflows.models import Case, Step
from workflows.visibility import visible_cases
from workflows.words import case_outcome, case_title_html, titled

PAGE = 20
MOST = 200  # open cases on the page: more than a committee ever has
ROUNDS = ("vote", "vote_again")
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """A case: the step of it that needs me (None: others are asked), what it waits for in words and how many
    are asked that, until when.
    """

    case: Case
    title: SafeString
    mine: Step | None
    waits: tuple[tuple[str, int], ...]
    due: datetime | None
    late: bool
    outcome: str

    @property
    def votes(self) -> bool:
        """Whether it is my vote that is asked for."""
        return self.mine is not None and self.mine.node in ROUNDS


@require_safe
def fee_review_list(request: HttpRequest) -> HttpResponse:
    """All fee reviews that somebody may read, in the order in which they need them."""
    user, now = viewer(request), clock.now()
    committee = asked.committee_at(now)
    runs = committee is not None and (convenes(committee, user, now) or is_office(user, now))
    seen = Case.objects.filter(flow=KEY) if runs else visible_cases(user, now).filter(flow=KEY)
    rows = _open_rows(seen, user, now)
    over = seen.exclude(state=Case.State.OPEN).select_related("unit").order_by("-ended_at", "-id")
    page = Paginator(over, PAGE).get_page(request.GET.get("page"))
    forming = [row for row in rows if any(step.node == "form_panel" for step in row.case.waiting)]  # type: ignore[attr-defined]
    context = {
        "mine": [row for row in rows if row.mine is not None],
        "others": [row for row in rows if row.mine is None],
        "page": page,
        "over": [_over(case) for case in page.object_list],
        "together": len(forming) if committee is not None and user in secretaries(committee, now) else 0,
        "now": now,
    }
    return render(request, "fee_review/page_list.html", context)


def _open_rows(seen: QuerySet[Case], user: User, now: datetime) -> list[Row]:
    steps = Step.objects.filter(answered_at__isnull=True, task__status__in=WAITING).select_related("task")
    found = seen.filter(state=Case.State.OPEN).select_related("unit", "process")
    cases = list(
        found.prefetch_related(Prefetch("steps", steps.order_by("id"), to_attr="waiting")).order_by("-id")[
            :MOST
        ]
    )
    free = set(claimable_by(user).filter(step__case__flow=KEY).values_list("step__pk", flat=True))
    return sorted((_row(case, user, free, now) for case in cases), key=_pressing)


def _row(case: Case, user: User, free: set[int], now: datetime) -> Row:
    waiting: Iterable[Step] = case.waiting  # type: ignore[attr-defined]
    theirs = [step for step in waiting if step.task.owner_id == user.pk or step.pk in free]
    mine = min(theirs, key=lambda step: (step.due_at or LAST, step.pk), default=None)
    dues = [step.due_at for step in (theirs or waiting) if step.due_at is not None]
    due = min(dues, default=None)
    counts: dict[str, int] = {}
    for step in waiting:
        counts[step.node] = counts.get(step.node, 0) + 1
    return Row(
        case=case,
        title=case_title_html(case),
        mine=mine,
        waits=tuple((titled(case.flow, node), number) for node, number in counts.items()),
        due=due,
        late=due is not None and due <= now,
        outcome="",
    )


def _over(case: Case) -> Row:
    return Row(case, case_title_html(case), None, (), None, late=False, outcome=case_outcome(case))


def _pressing(row: Row) -> tuple[bool, datetime, int]:
    """Mine before others', the earlier deadline first, the older case first."""
    return (row.mine is None, row.due or LAST, row.case.pk)

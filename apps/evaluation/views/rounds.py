"""Rounds: the list, the board with its progress, the Excel file, the published results, what follows."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotFound
from apps.core.workbooks import download
from apps.evaluation import rows
from apps.evaluation.access import counted_for, visible_sheets
from apps.evaluation.models import Consequence, Round
from apps.evaluation.publishing import in_force
from apps.evaluation.rows import Wanted
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.views import office_viewer, viewer

MOST = 60


@require_safe
def round_list(request: HttpRequest) -> HttpResponse:
    """The rounds that concern somebody, the newest first; what waits for them in those that are open."""
    user, now = viewer(request), clock.now()
    office = is_office(user, now)
    found = list(Round.objects.select_related("version__scheme")[:MOST])
    numbers = counted_for(user, found, now)
    shown = [(one, numbers.get(one.pk, 0)) for one in found if one.state != Round.State.CANCELLED or office]
    context = {"rounds": [pair for pair in shown if office or pair[1]], "office": office}
    return render(request, "evaluation/rounds.html", context)


@require_safe
def round_board(request: HttpRequest, ulid: str) -> HttpResponse:
    """The board of a round: how far it is, and its sheets."""
    user, now = viewer(request), clock.now()
    round_ = _round(request, ulid)
    wanted = Wanted.of(request.GET.dict())
    found = rows.listed(round_, user, wanted, now)
    everything = visible_sheets(user, round_, now)
    page = Paginator(found, rows.PAGE).get_page(request.GET.get("page"))
    context = {
        "round": round_,
        "content": round_.version.tree,
        "office": is_office(user, now),
        "page": page,
        "wanted": wanted,
        "states": rows.states(everything),
        "grades": rows.grades(round_, everything) if round_.scored_at else [],
        "titles": {one.key: str(one.title) for one in round_.version.tree.grades},
        "now": now,
    }
    return render(request, "evaluation/round.html", context)


@require_safe
def round_progress(request: HttpRequest, ulid: str) -> HttpResponse:
    """How far the work in the background has come, for the page that looks again."""
    return render(request, "evaluation/progress.html", {"round": _round(request, ulid)})


@require_safe
def round_export(request: HttpRequest, ulid: str) -> FileResponse:
    """The sheets of a round that somebody may see, as an Excel file."""
    user, now = viewer(request), clock.now()
    round_ = _round(request, ulid)
    content = round_.version.tree
    return download(
        filename=f"evaluation-{round_.scheme.key}-{round_.year}.xlsx",
        sheet=_("Evaluation"),
        headings=[
            _("Number"),
            _("Name (Chinese)"),
            _("Name (English)"),
            _("Unit"),
            _("Cohort"),
            _("State"),
            *(str(part.title) for part in content.parts),
            _("Computed"),
            _("Score"),
            pgettext("evaluation", "Grade"),
        ],
        rows=rows.exported(round_, rows.listed(round_, user, Wanted.of(request.GET.dict()), now)),
    )


@login_not_required
@require_safe
def results(request: HttpRequest, ulid: str) -> HttpResponse:
    """The published results, for everybody. Of a round that is not published there is nothing here."""
    round_ = get_object_or_404(
        Round.objects.select_related("version__scheme"), ulid=ulid, state=Round.State.PUBLISHED
    )
    found = round_.sheets.select_related("instrument", "lab", "unit").order_by("-total", "id")
    wanted = Wanted.of({"text": request.GET.get("text", ""), "grade": request.GET.get("grade", "")})
    if wanted.grade:
        found = found.filter(grade=wanted.grade)
    if wanted.text:
        found = rows.matching(found, wanted.text)
    content = round_.version.tree
    context = {
        "round": round_,
        "content": content,
        "page": Paginator(found, rows.PAGE).get_page(request.GET.get("page")),
        "grades": rows.grades(round_, round_.sheets.all()),
        "titles": {one.key: str(one.title) for one in content.grades},
        "wanted": wanted,
    }
    return render(request, "evaluation/results.html", context)


@require_safe
def consequence_list(request: HttpRequest) -> HttpResponse:
    """For the office: what is in force by evaluations, by kind."""
    now = clock.now()
    office_viewer(request, now)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Consequence.Kind.values else Consequence.Kind.AWARD.value
    context = {
        "kinds": Consequence.Kind.choices,
        "kind": kind,
        "page": Paginator(in_force(kind, now).order_by("-id"), rows.PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "evaluation/consequences.html", context)


def _round(request: HttpRequest, ulid: str) -> Round:
    """A round of which somebody may see a sheet; NotFound for any other."""
    user: User = viewer(request)
    now = clock.now()
    found = Round.objects.select_related("version__scheme").filter(ulid=ulid).first()
    if found is None or not (is_office(user, now) or visible_sheets(user, found, now).exists()):
        raise NotFound(_("There is no such round."), code="evaluation.no_round")
    return found

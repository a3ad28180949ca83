"""What if: figures are typed or moved, the sheet follows, and the page says which missing item moves the
score most. Nothing is stored.
"""

from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.evaluation.checking import require_sound
from apps.evaluation.content import Content, FigureSpec
from apps.evaluation.models import SchemeVersion
from apps.evaluation.scoring import score
from apps.evaluation.simulator import next_grade, what_moves
from apps.people.queries import is_office
from apps.people.views import viewer

LARGEST = 10**9
_LONGEST = 16


@require_safe
def simulator(request: HttpRequest, ulid: str) -> HttpResponse:
    """The page; asked for by htmx it is the sheet alone."""
    now = clock.now()
    office = is_office(viewer(request), now)
    shown = SchemeVersion.objects.select_related("scheme")
    version = get_object_or_404(shown if office else shown.filter(adopted_at__isnull=False), ulid=ulid)
    if version.is_draft:
        require_sound(version.tree)  # a draft may lack what is scored by
    context = _computed(version.tree, request) | {"version": version}
    part = "HX-Request" in request.headers
    context = _computed(version.tree, request) | {"version": version, "again": part}
    return render(request, "evaluation/simulated.html" if part else "evaluation/simulator.html", context)


def _computed(content: Content, request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("cohort", "")
    cohort = next((one for one in content.cohorts if one.key == asked), content.cohorts[-1])
    figures: dict[str, Fraction | int] = {
        one.key: _amount(request.GET.get(one.key, "")) for one in content.figures
    }
    found = score(content, cohort, figures)
    return {
        "content": content,
        "cohort": cohort,
        "score": found,
        "given": [(one, figures[one.key], _most(one)) for one in content.figures],
        "moves": what_moves(content, cohort, figures),
        "next_grade": next_grade(content, found),
    }


def _amount(text: str) -> Fraction | int:
    """A number that was typed; nothing for what is none, or is not within reason."""
    text = text.strip()
    if not text or len(text) > _LONGEST or not text.replace(".", "", 1).isdecimal() or not text.isascii():
        return 0
    return min(Fraction(text), Fraction(LARGEST))


def _most(spec: FigureSpec) -> Fraction:
    """How far the slider of a figure reaches."""
    return spec.step * 200

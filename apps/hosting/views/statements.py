"""A monthly statement, as it was frozen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.figures import Figure, written
from apps.hosting.content import in_percent
from apps.hosting.figurewords import FIGURE_NAMES, KEPT
from apps.hosting.papers import statement_paper
from apps.hosting.queries import find_statement
from apps.hosting.words import PARTY_NAMES
from apps.instruments.models import local_name
from apps.people.views import viewer


@require_safe
def hosting_statement(request: HttpRequest, ulid: str) -> HttpResponse:
    """The figures of a month with their records, the shares, the repairs, the paper."""
    statement = find_statement(ulid, viewer(request), clock.now())
    frozen = statement.content["figures"]
    figures = [
        {"name": name, "figure": one, "written": written(one), "opens": one.value and key != KEPT}
        for key, name in FIGURE_NAMES.items()
        if key in frozen
        for one in (Figure.from_json(frozen[key]),)
    ]
    shares = [
        {
            "name": PARTY_NAMES[one["party"]],
            "whose": local_name(one["name_zh"], one["name_en"]),
            "percent": in_percent(one["permille"]),
            "amount_fen": one["amount_fen"],
        }
        for one in statement.content["shares"]
    ]
    context = {
        "statement": statement,
        "agreement": statement.agreement,
        "figures": figures,
        "shares": shares,
        "repairs": statement.content["repairs"],
        "balance_fen": statement.owner_fen - statement.repairs_fen,
        "paper": statement_paper(statement),
    }
    return render(request, "hosting/statement.html", context)

"""A monthly statement, as it was frozen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.figures import Figure, written
from apps.hosting.figurewords import FIGURE_NAMES
from apps.hosting.papers import statement_paper
from apps.hosting.queries import find_statement
from apps.hosting.words import PARTY_NAMES
from apps.people.views import viewer


@require_safe
def hosting_statement(request: HttpRequest, ulid: str) -> HttpResponse:
    """The figures of a month with their records, the shares, the repairs, the paper."""
    statement = find_statement(ulid, viewer(request), clock.now())
    frozen = statement.content["figures"]
    figures = [
        {"name": name, "figure": one, "written": written(one)}
        for key, name in FIGURE_NAMES.items()
        if key in frozen
        for one in (Figure.from_json(frozen[key]),)
    ]
    shares = [{**one, "name": PARTY_NAMES[one["party"]]} for one in statement.content["shares"]]
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

"""'Why?': one recorded decision as a person can follow it. The conditions are made again from the record,
so that the page shows what was known then; nothing is decided anew and nothing recorded.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.people.views import viewer
from apps.portal.conditions import sort_conditions
from apps.portal.explaining import FactThen, conditions_of, decision_for
from apps.portal.purposes import purpose_label
from rules.rows import PERMIT


@require_safe
def decision_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """The decision, for its subject, the crew of its instrument and the equipment office."""
    user = viewer(request)
    record, instrument = decision_for(user, ulid, clock.now())
    then = conditions_of(record, instrument)
    shown = {fact.name for condition in then for fact in condition.facts}
    context = {
        "record": record,
        "instrument": instrument,
        "allowed": record.outcome == PERMIT,
        "sorted": sort_conditions(then),
        "others": [
            FactThen(name, value, record.sources.get(name) or {})
            for name, value in record.facts.items()
            if name not in shown
        ],
        "nearest": record.nearest,
        "purpose": purpose_label(record.facts.get("purpose", "")),
        "own": record.subject_id == user.pk,
    }
    return render(request, "portal/decision.html", context)

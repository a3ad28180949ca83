"""'Why?': one recorded decision as a person can follow it. The conditions are made again from the record,
so that the page shows what was known then; nothing is decided anew and nothing recorded.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.clearances import mending
from apps.core import clock
from apps.core.errors import NotFound
from apps.decisions.models import DecisionRecord
from apps.decisions.replay import conditions_then
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage, with_scopes
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.views import viewer
from apps.portal.conditions import sort_conditions
from apps.portal.purposes import purpose_label
from rules.decision import ConditionView
from rules.rows import PERMIT


@dataclass(frozen=True)
class FactThen:
    """A fact as it was known, with its source."""

    name: str
    value: Any
    source: dict[str, Any]


@dataclass(frozen=True)
class ConditionThen:
    """A condition as it stood, in the shape that conditions.html draws."""

    code: str
    zh: str
    en: str
    met: bool
    mender: str
    mender_label: str
    link: str
    facts: tuple[FactThen, ...]


@require_safe
def decision_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """The decision, for its subject, the crew of its instrument and the equipment office."""
    user = viewer(request)
    record = get_object_or_404(DecisionRecord.objects.select_related("ruleset", "subject"), ulid=ulid)
    instrument = _instrument(record)
    if not _may_see(user, record, instrument):
        raise NotFound(_("There is no such decision."), code="decisions.not_found")
    then = [_then(view, record, instrument) for view in conditions_then(record)]
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


def _instrument(record: DecisionRecord) -> Instrument | None:
    kind, _sep, ulid = record.object_ref.partition(":")
    if kind != "instrument":
        return None
    return with_scopes(Instrument.objects.filter(ulid=ulid)).first()


def _may_see(user: User, record: DecisionRecord, instrument: Instrument | None) -> bool:
    now = clock.now()
    if record.subject_id == user.pk or is_office(user, now):
        return True
    return instrument is not None and may_manage(user, instrument, now)


def _then(view: ConditionView, record: DecisionRecord, instrument: Instrument | None) -> ConditionThen:
    return ConditionThen(
        code=view.code,
        zh=view.title_zh if view.met else view.zh,
        en=view.title_en if view.met else view.en,
        met=view.met,
        mender=view.mender,
        mender_label=mending.label(view.mender),
        link=mending.link(view.code, instrument) if instrument else "",
        facts=tuple(
            FactThen(name, record.facts.get(name), record.sources.get(name) or {}) for name in view.columns
        ),
    )

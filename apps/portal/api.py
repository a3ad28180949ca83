"""'Why?', for programs: one recorded decision, for those who may see its page."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router

from apps.clearances.api import ConditionTold
from apps.core import clock
from apps.core.api import Told
from apps.people.views import viewer
from apps.portal.explaining import conditions_of, decision_for
from apps.tokens.auth import scoped

router = Router(tags=["decisions"])


class DecisionTold(Told):
    """A decision as it was recorded: by which version and engine, on which facts, with every condition as it
    stood. `asset_no` is empty where it is not about an instrument.
    """

    ulid: str
    point: str
    version: int | None
    engine: str
    outcome: str
    codes: list[str]
    asset_no: str | None
    asked_by: str
    decided_at: datetime
    conditions: list[ConditionTold]
    facts: dict[str, Any]
    sources: dict[str, Any]


@router.get(
    "/{ulid}",
    response=DecisionTold,
    **scoped("decisions:read", _("One recorded decision, with all that was known")),
)
def decision(request: HttpRequest, ulid: str) -> DecisionTold:
    """For its subject, the crew of its instrument and the equipment office. 404 `decisions.not_found`."""
    record, instrument = decision_for(viewer(request), ulid, clock.now())
    return DecisionTold(
        ulid=record.ulid,
        point=record.point,
        version=record.ruleset.version if record.ruleset else None,
        engine=record.engine,
        outcome=record.outcome,
        codes=record.codes,
        asset_no=instrument.asset_no if instrument else None,
        asked_by=record.asked_by,
        decided_at=record.decided_at,
        conditions=[ConditionTold.model_validate(one) for one in conditions_of(record, instrument)],
        facts=record.facts,
        sources=record.sources,
    )

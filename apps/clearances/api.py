"""May I use it now? The same question as on the instrument's page, with every condition, for programs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from apps.clearances import gate
from apps.core import clock
from apps.core.api import Asked, Moment, Told
from apps.core.errors import Invalid
from apps.instruments.models import Instrument
from apps.people.views import viewer
from apps.tokens.auth import scoped
from rules.points.access_unlock import PURPOSES

router = Router(tags=["clearances"])


class ClearanceAsked(Asked):
    """At which moment (default: now) and for which purpose (default: what it would be)."""

    at: Moment | None = None
    purpose: str | None = Field(None, max_length=20, json_schema_extra={"enum": [*PURPOSES]})


class FactTold(Told):
    """One fact that a condition looks at, and where it comes from."""

    name: str
    value: Any
    source: dict[str, Any]


class ConditionTold(Told):
    """One condition, met or not: `zh`/`en` name it when met and say what is wrong when not. `mender` is who
    can mend it, `link` the page where it is mended (empty where there is none).
    """

    code: str
    zh: str
    en: str
    met: bool
    mender: str
    mender_label: str
    link: str
    facts: list[FactTold]


class ClearanceTold(Told):
    """The answer. `until` and `until_reason` are empty where it is no; `codes` are those of the conditions
    that fail; `decision` is the record on which the answer stands. Money is in fen.
    """

    allowed: bool
    purpose: str
    until: datetime | None
    until_reason: str
    codes: list[str]
    conditions: list[ConditionTold]
    decision: str
    estimated_fen: int


@router.get(
    "/{asset_no}",
    response=ClearanceTold,
    **scoped(
        "clearances:read", _("May you use this instrument now, until when, and if not, what is missing")
    ),
)
def clearance(request: HttpRequest, asset_no: str, asked: Query[ClearanceAsked]) -> ClearanceTold:
    """Asked of the gate as the instrument's page asks it, and recorded; it grants nothing. 404
    `core.not_found`; 422 `access.purpose`.
    """
    user, now = viewer(request), clock.now()
    if asked.purpose is not None and asked.purpose not in PURPOSES:
        raise Invalid(_("There is no such purpose."), code="access.purpose", field="purpose")
    verdict = gate.check(
        user=user,
        instrument=get_object_or_404(Instrument, asset_no=asset_no),
        at=asked.at or now,
        purpose=asked.purpose,
        now=now,
        asked_by="api:clearance",
    )
    return ClearanceTold.model_validate(verdict)

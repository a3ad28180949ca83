"""May I book it? The question of the booking page, for programs."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from apps.bookings.foreseeing import foresee
from apps.core import clock
from apps.core.api import Asked, Moment, Told
from apps.core.errors import Refusal
from apps.decisions.menders import label
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.people.views import viewer
from apps.tokens.auth import scoped

router = Router(tags=["bookings"])


class AdmissionAsked(Asked):
    """A period, and the number of the fund that would pay (empty: the first that holds enough)."""

    start: Moment
    end: Moment
    fund: str | None = Field(None, max_length=40)
    purpose: Literal["use", "sample_run", "training", "teaching", "maintenance"] = "use"


class ReasonTold(Told):
    """One condition that fails. `mender` is who can mend it, `mender_label` the same in words."""

    code: str
    message: str
    field: str | None
    mender: str
    mender_label: str


class AdmissionTold(Told):
    """The answer. `estimated_fen` is null where no price is known; `fund` is the one that was asked about."""

    allowed: bool
    start: datetime
    end: datetime
    estimated_fen: int | None
    is_charged: bool
    fund: str | None
    reasons: list[ReasonTold]


@router.get(
    "/{asset_no}",
    response=AdmissionTold,
    **scoped("bookings:read", _("May you book a period, what it would cost, and if not, what is missing")),
)
def admission(request: HttpRequest, asset_no: str, asked: Query[AdmissionAsked]) -> AdmissionTold:
    """Decided by the rule `booking.admission`, as booking would be; nothing is held or recorded. 404
    `core.not_found`.
    """
    user, now = viewer(request), clock.now()
    fund = usable_funds(user, now).filter(number=asked.fund).first() if asked.fund else None
    found = foresee(
        user=user,
        instrument=get_object_or_404(Instrument, asset_no=asset_no),
        start=asked.start,
        end=asked.end,
        now=now,
        fund=fund,
        purpose=asked.purpose,
    )
    paying = found.asked.fund if found.asked.is_charged else None
    return AdmissionTold(
        allowed=found.is_allowed,
        start=asked.start,
        end=asked.end,
        estimated_fen=found.estimated_fen,
        is_charged=found.asked.is_charged,
        fund=paying.number if paying else None,
        reasons=[_told(one) for one in found.refusals],
    )


def _told(one: Refusal) -> ReasonTold:
    return ReasonTold(
        code=one.code,
        message=str(one.message),
        field=one.field,
        mender=one.mender,
        mender_label=label(one.mender),
    )

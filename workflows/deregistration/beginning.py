"""How people begin a deregistration and a suspension."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.clock import end_of_school_day
from apps.people.models import User
from workflows.beginning import offer
from workflows.deregistration.authority import answers_for_others
from workflows.deregistration.forms import LeaveForm, SuspendForm
from workflows.deregistration.starting import begin_deregistration, begin_suspension
from workflows.models import Case


def leave(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The deregistration of oneself, or of somebody whom one may ask it for."""
    return begin_deregistration(
        user=data.get("person") or by,
        by=by,
        now=now,
        reason=data["reason"],
        urgent=bool(data.get("urgent")),
    )


def suspend(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The suspension of somebody."""
    until = data.get("until")
    return begin_suspension(
        user=data["person"],
        by=by,
        now=now,
        reason=data["reason"],
        cause=data["cause"],
        until=end_of_school_day(until) if until else None,
    )


offer(
    "deregistration",
    summary=_("Close an account: mine, or one that I answer for"),
    form=LeaveForm,
    begin=leave,
)
offer(
    "suspension",
    summary=_("Suspend somebody whom I answer for"),
    form=SuspendForm,
    begin=suspend,
    concerns=answers_for_others,
)

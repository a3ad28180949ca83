"""Commissioning the controllers of an instrument: each is asked to test itself, and how it goes is seen live.
Nothing is switched by it.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.core.errors import NotPermitted, Refusal
from apps.instruments.models import Instrument
from apps.instruments.opening import last_self_test
from apps.instruments.queries import may_manage
from apps.people.models import User
from apps.people.views import viewer
from devices.models import ControlledNode, DeviceCommand
from devices.operations import run_self_test

SELF_TEST = "self_test"


@require_safe
def instrument_commission(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The controllers of an instrument, whether they are connected, and how their last tests went."""
    user, now = viewer(request), clock.now()
    instrument = _instrument(asset_no, user, now)
    return render(request, "portal/commission.html", _context(instrument, now))


@require_safe
def commission_state(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The part of the page that changes by itself."""
    user, now = viewer(request), clock.now()
    instrument = _instrument(asset_no, user, now)
    return render(request, "portal/commission_state.html", _context(instrument, now))


@require_POST
def commission_test(request: HttpRequest, asset_no: str, dev: str, node: int) -> HttpResponse:
    """Ask a controller to test itself."""
    user, now = viewer(request), clock.now()
    instrument = _instrument(asset_no, user, now)
    try:
        run_self_test(dev=dev, node=node, by=user, now=now)
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} ({refusal.code})")
    else:
        messages.info(request, _("The controller is asked to test itself."))
    return redirect("instrument_commission", instrument.asset_no)


def _instrument(asset_no: str, user: User, now: datetime) -> Instrument:
    instrument = get_object_or_404(Instrument.objects.select_related("facility", "unit"), asset_no=asset_no)
    if not may_manage(user, instrument, now):
        raise NotPermitted(_("Only the instrument's crew may do this."), code="instruments.not_crew")
    return instrument


def _context(instrument: Instrument, now: datetime) -> dict[str, Any]:
    nodes = list(
        ControlledNode.objects.filter(instrument=instrument)
        .select_related("controller")
        .order_by("controller__dev", "node")
    )
    tests: dict[int, DeviceCommand] = {}
    orders = DeviceCommand.objects.filter(
        controller__in=[node.controller_id for node in nodes], kind=SELF_TEST
    )
    for order in orders.order_by("created_at", "id"):
        tests[order.controller_id] = order
    return {
        "instrument": instrument,
        "nodes": [(node, tests.get(node.controller_id)) for node in nodes],
        "seen": last_self_test(instrument),
        "now": now,
    }

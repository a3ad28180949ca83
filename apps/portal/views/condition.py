"""Out of service and repairs: the outages of an instrument, the faults that were reported, and the work
orders under which it is maintained. For its crew; each act asks one operation.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import CrewMember, Incident, Instrument
from apps.instruments.queries import (
    crew_of,
    open_incidents,
    open_work_orders,
    outages_between,
    with_scopes,
)
from apps.instruments.states import (
    close_incident,
    close_work_order,
    end_outage,
    open_work_order,
    require_crew,
    start_outage,
)
from apps.people.models import User
from apps.people.views import viewer
from apps.portal.forms import CloseForm, OutageForm, WorkOrderForm

AHEAD = timedelta(days=366)
_STEP = timedelta(minutes=5)


@require_http_methods(["GET", "HEAD", "POST"])
def instrument_condition(request: HttpRequest, asset_no: str) -> HttpResponse:
    """What stands in the way of the instrument, and the forms that change it. 403 `instruments.not_crew`."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(with_scopes(Instrument.objects.all()), asset_no=asset_no)
    require_crew(instrument, user, now)
    asked = request.POST.get("act", "") if request.method == "POST" else ""
    engineers = [one.user for one in crew_of(instrument, now).filter(role=CrewMember.Role.SERVICE)]
    outage = OutageForm(
        request.POST if asked == "outage" else None,
        prefix="outage",
        initial={"starts_at": now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % _STEP},
    )
    order = WorkOrderForm(request.POST if asked == "order" else None, prefix="order", engineers=engineers)
    faults = [
        (one, CloseForm(request.POST if _is_about(request, one) else None, prefix=f"fault-{one.ulid}"))
        for one in open_incidents(instrument).select_related("reported_by")
    ]
    if (
        (asked == "outage" and _planned(outage, instrument, user, now))
        or (asked == "order" and _ordered(order, instrument, user, now))
        or (asked == "close" and _closed(request, faults, instrument, user, now))
        or (asked in ("end", "done") and _ended(request, asked, instrument, user, now))
    ):
        messages.success(request, _("Saved."))
        return redirect("instrument_condition", instrument.asset_no)
    context = {
        "instrument": instrument,
        "now": now,
        "outages": list(outages_between(instrument.pk, now, now + AHEAD)),
        "faults": faults,
        "orders": list(open_work_orders(instrument)),
        "outage": outage,
        "order": order,
    }
    wrong = outage.errors or order.errors or any(form.errors for _one, form in faults)
    return render(request, "portal/condition.html", context, status=422 if wrong else 200)


def _is_about(request: HttpRequest, fault: Incident) -> bool:
    return request.POST.get("act") == "close" and request.POST.get("ulid") == fault.ulid


def _planned(form: OutageForm, instrument: Instrument, user: User, now: datetime) -> bool:
    return _kept(form, lambda: start_outage(instrument=instrument, by=user, now=now, **form.cleaned_data))


def _ordered(form: WorkOrderForm, instrument: Instrument, user: User, now: datetime) -> bool:
    return _kept(
        form,
        lambda: open_work_order(
            instrument=instrument,
            summary=form.cleaned_data["summary"],
            engineer=form.engineer,
            by=user,
            now=now,
        ),
    )


def _closed(
    request: HttpRequest,
    faults: list[tuple[Incident, CloseForm]],
    instrument: Instrument,
    user: User,
    now: datetime,
) -> bool:
    """The fault that was asked about. One that somebody else has closed since is on the page no more, and the
    operation says so.
    """
    found = next(((fault, form) for fault, form in faults if form.is_bound), None)
    if found is None:
        gone = _row(instrument.incidents, request)
        close_incident(incident=gone, by=user, now=now)
        return True
    fault, form = found
    return _kept(
        form,
        lambda: close_incident(incident=fault, by=user, now=now, reason=form.cleaned_data["reason"]),
    )


def _kept(form: Form, act: Callable[[], object]) -> bool:
    """Whether the form was good and the act was done; a refusal stands in the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _ended(request: HttpRequest, act: str, instrument: Instrument, user: User, now: datetime) -> bool:
    """An outage ends, or a work order is done."""
    if act == "end":
        end_outage(outage=_row(instrument.outages, request), by=user, now=now)
    else:
        close_work_order(work_order=_row(instrument.work_orders, request), by=user, now=now)
    return True


def _row(rows: Any, request: HttpRequest) -> Any:
    """The row of the instrument that was named. Raises NotFound `core.not_found`."""
    found = rows.select_related("instrument").filter(ulid=request.POST.get("ulid", "")[:26]).first()
    if found is None:
        raise NotFound(_("There is no such thing here any more."), code="core.not_found")
    return found

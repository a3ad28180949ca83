"""A use whose person forgot to log off: proposing when it ended beside what the sensors say, and the answer
of whoever is responsible for the instrument. Each view asks one operation.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.billing.operations import charge_in_force, foreseen_fen
from apps.core import clock
from apps.core.errors import NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.queries import manages
from apps.people.models import User
from apps.people.views import viewer
from apps.portal.evidence import evidence_page
from apps.portal.forms import AnswerForm, CorrectionForm
from apps.usage.awaiting import correction_for, corrections_for, my_corrections
from apps.usage.correcting import (
    correctable_until,
    decide_correction,
    is_conflicted,
    obstacle,
    propose_correction,
    withdraw_correction,
)
from apps.usage.evidence import from_json, original_of
from apps.usage.models import UsageCorrection
from apps.usage.queries import record_for

PAGE = 20


@require_safe
def usage_corrections(request: HttpRequest) -> HttpResponse:
    """What waits for this person's answer, and what was proposed for their own uses."""
    user, now = viewer(request), clock.now()
    mine = my_corrections(user).order_by("-proposed_at", "-pk")
    context = {
        "waiting": list(corrections_for(user, now)[:PAGE]),
        "page": Paginator(mine, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "portal/corrections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def usage_correct(request: HttpRequest, ulid: str) -> HttpResponse:
    """Say when a use ended. To who neither used nor runs the instrument there is no such use."""
    user, now = viewer(request), clock.now()
    record = record_for(user, ulid, now)
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = propose_correction(record=record, end=said["end"], reason=said["reason"], by=user, now=now)
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Proposed. The instrument's manager answers; you hear of it."))
            return redirect("usage_correction", made.ulid)
    against = obstacle(record, now)
    waiting = UsageCorrection.objects.filter(record=record, state=UsageCorrection.State.OPEN).first()
    proposed = getattr(form, "cleaned_data", {}).get("end") if form.is_bound else None
    context = {
        "record": record,
        "form": form,
        "against": against,
        "waiting": waiting,
        "until": correctable_until(record, now),
        "evidence": evidence_page(record, proposed=proposed),
        "own": record.user_id == user.pk,
    }
    return render(request, "portal/correct.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def usage_correction(request: HttpRequest, ulid: str) -> HttpResponse:
    """A proposal beside its evidence; whoever may answer it does so here."""
    user, now = viewer(request), clock.now()
    found = correction_for(user, ulid, now)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            decide_correction(
                correction=found, by=user, confirm=said["answer"] == "yes", why=said["reason"], now=now
            )
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Answered. Both sides hear of it."))
            return redirect("usage_correction", found.ulid)
    context = {**_about(found, user, now), "form": form}
    return render(request, "portal/correction.html", context, status=409 if form.errors else 200)


@require_POST
def usage_correction_withdraw(request: HttpRequest, ulid: str) -> HttpResponse:
    """Take a proposal back."""
    user, now = viewer(request), clock.now()
    withdraw_correction(correction=correction_for(user, ulid, now), by=user, now=now)
    messages.success(request, _("Taken back. The use counts as before."))
    return redirect("usage_correction", ulid)


def _about(found: UsageCorrection, user: User, now: datetime) -> dict[str, Any]:
    record = found.record
    opened = found.state == UsageCorrection.State.OPEN
    own = user.pk in (record.user_id, found.proposed_by_id)
    powered = round((found.ended_at - record.started_at).total_seconds() * 1000)
    charge = charge_in_force(record)
    return {
        "correction": found,
        "record": record,
        "original": original_of(record),
        "powered_ms": powered,
        "idle_ms": max(0, powered - found.effective_ms),
        "charge": charge,
        "foreseen_fen": foreseen_fen(
            record=record,
            end=found.ended_at,
            powered_ms=powered,
            effective_ms=min(found.effective_ms, powered),
        ),
        "evidence": evidence_page(record, line=from_json(found.evidence), proposed=found.ended_at),
        "may_answer": opened
        and not own
        and manages(user, record.instrument, now)
        and not is_conflicted(record, user),
        "may_withdraw": opened and own,
    }

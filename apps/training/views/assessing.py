"""The rubric: filled in at the instrument, on a phone, and written by the instrument's manager."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import Instrument
from apps.instruments.queries import manages
from apps.people.models import User
from apps.people.views import viewer
from apps.training.assessing import publish_rubric, rubric_in_force, submit_assessment
from apps.training.coverage import covers
from apps.training.forms.assessments import (
    AssessForm,
    LineFormSet,
    MarkForm,
    initial_lines,
    lines_of,
)
from apps.training.models import TrainingRequest
from apps.training.progress import progress_of
from apps.training.queries import may_train


@require_http_methods(["GET", "HEAD", "POST"])
def request_assess(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """One trainee, one instrument, every criterion as a switch."""
    user, now = viewer(request), clock.now()
    asked, instrument = _asked(user, ulid, asset_no, now)
    rubric = rubric_in_force(instrument, now)
    context: dict[str, Any] = {"asked": asked, "instrument": instrument, "progress": progress_of(asked)}
    if rubric is None:
        return render(request, "training/assess.html", {**context, "form": None})
    criteria = list(rubric.criteria.all())
    form = AssessForm(request.POST if request.method == "POST" else None, criteria=criteria)
    if request.method == "POST" and form.is_valid():
        try:
            done = submit_assessment(
                request=asked,
                instrument=instrument,
                rubric=rubric,
                answers=form.answers,
                by=user,
                now=now,
                nonce=form.cleaned_data["nonce"],
                remark=form.cleaned_data["remark"],
            )
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            _tell(request, passed=done.passed, percent=done.percent)
            return redirect("training_desk")
    context |= {"form": form, "rubric": rubric}
    return render(request, "training/assess.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def rubric_edit(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The criteria of an instrument; what is saved holds from now on, assessments of before keep theirs."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(Instrument.objects.select_related("facility"), asset_no=asset_no)
    if not manages(user, instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="instruments.not_manager")
    rubric = rubric_in_force(instrument, now)
    if request.method == "POST":
        mark, lines = MarkForm(request.POST), LineFormSet(request.POST)
        if mark.is_valid() and lines.is_valid():
            try:
                publish_rubric(
                    instrument=instrument,
                    lines=lines_of(lines),
                    pass_mark=mark.cleaned_data["pass_mark"],
                    by=user,
                    now=now,
                )
            except Refusal as refusal:
                add_refusal(mark, refusal)
            else:
                messages.success(request, _("The rubric holds from now on."))
                return redirect("rubric_edit", asset_no)
    else:
        mark = MarkForm(initial={"pass_mark": rubric.pass_mark} if rubric else None)
        lines = LineFormSet(initial=initial_lines(list(rubric.criteria.all())) if rubric else None)
    wrong = request.method == "POST"
    context = {"instrument": instrument, "rubric": rubric, "mark": mark, "lines": lines}
    return render(request, "training/rubric.html", context, status=422 if wrong else 200)


def _asked(user: User, ulid: str, asset_no: str, now: datetime) -> tuple[TrainingRequest, Instrument]:
    """Raises NotFound `training.request_unknown` for who does not train on the instrument."""
    instrument = get_object_or_404(Instrument, asset_no=asset_no)
    rows = TrainingRequest.objects.select_related("user", "course", "version")
    asked = get_object_or_404(rows, ulid=ulid)
    own = asked.instrument_id in (None, instrument.pk) and covers(asked.course, instrument)
    if not own or not may_train(user, instrument, now):
        raise NotFound(_("There is no such training."), code="training.request_unknown")
    return asked, instrument


def _tell(request: HttpRequest, *, passed: bool, percent: int) -> None:
    if passed:
        messages.success(
            request, _("Passed with %(percent)d %%. It cannot be changed any more.") % {"percent": percent}
        )
    else:
        messages.warning(
            request,
            _("Not passed (%(percent)d %%). The trainee may be assessed again.") % {"percent": percent},
        )

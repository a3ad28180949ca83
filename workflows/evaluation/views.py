"""The office opens a round."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.clock import school_time
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal, form_page
from apps.people.views import office_viewer
from workflows.evaluation.beginning import begin_round
from workflows.evaluation.forms import OpenForm


@require_http_methods(["GET", "HEAD", "POST"])
def evaluation_open(request: HttpRequest) -> HttpResponse:
    """By which version, for which period. The figures are drawn in the background."""
    now = clock.now()
    user = office_viewer(request, now)
    form = OpenForm(request.POST if request.method == "POST" else None, year=school_time(now).year - 1)
    if request.method == "POST" and form.is_valid():
        try:
            round_, _case = begin_round(by=user, now=now, **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The round is open; its figures are being drawn."))
            return redirect("evaluation_round", round_.ulid)
    return form_page(request, "evaluation_flow/open.html", {"form": form}, form)

"""What a side does while an agreement runs: it gives notice, or says that the other does not keep it. Each
begins a case.
"""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.hosting.models import Agreement, Side
from apps.hosting.queries import find_agreement
from apps.people.forms import SELECT
from apps.people.models import User
from apps.people.views import viewer
from workflows.hosting.ending import complain, leave
from workflows.models import Case

AREA = {"class": "form-control", "rows": 3}


class LeaveForm(forms.Form):
    """Why the agreement is given up."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs=AREA))


class BreachForm(forms.Form):
    """Which side does not keep what."""

    side = forms.ChoiceField(
        label=gettext_lazy("Which side"),
        choices=[(Side.OWNER.value, Side.OWNER.label), (Side.HOST.value, Side.HOST.label)],
        widget=forms.Select(attrs=SELECT),
    )
    what = forms.CharField(
        label=gettext_lazy("What is not kept"), max_length=2000, widget=forms.Textarea(attrs=AREA)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def hosting_leave(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm with a reason: the notice begins to run."""
    return _begin(request, ulid, LeaveForm, "hosting/leave.html")


@require_http_methods(["GET", "HEAD", "POST"])
def hosting_breach(request: HttpRequest, ulid: str) -> HttpResponse:
    """Say what is not kept: the side is warned and has time to mend it."""
    return _begin(request, ulid, BreachForm, "hosting/breach.html")


def _begin(request: HttpRequest, ulid: str, kind: type[forms.Form], template: str) -> HttpResponse:
    user, now = viewer(request), clock.now()
    agreement = find_agreement(ulid, user, now)
    form = kind(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = _case(form, agreement, user)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Handed in. You will be told how it goes on."))
            return redirect("case_detail", case.ulid)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context: dict[str, Any] = {"agreement": agreement, "form": form}
    return render(request, template, context, status=status)


def _case(form: forms.Form, agreement: Agreement, user: User) -> Case:
    data, now = form.cleaned_data, clock.now()
    if isinstance(form, LeaveForm):
        return leave(agreement=agreement, reason=data["reason"], by=user, now=now)
    return complain(agreement=agreement, side=data["side"], what=data["what"], by=user, now=now)

"""The ladder of opening of one instrument: what each level asks for and what is there, how it came to its
level, opening it further, and lowering it with a reason. Each view asks one operation.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.forms import LEVELS
from apps.instruments.ladder import CONTROLLER, HOURS, PRICES, RECORD, checklist
from apps.instruments.models import Instrument
from apps.instruments.opening import open_level
from apps.instruments.queries import holds_manage, manages
from apps.library.models import Asset
from apps.people.models import User
from apps.people.views import viewer
from workflows.models import Case
from workflows.onboarding.flow import OnboardingFlow
from workflows.onboarding.standing import standing_of

_WHERE = {
    RECORD: "quality_detail",
    HOURS: "booking_terms",
    CONTROLLER: "instrument_commission",
}


class LowerForm(forms.Form):
    """To which level, and why."""

    level = forms.TypedChoiceField(
        label=gettext_lazy("Level from now on"),
        coerce=int,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )

    def __init__(self, *args: Any, below: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["level"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [
            (0, gettext_lazy("Not open")),
            *((level, words) for level, words in LEVELS if level < below),
        ]


@require_safe
def instrument_opening(request: HttpRequest, asset_no: str) -> HttpResponse:
    """What each level asks for, and what is there."""
    user, now = viewer(request), clock.now()
    instrument = _instrument(asset_no)
    if not manages(user, instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="instruments.not_manager")
    standing = standing_of(instrument, now)
    levels, told = [], set()
    for level, words in LEVELS:
        rungs = checklist(level, standing)
        added = [one for one in rungs if (one.key, one.met) not in told]  # the rest stands at a lower level
        told |= {(one.key, one.met) for one in rungs}
        levels.append(
            {
                "number": level,
                "words": words,
                "rungs": [(one, _where(one.where, instrument)) for one in added],
                "whole": all(one.met for one in rungs),
                "lacks": len([one for one in rungs if not one.met]),
                "score": standing.scores[level],
            }
        )
    asset = Asset.objects.filter(asset_no=instrument.asset_no, gone_at__isnull=True).first()
    context = {
        "instrument": instrument,
        "levels": levels,
        "history": instrument.openings.select_related("by").order_by("-at", "-id")[:20],
        "case": _open_case(asset),
        "asset": asset,
        "score": standing.score,
        "words": dict(LEVELS),
        "lowers": instrument.opening_level > 0 and holds_manage(user, instrument, now),
    }
    return render(request, "onboarding/opening.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def instrument_lower(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Take a level back, with a reason."""
    user, now = viewer(request), clock.now()
    instrument = _instrument(asset_no)
    _require_holder(user, instrument, now)
    form = LowerForm(request.POST or None, below=instrument.opening_level)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            open_level(instrument=instrument, level=said["level"], reason=said["reason"], by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The level is lowered."))
            return redirect("instrument_opening", instrument.asset_no)
    context = {"instrument": instrument, "form": form}
    return render(request, "onboarding/lower.html", context, status=422 if form.errors else 200)


def _instrument(asset_no: str) -> Instrument:
    return get_object_or_404(Instrument.objects.select_related("facility", "unit"), asset_no=asset_no)


def _require_holder(user: User, instrument: Instrument, now: Any) -> None:
    if not holds_manage(user, instrument, now):
        raise NotPermitted(
            _("This needs the right to manage the instrument."), code="instruments.not_authorized"
        )


def _open_case(asset: Asset | None) -> Case | None:
    if asset is None:
        return None
    cases = Case.objects.filter(flow=OnboardingFlow.key, subject_ref=f"asset:{asset.ulid}")
    return cases.filter(ended_at__isnull=True).first()


def _where(where: str, instrument: Instrument) -> str:
    if where == PRICES:
        return reverse("fee_proposal_new")
    return reverse(_WHERE[where], args=[instrument.asset_no]) if where in _WHERE else ""

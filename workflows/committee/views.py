"""Committees and who sits on them, and the page on which everybody says what they know."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.panels.levels import LEVELS
from apps.panels.operations import declare_expertise
from apps.people.queries import is_office
from apps.people.views import viewer
from workflows.committee.reading import classes, committees


class LevelForm(forms.Form):
    """One class and how well it is known."""

    class6 = forms.RegexField(r"^\d{6}$")
    level = forms.TypedChoiceField(choices=LEVELS, coerce=int)


@require_safe
def committee_list(request: HttpRequest) -> HttpResponse:
    """Every committee with its members and their terms."""
    user, now = viewer(request), clock.now()
    context = {"committees": committees(user, now), "office": is_office(user, now)}
    return render(request, "committee/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def expertise(request: HttpRequest) -> HttpResponse:
    """How well I know which class of instruments, a row each; each is saved by itself."""
    user, now = viewer(request), clock.now()
    status = 200
    if request.method == "POST":
        form = LevelForm(request.POST)
        if form.is_valid():
            declare_expertise(user=user, by=user, now=now, **form.cleaned_data)
            messages.success(request, _("Saved. It counts for the panels that are formed from now on."))
            return redirect("expertise")
        messages.error(request, _("Please choose one of the four levels."))
        status = 422
    context = {"classes": classes(user, now), "levels": LEVELS}
    return render(request, "committee/expertise.html", context, status=status)

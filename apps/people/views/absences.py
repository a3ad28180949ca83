"""My absence: who stands in for me, for whom I stand in; declaring and ending it."""

from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.people.forms import AbsenceForm, default_days
from apps.people.models import Absence, User
from apps.people.operations import declare_absence, end_absence
from apps.people.processes import processes
from apps.people.queries import is_office
from apps.people.views import viewer

_PAST = 20


@require_http_methods(["GET", "HEAD", "POST"])
def absence_list(request: HttpRequest) -> HttpResponse:
    """My absences and the form for another; for whom I stand in."""
    user, now = viewer(request), clock.now()
    titles = processes()
    posted = request.method == "POST"
    form = AbsenceForm(
        request.POST if posted else None,
        processes=titles.items(),
        initial={} if posted else default_days(now),
    )
    if posted and form.is_valid() and _declare(form, user, now):
        messages.success(request, _("Declared. In that time your steps go to the substitute as well."))
        return redirect("absence_list")
    mine = list(user.absences.select_related("substitute").order_by("-valid_from", "-id")[:_PAST])
    open_ones = Q(revoked_at__isnull=True, valid_until__gt=now)
    context = {
        "form": form,
        "coming": [absence for absence in mine if _is_open(absence, now)],
        "past": [absence for absence in mine if not _is_open(absence, now)],
        "standing_in": user.substitutions.filter(open_ones).select_related("user").order_by("valid_from"),
        "titles": titles,
        "now": now,
    }
    return render(request, "people/absences.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def absence_end(request: HttpRequest, ulid: str) -> HttpResponse:
    """End an absence early, after asking. For the one who is away, the substitute and the office."""
    user, now = viewer(request), clock.now()
    absence = get_object_or_404(Absence.objects.select_related("user", "substitute"), ulid=ulid)
    if user.pk not in (absence.user_id, absence.substitute_id) and not is_office(user, now):
        raise NotFound(_("There is no such absence."), code="people.no_absence")
    status = 200
    refusal = None
    if request.method == "POST":
        try:
            end_absence(absence=absence, by=user, now=now)
        except Refusal as met:
            refusal, status = met, met.status
        else:
            messages.success(request, _("The absence has ended."))
            return redirect("absence_list")
    return render(request, "people/absence_end.html", {"absence": absence, "refusal": refusal}, status=status)


def _is_open(absence: Absence, now: datetime) -> bool:
    return absence.revoked_at is None and absence.valid_until is not None and absence.valid_until > now


def _declare(form: AbsenceForm, user: User, now: datetime) -> bool:
    start, end = form.period
    try:
        declare_absence(
            user=user,
            substitute=form.cleaned_data["substitute"],
            valid_from=max(start, now),
            valid_until=end,
            by=user,
            now=now,
            processes=form.cleaned_data.get("processes", ()),
            reason=form.cleaned_data["reason"],
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True

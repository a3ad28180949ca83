"""The people for whom one answers, and the pages on which a registration is closed or suspended. What hangs
on a person is listed before anything is asked.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.decisions.judging import judge
from apps.people.models import User
from apps.people.views import viewer
from rules.decision import Reason
from workflows.deregistration import beginning
from workflows.deregistration.authority import has_authority, leads, watches_over
from workflows.deregistration.facts import obstacle_facts
from workflows.deregistration.forms import LeaveForm, SuspendForm
from workflows.deregistration.reach import answers_for_anybody, people_within_reach
from workflows.models import Case
from workflows.registration.dossier import found_reasons

_PAGE = 50


@require_safe
def person_list(request: HttpRequest) -> HttpResponse:
    """The people for whom one answers, found by a part of login or name."""
    user, now = viewer(request), clock.now()
    if not answers_for_anybody(user, now):
        raise NotPermitted(_("You answer for nobody's registration."), code="people.not_authorized")
    text = request.GET.get("q", "").strip()
    found = people_within_reach(user, now)
    if text:
        named = Q(name_zh__icontains=text) | Q(name_en__icontains=text)
        found = found.filter(named | Q(username__icontains=text))
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    return render(request, "deregistration/people.html", {"page": page, "text": text, "now": now})


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Close my own account."""
    user = viewer(request)
    return _close(request, user, user)


@require_http_methods(["GET", "HEAD", "POST"])
def person_leave(request: HttpRequest, ulid: str) -> HttpResponse:
    """Close somebody's account, or ask for it."""
    user = viewer(request)
    return _close(request, user, _person(user, ulid, clock.now()))


@require_http_methods(["GET", "HEAD", "POST"])
def person_suspend(request: HttpRequest, ulid: str) -> HttpResponse:
    """Suspend somebody, or ask for it."""
    user, now = viewer(request), clock.now()
    person = _person(user, ulid, now)
    form = SuspendForm(request.POST if request.method == "POST" else None, user=user)
    del form.fields["person"]
    case = None
    if request.method == "POST" and form.is_valid():
        case = _begun(form, beginning.suspend, user, person, now)
    if case is not None:
        messages.success(request, _("Handed in. Its page shows how it goes on."))
        return redirect("case_detail", case.ulid)
    context = {"person": person, "form": form, "at_once": has_authority(user, person, now)}
    return render(request, "deregistration/suspend.html", context, status=422 if form.errors else 200)


def _close(request: HttpRequest, user: User, person: User) -> HttpResponse:
    now = clock.now()
    authority = has_authority(user, person, now)
    form = LeaveForm(request.POST if request.method == "POST" else None, user=user)
    del form.fields["person"]
    if not authority:
        del form.fields["urgent"]
    case = None
    if request.method == "POST" and form.is_valid():
        case = _begun(form, beginning.leave, user, person, now)
    if case is not None:
        return _closed(request, case, user, person)
    own = person.pk == user.pk
    context = {
        "person": person,
        "own": own,
        "form": form,
        "at_once": authority or own,
        "reasons": _obstacles(person, now, "self" if own else "office" if authority else "pi"),
    }
    return render(request, "deregistration/leave.html", context, status=422 if form.errors else 200)


def _closed(request: HttpRequest, case: Case, user: User, person: User) -> HttpResponse:
    if person.pk == user.pk and not case.is_open:
        return redirect("account_login")  # nobody is signed in any more
    messages.success(request, _("Handed in. Its page shows how it goes on."))
    return redirect("case_detail", case.ulid)


def _person(user: User, ulid: str, now: datetime) -> User:
    """The person, for whoever may begin something about them; for anybody else there is none."""
    person = get_object_or_404(User.objects.select_related("unit"), ulid=ulid, valid_from__isnull=False)
    if not (has_authority(user, person, now) or leads(user, person, now) or watches_over(user, person, now)):
        raise NotFound(_("There is no such person."), code="people.no_person")
    return person


def _begun(form: Any, begin: Any, user: User, person: User, now: datetime) -> Case | None:
    try:
        case: Case = begin(by=user, now=now, data={**form.cleaned_data, "person": person})
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None
    return case


def _obstacles(person: User, now: datetime, started_by: str) -> list[Reason]:
    """What the rules would say now; nothing is recorded."""
    facts, _sources = obstacle_facts(person, now, started_by=started_by, urgent=False)
    return found_reasons(judge(point="registration.obstacles", facts=facts, at=now))

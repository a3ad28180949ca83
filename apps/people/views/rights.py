"""Rights: those that I hold, those that I gave, those on what I manage; granting and taking away."""

from datetime import datetime

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.asking import ask_once_more
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.periods import in_force
from apps.core.refusals import add_refusal
from apps.people.authorizations import may_revoke
from apps.people.forms import GrantForm, ReasonForm
from apps.people.models import Authorization, User
from apps.people.operations import grant_authorization, revoke_authorization
from apps.people.queries import active_users, counting_rights
from apps.people.reach import covered_by, in_words
from apps.people.views import viewer

_SHOWN = 200


@require_safe
def right_list(request: HttpRequest) -> HttpResponse:
    """My rights, what I gave, and every right on what I manage, those that ended lately among them."""
    user, now = viewer(request), clock.now()
    managed = _managed_scopes(user, now)
    text = request.GET.get("q", "").strip()
    context = {
        "held": in_words(_rows(user.authorizations.filter(in_force(now)))),
        "given": in_words(_rows(Authorization.objects.filter(grantor=user))),
        "around": in_words(_rows(_found(covered_by(managed), text))) if managed else [],
        "may_grant": bool(managed),
        "text": text,
        "now": now,
    }
    return render(request, "people/rights.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def right_grant(request: HttpRequest) -> HttpResponse:
    """Give somebody a right. Only for people who manage something."""
    user, now = viewer(request), clock.now()
    if not _managed_scopes(user, now):
        raise NotPermitted(_("You manage nothing whose rights you could give."), code="people.grant_exceeds")
    form = GrantForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _grant(form, user, now):
        messages.success(request, _("The right is granted and counts from now on."))
        return redirect("right_list")
    return render(request, "people/grant.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def right_revoke(request: HttpRequest, ulid: str) -> HttpResponse:
    """Take a right away, or give it up, with a reason. Who may do neither is told that there is none."""
    user, now = viewer(request), clock.now()
    right = get_object_or_404(Authorization.objects.select_related("user", "grantor"), ulid=ulid)
    if right.user_id != user.pk and not may_revoke(user, right, now):
        raise NotFound(_("There is no such right."), code="people.no_right")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: revoke_authorization(authorization=right, by=user, now=now, reason=said["reason"]),
        done=_("The right has ended."),
        to=("right_list",),
        template="people/revoke.html",
        context={"right": in_words([right])[0], "own": right.user_id == user.pk},
    )


def _managed_scopes(user: User, now: datetime) -> list[str]:
    held = counting_rights(now).filter(user=user, kind="manage", user__in=active_users(now))
    return list(held.values_list("scope", flat=True))


def _found(rows: QuerySet[Authorization], text: str) -> QuerySet[Authorization]:
    if not text:
        return rows
    named = Q(user__name_zh__icontains=text) | Q(user__name_en__icontains=text)
    return rows.filter(named | Q(user__username__icontains=text))


def _rows(rows: QuerySet[Authorization]) -> list[Authorization]:
    return list(rows.select_related("user", "grantor").order_by("-valid_from", "-id")[:_SHOWN])


def _grant(form: GrantForm, user: User, now: datetime) -> bool:
    data = form.cleaned_data
    try:
        grant_authorization(
            user=data["user"],
            kind=data["kind"],
            scope=data["scope"],
            grantor=user,
            now=now,
            valid_until=form.valid_until,
            reason=data["reason"],
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True

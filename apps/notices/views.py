"""My notices, and how I want to be told. Each view asks one operation."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import Refusal, WrongState
from apps.core.refusals import add_refusal
from apps.notices.forms import MessengerForm, PreferencesForm, initial
from apps.notices.kinds import Group, all_kinds
from apps.notices.models import Notice
from apps.notices.operations import mark_all_read, mark_read
from apps.notices.preferences import (
    choose,
    lift_suppression,
    remove_messenger,
    set_messenger,
    try_messenger,
)
from apps.notices.problems import in_words
from apps.notices.queries import messenger_of, notices_of, suppression_of, wishes_of
from apps.people.models import User
from apps.people.views import viewer

PAGE = 30


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first, page by page."""
    user = viewer(request)
    group, unread = request.GET.get("group", ""), request.GET.get("unread") == "1"
    found = list(
        notices_of(user, group=group, unread=unread, before=request.GET.get("before", ""), limit=PAGE + 1)
    )
    context = {
        "notices": found[:PAGE],
        "older": found[PAGE - 1].ulid if len(found) > PAGE else "",
        "groups": Group.choices,
        "group": group,
        "unread": unread,
        "later": bool(request.GET.get("before")),
    }
    return render(request, "notices/list.html", context)


@require_safe
def notice_open(request: HttpRequest, ulid: str) -> HttpResponse:
    """Go where the notice leads; it counts as read. Somebody else's does not exist."""
    user = viewer(request)
    notice = get_object_or_404(Notice, ulid=ulid, user=user)
    mark_read(notice=notice, by=user, now=clock.now())
    return redirect(notice.url or "notice_list")


@require_POST
def notice_read(request: HttpRequest, ulid: str) -> HttpResponse:
    """Seen, without going there."""
    user = viewer(request)
    mark_read(notice=get_object_or_404(Notice, ulid=ulid, user=user), by=user, now=clock.now())
    return redirect(_back(request))


@require_POST
def notice_read_all(request: HttpRequest) -> HttpResponse:
    """Seen all of them, or all of the group that is shown."""
    group = request.POST.get("group", "")
    mark_all_read(by=viewer(request), now=clock.now(), group=group if group in Group.values else "")
    return redirect(_back(request))


@require_http_methods(["GET", "HEAD", "POST"])
def notice_preferences(request: HttpRequest) -> HttpResponse:
    """How I want to be told."""
    user, now = viewer(request), clock.now()
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        if _choose(form, user, now):
            messages.success(request, _("Kept. It holds from the next notice on."))
            return redirect("notice_preferences")
        return _preferences(request, user, form, MessengerForm(), status=422)
    form = PreferencesForm(initial=initial(wishes_of(user)))
    return _preferences(request, user, form, MessengerForm())


@require_POST
def notice_messenger(request: HttpRequest) -> HttpResponse:
    """Keep, try or forget my messenger."""
    user, now = viewer(request), clock.now()
    asked = request.POST.get("do", "")
    if asked == "try":
        return _try(request, user, now)
    if asked == "remove":
        remove_messenger(user=user, now=now)
        messages.success(request, _("The messenger is forgotten. Nothing is sent there any more."))
        return redirect("notice_preferences")
    form = MessengerForm(request.POST)
    if form.is_valid():
        try:
            set_messenger(user=user, address=form.cleaned_data["address"], now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The messenger is kept. Send a test to see that it works."))
            return redirect("notice_preferences")
    preferences = PreferencesForm(initial=initial(wishes_of(user)))
    return _preferences(request, user, preferences, form, status=422)


@require_POST
def notice_mailbox(request: HttpRequest) -> HttpResponse:
    """My mailbox takes mail again."""
    lift_suppression(user=viewer(request), now=clock.now())
    messages.success(request, _("Mails are sent to your address again."))
    return redirect("notice_preferences")


def _try(request: HttpRequest, user: User, now: datetime) -> HttpResponse:
    try:
        try_messenger(user=user, now=now)
    except WrongState as refusal:
        problem, answer = (refusal.details.get(name, "") for name in ("problem", "answer"))
        told = (refusal.message, in_words(problem), answer)
        messages.error(request, " ".join(str(part) for part in told if part))
    else:
        messages.success(request, _("The test message was accepted. Look at your messenger."))
    return redirect("notice_preferences")


def _choose(form: PreferencesForm, user: User, now: datetime) -> bool:
    if not form.is_valid():
        return False
    chosen = form.cleaned_data
    try:
        choose(
            user=user,
            modes=form.modes,
            language=chosen["language"],
            quiet_from=chosen["quiet_from"],
            quiet_until=chosen["quiet_until"],
            now=now,
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _preferences(
    request: HttpRequest, user: User, form: PreferencesForm, messenger: MessengerForm, *, status: int = 200
) -> HttpResponse:
    row = messenger_of(user)
    problem, _space, answer = (row.last_error if row else "").partition(" ")
    context = {
        "form": form,
        "messenger_form": messenger,
        "messenger": row,
        "problem": in_words(problem),
        "answer": answer,
        "suppression": suppression_of(user),
        "kinds": all_kinds(),
        "email": user.email,
    }
    return render(request, "notices/preferences.html", context, status=status)


def _back(request: HttpRequest) -> str:
    """The list as it was filtered."""
    kept = {name: request.POST[name] for name in ("group", "unread") if request.POST.get(name)}
    return reverse("notice_list") + (f"?{urlencode(kept)}" if kept else "")

"""The equipment office's own pages about people: where to begin, and the posts of the units."""

from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.asking import ask_once_more
from apps.core.errors import Refusal
from apps.core.keyset import slice_of
from apps.core.periods import in_force
from apps.core.refusals import add_refusal
from apps.people.forms import PostForm, ReasonForm
from apps.people.models import HrFile, Post, RegistrationApplication, User
from apps.people.operations import appoint_post, end_post
from apps.people.views import office_viewer

_PAGE = 50


@require_safe
def office_home(request: HttpRequest) -> HttpResponse:
    """What the office looks after here, and what waits in it."""
    now = clock.now()
    office_viewer(request, now)
    context = {
        "open_applications": RegistrationApplication.objects.filter(
            state__in=RegistrationApplication.OPEN
        ).count(),
        "waiting_files": HrFile.objects.filter(state__in=HrFile.LIVE).count(),
        "posts": Post.objects.filter(in_force(now)).count(),
    }
    return render(request, "people/office.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def post_list(request: HttpRequest) -> HttpResponse:
    """Who holds which post; appointing somebody."""
    now = clock.now()
    user = office_viewer(request, now)
    form = PostForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _appoint(form, user, now):
        messages.success(request, _("Appointed."))
        return redirect("post_list")
    text = request.GET.get("q", "").strip()
    held = Post.objects.filter(in_force(now)).select_related("user", "unit")
    if text:
        held = held.filter(
            Q(user__username__icontains=text)
            | Q(user__name_zh__icontains=text)
            | Q(user__name_en__icontains=text)
            | Q(unit__name_zh__icontains=text)
            | Q(unit__name_en__icontains=text)
            | Q(unit__code__icontains=text)
        )
    context = {
        "form": form,
        "posts": held.order_by("unit__code", "kind", "valid_from")[:500],
        "text": text,
    }
    return render(request, "people/posts.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def post_end(request: HttpRequest, ulid: str) -> HttpResponse:
    """End a post with a reason."""
    now = clock.now()
    user = office_viewer(request, now)
    post = get_object_or_404(Post.objects.select_related("user", "unit"), ulid=ulid)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: end_post(post=post, reason=said["reason"], by=user, now=now),
        done=_("The post has ended."),
        to=("post_list",),
        template="people/post_end.html",
        context={"post": post},
    )


@require_safe
def application_list(request: HttpRequest) -> HttpResponse:
    """Every application, the latest first; repetitions and what became of each among them."""
    now = clock.now()
    office_viewer(request, now)
    state = request.GET.get("state", "")
    rows = RegistrationApplication.objects.select_related("organisation", "sponsor", "applicant")
    if state in RegistrationApplication.State.values:
        rows = rows.filter(state=state)
    page = slice_of(rows, order=("-submitted_at", "-id"), size=_PAGE, cursor=request.GET.get("after", ""))
    context = {
        "page": page,
        "states": RegistrationApplication.State.choices,
        "state": state,
    }
    return render(request, "people/applications.html", context)


def _appoint(form: PostForm, user: User, now: datetime) -> bool:
    data = form.cleaned_data
    try:
        appoint_post(
            user=data["user"],
            unit=data["unit"],
            kind=data["kind"],
            by=user,
            now=now,
            valid_until=form.valid_until,
            reason=data["reason"],
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True

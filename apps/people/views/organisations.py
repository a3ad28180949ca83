"""External organisations: the list, and one of them with its agreements and blocks. The office's pages."""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.asking import ask_once_more
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.people.forms import AgreementForm, OrganisationForm, ReasonForm
from apps.people.models import Organisation, User
from apps.people.organisations import (
    add_organisation,
    block_organisation,
    is_blocked,
    lift_block,
    organisations,
    record_agreement,
)
from apps.people.views import office_viewer

_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_list(request: HttpRequest) -> HttpResponse:
    """All organisations by name, found by a part of name or code; adding one."""
    now = clock.now()
    user = office_viewer(request, now)
    form = OrganisationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_organisation(**form.cleaned_data, by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Listed. Record its agreement next."))
            return redirect("organisation_detail", made.ulid)
    text = request.GET.get("q", "")
    page = Paginator(organisations(text, now), _PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "text": text, "form": form}
    return render(request, "people/organisations.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """One organisation: its agreements, another agreement, its people in number."""
    now = clock.now()
    user = office_viewer(request, now)
    organisation = get_object_or_404(Organisation, ulid=ulid)
    form = AgreementForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _record(form, organisation, user, now):
        messages.success(request, _("The agreement is recorded."))
        return redirect("organisation_detail", organisation.ulid)
    context = {
        "organisation": organisation,
        "agreements": organisation.agreements.order_by("-valid_until", "-id"),
        "blocks": organisation.blocks.select_related("by").order_by("-valid_from"),
        "blocked": is_blocked(organisation, now),
        "people": organisation.people.count(),
        "form": form,
        "now": now,
    }
    return render(request, "people/organisation.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_block(request: HttpRequest, ulid: str) -> HttpResponse:
    """Block an organisation, or lift its block; either way with a reason."""
    now = clock.now()
    user = office_viewer(request, now)
    organisation = get_object_or_404(Organisation, ulid=ulid)
    blocked = is_blocked(organisation, now)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    change = lift_block if blocked else block_organisation
    return ask_once_more(
        request,
        form,
        lambda said: change(organisation=organisation, reason=said["reason"], by=user, now=now),
        done=_("The block is lifted.") if blocked else _("The organisation is blocked."),
        to=("organisation_detail", organisation.ulid),
        template="people/block.html",
        context={"organisation": organisation, "blocked": blocked},
    )


def _record(form: AgreementForm, organisation: Organisation, user: User, now: datetime) -> bool:
    start, end = form.period
    try:
        record_agreement(
            organisation=organisation,
            number=form.cleaned_data["number"],
            valid_from=start,
            valid_until=end,
            note=form.cleaned_data["note"],
            by=user,
            now=now,
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True

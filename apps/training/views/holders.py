"""The register of certificates for who answers for instruments, and what is done to one certificate:
withdrawn, suspended, reinstated, each with its reason.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal, Text
from apps.core.refusals import add_refusal
from apps.core.workbooks import download
from apps.people.models import Authorization, User
from apps.people.views import viewer
from apps.training.forms.holders import STATES, HolderFilter
from apps.training.forms.inputs import ToldReasonForm
from apps.training.holders import powers_of, register, state_of
from apps.training.models import Certificate
from apps.training.operations import reinstate_certificate, suspend_certificate, withdraw_certificate
from apps.training.papers import with_papers
from apps.training.queries import may_certify
from apps.training.reach import answers_somewhere, instruments_of

PAGE = 25
_ACTS: dict[str, tuple[Callable[..., Any], Text]] = {
    "withdraw": (withdraw_certificate, gettext_lazy("The certificate is withdrawn.")),
    "suspend": (suspend_certificate, gettext_lazy("The certificate is suspended.")),
    "reinstate": (reinstate_certificate, gettext_lazy("The certificate counts again.")),
}


@require_safe
def holder_list(request: HttpRequest) -> HttpResponse:
    """Who holds what on the instruments in reach, page by page."""
    user, now = viewer(request), clock.now()
    form = HolderFilter(request.GET)
    criteria = form.criteria()
    found = register(_reach(user, now), **criteria, at=now)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    powers = powers_of(user, now)
    for one in with_papers(page.object_list):
        one.readable, one.mine_to_decide = powers.may_read_paper(one), powers.may_decide(one)
    context = {
        "form": form,
        "page": page,
        "filtered": any(criteria.values()),
        "now": now,
    }
    return render(request, "training/holders.html", context)


@require_safe
def holder_export(request: HttpRequest) -> FileResponse:
    """The whole filtered register as an Excel file."""
    user, now = viewer(request), clock.now()
    found = register(_reach(user, now), **HolderFilter(request.GET).criteria(), at=now)
    headings = [
        *(_("Asset number"), _("Instrument"), _("Login"), _("Name"), _("Level"), _("State")),
        *(
            _("Valid from"),
            _("Valid until"),
            pgettext("certificate", "Issued by"),
            _("Ended on"),
            _("Reason"),
            _("Case"),
        ),
    ]
    return download(
        filename=f"certificates-{clock.school_time(now):%Y%m%d-%H%M}.xlsx",
        sheet=_("Certificates"),
        headings=headings,
        rows=_rows(found, now),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_act(request: HttpRequest, ulid: str, verb: str) -> HttpResponse:
    """Confirm with a reason, then do it."""
    if verb not in _ACTS:
        raise Http404
    user, now = viewer(request), clock.now()
    certificate = _of(user, ulid, verb, now)
    act, done = _ACTS[verb]
    form = ToldReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act(certificate=certificate, reason=form.cleaned_data["reason"], by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, str(done))
            own = certificate.user_id == user.pk
            return redirect("training_mine" if own else "holder_list")
    context = {"certificate": certificate, "form": form, "verb": verb, "own": certificate.user_id == user.pk}
    return render(request, "training/certificate_act.html", context, status=409 if form.errors else 200)


def _reach(user: User, now: datetime) -> frozenset[int] | None:
    """Raises NotPermitted `training.not_crew` for who answers for no instrument."""
    if not answers_somewhere(user, now, kind=Authorization.Kind.REPORT):
        raise NotPermitted(_("This page is for who answers for instruments."), code="training.not_crew")
    return instruments_of(user, now, kind=Authorization.Kind.REPORT)


def _of(user: User, ulid: str, verb: str, now: datetime) -> Certificate:
    """The certificate, for who may decide about it; its holder may only give it up. Anybody else is told that
    there is none.
    """
    certificate = get_object_or_404(
        Certificate.objects.select_related("user", "instrument__facility"), ulid=ulid
    )
    own = certificate.user_id == user.pk
    may = verb == "withdraw" if own else may_certify(user, certificate.instrument, certificate.level, now)
    if not may:
        raise NotFound(_("There is no such certificate."), code="training.certificate_unknown")
    return certificate


def _rows(found: QuerySet[Any], now: datetime) -> Iterator[tuple[Any, ...]]:
    words = {**dict(STATES), "planned": _("Planned")}
    for one in found.iterator(chunk_size=2000):
        state = state_of(one, now)
        yield (
            one.instrument.asset_no,
            one.instrument.name,
            one.user.username,
            one.user.display_name,
            one.get_level_display(),
            str(words[state]),
            one.valid_from,
            one.valid_until,
            one.issued_by.display_name if one.issued_by else "",
            one.revoked_at,
            one.withdraw_reason,
            one.source_case,
        )

"""The page behind the link of a customer without an account. The secret in the address is the key, to one
request and nothing else: no session is opened or used, and whoever is signed in acts as the customer all the
same. Each view asks one operation.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.files.handing import hand_out
from apps.samples import guests
from apps.samples.attaching import files_for
from apps.samples.drafting import SampleDraft
from apps.samples.fields import fields_of
from apps.samples.forms import rows_of
from apps.samples.guest_forms import (
    AgreeForm,
    CloseForm,
    DeclineForm,
    GuestTermsForm,
    ObjectForm,
    offer_samples,
)
from apps.samples.labels import labels_of
from apps.samples.models import GuestLink, Sample, SampleRequest
from apps.samples.papers import report_for
from apps.samples.queries import results_of_all
from apps.samples.sponsoring import link_of
from apps.samples.views.mine import stages_of
from documents.operations import seal
from documents.queries import sealed_bytes

State = SampleRequest.State
View = Callable[..., HttpResponseBase]


def behind_link(view: View) -> View:
    """The view of whoever knows the secret. What it answers is kept by nobody, listed by nobody, and its
    address is told to nobody as the one from which they came.
    """

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, secret: str, **kwargs: Any) -> HttpResponseBase:
        address = get_adapter().get_client_ip(request)
        answer = view(request, link_of(secret, address or "", clock.now()), secret, **kwargs)
        answer.headers["Referrer-Policy"] = "strict-origin"
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return opened


@behind_link
@require_safe
def guest_samples(request: HttpRequest, link: GuestLink, secret: str) -> HttpResponse:
    """Where the samples are, and what the customer may do now."""
    return _shown(request, link, secret)


@behind_link
@require_http_methods(["GET", "HEAD", "POST"])
def guest_draft(request: HttpRequest, link: GuestLink, secret: str) -> HttpResponse:
    """The samples of the draft, row by row. What was typed stays when it is refused."""
    found = link.request
    if found.state != State.DRAFT:
        raise NotFound(_("There is no such draft."), code="samples.no_draft")
    posted = request.POST if request.method == "POST" else None
    terms = GuestTermsForm(posted, initial={"disposition": found.disposition, "wishes": found.wishes})
    rows = rows_of(found, posted, fields_of(found.template.fields))
    is_saving = posted is not None and "more" not in posted
    if is_saving and terms.is_valid() and rows.is_valid() and _saved(link, terms, rows):
        return redirect("guest_samples", secret)
    context = {"request_": found, "terms": terms, "rows": rows, "secret": secret}
    return render(request, "samples/guest_draft.html", context, status=422 if is_saving else 200)


@behind_link
@require_POST
def guest_act(request: HttpRequest, link: GuestLink, secret: str, verb: str) -> HttpResponse:
    """One act of the customer. After the last one the link opens nothing any more."""
    act = _ACTS.get(verb)
    if act is None:
        raise NotFound(_("There is no such act."), code="samples.no_act")
    make, do = act
    form = make(request.POST, prefix=verb)
    if form.is_valid():
        try:
            do(link, form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
            return _shown(request, link, secret, **{verb: form})
        link.request.refresh_from_db(fields=["state"])
        if link.request.state in SampleRequest.ENDED:
            return render(request, "samples/guest_over.html", {"request_": link.request})
        return redirect("guest_samples", secret)
    return _shown(request, link, secret, **{verb: form})


@behind_link
@require_safe
def guest_file(request: HttpRequest, link: GuestLink, secret: str, ulid: str) -> HttpResponseBase:
    """A file of the request, as its requester may read it."""
    return hand_out(request, guests.file_of(link=link, ulid=ulid, now=clock.now()).file)


@behind_link
@require_safe
def guest_labels(request: HttpRequest, link: GuestLink, secret: str) -> HttpResponse:
    """The sheet of labels, once the samples are handed in."""
    if link.request.state == State.DRAFT:
        return redirect("guest_samples", secret)
    return _pdf(labels_of(link.request, None, clock.now()), link.request.number)


@behind_link
@require_safe
def guest_report(request: HttpRequest, link: GuestLink, secret: str) -> HttpResponse:
    """The report, once all results are released."""
    now = clock.now()
    report = report_for(link.sponsor, link.request, now)
    if report is None:
        raise NotFound(_("There is no such document."), code="documents.not_found")
    rendition = seal(document=report, language=report.language, now=now)
    return _pdf(sealed_bytes(rendition), report.number)


def _shown(request: HttpRequest, link: GuestLink, secret: str, **typed: forms.Form) -> HttpResponse:
    """The page, with the form that was refused in the place of its empty one."""
    now, found = clock.now(), link.request
    samples = list(found.samples.select_related("holder", "instrument", "tested_by"))
    for one in samples:
        one.request = found
    context = {
        "link": link,
        "secret": secret,
        "request_": found,
        "samples": samples,
        "files": [(one, files) for one in samples if (files := files_for(link.sponsor, one, now))],
        "results": results_of_all(link.sponsor, found, samples, now),
        "stages": stages_of(found),
        "delays": found.delays.all(),
        "fields": fields_of(found.template.fields),
        "report": report_for(link.sponsor, found, now),
        "forms": _forms(link, samples, typed),
        "waits_for_payment": found.tested_at is not None and found.state == State.CONFIRMED,
        "refused": next(iter(typed.values()), None),
    }
    return render(request, "samples/guest.html", context, status=422 if typed else 200)


def _forms(link: GuestLink, samples: Sequence[Sample], typed: dict[str, forms.Form]) -> dict[str, forms.Form]:
    """The forms of what may be done now; whether it happens is the operations' to say."""
    found = link.request
    offered: dict[str, forms.Form] = {}
    if found.state == State.QUOTED and found.quote is not None:
        if found.quote.high_fen <= link.limit_fen:
            offered["agree"] = AgreeForm(prefix="agree", initial={"quote": found.quote.ulid})
        offered["decline"] = DeclineForm(prefix="decline")
    if found.state == State.RELEASED:
        offered["close"] = CloseForm(prefix="close")
        out = [one for one in samples if one.state == Sample.State.RELEASED]
        offered["object"] = typed.get("object") or ObjectForm(prefix="object")
        offer_samples(offered["object"], [(one.ulid, f"{one.name} ({one.code})") for one in out])
    return {**offered, **typed}


def _saved(link: GuestLink, terms: forms.Form, rows: Any) -> bool:
    kept = [row for row in rows if row.has_changed() and not row.cleaned_data.get("DELETE")]
    drafts: list[SampleDraft] = [row.draft() for row in kept]
    try:
        guests.write_draft(link=link, rows=drafts, now=clock.now(), **terms.cleaned_data)
    except Refusal as refusal:
        for fault in refusal.details.get("faults", ()):
            kept[fault["row"] - 1].add_fault(fault["field"], fault["message"])
        if not refusal.details.get("faults"):
            add_refusal(terms, refusal)
        return False
    return True


def _pdf(content: bytes, number: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=f"{number}.pdf") or "attachment"
    )
    return answer


def _close(link: GuestLink, data: dict[str, Any]) -> None:
    guests.close(link=link, stars=data["stars"], words=data["words"], now=clock.now())


_ACTS: dict[str, tuple[type[forms.Form], Callable[[GuestLink, dict[str, Any]], None]]] = {
    "submit": (forms.Form, lambda link, _data: guests.hand_in(link=link, now=clock.now())),
    "agree": (AgreeForm, lambda link, data: guests.agree(link=link, quote=data["quote"], now=clock.now())),
    "decline": (
        DeclineForm,
        lambda link, data: guests.decline(link=link, reason=data["reason"], now=clock.now()),
    ),
    "close": (CloseForm, _close),
    "object": (
        ObjectForm,
        lambda link, data: guests.object_to_results(
            link=link, sample=data["sample"], reason=data["reason"], now=clock.now()
        ),
    ),
}

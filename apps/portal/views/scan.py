"""Scanning a code with the phone's camera: the codes of this site are addresses, so any camera leads there;
this page is for whoever has the site open already, or types what stands under the code.
"""

import re
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import Invalid
from apps.instruments.models import Instrument
from apps.notices.queries import site
from apps.people.views import viewer
from apps.samples.queries import sample_by_code
from documents.queries import normal_code

LONGEST = 500
_CHECK = re.compile(r"[0-9A-Z]{16}")
_CAMERA = "camera=(self), geolocation=(), microphone=(), payment=(), usb=(), serial=()"
# Where a code may lead: pages to look at, none that acts by being opened.
_LEADS_TO = frozenset({"here", "instrument_detail", "sample_detail", "document_check"})


@require_safe
def scan(request: HttpRequest) -> HttpResponse:
    """The camera, or what was read or typed: then the page that it leads to."""
    text = request.GET.get("code", "").strip()
    problem: Invalid | None = None
    if text:
        try:
            return redirect(_address_of(text, request))
        except Invalid as refused:
            problem = refused
    context = {"problem": problem, "text": text[:LONGEST]}
    answer = render(request, "portal/scan.html", context, status=problem.status if problem else 200)
    answer.headers["Permissions-Policy"] = _CAMERA
    return answer


def _address_of(text: str, request: HttpRequest) -> str:
    """The address on this site that a code means: its own address, an asset number, the code of a sample that
    the person may know of, a check code.

    Raises Invalid `portal.foreign_code` for an address elsewhere, `portal.unknown_code`.
    """
    if len(text) > LONGEST or not text.isprintable():
        raise _unknown()
    if text.lower().startswith(("http://", "https://")):
        return _path_on_this_site(text, request)
    instrument = Instrument.objects.filter(asset_no=text.upper()[:20]).first()
    if instrument is not None:
        return reverse("instrument_detail", args=[instrument.asset_no])
    sample = sample_by_code(text, viewer(request), clock.now())
    if sample is not None:
        return reverse("sample_detail", args=[sample.ulid])
    if _CHECK.fullmatch(code := normal_code(text)):
        return reverse("document_check", args=[code])
    raise _unknown()


def _path_on_this_site(address: str, request: HttpRequest) -> str:
    try:
        parts = urlsplit(address)
        found = resolve(parts.path)
    except (ValueError, Resolver404):
        raise _unknown() from None
    if parts.netloc not in (request.get_host(), urlsplit(site()).netloc):
        raise _foreign()
    if found.url_name not in _LEADS_TO:
        raise _unknown()
    return parts.path


def _foreign() -> Invalid:
    return Invalid(
        _("This code leads to another site, so it is not opened."), code="portal.foreign_code", field="code"
    )


def _unknown() -> Invalid:
    return Invalid(
        _("This is no code of this site: neither of an instrument nor of a sample or a paper."),
        code="portal.unknown_code",
        field="code",
    )

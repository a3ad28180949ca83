"""Two doors: the public check page behind the QR code, and the file for those who may read it. Each view
asks one query or operation.
"""

from csp.decorators import csp_exempt
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotFound
from documents.models import Document
from documents.operations import seal
from documents.queries import check, may_read, sealed_bytes
from documents.wording import LOOKS


@login_not_required
@require_safe
def document_check_form(request: HttpRequest) -> HttpResponse:
    """Where a check code is typed; leads to the page that the QR code opens."""
    typed = request.GET.get("code", "").strip()
    if typed:
        return HttpResponseRedirect(reverse("document_check", args=[_slug(typed)]))
    return _public(render(request, "documents/check_form.html"))


@login_not_required
@require_safe
def document_check(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a paper is genuine and counts now. Needs no login, shows no more than the paper's holder
    needs, and answers every code that is not one in the same way.
    """
    now = clock.now()
    found = check(code, now)
    if found is None:
        return _public(render(request, "documents/check_unknown.html", status=404))
    return _public(
        render(request, "documents/check.html", {"found": found, "look": LOOKS[found.standing], "now": now})
    )


@require_safe
@csp_exempt()  # type: ignore[arg-type]  # its annotation knows views without arguments only
def document_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """The sealed PDF, in the language asked for (`?language=en`) or the one it was issued in. Whoever may
    not read it is told that there is none.
    """
    now = clock.now()
    document = Document.objects.filter(ulid=ulid).select_related("supersedes").first()
    if document is None or not may_read(request.user, document, now):
        raise NotFound(_("There is no such document."), code="documents.not_found")
    language = request.GET.get("language") or document.language
    rendition = seal(document=document, language=language, now=now)
    answer = HttpResponse(sealed_bytes(rendition), content_type="application/pdf")
    name = f"{document.number}.pdf" if language == document.language else f"{document.number}-{language}.pdf"
    answer.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=False, filename=name) or "inline"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _public(answer: HttpResponse) -> HttpResponse:
    """Not kept by anybody on the way and not listed by search engines: the standing is of now."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _slug(typed: str) -> str:
    """What was typed, as it may stand in an address."""
    kept = "".join(one for one in typed if one.isascii() and (one.isalnum() or one == "-"))[:40]
    return kept or "-"

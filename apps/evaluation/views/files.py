"""Evidence of what was reported: sending a file, reading it."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.core.api import error_of
from apps.core.errors import NotFound, Refusal
from apps.evaluation.access import find_sheet
from apps.evaluation.models import ReportItem
from apps.evaluation.reporting import attach_evidence, find_evidence
from apps.files.handing import hand_out
from apps.people.views import viewer

LONGEST = 15  # digits


@require_POST
def evidence_begin(request: HttpRequest, ulid: str) -> JsonResponse:
    """A file is going to be sent: the address to which its bytes go, for the script that sends them."""
    user, now = viewer(request), clock.now()
    name, size = request.POST.get("name", ""), request.POST.get("size", "")
    try:
        item = ReportItem.objects.select_related("sheet").filter(ulid=ulid).first()
        if item is None:
            raise NotFound(_("There is no such item."), code="evaluation.no_item")
        item.sheet = find_sheet(item.sheet.ulid, user, now)
        added = attach_evidence(item=item, name=name, size=_number(size), by=user, now=now)
    except Refusal as refusal:
        return JsonResponse(error_of(refusal), status=refusal.status)
    address = reverse("api:upload_read", args=[added.file.ulid])
    return JsonResponse({"ulid": added.ulid, "upload": address}, status=201)


@require_safe
def evidence_file(request: HttpRequest, ulid: str) -> HttpResponseBase:
    """The file as a download, for whoever may read it."""
    return hand_out(request, find_evidence(ulid, viewer(request), clock.now()))


def _number(text: str) -> int:
    """How many bytes; 0, which is refused as empty, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else 0

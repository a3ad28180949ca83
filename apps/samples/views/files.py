"""Large files of samples: adding them in parts, reading them. Each view asks one operation."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.core.api import error_of
from apps.core.errors import Refusal
from apps.files.handing import hand_out
from apps.people.views import viewer
from apps.samples.attaching import attach_file, find_file
from apps.samples.queries import find_sample

LONGEST = 15  # digits


@require_POST
def sample_file_begin(request: HttpRequest, ulid: str, kind: str) -> JsonResponse:
    """A file is going to be sent: the address to which its bytes go, for the script that sends them."""
    user, now = viewer(request), clock.now()
    sample = find_sample(ulid, user, now)
    name, size = request.POST.get("name", ""), request.POST.get("size", "")
    try:
        added = attach_file(sample=sample, kind=kind, name=name, size=_number(size), by=user, now=now)
    except Refusal as refusal:
        return JsonResponse(error_of(refusal), status=refusal.status)
    address = reverse("api:upload_read", args=[added.file.ulid])
    return JsonResponse({"ulid": added.ulid, "upload": address}, status=201)


def _number(text: str) -> int:
    """How many bytes; 0, which is refused as empty, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else 0


@require_safe
def sample_file(request: HttpRequest, ulid: str) -> HttpResponseBase:
    """The file as a download, for whoever may read it."""
    found = find_file(ulid, viewer(request), clock.now())
    return hand_out(request, found.file)

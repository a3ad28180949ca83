"""The asset register in the office: history and sending a file, the preview with its progress, conflicts,
confirming, putting aside, the reports. Each view asks one operation.
"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.api import error_of
from apps.core.asking import ask_once_more
from apps.core.errors import Refusal
from apps.core.keyset import slice_of
from apps.library import reports
from apps.library.forms import ConfirmForm, ConflictForm, ReasonForm
from apps.library.lists import present
from apps.library.models import AssetFile, AssetRow
from apps.library.register.columns import BY_NAME
from apps.library.register.comparing import cap_of, last_applied
from apps.library.register.deciding import confirm_file, decide_conflicts, reject_file
from apps.library.register.reading import announce_file, live_file
from apps.people.views import office_viewer

_PAGE = 20
_SHOWN = 50
_LONGEST = 15  # digits
_DIFFERENT = (AssetRow.Change.NEW, AssetRow.Change.CHANGED, AssetRow.Change.RETURNING, AssetRow.Change.GONE)


@require_safe
def register_list(request: HttpRequest) -> HttpResponse:
    """All files that came in, the latest first; sending one."""
    now = clock.now()
    office_viewer(request, now)
    files = AssetFile.objects.select_related("stored", "by", "decided_by").order_by("-begun_at", "-id")
    context = {
        "page": Paginator(files, _PAGE).get_page(request.GET.get("page")),
        "last": last_applied(),
        "live": live_file(),
        "known": present().count(),
    }
    return render(request, "library/register.html", context)


@require_POST
def register_begin(request: HttpRequest) -> JsonResponse:
    """A file is going to be sent: the address to which its bytes go, for the script that sends them."""
    now = clock.now()
    user = office_viewer(request, now)
    size = request.POST.get("size", "")
    whole = int(size) if size.isascii() and size.isdigit() and len(size) <= _LONGEST else 0
    try:
        file = announce_file(name=request.POST.get("name", ""), size=whole, by=user, now=now)
    except Refusal as refusal:
        return JsonResponse(error_of(refusal), status=refusal.status)
    address = reverse("api:upload_read", args=[file.stored.ulid])
    return JsonResponse({"ulid": file.ulid, "upload": address}, status=201)


@require_safe
def register_file(request: HttpRequest, ulid: str) -> HttpResponse:
    """One file: its progress, why it was refused, its faults, or what it would change."""
    office_viewer(request, clock.now())
    file = _file(ulid)
    context = _preview(file, request.GET.get("show", ""), request.GET.get("cursor", ""))
    return render(request, "library/register_file.html", context)


@require_safe
def register_progress(request: HttpRequest, ulid: str) -> HttpResponse:
    """How far the worker is; once it is done the browser is sent to the whole page."""
    office_viewer(request, clock.now())
    file = _file(ulid)
    answer = render(request, "library/register_progress.html", {"file": file, "percent": _percent(file)})
    if file.state not in (AssetFile.State.ARRIVING, AssetFile.State.APPLYING):
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def register_conflicts(request: HttpRequest, ulid: str) -> HttpResponse:
    """Decide the conflicts that are ticked."""
    now = clock.now()
    user = office_viewer(request, now)
    file = _file(ulid)
    form = ConflictForm(request.POST, known=list(file.conflicts.values_list("ulid", flat=True)))
    if not form.is_valid():
        messages.error(request, _("Choose conflicts, and which of the two holds."))
        return redirect("register_file", file.ulid)
    said = form.cleaned_data
    try:
        number = decide_conflicts(
            file=file, conflicts=said["conflict"], choice=said["choice"], by=user, now=now
        )
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        words = ngettext("%(n)d conflict is decided.", "%(n)d conflicts are decided.", number)
        messages.success(request, words % {"n": number})
    return redirect("register_file", file.ulid)


@require_http_methods(["GET", "HEAD", "POST"])
def register_confirm(request: HttpRequest, ulid: str) -> HttpResponse:
    """Ask once more, then have what was shown taken over."""
    now = clock.now()
    user = office_viewer(request, now)
    file = _file(ulid)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: confirm_file(file=file, by=user, now=now, gone=said["gone"]),
        done=_("Confirmed. It is being taken over."),
        to=("register_file", file.ulid),
        template="library/register_confirm.html",
        context={"file": file, "cap": cap_of(file, now), "none": not file.base_id},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def register_reject(request: HttpRequest, ulid: str) -> HttpResponse:
    """Put a file aside with a reason."""
    now = clock.now()
    user = office_viewer(request, now)
    file = _file(ulid)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: reject_file(file=file, reason=said["reason"], by=user, now=now),
        done=_("The file is put aside; nothing was changed."),
        to=("register_list",),
        template="library/register_reject.html",
        context={"file": file},
    )


@require_safe
def register_faults(request: HttpRequest, ulid: str) -> FileResponse:
    """Every fault, as Excel."""
    now = clock.now()
    office_viewer(request, now)
    return reports.fault_report(_file(ulid), now)


@require_safe
def register_differences(request: HttpRequest, ulid: str) -> FileResponse:
    """Every difference, as Excel."""
    now = clock.now()
    office_viewer(request, now)
    return reports.difference_report(_file(ulid), now)


@require_safe
def register_template(request: HttpRequest) -> FileResponse:
    """An empty file with its columns and a row as an example."""
    office_viewer(request, clock.now())
    return reports.template()


def _file(ulid: str) -> AssetFile:
    files = AssetFile.objects.select_related("stored", "by", "decided_by", "base")
    return get_object_or_404(files, ulid=ulid)


def _percent(file: AssetFile) -> int:
    return min(99, file.bytes_read * 100 // file.stored.size) if file.bytes_read else 0


def _preview(file: AssetFile, show: str, cursor: str) -> dict[str, Any]:
    chosen = show if show in _DIFFERENT else ""
    part = None
    if chosen:
        part = slice_of(file.rows.filter(change=chosen), order=("asset_no", "id"), size=_SHOWN, cursor=cursor)
    conflicts = file.conflicts.select_related("asset", "decided_by").order_by("choice", "id")[:_SHOWN]
    previewed = file.state == AssetFile.State.PREVIEWED
    return {
        "file": file,
        "percent": _percent(file),
        "cap": cap_of(file, clock.now()) if previewed else None,
        "none": not file.base_id,
        "faults": [
            (one, BY_NAME[one.column].label, reports.fault_words(one))
            for one in file.faults.order_by("row", "id")[:_SHOWN]
        ],
        "shown": _SHOWN,
        "chosen": chosen,
        "differences": [(change, change.label, file.counts.get(change, 0)) for change in _DIFFERENT],
        "rows": [
            (row, [(BY_NAME[column], before, after) for column, before, after in parts])
            for row, parts in (reports.compared(file, part.rows) if part else [])
        ],
        "part": part,
        "conflicts": [(one, BY_NAME[one.column].label) for one in conflicts],
        "undecided": file.conflicts.filter(choice="").count(),
    }

"""The personnel file in the office: history and upload, the preview with its progress, confirming, rejecting,
the reports. Each view asks one operation.
"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.asking import ask_once_more
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.people.forms import HrConfirmForm, HrUploadForm, ReasonForm
from apps.people.hr import reports
from apps.people.hr.comparing import absent, cap_of, last_confirmed
from apps.people.hr.deciding import confirm_hr_file, reject_hr_file
from apps.people.hr.entries import HEADINGS
from apps.people.hr.uploading import upload_hr_file
from apps.people.models import HrFile, HrPerson, HrRow
from apps.people.views import office_viewer

_PAGE = 20
_SHOWN = 50
_DIFFERENT = (HrRow.Change.NEW, HrRow.Change.CHANGED, HrRow.Change.RETURNING, HrRow.Change.LEFT)


@require_http_methods(["GET", "HEAD", "POST"])
def hr_list(request: HttpRequest) -> HttpResponse:
    """All files that were uploaded, the latest first; uploading one."""
    now = clock.now()
    user = office_viewer(request, now)
    form = HrUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            file = upload_hr_file(name=sent.name, content=sent.read(), by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            if file.uploaded_at != now:
                messages.info(request, _("This file is here already: nothing was changed."))
            return redirect("hr_file", file.ulid)
    files = HrFile.objects.defer("content").select_related("by", "decided_by").order_by("-uploaded_at", "-id")
    context = {
        "form": form,
        "page": Paginator(files, _PAGE).get_page(request.GET.get("page")),
        "last": last_confirmed(),
        "known": HrPerson.objects.filter(left_at__isnull=True, status="active").count(),
    }
    return render(request, "people/hr_files.html", context, status=422 if form.errors else 200)


@require_safe
def hr_file(request: HttpRequest, ulid: str) -> HttpResponse:
    """One file: its progress, why it was refused, its faults, or what it would change."""
    now = clock.now()
    office_viewer(request, now)
    file = _file(ulid)
    return render(request, "people/hr_file.html", _preview(file, request.GET.get("show", "")))


@require_safe
def hr_progress(request: HttpRequest, ulid: str) -> HttpResponse:
    """How far the reader is; once it is done the browser is sent to the whole page."""
    office_viewer(request, clock.now())
    file = _file(ulid)
    answer = render(request, "people/hr_progress.html", {"file": file, "percent": _percent(file)})
    if file.state != HrFile.State.UPLOADED:
        answer["HX-Refresh"] = "true"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def hr_confirm(request: HttpRequest, ulid: str) -> HttpResponse:
    """Ask once more, then confirm what was shown."""
    now = clock.now()
    user = office_viewer(request, now)
    file = _file(ulid)
    posted = request.method == "POST"
    form = HrConfirmForm(request.POST if posted else None, initial={"digest": file.digest})
    return ask_once_more(
        request,
        form,
        lambda said: confirm_hr_file(file=file, digest=said["digest"], by=user, now=now),
        done=_("Confirmed. For everybody who left, a deregistration begins."),
        to=("hr_file", file.ulid),
        template="people/hr_confirm.html",
        context={"file": file, "cap": cap_of(file, now)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def hr_reject(request: HttpRequest, ulid: str) -> HttpResponse:
    """Put a file aside with a reason."""
    now = clock.now()
    user = office_viewer(request, now)
    file = _file(ulid)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: reject_hr_file(file=file, reason=said["reason"], by=user, now=now),
        done=_("The file is put aside; nothing was changed."),
        to=("hr_list",),
        template="people/hr_reject.html",
        context={"file": file},
    )


@require_safe
def hr_report(request: HttpRequest, ulid: str) -> FileResponse:
    """Every row with what it changes and the account that it meets, as Excel."""
    now = clock.now()
    office_viewer(request, now)
    return reports.matching_report(_file(ulid), now)


@require_safe
def hr_faults(request: HttpRequest, ulid: str) -> FileResponse:
    """Every fault, as Excel."""
    now = clock.now()
    office_viewer(request, now)
    return reports.fault_report(_file(ulid), now)


@require_safe
def hr_template(request: HttpRequest) -> FileResponse:
    """An empty file with its columns and two rows as an example."""
    office_viewer(request, clock.now())
    return reports.template()


def _file(ulid: str) -> HrFile:
    files = HrFile.objects.defer("content").select_related("by", "decided_by", "base")
    return get_object_or_404(files, ulid=ulid)


def _percent(file: HrFile) -> int:
    return min(99, file.rows_read * 100 // file.rows_expected) if file.rows_expected else 0


def _preview(file: HrFile, show: str) -> dict[str, Any]:
    chosen = show if show in _DIFFERENT or show in ("absent", "leaving") else ""
    context: dict[str, Any] = {
        "file": file,
        "percent": _percent(file),
        "cap": cap_of(file, clock.now()) if file.state == HrFile.State.PREVIEWED else None,
        "faults": [
            (fault, HEADINGS[fault.column][0], reports.fault_words(fault))
            for fault in file.faults.order_by("row", "id")[:_SHOWN]
        ],
        "shown": _SHOWN,
        "chosen": chosen,
        "differences": [(change, change.label, file.counts.get(change, 0)) for change in _DIFFERENT],
        "rows": [],
    }
    if chosen == "leaving":
        context["rows"] = [
            {"number": one.number, "name": one.user.name_zh, "user": one.user}
            for one in file.leavers.select_related("user").order_by("number")[:_SHOWN]
        ]
    elif chosen == "absent" and file.state == HrFile.State.PREVIEWED:
        context["rows"] = [
            {"number": one.number, "name": one.name_zh, "unit": one.unit_code, "until": one.valid_until}
            for one in absent(file).order_by("number")[:_SHOWN]
        ]
    elif chosen:
        context["rows"] = [
            {"number": one.number, "name": one.name_zh, "unit": one.unit_code, "until": one.valid_until}
            for one in file.rows.filter(change=chosen).order_by("row")[:_SHOWN]
        ]
    return context

"""The files of a proposal: added, handed out, taken away."""

from datetime import datetime
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.fees.evidence import add_file, read_file, remove_file
from apps.fees.forms import FileForm
from apps.fees.models import ProposalFile
from apps.fees.reach import proposal_for, proposals_for
from apps.people.models import User
from apps.people.views import viewer


@require_http_methods(["GET", "HEAD", "POST"])
def fee_file_add(request: HttpRequest, ulid: str) -> HttpResponse:
    """One file more; the sheets name it afterwards."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            add_file(proposal=proposal, name=sent.name, content=sent.read(), by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The file is there. Choose it beside what it shows."))
            return redirect("fee_proposal", ulid)
    context = {"proposal": proposal, "form": form}
    return render(request, "fees/file_add.html", context, status=422 if form.errors else 200)


@require_safe
def fee_file(request: HttpRequest, ulid: str) -> HttpResponse:
    """The bytes of a file, as a download. Damaged ones are not handed out."""
    file = _file(viewer(request), ulid, clock.now())
    answer = HttpResponse(read_file(file), content_type=file.content_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def fee_file_remove(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm, then the draft has this file no more."""
    user, now = viewer(request), clock.now()
    file = _file(user, ulid, now)
    if request.method == "POST":
        remove_file(file=file, by=user, now=now)
        messages.success(request, _("The file is taken out."))
        return redirect("fee_proposal", file.proposal.ulid)
    return render(request, "fees/file_remove.html", {"file": file, "proposal": file.proposal})


def _file(user: User, ulid: str, now: datetime) -> ProposalFile:
    """A file of a proposal that the person may see. Raises NotFound `fees.no_file`."""
    file = (
        ProposalFile.objects.filter(ulid=ulid, proposal__in=proposals_for(user, now).order_by().values("pk"))
        .select_related("proposal")
        .first()
    )
    if file is None:
        raise NotFound(_("There is no such file."), code="fees.no_file")
    return file

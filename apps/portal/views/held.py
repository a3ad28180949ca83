"""A use whose measurement cannot be believed: what the meter, the clock and the booking say, side by side,
and the judgement of whoever is responsible for the instrument.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.queries import manages
from apps.people.views import viewer
from apps.portal.forms import HeldForm
from apps.usage.models import UsageRecord
from apps.usage.operations import dismiss_held_record, release_held_record

_MS = 1000


@require_http_methods(["GET", "HEAD", "POST"])
def held_record(request: HttpRequest, ulid: str) -> HttpResponse:
    """Believe it, or not. 404 `usage.no_record` for who is not responsible for the instrument."""
    user, now = viewer(request), clock.now()
    joined = UsageRecord.objects.select_related("session__booking", "instrument__facility", "user")
    record = joined.filter(ulid=ulid).exclude(held="", verdict="").first()
    if record is None or not manages(user, record.instrument, now):
        raise NotFound(_("There is no such use."), code="usage.no_record")
    form = HeldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        judge = release_held_record if form.cleaned_data["verdict"] == "release" else dismiss_held_record
        try:
            judge(record=record, by=user, now=now, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Judged. The charge follows."))
            return redirect("my_day")
    session = record.session
    ended = session.closed_at or record.ended_at
    context = {
        "record": record,
        "session": session,
        "passed_ms": round((ended - session.granted_at).total_seconds() * _MS),
        "form": form,
    }
    return render(request, "portal/held.html", context, status=409 if form.errors else 200)

"""Terms are proposed, compared and accepted."""

from datetime import date, datetime
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.clock import school_time
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.hosting.content import Band, Terms
from apps.hosting.forms import TermsForm, initial_of
from apps.hosting.models import Agreement, TermsVersion
from apps.hosting.negotiating import accept_terms, accepted_by, propose_terms, terms_of
from apps.hosting.queries import find_agreement
from apps.hosting.sides import SIDES, side_for, sides_of
from apps.hosting.words import differences
from apps.people.views import viewer

_YEARS = 3
_DIGITS = 5


@require_http_methods(["GET", "HEAD", "POST"])
def hosting_terms(request: HttpRequest, ulid: str) -> HttpResponse:
    """A side proposes another version, beginning from the last one."""
    user, now = viewer(request), clock.now()
    agreement = find_agreement(ulid, user, now)
    side_for(agreement, user, now)
    last = agreement.versions.order_by("-number").first()
    form = TermsForm(request.POST) if request.method == "POST" else TermsForm(initial=_initial(last, now))
    if request.method == "POST" and form.is_valid():
        try:
            propose_terms(
                agreement=agreement,
                terms=form.terms(),
                by=user,
                now=now,
                base=form.cleaned_data["base"],
                note=form.cleaned_data["note"],
            )
        except Refusal as refusal:
            refusal.field = form.add_to(refusal.field)
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Proposed. The other side is told, and sees what is different."))
            return redirect("hosting_agreement", ulid)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"agreement": agreement, "form": form, "last": last}
    return render(request, "hosting/terms.html", context, status=status)


@require_POST
def hosting_accept(request: HttpRequest, ulid: str) -> HttpResponse:
    """A side accepts the version that it has read."""
    user, now = viewer(request), clock.now()
    agreement = find_agreement(ulid, user, now)
    try:
        accept_terms(agreement=agreement, number=_number(request.POST.get("number", "")), by=user, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Accepted."))
    return redirect("hosting_differences", ulid)


@require_safe
def hosting_differences(request: HttpRequest, ulid: str) -> HttpResponse:
    """Any two versions side by side: the last one against the one before, where nothing else is asked."""
    user, now = viewer(request), clock.now()
    agreement = find_agreement(ulid, user, now)
    versions = list(agreement.versions.select_related("by").order_by("number"))
    if not versions:
        raise NotFound(_("No terms are proposed yet."), code="hosting.no_terms")
    after = _chosen(versions, request.GET.get("after"), versions[-1])
    before = _chosen(versions, request.GET.get("before"), _before(versions, after))
    accepted = accepted_by(after)
    mine = sides_of(user, agreement, now) & set(SIDES)
    context = {
        "agreement": agreement,
        "versions": versions,
        "before": before,
        "after": after,
        "changes": differences(terms_of(before), terms_of(after)),
        "accepted": accepted,
        "is_last": after == versions[-1],
        "may_accept": bool(mine - accepted) and _may_accept(agreement, after, versions[-1]),
    }
    return render(request, "hosting/differences.html", context)


def _number(sent: str) -> int:
    """The number of a version as a form sends it; 0, which no version has, for what is none."""
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= _DIGITS else 0


def _may_accept(agreement: Agreement, after: TermsVersion, last: TermsVersion) -> bool:
    open_ = agreement.state in (Agreement.State.NEGOTIATING, Agreement.State.RUNNING)
    return open_ and after.pk == last.pk and after.pk != agreement.terms_id


def _chosen(versions: list[TermsVersion], asked: str | None, otherwise: TermsVersion) -> TermsVersion:
    return next((one for one in versions if str(one.number) == asked), otherwise)


def _before(versions: list[TermsVersion], after: TermsVersion) -> TermsVersion:
    return versions[max(0, versions.index(after) - 1)]


def _initial(last: TermsVersion | None, now: datetime) -> dict[str, object]:
    if last is not None:
        return initial_of(terms_of(last), last.number)
    today = school_time(now).date()
    return initial_of(_usual(today), 0)


def _usual(today: date) -> Terms:
    """What a negotiation may begin from; everything of it is to be changed."""
    return Terms(
        since=today,
        until=today.replace(year=today.year + _YEARS, day=min(today.day, 28)),
        place="",
        windows=(),
        owner_pays_permille=500,
        shares=(("owner", 200), ("host", 600), ("school", 100), ("repair", 100)),
        repairs=(Band(0, 0),),
        insurer="none",
        insured_fen=0,
        exit_days=90,
        consumables="user",
        relocation="",
    )

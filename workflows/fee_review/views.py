"""The pages of a fee review that are no step: a proposal is sent, and a member stands aside."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.fees.proposals import proposals_of
from apps.fees.revisions import shown_revision
from apps.panels.models import PanelSeat
from apps.people.views import viewer
from workflows.fee_review.acts import recuse
from workflows.fee_review.starting import send
from workflows.judging import lookup
from workflows.views.forms import ReasonForm
from workflows.views.verbpage import Said, verb_page
from workflows.visibility import find_case


@require_POST
def fee_review_start(request: HttpRequest, ulid: str) -> HttpResponse:
    """The editor's button 'Send to the department', with the revision that its page has shown."""
    user, now = viewer(request), clock.now()
    found = proposals_of(user, now).filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such proposal."), code="fees.no_proposal")
    try:
        case = send(proposal=found, revision=shown_revision(request), by=user, now=now)
    except NotPermitted:
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return redirect("fee_proposal", ulid=found.ulid)
    messages.success(request, _("Sent. You will be told how it goes on."))
    return redirect("case_detail", ulid=case.ulid)


@require_http_methods(["GET", "HEAD", "POST"])
def fee_review_recuse(request: HttpRequest, ulid: str) -> HttpResponse:
    """A member of the panel says that they are in conflict, whatever the panel is doing."""
    user, now = viewer(request), clock.now()
    case = find_case(ulid, user, now)
    panel = lookup.panel_of(case)
    sits = panel is not None and panel.seats.filter(
        user=user, state__in=(*PanelSeat.OPEN, PanelSeat.State.RESERVE)
    )
    if not sits or not sits.exists():
        raise NotPermitted(_("You do not sit on this panel."), code="panels.not_your_seat")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            recuse(case=case, by=user, reason=form.cleaned_data["reason"], now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("You stand aside. Somebody else is called."))
            return redirect("task_inbox")
    said = Said(
        _("Recuse yourself?"),
        _("Your place is given to a substitute. A vote that you have cast in an open round does not count."),
        _("Stand aside"),
        stops=True,
    )
    return verb_page(request, case=case, step=None, form=form, said=said)

"""The page of a case for everybody who may read it, the verbs that concern the case as a whole, and its
files.
"""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from csp.decorators import csp_exempt
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotPermitted, Refusal, Text
from apps.core.refusals import add_refusal
from apps.people.models import User
from apps.people.views import viewer
from documents.sheets import print_case
from workflows import services
from workflows.models import Attachment, Case, Step
from workflows.paper import paper_of, way_of
from workflows.services.files import store
from workflows.verbs import Verb, require, standing
from workflows.views.forms import CopyForm, ReasonForm, UrgeForm, WithdrawForm
from workflows.views.page import shown
from workflows.views.verbpage import Said, verb_page
from workflows.visibility import find_case

Act = Callable[[Any], Text]


@require_safe
def case_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """How it stands, who is asked and until when, what was shown to them, what happened. A copy counts as
    read.
    """
    user, now = viewer(request), clock.now()
    case = find_case(ulid, user, now)
    services.read_copy(case=case, by=user, now=now)
    return render(request, "workflows/case.html", shown(request, user, case, None, now))


@require_http_methods(["GET", "HEAD", "POST"])
def case_urge(request: HttpRequest, ulid: str) -> HttpResponse:
    """Remind those who are asked."""
    user, now = viewer(request), clock.now()
    case = find_case(ulid, user, now)

    def act(form: Any) -> Text:
        services.urge(case=case, by=user, now=now, words=form.cleaned_data["words"])
        return _("Those who are asked have been reminded.")

    said = Said(
        _("Urge this case?"),
        _("Everybody whom the case waits for is reminded. This is possible again after some hours."),
        _("Remind them"),
    )
    return _handle(request, user, case, Verb.URGE, UrgeForm(request.POST or None), said, act, now)


@require_http_methods(["GET", "HEAD", "POST"])
def case_copy(request: HttpRequest, ulid: str) -> HttpResponse:
    """Show it to others for information."""
    user, now = viewer(request), clock.now()
    case = find_case(ulid, user, now)

    def act(form: Any) -> Text:
        services.copy(case=case, to=form.chosen, by=user, now=now)
        return _("The case was shown to them.")

    said = Said(
        _("Show this case to others?"),
        _("They may read everything in it, files too, and do nothing in it. This cannot be taken back."),
        _("Show it"),
    )
    return _handle(request, user, case, Verb.COPY, CopyForm(request.POST or None, now=now), said, act, now)


@require_http_methods(["GET", "HEAD", "POST"])
def case_withdraw(request: HttpRequest, ulid: str) -> HttpResponse:
    """The applicant takes it back."""
    user, now = viewer(request), clock.now()
    case = find_case(ulid, user, now)

    def act(form: Any) -> Text:
        services.withdraw(case=case, by=user, now=now, reason=form.cleaned_data["reason"])
        return _("Withdrawn. Nobody is asked any more.")

    said = Said(
        _("Withdraw this case?"),
        _("Whoever is being asked is asked no more, and the case ends. You can apply again."),
        _("Withdraw it"),
        stops=True,
    )
    return _handle(request, user, case, Verb.WITHDRAW, WithdrawForm(request.POST or None), said, act, now)


@require_http_methods(["GET", "HEAD", "POST"])
def case_cancel(request: HttpRequest, ulid: str) -> HttpResponse:
    """The office ends it."""
    user, now = viewer(request), clock.now()
    case = find_case(ulid, user, now)

    def act(form: Any) -> Text:
        services.cancel(case=case, by=user, now=now, reason=form.cleaned_data["reason"])
        return _("Cancelled. Nobody is asked any more.")

    said = Said(
        _("Cancel this case?"),
        _("The case ends without a decision; the applicant is told your reason."),
        _("Cancel the case"),
        stops=True,
    )
    return _handle(request, user, case, Verb.CANCEL, ReasonForm(request.POST or None), said, act, now)


@require_http_methods(["GET", "HEAD", "POST"])
def case_retry(request: HttpRequest, ulid: str) -> HttpResponse:
    """The office has tried again what failed by itself."""
    user, now = viewer(request), clock.now()
    case = find_case(ulid, user, now)

    def act(_form: Any) -> Text:
        services.retry(case=case, by=user, now=now)
        return _("It is being tried again; the history tells how it goes.")

    said = Said(
        _("Try again what failed?"),
        _("Useful once the cause is mended. Nothing is done twice: what failed has changed nothing."),
        _("Try it again now"),
    )
    form = forms.Form(request.POST if request.method == "POST" else None)
    return _handle(request, user, case, Verb.RETRY, form, said, act, now)


@require_safe
def case_file(request: HttpRequest, ulid: str, file: str) -> HttpResponseBase:
    """A file of the case, always as a download, for whoever may read the case."""
    case = find_case(ulid, viewer(request), clock.now())
    attachment = get_object_or_404(Attachment, ulid=file, case=case)
    answer = FileResponse(
        BytesIO(store().get(attachment.sha256)),
        as_attachment=True,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_safe
@csp_exempt()  # type: ignore[arg-type]  # its annotation knows views without arguments only
def case_print(request: HttpRequest, ulid: str) -> HttpResponse:
    """The case as PDF with its countersign table, in the language of the pages."""
    user, now = viewer(request), clock.now()
    case = find_case(ulid, user, now)
    language = get_language() or settings.LANGUAGE_CODE
    pdf = print_case(paper_of(case, by=user, now=now), language, diagram=way_of(case, language))
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{case.number}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _handle(
    request: HttpRequest,
    user: User,
    case: Case,
    verb: Verb,
    form: forms.Form,
    said: Said,
    act: Act,
    now: datetime,
) -> HttpResponse:
    require(verb, standing(user, case, _my_step(case, user), now))
    if request.method == "POST":
        if form.is_valid():
            try:
                told = act(form)
            except NotPermitted:
                raise
            except Refusal as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, str(told))
                return redirect("case_detail", case.ulid)
        if not form.errors:
            form.full_clean()
    return verb_page(request, case=case, step=None, form=form, said=said)


def _my_step(case: Case, user: User) -> Step | None:
    """The step by which the person has part in the case, as `services.copy` looks for it."""
    mine = case.steps.filter(task__owner=user).select_related("task__owner", "task__process")
    return mine.order_by("-id").first()

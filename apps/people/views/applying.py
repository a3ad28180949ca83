"""The public application and the page behind its secret link. Nobody is signed in here; whatever is typed,
the answer is the same whether or not somebody has an account.
"""

import secrets

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.core import clock, parameters
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.people.application_forms import AmendForm, ApplicationForm
from apps.people.applying import (
    amend_application,
    application_by_token,
    checked,
    keep_repetition,
    public_state,
    submit_application,
    withdraw_application,
)
from apps.people.identities import identity_of
from apps.people.models import RegistrationApplication
from apps.people.throttling import note_attempt


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def application_create(request: HttpRequest) -> HttpResponse:
    """The form; sent, it leads to the page behind the secret link."""
    now = clock.now()
    version = parameters.value("people.terms_version", at=now)
    form = ApplicationForm(request.POST if request.method == "POST" else None, terms_version=version)
    if request.method == "POST":
        if form.is_machine:
            return redirect("application_status", secrets.token_urlsafe(24))
        if form.is_valid():
            token = _send(request, form)
            if token:
                return redirect("application_status", token)
    status = form.status if form.is_bound else 200
    page = render(request, "people/apply.html", {"form": form, "version": version}, status=status)
    if form.retry_after is not None:
        page.headers["Retry-After"] = str(form.retry_after)
    return page


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def application_status(request: HttpRequest, token: str) -> HttpResponse:
    """How the application stands; where something was asked, the form to answer with."""
    now = clock.now()
    application = _by_token(token)
    state = public_state(application, now)
    form = None
    if state == "question":
        version = parameters.value("people.terms_version", at=now)
        data = request.POST if request.method == "POST" else None
        form = AmendForm(data, application=application, terms_version=version)
        if data is not None and form.is_valid() and _amend(form, application):
            return redirect("application_status", token)
    context = {
        "application": application,
        "state": state,
        "form": form,
        "token": token,
        "link": request.build_absolute_uri(request.path),
    }
    answer = render(request, "people/application.html", context, status=422 if form and form.errors else 200)
    answer["Referrer-Policy"] = "strict-origin"  # with none a browser sends its forms without an origin
    return answer


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def application_withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then withdraw. What is over is told to be over."""
    application = _by_token(token)
    refusal = None
    if request.method == "POST":
        try:
            withdraw_application(application=application, now=clock.now())
        except Refusal as met:
            refusal = met
        else:
            return redirect("application_status", token)
    answer = render(
        request,
        "people/withdraw.html",
        {"application": application, "token": token, "refusal": refusal},
        status=refusal.status if refusal else 200,
    )
    answer["Referrer-Policy"] = "strict-origin"  # with none a browser sends its forms without an origin
    return answer


def _by_token(token: str) -> RegistrationApplication:
    application = application_by_token(token)
    if application is None:
        raise NotFound(_("There is no such application."), code="people.no_application")
    return application


def _send(request: HttpRequest, form: ApplicationForm) -> str:
    """The secret of the link; '' where the form says why not."""
    now = clock.now()
    filled, password = form.filled, form.cleaned_data["password"]
    try:
        tidy = checked(filled, now)
        tell = note_attempt(
            address=get_adapter().get_client_ip(request),
            identity=identity_of(tidy.kind, tidy.number, tidy.email),
            now=now,
        )
        try:
            return submit_application(filled=filled, password=password, now=now)[1]
        except Refusal as refusal:
            if refusal.code != "people.application_open":
                raise
            return keep_repetition(filled=filled, password=password, now=now, tell=tell)[1]
    except Refusal as refusal:
        form.status, form.retry_after = refusal.status, refusal.retry_after
        add_refusal(form, refusal)
        return ""


def _amend(form: AmendForm, application: RegistrationApplication) -> bool:
    try:
        amend_application(
            application=application,
            filled=form.filled,
            password=form.cleaned_data["password"],
            now=clock.now(),
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True

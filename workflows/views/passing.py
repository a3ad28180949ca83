"""The verbs by which a step changes hands: send back, pass on, ask for an opinion and give it, add and remove
a signer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import NotPermitted, Refusal, Text
from apps.core.refusals import add_refusal
from apps.people.models import User
from apps.people.views import viewer
from workflows import services
from workflows.choosing import nodes_back, places, removable, transferable
from workflows.models import Step
from workflows.services.locking import ends_overtaken
from workflows.verbs import Verb, require, standing
from workflows.views.forms import (
    OpinionForm,
    PersonForm,
    RemoveSignerForm,
    SendBackForm,
    SignerForm,
    TransferForm,
)
from workflows.views.verbpage import Said, verb_page
from workflows.visibility import find_step

METHODS = ["GET", "HEAD", "POST"]
MakeForm = Callable[[Step, User, datetime, Any], forms.Form]
Act = Callable[[Step, User, datetime, Any], Text]


@require_http_methods(METHODS)
def task_send_back(request: HttpRequest, ulid: str) -> HttpResponse:
    """To the applicant or to an earlier step."""

    def act(step: Step, by: User, now: datetime, form: Any) -> Text:
        chosen = form.cleaned_data
        services.send_back(step=step, by=by, now=now, to=chosen["to"], reason=chosen["reason"])
        return _("Sent back. Everything else that waited in the case is asked no more.")

    said = Said(
        _("Send this case back?"),
        _("It goes on from the step that you choose. Your reason is told and becomes part of the history."),
        _("Send it back"),
        stops=True,
    )
    return _handle(request, ulid, Verb.SEND_BACK, _send_back_form, said, act)


@require_http_methods(METHODS)
def task_transfer(request: HttpRequest, ulid: str) -> HttpResponse:
    """To another person of the same role."""

    def act(step: Step, by: User, now: datetime, form: Any) -> Text:
        services.transfer(step=step, by=by, to=form.chosen, now=now, reason=form.cleaned_data["reason"])
        return _("Passed on to %(name)s.") % {"name": form.chosen.display_name}

    said = Said(
        _("Pass this step on?"),
        _("It will be theirs to answer, not yours. Only people who may answer it are offered."),
        _("Pass it on"),
    )
    return _handle(request, ulid, Verb.TRANSFER, _transfer_form, said, act)


@require_http_methods(METHODS)
def task_delegate(request: HttpRequest, ulid: str) -> HttpResponse:
    """Ask somebody for an opinion; the step comes back."""

    def act(step: Step, by: User, now: datetime, form: Any) -> Text:
        services.delegate(step=step, by=by, to=form.chosen, now=now, reason=form.cleaned_data["reason"])
        return _("%(name)s is asked for an opinion; then the step comes back to you.") % {
            "name": form.chosen.display_name
        }

    said = Said(
        _("Ask somebody for an opinion?"),
        _("They see the case and write their opinion; the answer stays yours."),
        _("Ask them"),
    )
    return _handle(request, ulid, Verb.DELEGATE, _person_form, said, act)


@require_http_methods(METHODS)
def task_give_back(request: HttpRequest, ulid: str) -> HttpResponse:
    """Give the opinion that was asked for."""

    def act(step: Step, by: User, now: datetime, form: Any) -> Text:
        services.give_back(step=step, by=by, now=now, opinion=form.cleaned_data["opinion"])
        return _("Your opinion is kept, and the step is back with whoever asked you.")

    said = Said(
        _("Give your opinion"),
        _("It becomes part of the history, and the step goes back to whoever asked you."),
        _("Give it and return the step"),
    )
    return _handle(request, ulid, Verb.GIVE_BACK, _opinion_form, said, act)


@require_http_methods(METHODS)
def task_add_signer(request: HttpRequest, ulid: str) -> HttpResponse:
    """One more to sign."""

    def act(step: Step, by: User, now: datetime, form: Any) -> Text:
        chosen = form.cleaned_data
        services.add_signer(
            step=step, by=by, user=form.chosen, now=now, where=chosen["where"], reason=chosen["reason"]
        )
        return _("%(name)s is asked to sign as well.") % {"name": form.chosen.display_name}

    said = Said(
        _("Ask somebody to sign as well?"),
        _("Any active person of the school can be asked, never the applicant."),
        _("Ask them"),
    )
    return _handle(request, ulid, Verb.ADD_SIGNER, _signer_form, said, act)


@require_http_methods(METHODS)
def task_remove_signer(request: HttpRequest, ulid: str) -> HttpResponse:
    """Take an added signer back."""

    def act(step: Step, by: User, now: datetime, form: Any) -> Text:
        services.remove_signer(
            step=step, by=by, user=form.chosen, now=now, reason=form.cleaned_data["reason"]
        )
        return _("%(name)s need not sign any more.") % {"name": form.chosen.display_name}

    said = Said(
        _("Take an added signer back?"),
        _("Only who has not signed yet can be taken back. Your reason is part of the history."),
        _("Take them back"),
        stops=True,
    )
    return _handle(request, ulid, Verb.REMOVE_SIGNER, _remove_signer_form, said, act)


def _send_back_form(step: Step, _by: User, _now: datetime, data: Any) -> forms.Form:
    return SendBackForm(data, nodes=nodes_back(step))


def _transfer_form(step: Step, by: User, now: datetime, data: Any) -> forms.Form:
    return TransferForm(data, seats=transferable(step, by, now))


def _person_form(_step: Step, _by: User, now: datetime, data: Any) -> forms.Form:
    return PersonForm(data, now=now)


def _opinion_form(_step: Step, _by: User, _now: datetime, data: Any) -> forms.Form:
    return OpinionForm(data)


def _signer_form(step: Step, _by: User, now: datetime, data: Any) -> forms.Form:
    return SignerForm(data, now=now, where=places(step))


def _remove_signer_form(step: Step, by: User, now: datetime, data: Any) -> forms.Form:
    return RemoveSignerForm(data, signers=removable(step, standing(by, step.case, step, now)))


def _handle(
    request: HttpRequest, ulid: str, verb: Verb, make: MakeForm, said: Said, act: Act
) -> HttpResponse:
    """The page of a verb, and the verb. Whoever may not use it hears why."""
    user, now = viewer(request), clock.now()
    step = find_step(ulid, user, now)
    require(verb, standing(user, step.case, step, now))
    data = request.POST if request.method == "POST" else None
    # Whom it could go to is asked of the flow, which may find that what the case is about is gone.
    form = ends_overtaken(lambda *, step, now: make(step, user, now, data))(step=step, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            told = act(step, user, now, form)
        except NotPermitted as refusal:
            if refusal.code != "workflows.own_case":  # about the person who was chosen, not about the viewer
                raise
            add_refusal(form, refusal)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, str(told))
            return redirect("case_detail", step.case.ulid)
    return verb_page(request, case=step.case, step=step, form=form, said=said)

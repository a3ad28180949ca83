"""The one page of every task: what is asked, the dossier, why the rules decided as they did, what happened so
far, and the verbs that this person may use now. An answer is posted to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import select_template
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.core import clock
from apps.core.errors import NotPermitted, Refusal
from apps.people.models import User
from apps.people.views import viewer
from workflows import services
from workflows.answers import form_of
from workflows.models import Attachment, Step
from workflows.nodes.human import Outcome
from workflows.verbs import Verb, require, standing
from workflows.views.page import shown
from workflows.visibility import find_step
from workflows.words import outcome_label

MOST_FILES = 10


@dataclass
class Given:
    """What was posted as an answer, and what is wrong with it. `kept`: files that were taken in already."""

    choice: Outcome | None = None
    opinion: str = ""
    form: Any = None
    kept: tuple[Attachment, ...] = ()
    error: Refusal | None = None
    status: int = 200

    @property
    def data(self) -> Mapping[str, Any]:
        """The cleaned data of the step's form; none when a refusal left it untouched."""
        return dict(self.form.cleaned_data) if self.form is not None and self.form.is_valid() else {}


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def task_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """The task; with a POST, its answer."""
    user, now = viewer(request), clock.now()
    step = find_step(ulid, user, now)
    if request.method != "POST":
        return _page(request, user, step, now, Given(form=_form(step, user)))
    require(Verb.ANSWER, standing(user, step.case, step, now))
    given = _given(request, user, step, now)
    if given.error is None and given.choice is not None and _answer(given, user, step, now):
        label = outcome_label(step.flow, step.node, given.choice.key)
        messages.success(
            request,
            _("Kept: %(answer)s. Case %(number)s goes on.") % {"answer": label, "number": step.case.number},
        )
        return redirect("task_inbox")
    return _page(request, user, step, now, given)


@require_POST
def task_claim(request: HttpRequest, ulid: str) -> HttpResponse:
    """Take the step."""
    user, now = viewer(request), clock.now()
    services.claim(step=find_step(ulid, user, now), by=user, now=now)
    messages.success(request, _("The step is yours."))
    return redirect("task_detail", ulid)


@require_POST
def task_release(request: HttpRequest, ulid: str) -> HttpResponse:
    """Let the others have it again."""
    user, now = viewer(request), clock.now()
    services.release(step=find_step(ulid, user, now), by=user, now=now)
    messages.success(request, _("The step is open to the others again."))
    return redirect("task_detail", ulid)


def _given(request: HttpRequest, user: User, step: Step, now: datetime) -> Given:
    node = step.task.flow_task
    choice = next((one for one in node.choices if one.key == request.POST.get("outcome")), None)
    given = Given(choice=choice, opinion=request.POST.get("opinion", "").strip())
    given.form = _form(step, user, request.POST, request.FILES)
    if choice is None:
        given.error = Refusal(_("Please choose an answer."), code="workflows.outcome")
    given.kept = _kept(request, user, step)
    try:
        given.kept += tuple(_taken_in(request, user, step, now))
    except Refusal as refusal:
        given.error = refusal
    if given.error is None and not _complete(given):
        given.error = Refusal(
            _("Some fields need your attention. What you typed is kept."), code="workflows.data"
        )
    given.status = 422 if given.error else 200
    return given


def _complete(given: Given) -> bool:
    """Whether the step's form is filled in as the answer needs it. Who refuses may leave it untouched."""
    if given.form is None or given.form.is_valid():
        return True
    untouched = not given.form.has_changed()
    if given.choice is not None and given.choice.refuses and untouched:
        given.form = None
        return True
    return False


def _answer(given: Given, user: User, step: Step, now: datetime) -> bool:
    assert given.choice is not None  # noqa: S101 - asked by the caller
    try:
        services.answer(
            step=step,
            by=user,
            now=now,
            outcome=given.choice.key,
            opinion=given.opinion,
            data=given.data,
            attachments=given.kept,
        )
    except NotPermitted:
        raise
    except Refusal as refusal:
        given.error, given.status = refusal, refusal.status
        return False
    return True


def _kept(request: HttpRequest, user: User, step: Step) -> tuple[Attachment, ...]:
    """Files of an earlier attempt of this person that belong to no event yet."""
    chosen = request.POST.getlist("kept")[:MOST_FILES]
    return tuple(
        Attachment.objects.filter(ulid__in=chosen, case=step.case, by=user, event__isnull=True).order_by("id")
    )


def _taken_in(request: HttpRequest, user: User, step: Step, now: datetime) -> list[Attachment]:
    files: list[UploadedFile[Any]] = list(request.FILES.getlist("attachments"))[:MOST_FILES]
    return [
        services.attach(case=step.case, by=user, name=file.name or "file", content=file.read(), now=now)
        for file in files
    ]


def _form(step: Step, user: User, data: Any = None, files: Any = None) -> Any:
    """The step's form in the look of the pages."""
    node = step.task.flow_task
    if node is None or step.answered_at is not None:
        return None
    form = form_of(step, user, data, files)
    for field in form.fields.values() if form is not None else ():
        _dress(field.widget)
    return form


def _dress(widget: forms.Widget) -> None:
    """A control without a class of its own gets the house's."""
    plain = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)
    if "class" in widget.attrs or widget.is_hidden or isinstance(widget, plain):
        return
    widget.attrs["class"] = "form-select" if isinstance(widget, forms.Select) else "form-control"


def _page(request: HttpRequest, user: User, step: Step, now: datetime, given: Given) -> HttpResponse:
    node = step.task.flow_task
    context = shown(request, user, step.case, step, now) | {
        "node": node,
        "asks": _(node.asks) if node is not None else "",
        "choices": node.choices if node is not None else (),
        "spoken": getattr(node, "spoken", False),
        "refusable": node is not None and any(choice.refuses for choice in node.choices),
        "given": given,
        "form": given.form,
        "link": node.link(step.case) if node is not None and node.link is not None else "",
        "question_template": _template(step),
        "answer": outcome_label(step.flow, step.node, step.outcome) if step.outcome else "",
        "seat": step.candidates.filter(user=user).select_related("instead_of").first(),
    }
    if node is not None and "answer" in context["verbs"]:
        context |= node.flow_class.instance.beside(step)
    return render(request, "workflows/task.html", context, status=given.status)


def _template(step: Step) -> Any:
    """Where a process draws its own question: `<process>/<step>.html`, else the form as it is."""
    return select_template([f"{step.flow}/{step.node}.html", "workflows/question.html"])

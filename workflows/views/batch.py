"""Several tasks answered alike: shown first, then each in its own transaction, and a result for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.errors import Refusal
from apps.people.views import viewer
from workflows import services
from workflows.models import Step
from workflows.nodes.human import Outcome
from workflows.verbs import Verb, refusal, standing
from workflows.views.inbox import batchable

MOST = 50


@dataclass(frozen=True)
class Result:
    """What became of one of them."""

    step: Step
    refusal: Refusal | None


@require_POST
def task_batch(request: HttpRequest) -> HttpResponse:
    """First the question, with all that it concerns; with an answer, the results. Steps that are not this
    person's, or want to be answered by themselves, are left out.
    """
    user, now = viewer(request), clock.now()
    chosen = Step.objects.filter(ulid__in=request.POST.getlist("step")[:MOST]).select_related(
        "task__process", "task__owner", "case__applicant", "case__unit", "case__process"
    )
    steps = [
        step
        for step in batchable(chosen.order_by("id"))
        if refusal(Verb.ANSWER, standing(user, step.case, step, now)) is None
    ]
    if not steps:
        return redirect("task_inbox")
    choices = common(steps)
    outcome, opinion = request.POST.get("outcome", ""), request.POST.get("opinion", "").strip()
    answer = next((choice for choice in choices if choice.key == outcome), None)
    error = ""
    if answer is not None and answer.refuses and not opinion:
        error = _("Please say why: a refusal needs an opinion.")
    elif answer is not None:
        done = services.batch(steps=steps, by=user, now=now, outcome=answer.key, opinion=opinion)
        results = [Result(step, refused) for step, refused in done]
        context = {"results": results, "answer": answer, "failed": [one for one in results if one.refusal]}
        return render(request, "workflows/batch_done.html", context)
    context = {"steps": steps, "choices": choices, "opinion": opinion, "error": error}
    return render(request, "workflows/batch.html", context, status=422 if error else 200)


def common(steps: Sequence[Step]) -> list[Outcome]:
    """The answers that all of them have."""
    first, *others = [step.task.flow_task.outcomes for step in steps]
    return [
        choice
        for choice in steps[0].task.flow_task.choices
        if choice.key in first and all(choice.key in outcomes for outcomes in others)
    ]

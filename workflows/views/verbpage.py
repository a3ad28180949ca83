"""The small page that every verb has: what it does, a form, one button; afterwards back to where one came
from.
"""

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.core.errors import Text
from workflows.models import Case, Step
from workflows.words import case_title_html, node_title, process_title


@dataclass(frozen=True)
class Said:
    """The words of a verb's page. `stops` marks what takes something from somebody."""

    title: Text
    explains: Text
    button: Text
    stops: bool = False


def verb_page(
    request: HttpRequest, *, case: Case, step: Step | None, form: forms.Form, said: Said
) -> HttpResponse:
    """The page; with what is wrong, when something is."""
    if step is not None:
        back = reverse("task_detail", args=[step.ulid])
    else:
        back = reverse("case_detail", args=[case.ulid])
    context = {
        "case": case,
        "title": case_title_html(case),
        "process": process_title(case.flow),
        "asked": node_title(step.task.flow_task, step.node) if step else "",
        "form": form,
        "said": said,
        "back": back,
    }
    return render(request, "workflows/verb.html", context, status=422 if form.errors else 200)

"""What a person can apply for, and the page on which they do."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.people.views import viewer
from workflows import registry
from workflows.beginning import beginning, beginnings
from workflows.drawing import draw_shape
from workflows.versions import shape
from workflows.words import process_title


@require_safe
def process_list(request: HttpRequest) -> HttpResponse:
    """Everything that this person may begin, and how each goes."""
    user, now = viewer(request), clock.now()
    offered = [
        {
            "key": one.key,
            "title": process_title(one.key),
            "summary": one.summary,
            "diagram": draw_shape(shape(registry.flow(one.key))[0]),
        }
        for one in beginnings()
        if one.concerns(user, now)
    ]
    return render(request, "workflows/processes.html", {"offered": offered})


@require_http_methods(["GET", "POST"])
def process_begin(request: HttpRequest, key: str) -> HttpResponse:
    """The form of a process, filled in with what a link names; what was typed stays when it is refused."""
    user, now, found = viewer(request), clock.now(), beginning(key)
    posted = request.POST if request.method == "POST" else None
    form = found.form(posted, user=user, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            case = found.begin(by=user, now=now, data=dict(form.cleaned_data))
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Handed in. You will be told how it goes on."))
            return redirect("case_detail", ulid=case.ulid)
    context = {"form": form, "title": process_title(key), "summary": found.summary}
    return render(request, "workflows/begin.html", context, status=422 if form.errors else 200)

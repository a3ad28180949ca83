"""Lists and labels: a list of samples from a workbook, the workbook to fill in, a sheet of labels."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.core.workbooks import download
from apps.people.views import viewer
from apps.samples.drafting import read_rows
from apps.samples.fields import fields_of
from apps.samples.forms import ListForm, SampleRows, TermsForm
from apps.samples.importing import as_typed, headings, rows_from
from apps.samples.labels import labels_of
from apps.samples.models import SampleRequest
from apps.samples.queries import find_request
from apps.samples.views.mine import known_terms, own_draft, terms_initial


@require_safe
def sample_list_form(request: HttpRequest, ulid: str) -> FileResponse:
    """An empty workbook with the columns of the service."""
    user, now = viewer(request), clock.now()
    found = own_draft(user, ulid, now)
    heads = headings(found.template, get_language() or "zh-hans")
    return download(filename=f"{found.number}.xlsx", sheet=_("Samples"), headings=heads, rows=[])


@require_http_methods(["GET", "HEAD", "POST"])
def sample_import(request: HttpRequest, ulid: str) -> HttpResponse:
    """A workbook is read and shown as rows of the draft, every fault at its place. Nothing is kept before the
    person saves what is shown.
    """
    user, now = viewer(request), clock.now()
    found = own_draft(user, ulid, now)
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    if request.method == "POST" and form.is_valid():
        try:
            typed = rows_from(found.template, form.cleaned_data["file"].read())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return _shown(request, found, typed, now)
    context = {"request_": found, "form": form}
    return render(request, "samples/import.html", context, status=422 if form.errors else 200)


def _shown(
    request: HttpRequest, found: SampleRequest, typed: Sequence[Mapping[str, Any]], now: datetime
) -> HttpResponse:
    """The rows of the file in the form of the draft, with what is wrong with each."""
    asks = fields_of(found.template.fields)
    rows = SampleRows(as_typed(typed, "s"), prefix="s", form_kwargs={"asks": asks})
    if rows.is_valid():
        _values, wrong = read_rows(found.template, [row.draft() for row in rows])
        for fault in wrong:
            rows.forms[fault["row"] - 1].add_fault(fault["field"], fault["message"])
    context = {
        "request_": found,
        "terms": TermsForm(initial=terms_initial(found), **known_terms(found, now)),
        "rows": rows,
        "read": len(typed),
        "faulty": sum(bool(row.errors) for row in rows),
    }
    return render(request, "samples/draft.html", context)


@require_safe
def sample_labels(request: HttpRequest, ulid: str) -> HttpResponse:
    """The sheet of labels, for whoever may know of the request."""
    user, now = viewer(request), clock.now()
    found = find_request(ulid, user, now)
    if found.state == found.State.DRAFT:
        return redirect("sample_request", ulid)
    answer = HttpResponse(labels_of(found, user, now), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return answer

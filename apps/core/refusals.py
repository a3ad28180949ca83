"""A refusal on its way to a browser: a page with its words, its code and its status, or an error at the
form's field. It decides nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from apps.core.contention import busy, is_contention
from apps.core.errors import Busy, Refusal

_PROGRAMS = "/api/"  # they are told that it is no text (`apps.core.api`)


class RefusalMiddleware:
    """Answers what a view did not catch itself. What no database can look for is not looked for: forms refuse
    it, and in the address of a page it does not count.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith(_PROGRAMS):
            request.GET = _without_nul(request.GET)  # type: ignore[assignment]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page for a Refusal, and for a database that is busy with others; anything else goes on."""
        refusal = busy() if is_contention(error) else error
        if not isinstance(refusal, Refusal):
            return None
        page = render(request, "core/refusal.html", {"refusal": refusal}, status=refusal.status)
        return _with_patience(page, refusal.retry_after)


def _without_nul(asked: QueryDict) -> QueryDict:
    found = asked.copy()
    for name, values in asked.lists():
        found.setlist(name, [value.replace("\0", "") for value in values])
    return found


def add_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Put a refusal where it belongs in a form: at its field, else above all of them. So with those that
    came along (`details["also"]`: code, message, field).
    """
    if isinstance(refusal, Busy):
        form.busy = refusal  # type: ignore[attr-defined]  # read by `form_page`
    _add(form, str(refusal.message), refusal.code, refusal.field)
    for other in refusal.details.get("also", ()):
        _add(form, other["message"], other["code"], other.get("field"))


def form_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    form: forms.BaseForm,
    *,
    refused: int = 422,
) -> HttpResponse:
    """A page with a form: 200, `refused` where something was wrong with what was sent, and 503 with when to
    come again where the database was busy; what was typed is there in every case.
    """
    if not form.errors:
        return render(request, template, context)
    met: Busy | None = getattr(form, "busy", None)
    page = render(request, template, context, status=met.status if met else refused)
    return _with_patience(page, met.retry_after if met else None)


def _with_patience(page: HttpResponse, seconds: int | None) -> HttpResponse:
    if seconds is not None:
        page.headers["Retry-After"] = str(seconds)
    return page


def _add(form: forms.BaseForm, message: str, code: str, field: str | None) -> None:
    known = field if field in form.fields else None
    form.add_error(known, forms.ValidationError(f"{message} ({code})", code=code))

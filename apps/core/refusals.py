"""A refusal on its way to a browser: a page with its words, its code and its status, or an error at the
form's field. It decides nothing.
"""

from collections.abc import Callable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.errors import Refusal


class RefusalMiddleware:
    """Answers what a view did not catch itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page for a Refusal; anything else goes on."""
        if not isinstance(error, Refusal):
            return None
        return render(request, "core/refusal.html", {"refusal": error}, status=error.status)


def add_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Put a refusal where it belongs in a form: at its field, else above all of them. So with those that
    came along (`details["also"]`: code, message, field).
    """
    _add(form, str(refusal.message), refusal.code, refusal.field)
    for other in refusal.details.get("also", ()):
        _add(form, other["message"], other["code"], other.get("field"))


def _add(form: forms.BaseForm, message: str, code: str, field: str | None) -> None:
    known = field if field in form.fields else None
    form.add_error(known, forms.ValidationError(f"{message} ({code})", code=code))

"""A page that asks once more before something is done, mostly for a reason. It decides nothing: one operation
does, and its refusal is told in the form.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core.errors import Refusal
from apps.core.refusals import add_refusal, form_page


def ask_once_more(
    request: HttpRequest,
    form: forms.Form,
    do: Callable[[dict[str, Any]], object],
    *,
    done: str,
    to: tuple[str, ...],
    template: str,
    context: Mapping[str, Any],
) -> HttpResponse:
    """The page, until its form is sent; then `do` is given what was said. Done, the person is told so and
    goes to an address (its name and what it takes); refused, the page says why, with status 409.
    """
    if form.is_bound and form.is_valid():
        try:
            do(form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done)
            return redirect(*to)
    return form_page(request, template, {**context, "form": form}, form, refused=409)

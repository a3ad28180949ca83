"""How the HTTP interface says no: every error in the one shape `{code, message, field?, details?}`, in the
reader's language, and never with anything of the program's inside.
"""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from apps.core.api import error_of
from apps.core.contention import busy, is_contention
from apps.core.errors import Invalid, NotFound, NotSignedIn, Refusal, Text, TooMany

log = logging.getLogger("django.request")

MINUTE_S = 60
_NOT_VALID = _("This value is not valid.")
_MOMENT = _("A moment with its offset is needed, such as 2026-11-23T10:00+08:00.")
# What pydantic finds wrong, in words for people. Whatever is not here is 'not valid'; the code says the rest.
WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "missing": _("This is needed."),
        "extra_forbidden": _("There is no such member."),
        "string_too_long": _("At most %(max_length)s characters."),
        "string_too_short": _("At least %(min_length)s characters."),
        "string_pattern_mismatch": _("This does not have the right form."),
        "string_type": _("A text is needed."),
        "int_parsing": _("A whole number is needed."),
        "int_parsing_size": _("A whole number is needed."),
        "int_type": _("A whole number is needed."),
        "int_from_float": _("A whole number is needed."),
        "bool_type": _("True or false is needed."),
        "bool_parsing": _("True or false is needed."),
        "greater_than_equal": _("At least %(ge)s."),
        "less_than_equal": _("At most %(le)s."),
        "literal_error": _("One of %(expected)s is needed."),
        "enum": _("One of %(expected)s is needed."),
        "list_type": _("A list is needed."),
        "too_long": _("At most %(max_length)s entries."),
        "too_short": _("At least %(min_length)s entries."),
        "dict_type": _("An object is needed."),
        "model_type": _("An object is needed."),
        "model_attributes_type": _("An object is needed."),
        "timezone_aware": _MOMENT,
        "datetime_parsing": _MOMENT,
        "datetime_from_date_parsing": _(
            "A moment with its offset is needed, such as 2026-11-23T10:00+08:00."
        ),
        "datetime_type": _MOMENT,
    }
)


def told(refusal: Refusal) -> HttpResponse:
    """A refusal as an answer of the interface."""
    answer = JsonResponse(error_of(refusal), status=refusal.status)
    if refusal.status == NotSignedIn.status:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def install(api: NinjaAPI) -> None:
    """Every error of this interface is answered by one of these."""
    handlers: dict[type[Exception], Any] = {
        Refusal: _refused,
        ValidationError: _invalid,
        Http404: _missing,
        HttpError: _http,
        RequestDataTooBig: _too_large,
        UnreadablePostError: _unreadable,
        Exception: _failed,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def not_found() -> Refusal:
    """No such address, or no such thing."""
    return NotFound(_("There is no such thing."))


def method_not_allowed() -> Refusal:
    """The address exists, the method does not."""
    refusal = Refusal(_("This address does not take this method."), code="core.method")
    refusal.status = 405
    return refusal


def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return told(error)


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return told(not_found())


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error, AuthenticationError):
        return told(NotSignedIn(_("Please sign in, or send a token.")))
    if isinstance(error, Throttled):
        return told(
            TooMany(_("Too many requests. Try again in a minute."), retry_after=error.wait or MINUTE_S)
        )
    return _unreadable(request, error, error.status_code)


def _unreadable(request: HttpRequest, error: Exception, status: int = 400) -> HttpResponse:
    refusal = Invalid(_("The request cannot be read."), code="core.unreadable")
    refusal.status = status
    return told(refusal)


def _too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    refusal = Invalid(_("The request is too large."), code="core.too_large")
    refusal.status = 413
    return told(refusal)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [
        {"code": f"core.invalid.{one['type']}", "message": _words(one), "field": _field(one["loc"])}
        for one in error.errors
    ]
    first = found[0]
    refusal = Invalid(first["message"] or "", field=first["field"], errors=found)
    return told(refusal)


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Something of ours broke: the log has it all, the client has nothing of it. Or the database was busy
    with others for too long, which is nobody's mistake.
    """
    if is_contention(error):
        return told(busy())
    log.error("api: %s %s failed", request.method, request.path, exc_info=error)
    refusal = Refusal(_("Something went wrong on our side. Nothing was changed."), code="core.error")
    refusal.status = 500
    return told(refusal)


def _words(error: Mapping[str, Any]) -> str:
    words = WORDS.get(error["type"])
    if words is None:
        return str(_NOT_VALID)
    try:
        written: str = str(words) % {key: _listed(value) for key, value in error.get("ctx", {}).items()}
    except KeyError:
        return str(_NOT_VALID)
    return written


def _listed(value: Any) -> str:
    """'a', 'b' or 'c' without the English word."""
    return str(value).replace("' or '", "', '")


def _field(loc: tuple[str | int, ...]) -> str | None:
    """Where it is wrong, as the client wrote it: 'start', 'items.0.name'. The first part says body or
    query; the second, in a body, is our own name for it.
    """
    inside = loc[2:] if loc[0] == "body" else loc[1:]
    return ".".join(str(part) for part in inside) or None

"""The page that says what the interface offers, made from its own description. The usual viewers load
scripts from elsewhere or write style into the page; this one needs neither.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.errors import Text
from apps.tokens.scopes import SCOPES
from settings.api import api


@dataclass(frozen=True)
class Member:
    """One thing that may be given: where, how it is called, of which form."""

    place: str
    name: str
    form: str
    required: bool


@dataclass(frozen=True)
class Offer:
    """One operation of the interface."""

    method: str
    path: str
    summary: str
    scope: str
    scope_words: Text
    members: tuple[Member, ...]


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Every operation, with what it takes and which scope it needs."""
    return render(request, "core/api.html", {"offers": offers(api.get_openapi_schema())})


def offers(schema: dict[str, Any]) -> list[Offer]:
    """The operations of a description, in its order."""
    parts = schema["components"]["schemas"]
    return [
        _offer(method.upper(), path, operation, parts)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _offer(method: str, path: str, operation: dict[str, Any], parts: dict[str, Any]) -> Offer:
    scope = operation["security"][0]["Token"][0]
    given = [
        Member(one["in"], one["name"], _form(one["schema"]), one["required"])
        for one in operation["parameters"]
    ]
    return Offer(
        method=method,
        path=path,
        summary=operation["summary"],
        scope=scope,
        scope_words=SCOPES[scope].label,
        members=(*given, *_body(operation, parts)),
    )


def _body(operation: dict[str, Any], parts: dict[str, Any]) -> list[Member]:
    [content] = operation.get("requestBody", {}).get("content", {}).values() or [{}]
    schema = content.get("schema", {})
    named = parts.get(schema.get("$ref", "").rpartition("/")[2], schema)
    needed = named.get("required", ())
    return [
        Member("body", name, _form(one), name in needed) for name, one in named.get("properties", {}).items()
    ]


def _form(schema: dict[str, Any]) -> str:
    """A schema in a word or two: 'string (date-time)', 'integer', 'array'."""
    options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if options:
        return " | ".join(_form(one) for one in options)
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    kind = str(schema.get("type", "object"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind

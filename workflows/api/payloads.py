"""The body of a process's beginning, made from its form: so that a program is told the members and their
types, and the form remains the only place where they are checked.
"""

from datetime import date
from typing import Any, cast

from django import forms
from pydantic import BaseModel, Field, create_model

from apps.core.api import LONGEST_TEXT, Asked, Moment

# The first that fits counts; what is none of these is a text.
_TYPES: tuple[tuple[type[forms.Field], Any], ...] = (
    (forms.BooleanField, bool),
    (forms.IntegerField, int),
    (forms.DateTimeField, Moment),
    (forms.DateField, date),
    (forms.MultipleChoiceField, list[str]),
    (forms.ModelMultipleChoiceField, list[str]),
)


def body_of(name: str, form: type[forms.Form]) -> type[BaseModel]:
    """A model with a member for each field of the form. A field that is not required may be left out."""
    members: dict[str, Any] = {key: _member(field) for key, field in form.base_fields.items()}
    return cast(type[BaseModel], create_model(name, __base__=Asked, **members))


def _member(field: forms.Field) -> tuple[Any, Any]:
    kind = next((ours for theirs, ours in _TYPES if isinstance(field, theirs)), str)
    limits: dict[str, Any] = {}
    if kind is str:
        limits["max_length"] = min(getattr(field, "max_length", None) or LONGEST_TEXT, LONGEST_TEXT)
    if kind is int:
        limits |= {
            "ge": getattr(field, "min_value", None) or -(2**31),
            "le": getattr(field, "max_value", None) or 2**31,
        }
    if field.label:
        limits["json_schema_extra"] = {"title": str(field.label)}
    if field.required and kind is not bool:
        return kind, Field(**limits)
    return kind | None, Field(None, **limits)

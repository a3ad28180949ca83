"""What every room's HTTP interface has in common: the shape of an error, of a page, of what is asked, and
how a body is read. It knows no noun and no person; who asks is `apps.tokens.auth`'s to say.
"""

import json
from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from ninja.parser import Parser
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from apps.core.errors import Invalid, Refusal

T = TypeVar("T")
LONGEST_TEXT = 2000
PAGE, LONGEST_PAGE = 25, 100

Ulid = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{26}$")]


def _in_range(moment: AwareDatetime) -> AwareDatetime:
    """Moments that every database and the school's own clock can hold."""
    if not 1970 <= moment.year <= 9998:
        raise ValueError("the year must be between 1970 and 9998")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]


class Told(BaseModel):
    """What the interface answers: read from rows or values by the names of their attributes."""

    model_config = ConfigDict(from_attributes=True)


class Asked(BaseModel):
    """What the interface is asked. A member that nobody knows is an error, not a wish silently dropped."""

    model_config = ConfigDict(extra="forbid", str_max_length=LONGEST_TEXT)


class PageAsked(Asked):
    """Which part of a list: `cursor` is the `next` of the page before."""

    cursor: str = Field("", max_length=1000)
    limit: int = Field(PAGE, ge=1, le=LONGEST_PAGE)


class PageOf(Told, Generic[T]):
    """A part of a list; `next` is the cursor of the following part, empty at the end."""

    items: list[T]
    next: str


class ErrorTold(Told):
    """Every answer that is not a success. `code` is stable and meant for programs; `message` is in the
    reader's language; `field` names the member that is wrong; `details` holds more, such as `also` (the other
    conditions that fail, in the same shape).
    """

    code: str
    message: str
    field: str | None = None
    details: dict[str, Any] | None = None


def error_of(refusal: Refusal) -> dict[str, Any]:
    """A refusal as a client reads it."""
    told: dict[str, Any] = {"code": refusal.code, "message": str(refusal.message)}
    if refusal.field:
        told["field"] = refusal.field
    if refusal.details:
        told["details"] = refusal.details
    return told


class CleanParser(Parser):
    """JSON as the standard has it, and no text that a database cannot hold: no NUL, no half of a surrogate
    pair, no NaN, no infinity.
    """

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body. Raises ValueError where it is not such JSON."""
        found: dict[str, Any] = json.loads(request.body, parse_constant=_refuse_constant)
        for text in _texts(found):
            _require_encodable(text)
        return found

    def parse_querydict(
        self, data: "MultiValueDict[str, Any]", list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The query. Raises Invalid `core.text`."""
        for name, values in data.lists():
            for value in values:
                if isinstance(value, str):
                    require_clean(value, field=name)
        return super().parse_querydict(data, list_fields, request)


def require_clean(text: str, *, field: str) -> None:
    """Raises Invalid `core.text` for text that no database holds."""
    try:
        _require_encodable(text)
    except ValueError as error:
        raise Invalid(_("This text cannot be stored."), code="core.text", field=field) from error


def _require_encodable(text: str) -> None:
    text.encode()  # UnicodeEncodeError, a ValueError, for half a surrogate pair
    if "\0" in text:
        raise ValueError("NUL in a text")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _texts(value: Any) -> list[str]:
    """Every text in a parsed body, keys included, however deep; without recursion."""
    found, open_ = [], [value]
    while open_:
        one = open_.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            open_.extend(one.keys())
            open_.extend(one.values())
        elif isinstance(one, list):
            open_.extend(one)
    return found

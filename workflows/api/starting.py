"""Beginning a case: one endpoint for each process that people begin, with a body made from its form."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel

from apps.core import clock
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once
from workflows.api.payloads import body_of
from workflows.api.routers import processes
from workflows.api.told import CaseTold, case_told
from workflows.beginning import Beginning, begin, beginnings

DESCRIPTION = (
    "Begins a case, as the page of the process does. 409 `workflows.case_open`; 422 `workflows.data`; and"
    " whatever the process refuses."
)
_made: set[str] = set()


def offer_all() -> None:
    """An endpoint for every beginning that is registered by now. Safe to repeat."""
    for found in beginnings():
        if found.key not in _made:
            _made.add(found.key)
            _offer(found)


def _offer(found: Beginning) -> None:
    body = body_of("".join(part.title() for part in found.key.split("_")) + "Wish", found.form)

    def endpoint(
        request: HttpRequest, wish: BaseModel, idempotency_key: IdempotencyKey = None
    ) -> "Status[Any]":
        def act() -> CaseTold:
            raw = {name: value for name, value in _plain(wish).items() if value is not None}
            return case_told(begin(found.key, by=viewer(request), now=clock.now(), raw=raw))

        return once(request, idempotency_key, act, status=201)

    endpoint.__name__ = f"begin_{found.key}"
    endpoint.__doc__ = DESCRIPTION
    endpoint.__annotations__["wish"] = body  # what the interface reads
    processes.post(f"/{found.key}/cases", response={201: CaseTold}, **scoped("cases:write", found.summary))(
        endpoint
    )


def _plain(wish: BaseModel) -> dict[str, Any]:
    """The members as a form takes them: moments on the school's clock, dates as they are written."""
    return {name: _written(value) for name, value in wish.model_dump().items()}


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.school_time(value).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else value

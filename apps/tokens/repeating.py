"""A request that may be sent twice and acts once. The client chooses a key; the answer is stored in the
transaction of the effect, and whoever repeats the request hears the same answer again.

A refusal is not stored: it changed nothing, and the next attempt may succeed.
"""

import hashlib
from collections.abc import Callable
from typing import Annotated

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Header, Status
from pydantic import BaseModel

from apps.core import clock
from apps.core.contention import patient
from apps.core.errors import Invalid, Refusal
from apps.people.views import viewer
from apps.tokens.models import Answered

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[\x21-\x7e]{1,64}$")]


@patient
def once(
    request: HttpRequest, key: str | None, act: Callable[[], BaseModel], *, status: int = 200
) -> "Status[object]":
    """What `act` answers, or what it answered the first time to this person under this key. Without a key it
    acts each time.

    Raises Invalid `core.idempotency_key` for a key that was used for another request, and whatever `act`
    raises.
    """
    if key is None:
        return Status(status, act())
    user, asked = viewer(request), _digest(request)
    with transaction.atomic():
        try:
            with transaction.atomic():  # waits for whoever uses the same key at this moment
                answered = Answered.objects.create(
                    user=user, key=key, request_digest=asked, status=status, at=clock.now()
                )
        except IntegrityError:
            return _again(Answered.objects.get(user=user, key=key), asked)
        try:
            answered.body = act().model_dump(mode="json")
        except Refusal as refusal:
            # What an operation refuses it has undone itself; what it did on purpose (an overtaken case ends)
            # stays. Only the answer is not kept.
            answered.delete()
            refused = refusal
        else:
            answered.save(update_fields=["body"])
            return Status(answered.status, answered.body)
    raise refused


def _again(answered: Answered, asked: str) -> "Status[object]":
    if answered.request_digest != asked:
        raise Invalid(
            _("This key was used for another request."), code="core.idempotency_key", field="Idempotency-Key"
        )
    return Status(answered.status, answered.body)


def _digest(request: HttpRequest) -> str:
    """What makes two requests the same: the method, the address and the body."""
    asked = b"\0".join((str(request.method).encode(), request.get_full_path().encode(), request.body))
    return hashlib.sha256(asked).hexdigest()

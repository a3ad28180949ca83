"""Refusals: every 'no' that a person or a device may hear, with a stable dotted code.

Three different answers that must never be mixed up: `NotPermitted` (not you), `WrongState` (not now),
`Invalid` (not like this). `NotSignedIn` asks who you are, before any of them.
"""

from typing import Any

from django.utils.functional import Promise

Text = str | Promise


class Refusal(Exception):
    """A refusal (the field's word: an answer, not a defect) with a code, words in the reader's language, and
    the field it belongs to when there is one.

    `details` is JSON-able and reaches API clients and pages; it never holds secrets.
    """

    code = "core.refused"
    status = 409
    retry_after: int | None = None  # seconds, where the same request may be made again after a while
    mender = ""  # who can mend it (a key of the rules' menders), where a rule refused

    def __init__(
        self, message: Text, *, code: str | None = None, field: str | None = None, **details: Any
    ) -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code or self.code
        self.field = field
        self.details = details


class NotPermitted(Refusal):
    """Not you: the person lacks the right, whatever the state."""

    code = "core.not_permitted"
    status = 403


class NotSignedIn(Refusal):
    """Who are you? Nobody, or nobody in force, stands behind the request."""

    code = "core.sign_in"
    status = 401


class TooMany(Refusal):
    """Not so often: the same request may be made again after `retry_after` seconds."""

    code = "core.too_many"
    status = 429

    def __init__(
        self,
        message: Text,
        *,
        retry_after: int,
        code: str | None = None,
        field: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, code=code, field=field, **details)
        self.retry_after = retry_after


class Busy(Refusal):
    """Not at this moment: others are writing, and waiting for them took too long. Nothing was changed."""

    code = "core.busy"
    status = 503
    retry_after = 5


class WrongState(Refusal):
    """Not now: the object has moved on; nothing was changed."""

    code = "core.wrong_state"
    status = 409


class Invalid(Refusal):
    """Not like this: the input is wrong; `field` names where."""

    code = "core.invalid"
    status = 422


class NotFound(Refusal):
    """No such thing, or none that this person may know of."""

    code = "core.not_found"
    status = 404

"""Every error of the rules room, each with a dotted code.

It owns no behaviour and never decides what an error means: the caller denies and raises an alarm.
"""

from __future__ import annotations


class RuleEngineError(Exception):
    """Base of all rule errors. ``code`` is dotted and stable, ``path`` says where (may be empty).

    A caller that sees one has no decision: it must deny and raise an alarm.
    """

    default_code = "rules.error"

    def __init__(self, message: str, *, code: str | None = None, path: str = "") -> None:
        self.code = code or self.default_code
        self.path = path
        self.message = message
        super().__init__(f"{self.code}{f' at {path}' if path else ''}: {message}")

    def __reduce__(self) -> tuple[object, ...]:
        # BaseException pickles positional arguments only: code and path would be lost between processes.
        return (_revive, (type(self), self.message, self.code, self.path))


class RuleSetError(RuleEngineError, ValueError):
    """A table that cannot be taken: wrong shape, unknown column, inexact value, unsupported policy."""

    default_code = "rules.table_invalid"


class FactError(RuleEngineError, ValueError):
    """A fact that is not exactly what its column declares. ``path`` is the column."""

    default_code = "rules.fact_inexact"


class EngineFault(RuleEngineError):
    """An engine answered something that it must never answer."""

    default_code = "rules.engine_fault"


class EngineMissing(EngineFault):
    """The engine asked for is unknown, or its module is not installed. Another one is never taken instead."""

    default_code = "rules.engine_missing"


class PointError(RuleEngineError, LookupError):
    """A decision point is unknown, registered twice, or its registry is closed."""

    default_code = "rules.point_unknown"


class TooComplex(RuleEngineError):
    """The analysis gave up: exact boxes would be too many. Nothing was proven."""

    default_code = "rules.analysis_too_complex"


def _revive(kind: type[RuleEngineError], message: str, code: str, path: str) -> RuleEngineError:
    return kind(message, code=code, path=path)

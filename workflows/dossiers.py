"""The values of a frozen dossier as plain text in the language in force: what a page marks up and a print
shows.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from apps.core.clock import school_time
from apps.core.money import format_yuan
from workflows.words import localized

MINUTES = 60
NOTHING: tuple[Any, ...] = (None, "", [])


def written(row: Mapping[str, Any]) -> str:
    """The value of a row, as its type wants it; empty for nothing. A list stands in lines."""
    value = row.get("value")
    return "" if value in NOTHING else _WRITE.get(row.get("type", "text"), localized)(value)


def _date(value: Any) -> str:
    return f"{date.fromisoformat(str(value)[:10])}"


def _datetime(value: Any) -> str:
    return f"{school_time(datetime.fromisoformat(str(value))):%Y-%m-%d %H:%M}"


def _money(value: Any) -> str:
    return format_yuan(int(value))


def _hours(value: Any) -> str:
    hours = f"{int(value) / MINUTES:.2f}".rstrip("0").rstrip(".")
    return f"{hours} h"


def _choice(value: Any) -> str:
    return _(str(value))


def _list(value: Any) -> str:
    return "\n".join(localized(item) for item in value) if isinstance(value, list) else localized(value)


_WRITE: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "date": _date,
        "datetime": _datetime,
        "money": _money,
        "hours": _hours,
        "choice": _choice,
        "list": _list,
    }
)

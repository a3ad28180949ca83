"""One way to write a frozen value down: canonical JSON, so that the same content has the same SHA-256 on
every machine and in every year. Keys sorted, no blanks, UTF-8, text in Unicode form NFC with lines
ended by LF, moments in UTC, no floating-point numbers (money is integer fen, a rate is a decimal
string).
"""

import hashlib
import json
import types
import unicodedata
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class NotCanonical(TypeError):
    """A value that has no canonical form, or JSON that is not of the expected shape: a defect, never an
    answer to a user. `path` says where.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'value'}: {problem}")
        self.path = path


def canonical(value: Any) -> str:
    """The canonical JSON of plain JSON data, as `encode` gives it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def encode(value: Any, path: str = "") -> Any:
    """A value as JSON data. Takes None, bool, int, str, date, aware datetime, tuples and frozen
    dataclasses of these; raises NotCanonical for anything else.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise NotCanonical(path, "a moment without a time zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [encode(item, f"{path}[{number}]") for number, item in enumerate(value)]
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: encode(getattr(value, field.name), _member(path, field.name))
            for field in fields(value)
        }
    raise NotCanonical(path, f"{type(value).__name__} has no canonical form")


def decode(kind: type[T], data: Any) -> T:
    """The inverse of `encode` for a dataclass. A member that the data does not have takes its default, so
    that content frozen under an earlier schema still reads; an unknown member raises NotCanonical.
    """
    value: T = _decode(kind, data, "")
    return value


def texts(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in JSON data with the path where it stands: ('holder.zh', '艾丽')."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from texts(item, f"{path}[{number}]")
    elif isinstance(data, dict):
        for name, item in data.items():
            yield from texts(item, _member(path, name))


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode(kind: Any, data: Any, path: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_union(get_args(kind), data, path)
    if origin is tuple:
        return _decode_tuple(get_args(kind), data, path)
    if is_dataclass(kind):
        return _decode_dataclass(kind, data, path)
    if kind in (date, datetime) and isinstance(data, str):
        return _decode_moment(kind, data, path)
    if kind in (bool, int, str) and type(data) is kind:
        return data
    raise NotCanonical(path, f"{type(data).__name__} where {getattr(kind, '__name__', kind)} belongs")


def _decode_union(members: tuple[Any, ...], data: Any, path: str) -> Any:
    """None or exactly one of the others fits: a union holds at most one member of each JSON type."""
    if data is None and type(None) in members:
        return None
    for member in members:
        if member is not type(None) and _json_type(member) is type(data):
            return _decode(member, data, path)
    raise NotCanonical(path, f"{type(data).__name__} is none of {members}")


def _json_type(kind: Any) -> type:
    """The Python type that JSON data of a member has."""
    if is_dataclass(kind):
        return dict
    if get_origin(kind) is tuple:
        return list
    return kind if kind in (bool, int) else str


def _decode_tuple(members: tuple[Any, ...], data: Any, path: str) -> Any:
    if not isinstance(data, list) or len(members) != 2 or members[1] is not ...:
        raise NotCanonical(path, "a list of one kind belongs here")
    return tuple(_decode(members[0], item, f"{path}[{number}]") for number, item in enumerate(data))


def _decode_dataclass(kind: Any, data: Any, path: str) -> Any:
    if not isinstance(data, dict):
        raise NotCanonical(path, f"an object belongs here ({kind.__name__})")
    hints = _hints(kind)
    known = {field.name: field for field in fields(kind)}
    if strange := data.keys() - known.keys():
        raise NotCanonical(path, f"{kind.__name__} has no member {sorted(strange)}")
    members = {name: _decode(hints[name], item, _member(path, name)) for name, item in data.items()}
    missing = [
        name
        for name, field in known.items()
        if name not in members and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise NotCanonical(path, f"{kind.__name__} lacks {missing}")
    return kind(**members)


def _decode_moment(kind: type[date], data: str, path: str) -> date:
    try:
        return kind.fromisoformat(data)
    except ValueError as problem:
        raise NotCanonical(path, str(problem)) from None

"""What two versions of a scheme say differently: a line for each member that was added, taken out or changed.
Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.evaluation.content import Content, stored

_LISTS = ("parts", "cohorts", "grades", "figures", "constants")


@dataclass(frozen=True)
class Change:
    """One difference: where (`parts.hours`), which member of it ('' for all), before and after ('' where it
    was not there).
    """

    where: str
    member: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        if not self.member and not self.before:
            return "added"
        return "removed" if not self.member and not self.after else "changed"


def differences(before: Content, after: Content) -> list[Change]:
    """Everything that differs, in the order in which a scheme is read."""
    one, two = stored(before), stored(after)
    found = [
        Change("scheme", key, _said(one[key]), _said(two[key]))
        for key in one
        if key not in _LISTS and one[key] != two[key]
    ]
    for name in _LISTS:
        found += _between(name, one[name], two[name])
    return found


def _between(name: str, one: list[dict[str, Any]], two: list[dict[str, Any]]) -> Iterator[Change]:
    old, new = ({row["key"]: row for row in rows} for rows in (one, two))
    for key in [*old, *(key for key in new if key not in old)]:
        where = f"{name}.{key}"
        if key not in new:
            yield Change(where, "", _said(old[key]["title"]), "")
        elif key not in old:
            yield Change(where, "", "", _said(new[key]["title"]))
        else:
            yield from (
                Change(where, member, _said(old[key][member]), _said(new[key][member]))
                for member in old[key]
                if old[key][member] != new[key][member]
            )
    common = [key for key in old if key in new]
    if common != [key for key in new if key in old]:
        yield Change(name, "order", ", ".join(old), ", ".join(new))


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return " / ".join(f"{value[key]}" if key in ("zh", "en") else f"{key} {value[key]}" for key in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""What is typed into the editor of schemes becomes a stored scheme, and back: rows of text that a page shows
with one empty row at the end, where the next one is typed.
"""

from collections.abc import Mapping
from typing import Any

MOST_ROWS = 40
# list -> its columns; those of `_LISTED` are typed as words with commas between them
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "figures": ("key", "zh", "en", "unit", "source", "step"),
    "constants": ("key", "zh", "en", "unit"),
    "cohorts": ("key", "zh", "en", "classes", "grades", "modes", "values"),
    "parts": ("key", "zh", "en", "weight", "cap", "formula"),
    "grades": ("key", "zh", "en", "at_least"),
}
_COMMA = "\uff0c"  # as it is typed in Chinese
_LISTED = ("classes", "grades", "modes")
_PLAIN = ("subject", "period", "decimals")


def typed(post: Mapping[str, str]) -> dict[str, Any]:
    """The stored form of what was typed; whether it can be read is `content.read`'s to say. Rows without a
    key are left out.
    """
    kept: dict[str, Any] = {name: post.get(name, "") for name in _PLAIN}
    for name in ("title", "note"):
        kept[name] = {"zh": post.get(f"{name}_zh", ""), "en": post.get(f"{name}_en", "")}
    for name in COLUMNS:
        kept[name] = [_row(post, name, number) for number in range(MOST_ROWS) if _is_row(post, name, number)]
    return kept


def rows(kept: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """The rows of each list as text, with an empty one at the end."""
    return {
        name: [_text(entry) for entry in kept.get(name, ())] + [dict.fromkeys(COLUMNS[name], "")]
        for name in COLUMNS
    }


def _is_row(post: Mapping[str, str], name: str, number: int) -> bool:
    return bool(post.get(f"{name}-{number}-key", "").strip())


def _row(post: Mapping[str, str], name: str, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {"title": {}}
    for column in COLUMNS[name]:
        text = post.get(f"{name}-{number}-{column}", "").strip()
        if column in ("zh", "en"):
            found["title"][column] = text
        elif column in _LISTED:
            found[column] = [word for word in text.replace(_COMMA, ",").replace(" ", "").split(",") if word]
        elif column == "values":
            found[column] = _values(text)
        elif column == "step":
            found[column] = text or "1"
        else:
            found[column] = text
    return found


def _values(text: str) -> dict[str, str]:
    """`quota = 1400, other = 2` as a mapping; what is not like this stays a key without a value."""
    pairs = [pair.partition("=") for pair in text.replace(_COMMA, ",").split(",") if pair.strip()]
    return {key.strip(): value.strip() for key, _sign, value in pairs}


def _text(entry: Mapping[str, Any]) -> dict[str, str]:
    found = {"zh": entry["title"].get("zh", ""), "en": entry["title"].get("en", "")}
    for column, value in entry.items():
        if column == "values":
            found[column] = ", ".join(f"{key} = {number}" for key, number in value.items())
        elif column in _LISTED:
            found[column] = ", ".join(value)
        elif column != "title":
            found[column] = str(value)
    return found

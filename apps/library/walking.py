"""How rows with keywords are read: along the asset numbers, by a statement that is put together once. Only a
word of one or two characters leaves trigrams nothing to look up. A common one is met within the first few
thousand rows of the walk; where it is not, it is rare, and PostgreSQL looks its characters up one by one
instead of reading every row. SQLite walks its narrow index in any case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Lookup, TextField

from apps.core.keyset import Span
from apps.core.prepared import Prepared
from apps.library.lists import present
from apps.library.models import Asset

NEAR = 5_000  # rows within which a common word is met often enough for a page
SHORT = 3  # characters of a trigram


@TextField.register_lookup
class Like(Lookup):
    """`haystack__like="%word%"`: the pattern is an argument as it stands. Keywords have no sign that means
    something in a pattern.
    """

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, of_left = self.process_lhs(compiler, connection)
        right, of_right = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", (*of_left, *of_right)


def walk(words: Sequence[str], span: Span) -> list[Asset]:
    """The assets of the school with all the words, by number."""
    way = _Way(len(words), bool(span.values), span.back, span.limit)
    if connection.vendor == "postgresql" and any(len(word) < SHORT for word in words):
        near = _fetched(_near(way), span, words)
        return near if len(near) == span.limit else _rare(words, span, way)
    after = {"after": str(span.values[0])} if span.values else {}
    found: list[Asset] = _prepared(way).objects(words=tuple(f"%{one}%" for one in words), **after)
    return found


@dataclass(frozen=True)
class _Way:
    """What tells the statements apart: how many words, whether they go on from a row, which way, how far."""

    words: int
    beyond: bool
    back: bool
    limit: int

    @property
    def bound(self) -> str:
        return f" AND asset_no {'<' if self.back else '>'} %s" if self.beyond else ""

    @property
    def order(self) -> str:
        return f"ORDER BY asset_no{' DESC' if self.back else ''} LIMIT"

    @property
    def likes(self) -> str:
        return " AND ".join(["haystack LIKE %s"] * self.words)


@lru_cache(maxsize=256)
def _prepared(way: _Way) -> Prepared:
    def build(words: Sequence[str], **after: str) -> Any:
        rows = present()
        for word in words:
            rows = rows.filter(haystack__like=word)
        if after:
            rows = rows.filter(**{"asset_no__lt" if way.back else "asset_no__gt": after["after"]})
        return rows.order_by("-asset_no" if way.back else "asset_no")[: way.limit]

    return Prepared(build)


def _rare(words: Sequence[str], span: Span, way: _Way) -> list[Asset]:
    """By the characters of the short words; what has them all is then read for the words."""
    signs = sorted({sign for word in words if len(word) < SHORT for sign in word})
    return _fetched(_signs(way), span, words, signs)


@lru_cache(maxsize=256)
def _near(way: _Way) -> str:
    within = f"SELECT * FROM library_asset WHERE gone_at IS NULL{way.bound} {way.order} {NEAR}"  # noqa: S608 - ours
    return f"SELECT {_columns()} FROM ({within}) near WHERE {way.likes} {way.order} {way.limit}"  # noqa: S608 - ours


@lru_cache(maxsize=256)
def _signs(way: _Way) -> str:
    return (
        f"SELECT {_columns()} FROM library_asset WHERE gone_at IS NULL{way.bound} AND {way.likes}"  # noqa: S608 - ours
        f" AND string_to_array(haystack, NULL) @> %s::text[] {way.order} {way.limit}"
    )


def _fetched(sql: str, span: Span, words: Sequence[str], *more: Any) -> list[Asset]:
    names = [field.attname for field in Asset._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*span.values, *(f"%{one}%" for one in words), *more])
        return [Asset.from_db(connection.alias, names, row) for row in cursor.fetchall()]


def _columns() -> str:
    quote = connection.ops.quote_name
    return ", ".join(quote(str(field.column)) for field in Asset._meta.concrete_fields)

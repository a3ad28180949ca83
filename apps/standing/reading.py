"""How standing is read in few queries: one statement of many legs, each leg one source, all of one shape.

Reading a person's standing touches some thirty tables. Each leg is a plain indexed SELECT; UNION ALL makes
them one round trip. The statements are constants in `statements.py`; values only ever arrive as parameters.
It reads and never interprets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection

# The first leg gives the types (PostgreSQL takes them from it) and no row.
HEAD = (
    "SELECT CAST('' AS text) AS kind, CAST(0 AS bigint) AS id, CAST('' AS text) AS ulid,"
    " CAST('' AS text) AS a, CAST('' AS text) AS b, CAST('' AS text) AS c,"
    " CAST(NULL AS timestamp with time zone) AS t0, CAST(NULL AS timestamp with time zone) AS t1,"
    " CAST(NULL AS timestamp with time zone) AS t2, CAST(0 AS bigint) AS n, CAST(0 AS bigint) AS m"
    " WHERE 1 = 0"
)


class Row(NamedTuple):
    """One row of any leg. What `id`, the texts, the moments and the numbers mean is said beside each leg."""

    kind: str
    id: int
    ulid: str
    a: str
    b: str
    c: str
    t0: datetime | None
    t1: datetime | None
    t2: datetime | None
    n: int
    m: int


Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Statement:
    """Legs of the common shape as one statement, with the names and PostgreSQL types of its parameters.

    On PostgreSQL it is prepared once for each connection, because planning so many legs costs more than
    running them; a connection pooler must therefore keep a session together.
    """

    name: str
    sql: str
    parameters: Mapping[str, str]

    @property
    def prepare(self) -> str:
        """The statement as PostgreSQL keeps it, its parameters numbered."""
        numbered = {name: f"${number}" for number, name in enumerate(self.parameters, 1)}
        return f"PREPARE {self.name} ({', '.join(self.parameters.values())}) AS {self.sql % numbered}"

    @property
    def execute(self) -> str:
        """Running the prepared statement, with parameters in their order."""
        return f"EXECUTE {self.name} ({', '.join(['%s'] * len(self.parameters))})"


def statement(name: str, parameters: Mapping[str, str], *legs: str) -> Statement:
    """A statement of legs. `name` is its name among the prepared ones of a connection."""
    return Statement(name, " UNION ALL ".join((HEAD, *legs)), parameters)


# What each PostgreSQL connection has prepared; forgotten with the connection.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def read(wanted: Statement, **values: Any) -> Rows:
    """Run a statement; its rows by kind, in no particular order. One query (on a new connection one more)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _prepare(cursor, wanted)
            cursor.execute(wanted.execute, [values[name] for name in wanted.parameters])
        else:
            cursor.execute(wanted.sql, _adapted(values))
        found = cursor.fetchall()
    rows: Rows = {}
    for kind, key, ulid, a, b, c, t0, t1, t2, n, m in found:
        times = _moment(t0), _moment(t1), _moment(t2)
        rows.setdefault(kind, []).append(
            Row(kind, key, ulid, a or "", b or "", c or "", *times, n or 0, m or 0)
        )
    return rows


def _prepare(cursor: Any, wanted: Statement) -> None:
    names = _prepared.setdefault(connection.connection, set())
    if wanted.name not in names:
        cursor.execute(wanted.prepare)
        names.add(wanted.name)


def _adapted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Moments as the database stores them: text in UTC on SQLite."""
    adapt = connection.ops.adapt_datetimefield_value
    return {name: adapt(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _moment(value: datetime | str | None) -> datetime | None:
    if value is None:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)

"""The baseline: a bare MQTT client that answers an echo at once, or after the SQL of one swipe written by
hand (`handwritten` lists it), in one transaction, on its own connection to the same database with the same
durability. It signs nothing, checks nothing and decides nothing; it is what the gateway is compared with.
"""

import datetime as dt
import json
import os
import re
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg.types.json import Jsonb

from devices.mqtt import AckCallable, MqttClient, MqttSettings
from devices.protocol import new_ulid

# Topics that a gateway's user may both write and read, and that no controller listens to here.
ASK = "iap/1/all/dn/bench/ask"
ANSWER = "iap/1/all/dn/bench/answer"
ECHO, REPEAT = b"e", b"r"

Params = Sequence[Any] | Mapping[str, Any]
NAMED = re.compile(r"%\((\w+)\)s")


class Connection(Protocol):
    """What is needed of a database here."""

    def begin(self) -> None:
        """Start the transaction."""

    def run(self, sql: str, params: Params) -> list[int]:
        """Execute and fetch everything; returns the first column of what came back, where it is a number."""

    def commit(self) -> None:
        """Make it durable."""


class Postgres:
    """psycopg as one writes it by hand: server-side parameters, statements prepared by the driver after a few
    uses.
    """

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._by_client: set[str] = set()

    def begin(self) -> None:
        """Start the transaction."""
        self._connection.execute("BEGIN")

    def run(self, sql: str, params: Params) -> list[int]:
        """Execute and fetch everything."""
        if sql in self._by_client:
            cursor: psycopg.Cursor[Any] = psycopg.ClientCursor(self._connection)
            cursor.execute(sql.encode(), params)
        else:
            cursor = self._connection.execute(sql.encode(), params)
        return _numbers(cursor.fetchall()) if cursor.description else []

    def commit(self) -> None:
        """Make it durable."""
        self._connection.execute("COMMIT")

    def keep(self, sql: str) -> None:
        """Prepare a statement under the name it brings along, as the product does on each new connection."""
        self._connection.execute(sql.encode())

    def learn(self, sql: str, params: Params) -> None:
        """Find out whether the server can tell the parameters' types; where it cannot, the client writes them
        into the text, as Django does.
        """
        self._connection.execute("SAVEPOINT learning")
        try:
            self._connection.execute(sql.encode(), params)
        except psycopg.Error:
            self._by_client.add(sql)
        self._connection.execute("ROLLBACK TO learning")


class Sqlite:
    """sqlite3 with the product's own settings."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=20, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")

    def begin(self) -> None:
        """Start the transaction, as its only writer."""
        self._connection.execute("BEGIN IMMEDIATE")

    def run(self, sql: str, params: Params) -> list[int]:
        """Execute and fetch everything."""
        return _numbers(self._connection.execute(sql, params).fetchall())

    def commit(self) -> None:
        """Make it durable."""
        self._connection.execute("COMMIT")


def _numbers(rows: Sequence[Sequence[Any]]) -> list[int]:
    return [row[0] for row in rows if isinstance(row[0], int)]


class Repeater:
    """One swipe's statements, again and again: each time with new identifiers and keys."""

    def __init__(self, database: Connection, listing: Mapping[str, Any], *, place: str) -> None:
        self._database = database
        self._fresh: list[str] = listing["fresh"]
        self._steps = [
            (_spelled(step["sql"], place), _told(step["params"]), step["keys"])
            for step in listing["statements"]
        ]
        self._names = {old: old for old in self._fresh}
        self._preparation: list[str] = listing["preparation"]

    def prepare(self) -> None:
        """Let a driver that must know its statements try them once; nothing of it stays."""
        if not isinstance(self._database, Postgres):
            return
        for sql in self._preparation:
            self._database.keep(sql)
        self._database.begin()
        for sql, params, _ in self._steps:
            self._database.learn(sql, params)
        self._database.commit()

    def repeat(self) -> None:
        """Everything that one swipe reads and writes, committed."""
        names = {old: new_ulid() for old in self._fresh}
        keys: dict[int, int] = {}
        self._database.begin()
        for sql, params, made in self._steps:
            returned = self._database.run(sql, _all_renewed(params, names, keys))
            keys.update(zip(made, returned, strict=False))
        self._database.commit()
        self._names = names

    def clean_up(self, sql: str) -> None:
        """End what the last repetition granted, so that the node is free for the next; not timed."""
        self._database.begin()
        for name in self._names.values():
            self._database.run(sql, [name])
        self._database.commit()


def _all_renewed(params: Params, names: Mapping[str, str], keys: Mapping[int, int]) -> Params:
    if isinstance(params, Mapping):
        return {name: _renewed(value, names, keys) for name, value in params.items()}
    return [_renewed(value, names, keys) for value in params]


def _renewed(value: Any, names: Mapping[str, str], keys: Mapping[int, int]) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return keys.get(value, value)
    if isinstance(value, str):
        for old, new in names.items():
            if old in value:
                value = value.replace(old, new)
        return value
    if isinstance(value, Jsonb):
        # One dump, as the driver would make anyway.
        return Jsonb(_Written(_renewed(json.dumps(value.obj), names, keys)), dumps=_as_written)
    return value


class _Written(str):
    """JSON text that is not to be dumped again."""

    __slots__ = ()


def _as_written(value: Any) -> str:
    return str(value)


def _spelled(sql: str, place: str) -> str:
    """With the driver's own placeholders."""
    return sql if place == "%s" else NAMED.sub(r":\1", sql).replace("%s", place).replace("%%", "%")


def _told(params: Any) -> Params:
    if isinstance(params, dict):
        return {name: untagged(value) for name, value in params.items()}
    return tuple(untagged(value) for value in params)


def untagged(value: Any) -> Any:
    """The inverse of `handwritten.tagged`."""
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "list":
        return [untagged(one) for one in content]
    makers: dict[str, Callable[[Any], Any]] = {
        "json": Jsonb,
        "moment": dt.datetime.fromisoformat,
        "day": dt.date.fromisoformat,
        "decimal": Decimal,
    }
    return makers[kind](content)


class Responder:
    """Answers on its network thread: nothing is handed over, nothing waits."""

    def __init__(self, settings: MqttSettings, repeater: Repeater, *, clean_up: str, reply: bytes) -> None:
        self._repeater = repeater
        self._clean_up = clean_up
        self._reply = reply
        self._mqtt = MqttClient(settings, subscriptions=[(ASK, 1)], on_message=self._answer)

    def start(self) -> None:
        """Connect. Raises RuntimeError when that fails."""
        self._mqtt.start()
        if not self._mqtt.wait_connected(20):
            raise RuntimeError("no connection to the broker")

    def stop(self) -> None:
        """Leave."""
        self._mqtt.stop()

    def _answer(self, _topic: str, payload: bytes, ack: AckCallable) -> None:
        if payload[:1] == REPEAT:
            self._repeater.repeat()
        self._mqtt.publish(ANSWER, self._reply, qos=1)
        ack()
        if payload[:1] == REPEAT:
            self._repeater.clean_up(self._clean_up)


def main() -> int:
    """`python -m bench.replaying FILE`: FILE has the listing, the reply's size and the clean-up statement;
    the addresses come from DATABASE_URL and MQTT_URL. Touches FILE.ready when it answers; ends on SIGTERM.
    """
    file = Path(sys.argv[1])
    told = json.loads(file.read_text(encoding="utf-8"))
    url = os.environ["DATABASE_URL"]
    is_postgres = url.startswith("postgres")
    database: Connection = Postgres(url) if is_postgres else Sqlite(url.removeprefix("sqlite:///"))
    place = "%s" if is_postgres else "?"
    repeater = Repeater(database, told["listing"], place=place)
    repeater.prepare()
    mqtt = urlsplit(os.environ["MQTT_URL"])
    settings = MqttSettings(
        host=str(mqtt.hostname),
        port=int(mqtt.port or 1883),
        client_id=str(mqtt.username),
        username=mqtt.username,
        password=mqtt.password,
        manual_ack=True,
    )
    clean_up = _spelled(told["clean_up"], place)
    responder = Responder(settings, repeater, clean_up=clean_up, reply=b"x" * told["reply_bytes"])
    responder.start()
    file.with_suffix(".ready").touch()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    over.wait()
    responder.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Eight people who book at the same time on one database, each over a connection of their own, without a web
server; and eight connections that write the very rows that a booking leaves behind. The people and their
certificates are an import.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db import OperationalError, connection, models, transaction

from apps.bookings.models import Booking
from apps.bookings.operations import book
from apps.core.clock import now, school_midnight, school_time
from apps.core.ids import new_ulid
from apps.core.models import AuditEntry, Delivery, Fact
from apps.decisions.models import DecisionRecord
from apps.funding.models import FundAccount, FundHold
from apps.instruments.models import Instrument
from apps.training.operations import endorse_night, issue_certificate
from bench.lines import say, spread
from bench.school import YEAR, Place, crowd, equip, found

CLIENTS = 8
HALF = timedelta(minutes=30)
_LEFT: tuple[type[models.Model], ...] = (DecisionRecord, FundHold, Booking, AuditEntry, Fact, Delivery)
Act = Callable[[int, int], None]  # which client, the number of its act


@dataclass(frozen=True)
class Trace:
    """The rows that one booking leaves behind."""

    rows: dict[type[models.Model], list[models.Model]]
    fund: FundAccount

    @property
    def count(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    each, at = (3 if quick else 40), now()
    places = equip(crowd(found(at)[0], CLIENTS), cleared=CLIENTS, now=at)
    shared = places[0].instrument
    for place in places[1:]:
        _allow(place, shared, at)
    fund = FundAccount.objects.get(number="BENCH-0")
    morning = school_midnight(school_time(at).date()) + timedelta(days=2)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    same = [(place, shared) for place in places]
    apart = [(place, place.instrument) for place in places]
    for number, (name, at_what) in enumerate((("booking_together", same), ("booking_apart", apart))):
        since = morning + timedelta(days=12 * number)
        trace = _trace(*at_what[0], fund, since, at)
        ours = _at_once(_booking(at_what, fund, since + HALF, each, at), each)
        theirs = _at_once(_writing(trace, at_what, since + timedelta(days=40 + 12 * number), each), each)
        _compare(name, trace, ours, theirs)


def _allow(place: Place, instrument: Instrument, at: datetime) -> None:
    """The person may use this instrument, too, at any hour."""
    assert place.user is not None  # noqa: S101 - all are cleared
    period: dict[str, Any] = {"valid_from": at, "valid_until": at + YEAR, "now": at}
    source = f"bench:shared:{place.user.username}"
    known: dict[str, Any] = {"user": place.user, "instrument": instrument, "source_case": source}
    issue_certificate(level="basic", issued_by=None, **known, **period)
    endorse_night(**known, **period)


def _trace(place: Place, instrument: Instrument, fund: FundAccount, start: datetime, at: datetime) -> Trace:
    """Book once alone, and see what is new."""
    marks = {model: _last(model) for model in _LEFT}
    _book(place, instrument, fund, start, at)
    return Trace({model: list(_new(model, mark)) for model, mark in marks.items()}, fund)


def _last(model: type[models.Model]) -> int:
    return int(model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0)


def _new(model: type[models.Model], mark: int) -> models.QuerySet[models.Model]:
    return model._default_manager.filter(pk__gt=mark).order_by("pk")


def _book(place: Place, instrument: Instrument, fund: FundAccount, start: datetime, at: datetime) -> None:
    assert place.user is not None  # noqa: S101 - all are cleared
    book(
        user=place.user,
        instrument=instrument,
        start=start,
        end=start + HALF,
        fund=fund,
        by=place.user,
        now=at,
    )


def _booking(
    at_what: Sequence[tuple[Place, Instrument]], fund: FundAccount, since: datetime, each: int, at: datetime
) -> Act:
    def act(client: int, number: int) -> None:
        place, instrument = at_what[client]
        _book(place, instrument, fund, since + (client * each + number) * HALF, at)

    return act


def _writing(trace: Trace, at_what: Sequence[tuple[Place, Instrument]], since: datetime, each: int) -> Act:
    """The same rows with numbers and times of their own, and the sum that is held, as one transaction."""

    def act(client: int, number: int) -> None:
        start = since + (client * each + number) * HALF
        made: dict[type[models.Model], int] = {}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE funding_fundaccount SET held_fen = held_fen + 1 WHERE id = %s", [trace.fund.pk]
            )
            for model, rows in trace.rows.items():
                for row in rows:
                    changed = {"instrument_id": at_what[client][1].pk, "start": start, "end": start + HALF}
                    if model is FundHold:
                        changed = {"purpose": f"bare:{new_ulid()}"}
                    elif model is Booking:
                        changed["hold_id"] = made[FundHold]
                    elif model is Delivery:
                        changed = {"fact_id": made[Fact], "subscriber": f"{number}:{new_ulid()}"[:80]}
                    made[model] = _insert(cursor, row, changed)

    return act


def _insert(cursor: Any, row: models.Model, changed: dict[str, Any]) -> int:
    columns = [field for field in row._meta.concrete_fields if not field.primary_key]
    values = []
    for field in columns:
        value = changed.get(field.attname, getattr(row, field.attname))
        value = new_ulid() if field.attname == "ulid" else value
        values.append(field.get_db_prep_save(value, connection))
    names = ", ".join(f'"{field.column}"' for field in columns)
    marks = ", ".join(["%s"] * len(columns))
    # Names of our own columns; the values are parameters.
    statement = f"INSERT INTO {row._meta.db_table} ({names}) VALUES ({marks}) RETURNING id"  # noqa: S608
    cursor.execute(statement, values)
    return int(cursor.fetchone()[0])


@dataclass(frozen=True)
class Crowd:
    """The time of every act in milliseconds, acts a second, and how often a writer of SQLite was kept waiting
    past its timeout and came again.
    """

    taken: list[float]
    per_second: float
    starved: int


def _done(act: Act, client: int, number: int) -> bool:
    try:
        act(client, number)
    except OperationalError as locked:
        if "locked" not in str(locked):
            raise
        return False
    return True


def _at_once(act: Act, each: int) -> Crowd:
    """Eight threads, `each` acts a thread."""
    gate = threading.Barrier(CLIENTS + 1)
    taken: list[list[float]] = [[] for _client in range(CLIENTS)]
    accidents: list[BaseException] = []
    starved: list[int] = []

    def work(client: int) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            for number in range(each):
                begin = time.perf_counter()
                while not _done(act, client, number):
                    starved.append(client)
                taken[client].append((time.perf_counter() - begin) * 1000)
        except BaseException as accident:  # noqa: BLE001  # raised below, whatever it is
            accidents.append(accident)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    gate.wait(timeout=60)
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - begin
    if accidents:
        raise accidents[0]
    return Crowd([one for client in taken for one in client], CLIENTS * each / passed, len(starved))


def _compare(name: str, trace: Trace, ours: Crowd, theirs: Crowd) -> None:
    say(
        name,
        database=connection.vendor,
        clients=CLIENTS,
        rows=trace.count,
        **spread(ours.taken),
        per_second=round(ours.per_second, 1),
        starved=ours.starved,
        baseline_p50_ms=round(median(theirs.taken), 3),
        baseline_per_second=round(theirs.per_second, 1),
        ratio=round(theirs.per_second / ours.per_second, 2),
    )

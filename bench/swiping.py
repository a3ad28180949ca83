"""Swipes on one database: the median against the hand-written baseline, alternating one by one so that
whatever else the machine does hits both; then the tail at ten a second; then all controllers at once.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from apps.core.clock import now
from apps.usage.models import UsageSession
from bench.backstage import (
    BENCH_USER,
    RESPONDER_USER,
    Backstage,
    await_process,
    backstage,
    cpu_seconds,
    process,
)
from bench.handwritten import Listing, listing_of, spread_sequences
from bench.lines import say, spread
from bench.replaying import ANSWER, ASK, ECHO, REPEAT
from bench.school import Place, crowd, equip, found
from bench.wire import Station, Wire
from devices.ingest import Handled, Ingest
from devices.mqtt import AckCallable, MqttClient, MqttSettings
from devices.protocol import EvtAck, Reply, Swipe

RATIO_BAR = {"postgresql": 4.0, "sqlite": 10.0}
P99_BAR_MS = 40.0
PER_SECOND = 10.0
# Between two measurements: the gateway's relay is done with the facts of the last one by then.
PAUSE_S = 0.06
USE_S = 1.0
WARM_UP = 10
SWIPE_BYTES = 300  # about a signed swipe


class Refused(Exception):
    """A swipe that had to be granted was not; the message has the codes."""


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on."""
    places = _school(6 if quick else 64)
    listing, reply_bytes = _listing(places[0])
    with ExitStack() as stack:
        stage = stack.enter_context(backstage(places, profile=profile))
        baseline = stack.enter_context(_baseline(stage, listing, reply_bytes))
        stations = [_station(stack, stage, place) for place in places[1:]]
        _compare(stations, baseline, pairs=10 if quick else 400, statements=len(listing.statements))
        for steady in (True, False):
            _at_a_rate(stations, stage.gateway_pid, seconds=2.0 if quick else 60.0, steady=steady)
        _all_at_once(stations, baseline, times=1 if quick else 5)


def _school(count: int) -> list[Place]:
    at = now()
    template = found(at)[0]
    return equip(crowd(template, count), cleared=count, now=at)


def _listing(place: Place) -> tuple[Listing, int]:
    """One real swipe, without a broker: its SQL and the size of its answer. The node is free again."""
    wire, ingest = Wire(place), Ingest()
    answered = list[Handled]()

    def ask(swipe: Swipe) -> str:
        answered.append(ingest.handle(*wire.sign(swipe), now()))
        return _granted(wire, answered[-1])

    def use_once() -> None:
        ingest.handle(*wire.sign(wire.used(ask(wire.swipe()))), now())

    ingest.handle(*wire.sign(wire.birth()), now())
    spread_sequences()
    swipe = wire.swipe()
    listing = listing_of(use_once, lambda: ask(swipe), known=[swipe.rid])
    reply = answered[-1]
    ingest.handle(*wire.sign(wire.used(_granted(wire, reply))), now())
    return listing, len(reply.outgoing[0].payload)


def _granted(wire: Wire, handled: Handled) -> str:
    return _gid(wire.read(handled.outgoing[0].topic, handled.outgoing[0].payload)) if handled.outgoing else ""


def _gid(reply: object) -> str:
    if not isinstance(reply, Reply) or reply.grant is None:
        raise Refused(", ".join(reply.codes) if isinstance(reply, Reply) else repr(reply))
    return reply.grant.gid


def _station(stack: ExitStack, stage: Backstage, place: Place) -> Station:
    station = Station(place, host=stage.broker.host, port=stage.broker.port)
    stack.callback(station.close)
    station.connect()
    station.be_born()
    return station


def _swipe(station: Station) -> float:
    """Milliseconds from before signing until the grant was here."""
    gid = _gid(station.ask(station.swipe(), Reply))
    took = station.took_ms
    station.ask(station.used(gid), EvtAck)
    return took


class Baseline:
    """The asking end of the baseline, on the same broker."""

    def __init__(self, url: str, frame_bytes: int) -> None:
        mqtt = urlsplit(url)
        self._frame = b"x" * frame_bytes
        self._answered = threading.Semaphore(0)
        self._at = 0.0
        self._mqtt = MqttClient(
            MqttSettings(
                host=str(mqtt.hostname),
                port=int(mqtt.port or 1883),
                client_id=str(mqtt.username),
                username=mqtt.username,
                password=mqtt.password,
            ),
            subscriptions=[(ANSWER, 1)],
            on_message=self._hear,
        )

    def __enter__(self) -> "Baseline":
        self._mqtt.start()
        if not self._mqtt.wait_connected(20):
            raise RuntimeError("no connection to the broker")
        return self

    def __exit__(self, *_: object) -> None:
        self._mqtt.stop()

    def ask(self, kind: bytes, times: int = 1) -> float:
        """Milliseconds from the first question to the last answer."""
        start = time.perf_counter()
        for _ in range(times):
            self._mqtt.publish(ASK, kind + self._frame, qos=1)
        for _ in range(times):
            if not self._answered.acquire(timeout=20):
                raise RuntimeError("the baseline does not answer")
        return (self._at - start) * 1000

    def _hear(self, _topic: str, _payload: bytes, _ack: AckCallable) -> None:
        self._at = time.perf_counter()
        self._answered.release()


@contextmanager
def _baseline(stage: Backstage, listing: Listing, reply_bytes: int) -> Iterator[Baseline]:
    """The answering process with the asking end."""
    file = Path(settings.RUN_DIR) / "baseline.json"
    table = UsageSession._meta.db_table
    told = {
        "listing": listing.to_json(),
        "reply_bytes": reply_bytes,
        "clean_up": f"UPDATE {table} SET state = 'unused' WHERE gid = %s",  # noqa: S608 - our own table
    }
    file.write_text(json.dumps(told))
    command = [sys.executable, "-m", "bench.replaying", str(file)]
    with process(command, url=stage.url(RESPONDER_USER)) as child:
        await_process(child, file.with_suffix(".ready").exists, "the baseline")
        with Baseline(stage.url(BENCH_USER), SWIPE_BYTES) as baseline:
            yield baseline


def _compare(stations: Sequence[Station], baseline: Baseline, *, pairs: int, statements: int) -> None:
    """One real swipe, one echo with SQL, one bare echo, and again."""
    swipes, repeats, echoes = list[float](), list[float](), list[float]()
    for index in range(WARM_UP + pairs):
        swipes.append(_swipe(stations[index % len(stations)]))
        time.sleep(PAUSE_S)
        repeats.append(baseline.ask(REPEAT))
        time.sleep(PAUSE_S)
        echoes.append(baseline.ask(ECHO))
    found = spread(swipes[WARM_UP:])
    base = spread(repeats[WARM_UP:])
    ratio = float(found["p50_ms"]) / float(base["p50_ms"])
    bar = RATIO_BAR[_database()]
    say(
        "swipe_to_grant",
        database=_database(),
        **found,
        baseline_p50_ms=base["p50_ms"],
        baseline_p99_ms=base["p99_ms"],
        echo_p50_ms=spread(echoes[WARM_UP:])["p50_ms"],
        sql_statements=statements,
        durable=True,
        ratio=round(ratio, 2),
        bar=f"ratio <= {bar:g}",
        meets_bar=ratio <= bar,
    )


def _at_a_rate(stations: Sequence[Station], gateway_pid: int, *, seconds: float, steady: bool) -> None:
    """Ten swipes a second, each used and ended a second later: evenly spaced, or at random (Poisson)."""
    random = Random(1)  # noqa: S311 - a load, repeated the same each time
    taken = list[float]()
    in_use = min(USE_S, len(stations) / PER_SECOND / 4)

    def once(station: Station) -> None:
        # One question at a time for each controller, also when its turn comes round early.
        with station.turn:
            gid = _gid(station.ask(station.swipe(), Reply))
            taken.append(station.took_ms)
            time.sleep(in_use * random.uniform(0.5, 1.0))
            station.ask(station.used(gid), EvtAck)

    before = cpu_seconds(gateway_pid)
    with ThreadPoolExecutor(max_workers=len(stations)) as pool:
        running = []
        due = time.perf_counter()
        for number in range(int(seconds * PER_SECOND)):
            due += 1 / PER_SECOND if steady else random.expovariate(PER_SECOND)
            time.sleep(max(0.0, due - time.perf_counter()))
            running.append(pool.submit(once, stations[number % len(stations)]))
        for one in running:
            one.result()
    found = spread(taken)
    spent = cpu_seconds(gateway_pid) - before
    say(
        "swipe_at_10_per_s" if steady else "swipe_at_10_per_s_random_arrivals",
        database=_database(),
        **found,
        seconds=seconds,
        gateway_cpu_ms_per_use=round(spent * 1000 / len(taken), 2),
        bar=f"p99_ms <= {P99_BAR_MS:g}",
        meets_bar=float(found["p99_ms"]) <= P99_BAR_MS,
    )


def _all_at_once(stations: Sequence[Station], baseline: Baseline, *, times: int) -> None:
    """Every controller swipes in the same moment: how many grants a second can be had."""
    rates, base = list[float](), list[float]()
    for _ in range(times):
        start = time.perf_counter()
        for station in stations:
            station.send(station.swipe(), Reply)
        gids = [_gid(station.receive(Reply)) for station in stations]
        last = max(station.answered_at for station in stations)
        rates.append(len(stations) / (last - start))
        for station, gid in zip(stations, gids, strict=True):
            station.ask(station.used(gid), EvtAck)
        time.sleep(PAUSE_S * 5)
        base.append(len(stations) * 1000 / baseline.ask(REPEAT, times=len(stations)))
        time.sleep(PAUSE_S * 5)
    say(
        "swipe_saturation",
        database=_database(),
        n=len(stations) * times,
        per_second=round(median(rates), 1),
        baseline_per_second=round(median(base), 1),
        ratio=round(median(base) / median(rates), 2),
    )


def _database() -> str:
    return connection.vendor

"""Pages on one database, asked of Django itself without a web server: the list of instruments of a small and
of a very large school, and the wall with many controllers. The number of queries is the figure that must not
grow; the time is printed beside it. Its people are an import.
"""

import time
from collections.abc import Mapping
from http import HTTPStatus

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.clearances import gate
from apps.core.clock import now
from apps.people.models import User
from apps.people.operations import grant_authorization, register_user
from bench.lines import say, spread
from bench.school import Place, crowd, equip, found
from bench.wire import Wire
from devices.ingest import Ingest
from devices.models import Controller

IN_USE = 50


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    many, controllers, times = (200, 10, 5) if quick else (10_000, 500, 40)
    at = now()
    small = found(at)
    client = _office()
    before = ask_for(client, "instruments_list", ("instrument_list", {}), len(small), times)
    searched = ask_for(client, "instruments_search", ("instrument_list", {"q": "FE-SEM"}), len(small), times)
    crowded = crowd(small[0], many - len(small))
    ask_for(client, "instruments_list", ("instrument_list", {}), many, times, before)
    ask_for(client, "instruments_search", ("instrument_list", {"q": "FE-SEM"}), many, times, searched)
    equipped = min(controllers, len(crowded))
    few = equip(crowded[:equipped], cleared=min(IN_USE, equipped), now=at)
    for place in few[:IN_USE]:
        _use(place)
    Controller.objects.update(online=True, last_seen_at=now())
    for page in ("wall", "wall_tiles"):
        ask_for(client, page, (page, {}), equipped, times)
    _unchanged(client, equipped, times)


def _office() -> Client:
    """A browser of the equipment office, which sees everything."""
    at = now()
    office = register_user(
        username="office", name_zh="设备处", name_en="Office", kind=User.Kind.STAFF, unit=None, now=at
    )
    grant_authorization(user=office, kind="manage", scope="school", grantor=None, now=at)
    return browser_of(office)


def browser_of(user: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _use(place: Place) -> None:
    """The place's person is using the instrument."""
    wire, ingest = Wire(place), Ingest()
    ingest.handle(*wire.sign(wire.birth()), now())
    ingest.handle(*wire.sign(wire.swipe()), now())
    if gate.session_view(dev=wire.dev, node=1) is None:
        raise RuntimeError(f"no session on {wire.dev}")


def ask_for(
    client: Client,
    name: str,
    page: tuple[str, Mapping[str, str]],
    rows: int,
    times: int,
    baseline: Mapping[str, float | int] | None = None,
    **judged: object,
) -> Mapping[str, float | int]:
    """Ask for a page so often, print the figures and give them; with `baseline` also the ratio to the same
    page with fewer rows. `judged` are further words of the line.
    """
    taken, queries, size = list[float](), set[int](), 0
    for index in range(times + 1):
        with CaptureQueriesContext(connection) as captured:
            begin = time.perf_counter()
            response = client.get(reverse(page[0]), page[1])
            took = (time.perf_counter() - begin) * 1000
        if response.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{page[0]} answered {response.status_code}")
        size = len(response.content)
        # The first one loads templates and translations.
        if index:
            taken.append(took)
            queries.add(len(captured))
    figures = spread(taken)
    compared = {}
    if baseline is not None:
        compared = {
            "baseline_p50_ms": baseline["p50_ms"],
            "ratio": round(float(figures["p50_ms"]) / float(baseline["p50_ms"]), 2),
        }
    say(
        name,
        database=connection.vendor,
        rows=rows,
        **figures,
        queries=max(queries),
        queries_vary=len(queries) > 1,
        kilobytes=round(size / 1024),
        **compared,
        **judged,
    )
    return figures


def _unchanged(client: Client, rows: int, times: int) -> None:
    """What every open wall asks each second: is it still the same picture?"""
    etag = client.get(reverse("wall_tiles")).headers["ETag"]
    taken, queries, status = list[float](), 0, set[int]()
    for _ in range(times):
        with CaptureQueriesContext(connection) as captured:
            begin = time.perf_counter()
            response = client.get(reverse("wall_tiles"), headers={"If-None-Match": etag})
            taken.append((time.perf_counter() - begin) * 1000)
        queries = max(queries, len(captured))
        status.add(response.status_code)
    say(
        "wall_tiles_unchanged",
        database=connection.vendor,
        rows=rows,
        **spread(taken),
        queries=queries,
        status=sorted(status),
    )

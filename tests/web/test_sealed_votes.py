"""While a round of votes is open, no page, no operation of the interface, no administration, no search and no
export shows how anybody votes: every address of the site is asked, as everybody who could have a reason to be
curious.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.panels import operations
from apps.panels.models import Round
from apps.people.models import User
from settings.api import api
from tests.api.client import secret_for
from tests.factories.panels import Board, accepted, board, opened
from tests.secondstep import confirmed
from tests.web.conftest import SignedIn
from tests.web.matrix import collected
from tests.web.scene import Scene
from tests.web.viewers import viewers

pytestmark = pytest.mark.django_db
REASON = "zebra-kazoo"
OPTION = {"hour_fen": 98_765_432}
MARKS = (REASON.encode(), b"98765432", b"987,654.32")
SEARCHES = ("", "zebra", "modify", "hour_fen")


@pytest.fixture
def voted(scene: Scene) -> tuple[Board, Round]:
    """A panel in the middle of a round; two have voted, one of them for something that nobody else could
    name.
    """
    # A committee of its own: that of fees is made with the rows of the matrix.
    who = board(scene.people, scene.now, code="prices")
    round_ = opened(accepted(who, scene.now), scene.now)
    cast = {"round_": round_, "now": scene.now, "reason": REASON}
    operations.cast_ballot(**cast, choice="modify", option=OPTION, by=who.members[0])  # type: ignore[arg-type]
    operations.cast_ballot(**cast, choice="reject", by=who.members[1])  # type: ignore[arg-type]
    round_.refresh_from_db()
    assert round_.closed_at is None
    return who, round_


def told(client: Client, address: str, **headers: str) -> bytes:
    answer: Any = client.get(address, headers=headers)
    body: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body + str(dict(answer.headers)).encode()


def leaks(body: bytes) -> bool:
    return any(mark in body for mark in MARKS)


def addresses(scene: Scene) -> Iterator[str]:
    arguments = {name: make(scene) for name, make in collected("ARGUMENTS").items()}
    for name in collected("ROUTES"):
        yield reverse(name, kwargs=arguments.get(name))


def test_no_page_shows_how_somebody_votes(
    scene: Scene, signed_in: SignedIn, voted: tuple[Board, Round]
) -> None:
    who, _round = voted
    pages = list(addresses(scene))
    curious: list[User] = [who.chair, who.secretary, who.members[2], scene.people.office]
    found: list[tuple[str, ...]] = []
    for user in curious:
        client = signed_in(user)
        client.raise_request_exception = False
        found += [(user.username, page) for page in pages if leaks(told(client, page))]
        found += [
            (user.username, page, text)
            for page in (reverse("instrument_list"), reverse("person_list"), reverse("task_inbox"))
            for text in SEARCHES
            if leaks(told(client, f"{page}?q={text}"))
        ]
    assert found == []


def test_no_operation_of_the_interface_tells_it(scene: Scene, voted: tuple[Board, Round]) -> None:
    who, _round = voted
    client = Client(raise_request_exception=False)
    reading = [path for path, methods in api.get_openapi_schema()["paths"].items() if "get" in methods]
    plain = [path for path in reading if "{" not in path]
    assert len(plain) > 5
    for user in (who.chair, who.secretary, scene.people.office):
        secret = secret_for(user, scene.now)
        for path in plain:
            assert not leaks(told(client, path, authorization=f"Bearer {secret}")), (user, path)


def test_the_administration_has_no_ballots(
    scene: Scene, signed_in: SignedIn, voted: tuple[Board, Round]
) -> None:
    root = viewers(scene.people, scene.now)["admin"]
    assert root is not None
    client = confirmed(signed_in(root), root)
    index = told(client, "/admin/")
    assert b"ballot" not in index.lower()
    for address in ("/admin/panels/ballot/", "/admin/panels/round/"):
        assert client.get(address).status_code == 404

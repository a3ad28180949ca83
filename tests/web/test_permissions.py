"""Who may open what: every route of the site for everybody. The rows stand in `tests/web/matrix`, one file a
room; a route that is listed in none of them fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from apps.people.models import User
from tests.people import PASSWORD
from tests.web.conftest import SignedIn
from tests.web.matrix import collected
from tests.web.matrix.rows import SIGN_IN, WHO, Statuses
from tests.web.scene import Scene
from tests.web.viewers import unit_manager, viewers

MATRIX: dict[str, Statuses] = collected("ROUTES")
POSTS: dict[str, Statuses] = collected("POSTS")
UNNAMED: dict[str, tuple[str, Statuses]] = collected("UNNAMED")
CLOSED: dict[str, dict[str, str]] = collected("CLOSED")
NO = {403, 404}
APART = {"admin", "api"}  # Django's own, see below; and the interface, see tests/api/test_permissions.py


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str | None]]:
    """Every pattern of the site and its name."""
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace not in APART:
                yield from _patterns(entry, path)
        elif isinstance(entry, URLPattern):
            yield path, entry.name


def test_every_route_is_listed() -> None:
    found = list(_patterns(get_resolver()))
    assert {name for _, name in found if name} == MATRIX.keys() | CLOSED.keys()
    assert {path for path, name in found if not name} == UNNAMED.keys()


def test_the_rows_of_exceptions_and_arguments_belong_to_routes() -> None:
    for member in ("ARGUMENTS", "ALSO", "POSTS"):
        assert collected(member).keys() <= MATRIX.keys(), member


def test_a_route_opens_for_those_who_may_and_for_nobody_else(scene: Scene, signed_in: SignedIn) -> None:
    addresses = _addresses(scene)
    keys = _keys(signed_in, _people(scene))
    answers = {
        name: {who: _get(keys[who], address) for who in _expected(name)}
        for name, address in addresses.items()
    }
    assert answers == {name: _expected(name) for name in MATRIX}


def test_posting_opens_no_more_than_reading(scene: Scene, signed_in: SignedIn) -> None:
    addresses = _addresses(scene)
    people = _people(scene)
    keys = _keys(signed_in, people)
    opened = []
    for name, address in addresses.items():
        for who, read in _expected(name).items():
            posted = _post(keys[who], address)
            refused = read in NO or (read == SIGN_IN and people[who] is None)
            if posted >= 500 or (refused and posted not in (read, 405)):
                opened.append((name, who, read, posted))
    assert opened == []


def test_what_only_posts_is_for_those_who_may(scene: Scene, signed_in: SignedIn) -> None:
    addresses = _addresses(scene)
    people = {who: user for who, user in viewers(scene.people, scene.now).items() if who in WHO}
    keys = _keys(signed_in, people)
    only = {name for name, row in MATRIX.items() if set(row[1:]) == {405}}
    assert only == POSTS.keys()
    answers = {name: tuple(_post(key, addresses[name]) for key in keys.values()) for name in POSTS}
    assert answers == POSTS


def test_a_route_without_a_name_answers_as_listed(scene: Scene, signed_in: SignedIn) -> None:
    people = {who: user for who, user in viewers(scene.people, scene.now).items() if who in WHO}
    keys = _keys(signed_in, people)
    for address, row in UNNAMED.values():
        assert tuple(_get(key, address) for key in keys.values()) == row, address


def test_a_route_that_is_not_offered_is_nowhere(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    answers = {name: client.get(reverse(name, kwargs=known)).status_code for name, known in CLOSED.items()}
    assert answers == dict.fromkeys(CLOSED, 404)


def test_the_administration_is_for_staff_accounts_only(scene: Scene, signed_in: SignedIn) -> None:
    admin = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "admin")
    assert isinstance(admin, URLResolver)
    plain = [
        str(path)
        for path, name in _patterns(admin, "/admin/")
        if name and "(" not in path and "<" not in path
    ]
    assert "/admin/" in plain
    for user in (scene.people.alice, scene.people.teng, scene.people.office):
        client = signed_in(user)
        answers = {path: client.get(path).status_code for path in plain}
        assert answers.pop("/admin/login/") == 403
        assert set(answers.values()) == {302}


def test_the_administration_has_no_sign_in_of_its_own(scene: Scene) -> None:
    for address in ("/admin/", "/admin/login/"):
        asked = Client().get(address, follow=True)
        assert asked.redirect_chain[-1][0].startswith(reverse("account_login") + "?next=")
    told = {"username": scene.people.office.username, "password": PASSWORD}
    assert Client().post("/admin/login/", told).headers["Location"].startswith(reverse("account_login"))


def test_a_booking_is_hidden_from_a_fellow_student(scene: Scene, signed_in: SignedIn) -> None:
    answer = signed_in(scene.people.bob).post(reverse("booking_cancel", args=[scene.booking.ulid]))
    assert answer.status_code == 404
    scene.booking.refresh_from_db()
    assert scene.booking.state == "confirmed"


def test_the_bench_panel_exists_in_the_demo_only(
    scene: Scene, signed_in: SignedIn, settings: Settings
) -> None:
    client = signed_in(scene.people.alice)
    assert client.get(reverse("demo_bench")).status_code == 404
    settings.DEMO = True
    assert client.get(reverse("demo_bench")).status_code == 200


def _addresses(scene: Scene) -> dict[str, str]:
    arguments = {name: make(scene) for name, make in collected("ARGUMENTS").items()}
    return {name: reverse(name, kwargs=arguments.get(name)) for name in MATRIX}


def _people(scene: Scene) -> dict[str, User | None]:
    """Everybody who looks, and whoever a room's exceptions may name besides."""
    known = {who: user for who, user in vars(scene.people).items() if isinstance(user, User)}
    lin = unit_manager(scene.people, scene.now)
    return {**known, **viewers(scene.people, scene.now), "lin": lin}


def _expected(name: str) -> dict[str, int]:
    """What everybody hears: the five of the row, two who hear what the outsider hears unless the room says
    otherwise, and whomever the room names besides.
    """
    row = dict(zip(WHO, MATRIX[name], strict=True))
    return {**row, "mei": row["charlie"], "admin": row["charlie"], **collected("ALSO").get(name, {})}


@contextmanager
def _undone() -> Iterator[None]:
    """Whatever one viewer changes, the next one finds as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _keys(signed_in: SignedIn, people: dict[str, User | None]) -> dict[str, str]:
    """Everybody signs in once: the keys of their sessions, nobody's being empty."""
    name = settings.SESSION_COOKIE_NAME
    return {who: signed_in(user).cookies[name].value if user else "" for who, user in people.items()}


def _with(key: str) -> Client:
    """A browser that has just been opened."""
    client = Client()
    if key:
        client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def _get(key: str, address: str) -> int:
    with _undone():
        answer = _with(key).get(address)
        if answer.streaming:  # a download holds its file until it is sent
            b"".join(answer)
    return answer.status_code


def _post(key: str, address: str) -> int:
    with _undone():
        return _with(key).post(address).status_code

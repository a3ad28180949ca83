"""Who may ask what: every operation of the interface's own description for everybody. The rows stand in
`tests/web/matrix`; an operation without a row fails.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from ninja import NinjaAPI, Router

from apps.people.models import User
from apps.tokens.scopes import SCOPES
from settings.api import ROUTERS, api
from tests.api.client import Program, filled, planted, secret_for, written
from tests.web.conftest import SignedIn
from tests.web.matrix import collected
from tests.web.matrix.rows import ASKERS, Answers, Call, Exceptions
from tests.web.scene import Scene
from tests.web.viewers import unit_manager, viewers

ROWS: dict[str, Answers] = collected("API")
CSRF = "t" * 32
OWN = {"openapi-json", "api-root"}  # the description, and the root, which is nowhere


def _operations() -> dict[str, str]:
    """Every operation of the description and the scope that it wants."""
    return {
        f"{method.upper()} {path}": operation["security"][0]["Token"][0]
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_is_listed() -> None:
    assert _operations().keys() == ROWS.keys()
    assert collected("CALLS").keys() | collected("API_ALSO").keys() <= ROWS.keys()


def test_every_address_of_the_interface_is_in_its_description() -> None:
    [found] = [one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "api"]
    assert isinstance(found, URLResolver)
    addresses = {
        f"/api/v1/{one.pattern}".replace("<", "{").replace(">", "}")
        for one in found.url_patterns
        if isinstance(one, URLPattern) and one.name not in OWN
    }
    assert addresses == {key.partition(" ")[2] for key in ROWS}


def test_every_scope_opens_something() -> None:
    assert set(_operations().values()) == SCOPES.keys()


def test_an_operation_answers_those_who_may_and_nobody_else(scene: Scene) -> None:
    people = viewers(scene.people, scene.now)
    secrets = {who: secret_for(user, scene.now) for who in ASKERS if (user := people[who])}
    calls = _calls(scene)
    answers = {key: tuple(_ask(key, calls[key], secrets[who]) for who in ASKERS) for key in ROWS}
    assert answers == ROWS


def test_others_hear_what_their_rows_say(scene: Scene) -> None:
    also: dict[str, Exceptions] = collected("API_ALSO")
    people = {**vars(scene.people), "lin": unit_manager(scene.people, scene.now)}
    secrets = {
        who: secret_for(people[who], scene.now) for who in {who for row in also.values() for who in row}
    }
    calls = _calls(scene)
    answers = {key: {who: _ask(key, calls[key], secrets[who]) for who in row} for key, row in also.items()}
    assert answers == also


def test_nobody_and_a_stranger_to_the_school_get_nothing(scene: Scene) -> None:
    root = viewers(scene.people, scene.now)["admin"]
    assert root is not None
    secret = planted(root, scene.now, scene.now + timedelta(days=1))
    calls = _calls(scene)
    for key in ROWS:
        assert _ask(key, calls[key], "") == 401, key
        assert _ask(key, calls[key], secret) == 401, key


def test_a_token_made_for_everything_else_gets_nothing(scene: Scene) -> None:
    calls = _calls(scene)
    for key, scope in _operations().items():
        secret = secret_for(scene.people.alice, scene.now, [one for one in SCOPES if one != scope])
        with _undone():
            path = filled(key.partition(" ")[2], dict(calls[key].path))
            answer = Program(secret).ask(key.partition(" ")[0], path, calls[key].body)
        assert (answer.status_code, answer.json()["code"]) == (403, "tokens.scope"), key
        assert answer.json()["details"] == {"needs": scope}
        scene.people.alice.api_tokens.update(revoked_at=scene.now)


def test_a_session_hears_what_a_token_hears(scene: Scene, signed_in: SignedIn) -> None:
    people = viewers(scene.people, scene.now)
    calls = _calls(scene)
    apart: dict[str, int] = collected("API_ADMIN")  # the administrator: as an outsider, unless it stands here
    expected = {key: (*row, apart.get(key, row[0])) for key, row in ROWS.items()}
    answers = {
        key: tuple(
            _as_page(key, calls[key], _with_password(signed_in(user), user))
            for who in (*ASKERS, "admin")
            if (user := people[who])
        )
        for key in ROWS
    }
    assert answers == expected


def test_an_endpoint_that_declares_no_scope_is_closed(scene: Scene, signed_in: SignedIn) -> None:
    assert isinstance(api, NinjaAPI)
    for router in ROUTERS.values():
        assert isinstance(router, Router)
        for view in router.path_operations.values():
            for operation in view.operations:
                assert (operation.openapi_extra or {}).get("x-scope") in SCOPES, operation.path


def _with_password(client: Client, user: User) -> Client:
    """Somebody who has just given their password once more, as some operations want of a session."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def _calls(scene: Scene) -> dict[str, Call]:
    made = {key: call(scene) for key, call in collected("CALLS").items()}
    return {key: made.get(key, Call()) for key in ROWS}


@contextmanager
def _undone() -> Iterator[None]:
    """Whatever one asker changes, the next one finds as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _address(path: str, call: Call) -> str:
    whole = filled(path, dict(call.path))
    return f"{whole}?{urlencode(call.query)}" if call.query else whole


def _ask(key: str, call: Call, secret: str) -> int:
    method, _space, path = key.partition(" ")
    with _undone():
        status: int = Program(secret).ask(method, _address(path, call), call.body).status_code
    return status


def _as_page(key: str, call: Call, client: Client) -> int:
    method, _space, path = key.partition(" ")
    client.cookies["csrftoken"] = CSRF
    content, kind = written(call.body)
    with _undone():
        return client.generic(
            method,
            _address(path, call),
            content,
            content_type=kind,
            headers={"X-CSRFToken": CSRF},
        ).status_code

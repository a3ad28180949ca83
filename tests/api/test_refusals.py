"""How the interface says no: one shape, a stable code, the reader's language, and nothing of its inside."""

import json
import logging
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from apps.bookings.models import Booking
from apps.core.api import Asked, Told
from apps.core.errors import TooMany
from settings.api_errors import told
from tests.api.broken_urls import SECRET
from tests.api.client import Program, secret_for
from tests.people import FE_SEM_A
from tests.web.scene import Scene

SHAPE = {"code", "message", "field", "details"}


@pytest.fixture
def alice(scene: Scene) -> Program:
    """Alice's program."""
    return Program(secret_for(scene.people.alice, scene.now))


def _error(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["Content-Type"].startswith("application/json")
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert set(told) <= SHAPE
    assert told["message"]
    return told


def test_nobody_is_asked_who_they_are(scene: Scene) -> None:
    answer = Program().get("/api/v1/me")
    _error(answer, 401, "core.sign_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "Location" not in answer.headers


def test_an_address_or_a_thing_that_is_not_there(scene: Scene, alice: Program) -> None:
    for address in ("/api/v1/nothing", "/api/v2/me", "/api/", "/api/v1/", "/api/v1/instruments/QY9"):
        _error(alice.get(address), 404, "core.not_found")
    _error(alice.get("/api/v1/bookings/nothing"), 404, "bookings.not_found")
    _error(alice.get("/api/v1/decisions/nothing"), 404, "decisions.not_found")
    for address in ("/api/v1/bookings/%00", "/api/v1/instruments/%00"):
        _error(alice.get(address), 422, "core.text")


def test_a_method_that_an_address_does_not_take(scene: Scene, alice: Program) -> None:
    answer = alice.ask("DELETE", "/api/v1/bookings")
    _error(answer, 405, "core.method")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


def _raw(alice: Program, body: bytes) -> Any:
    headers = {"Authorization": f"Bearer {alice.secret}"}
    return Client().generic("POST", "/api/v1/bookings", body, "application/json", headers=headers)


def test_a_body_that_is_no_json(scene: Scene, alice: Program) -> None:
    for body in (b"{", b"\xff\xfe", b'{"asset_no": NaN}', b'{"asset_no": "\\ud800"}', b'{"a": "\\u0000"}'):
        _error(_raw(alice, body), 400, "core.unreadable")
    _error(_raw(alice, b"[" * 100_000), 400, "core.unreadable")


def test_a_body_that_is_too_large(scene: Scene, alice: Program) -> None:
    _error(_raw(alice, b'{"asset_no": "' + b"x" * 3_000_000 + b'"}'), 413, "core.too_large")


def test_what_is_wrong_is_told_member_by_member(scene: Scene, alice: Program) -> None:
    told = _error(
        alice.post("/api/v1/bookings", {"asset_no": 7, "start": "soon", "colour": "red"}), 422, "core.invalid"
    )
    assert told["field"] == "asset_no"
    found = {one["field"]: one["code"] for one in told["details"]["errors"]}
    assert found == {
        "asset_no": "core.invalid.string_type",
        "start": "core.invalid.datetime_from_date_parsing",
        "end": "core.invalid.missing",
        "colour": "core.invalid.extra_forbidden",
    }
    query = _error(alice.get("/api/v1/bookings", limit="1000"), 422, "core.invalid")
    assert (query["field"], query["message"]) == ("limit", "At most 100.")
    whole = _error(alice.post("/api/v1/bookings", ["x"]), 422, "core.invalid")
    assert "field" not in whole


def test_the_message_is_in_the_reader_s_language(scene: Scene, alice: Program) -> None:
    english = alice.post(f"/api/v1/bookings/{scene.booking.ulid}/cancel", {"reason": 1})
    assert english.headers["Content-Language"] == "en"
    alice.language = "zh-CN"
    alice.post(f"/api/v1/bookings/{scene.booking.ulid}/cancel", {})
    chinese = alice.post(f"/api/v1/bookings/{scene.booking.ulid}/cancel", {})
    alice.language = "en"
    again = alice.post(f"/api/v1/bookings/{scene.booking.ulid}/cancel", {})
    assert chinese.json()["message"] == "这个预约已经取消。"
    assert again.json()["message"] == "This booking is already cancelled."
    assert chinese.json()["code"] == again.json()["code"]


@pytest.mark.urls("tests.api.broken_urls")
def test_what_breaks_inside_stays_inside(
    scene: Scene, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for debug in (False, True):
        settings.DEBUG = debug
        with caplog.at_level(logging.ERROR, logger="django.request"):
            answer = Client().get("/broken/boom")
        _error(answer, 500, "core.error")
        assert SECRET not in answer.content.decode()
        assert "Traceback" not in answer.content.decode()
    assert SECRET in caplog.text


def test_a_session_changes_nothing_without_its_csrf_token(scene: Scene) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.people.alice)
    address = f"/api/v1/bookings/{scene.booking.ulid}/cancel"
    answer = client.post(address, {}, content_type="application/json")
    _error(answer, 403, "core.csrf")
    assert Booking.objects.get().state == "confirmed"
    client.cookies["csrftoken"] = "t" * 32
    good = client.post(address, {}, content_type="application/json", headers={"X-CSRFToken": "t" * 32})
    assert good.status_code == 200


def test_a_token_needs_no_csrf_token_and_opens_no_page(scene: Scene, alice: Program) -> None:
    client = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Bearer {alice.secret}"}
    address = f"/api/v1/bookings/{scene.booking.ulid}/cancel"
    assert client.post(address, {}, content_type="application/json", headers=headers).status_code == 200
    assert client.get("/", headers=headers).status_code == 302
    assert "sessionid" not in client.cookies


def test_so_many_a_minute_and_no_more(scene: Scene, alice: Program, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    assert [alice.get("/api/v1/me").status_code for _ in range(3)] == [200, 200, 429]
    answer = alice.get("/api/v1/me")
    _error(answer, 429, "core.too_many")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    other = Program(secret_for(scene.people.alice, scene.now))
    assert other.get("/api/v1/me").status_code == 200  # each token has its own
    settings.CLOCK_OFFSET_SECONDS += 60
    assert alice.get("/api/v1/me").status_code == 200


def test_whoever_comes_too_often_is_told_when_to_come_again() -> None:
    answer = told(TooMany("too often", code="test.too_often", retry_after=17))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")


def test_what_has_not_changed_is_not_sent_again(scene: Scene, alice: Program) -> None:
    address = f"/api/v1/instruments/{FE_SEM_A}"
    first = alice.get(address)
    same = alice.ask("GET", address, If_None_Match=first.headers["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    assert "no-cache" in first.headers["Cache-Control"]
    assert {"Authorization", "Cookie", "Accept-Language"} <= {
        name.strip() for name in first.headers["Vary"].split(",")
    }
    head = alice.ask("HEAD", address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == first.headers["ETag"]


def test_the_description_is_open_and_whole(db: None, client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.")
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["responses"]["default"], (path, method)
            assert operation["summary"]
            assert operation["description"], (path, method)
    names = [one["operationId"] for methods in described["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    wanted = set(_references(described))
    assert wanted <= {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}


def test_every_schema_has_a_name_of_its_own() -> None:
    def below(kind: type[Any]) -> list[type[Any]]:
        return [one for sub in kind.__subclasses__() for one in (sub, *below(sub))]

    names = [one.__name__ for one in (*below(Told), *below(Asked)) if "[" not in one.__name__]
    assert [name for name in set(names) if names.count(name) > 1] == []


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [one for value in part.values() for one in _references(value)]
    if isinstance(part, list):
        return [one for value in part for one in _references(value)]
    return []


def test_the_description_is_json_in_both_languages(db: None, client: Client) -> None:
    for language in ("en", "zh-CN"):
        answer = client.get("/api/v1/openapi.json", headers={"Accept-Language": language})
        assert json.loads(answer.content)["info"]["title"] == "Clearbench"

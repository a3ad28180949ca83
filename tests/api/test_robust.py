"""Whatever a program sends, the interface answers: as described, or with an error in its one shape; it
never breaks. The requests are made from the interface's own description, and then spoiled.
"""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.people.models import User
from apps.tokens.models import ApiToken
from settings.api import api
from tests.api.client import Program, filled, secret_for, written
from tests.web.matrix import collected
from tests.web.matrix.rows import ASKERS, Answers, Call, Multipart
from tests.web.scene import Scene

JSON = "application/json"
SHAPE = {"code", "message", "field", "details"}
OFFICE = "office"
BYTES = ("PATCH", "/api/v1/uploads/{ulid}")
WAITS_ALREADY = "/api/v1/usage/{ulid}/corrections"  # tests/web/matrix/correcting.py
NO_NOTICE = "/api/v1/evaluations/sheets/{ulid}/appeal"  # tests/web/matrix/evaluation.py
OF_PANELS = ("/api/v1/cases/{ulid}/recuse", "/api/v1/cases/{ulid}/panel/round/close")
OPERATIONS = sorted(
    (method.upper(), path)
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method in methods
)
ODD = ("", " ", "\0", "é", "例" * 50, "' OR 1=1 --", "../..", "%00", "null", "-1", "9" * 400, "x" * 5000)
HALF = "\ud800"  # of a surrogate pair: JSON can write it, nothing can store it
TYPES = ("text/plain", "multipart/form-data; boundary=x", "", "application/xml")
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
    | st.sampled_from((*ODD, HALF))
    | st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-23", "1e400"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
odd = st.sampled_from([one for one in ODD if one]) | st.text(max_size=30)
keys = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80)


def _described(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get_openapi_schema()["paths"][path][method.lower()]
    return found


def _members_of_body(operation: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return []
    parts = api.get_openapi_schema()["components"]["schemas"]
    return [*parts[schema["$ref"].rpartition("/")[2]]["properties"], "unknown"]


def _parts(operation: dict[str, Any], good: Call) -> list[tuple[str, str]]:
    """What of a request can be spoiled: members of the path, the query and the body, and the request's
    frame.
    """
    asked = [("query", one["name"]) for one in operation["parameters"] if one["in"] == "query"]
    inside = [("member", name) for name in _members_of_body(operation)]
    frame = [("frame", name) for name in ("body", "content_type", "key")]
    return [*(("path", name) for name in good.path), *asked, *inside, *frame]


@st.composite
def spoiled(draw: st.DrawFn, method: str, path: str, good: Call) -> dict[str, Any]:
    """A good request of which one, two or three parts are spoiled: were it more, the first check would hide
    the others.
    """
    parts = _parts(_described(method, path), good)
    chosen = draw(st.lists(st.sampled_from(parts), min_size=1, max_size=3, unique=True))
    named = {
        kind: [name for one, name in chosen if one == kind] for kind in ("path", "query", "member", "frame")
    }
    body = good.body if isinstance(good.body, dict) else {}
    body = {**body, **{name: draw(anything | odd) for name in named["member"]}}
    content, kind = written(good.body) if isinstance(good.body, Multipart) else (_json(body, good), JSON)
    return {
        "members": {
            name: draw(odd.filter(lambda text: text not in (".", ".."))) if name in named["path"] else value
            for name, value in good.path.items()
        },
        "query": {**good.query, **{name: draw(odd) for name in named["query"]}},
        "body": draw(_bodies) if "body" in named["frame"] else content,
        "content_type": draw(st.sampled_from(TYPES)) if "content_type" in named["frame"] else kind,
        "headers": {"Idempotency-Key": draw(keys)} if "key" in named["frame"] else {},
    }


def _json(body: dict[str, Any], good: Call) -> bytes:
    return json.dumps(body).encode("utf-8", "surrogatepass") if body or good.body is not None else b""


_bodies = (
    st.binary(max_size=60)
    | st.sampled_from([b"{", b"", b"null", b"[]", b"{}", b'{"":{}}'])
    | anything.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
)


def _asker(scene: Scene, key: str) -> User:
    """Somebody who may: a request that is refused for who sends it never reaches what could break."""
    rows: dict[str, Answers] = collected("API")
    heard = {**dict(zip(ASKERS, rows[key], strict=True)), **collected("API_ALSO").get(key, {})}
    who = next((name for name in ("alice", "wang", *heard) if heard.get(name, 400) < 300), OFFICE)
    user: User = getattr(scene.people, who)
    return user


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_sent_is_answered(scene: Scene, method: str, path: str) -> None:
    secret = secret_for(_asker(scene, f"{method} {path}"), scene.now)
    make = collected("CALLS").get(f"{method} {path}")
    good = make(scene) if make else Call()

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(spoiled(method, path, good))
    def asked(request: dict[str, Any]) -> None:
        with transaction.atomic():
            _check(method, path, secret, request)
            transaction.set_rollback(True)

    asked()


def _check(method: str, path: str, secret: str, request: dict[str, Any]) -> None:
    answer = Client().generic(
        method,
        filled(path, request["members"]),
        request["body"],
        content_type=request["content_type"],
        headers={"Authorization": f"Bearer {secret}", **request["headers"]},
        query_params=request["query"],
    )
    assert answer.status_code < 500, answer.content
    if answer.status_code < 400:
        assert str(answer.status_code) in _described(method, path)["responses"]
        return
    assert answer.headers["Content-Type"].startswith("application/json")
    told = json.loads(answer.content)
    assert {"code", "message"} <= set(told) <= SHAPE
    assert told["message"]


def test_a_good_request_is_good(scene: Scene) -> None:
    """The requests that are spoiled above are worth spoiling: unspoiled they succeed."""
    for method, path in OPERATIONS:
        make = collected("CALLS").get(f"{method} {path}")
        good = make(scene) if make else Call()
        secret = secret_for(_asker(scene, f"{method} {path}"), scene.now)
        with transaction.atomic():
            address = filled(path, dict(good.path)) + (f"?{urlencode(good.query)}" if good.query else "")
            answer = Program(secret).ask(method, address, good.body)
            transaction.set_rollback(True)
        # What only a member of the panel, or only another moment, allows is proven with fee reviews; that a
        # correction is proposed, with corrections; that somebody appeals, with evaluations.
        good_ones = {403, 409} if path in (*OF_PANELS, WAITS_ALREADY, NO_NOTICE) else {200, 201, 202, 204}
        if (method, path) == BYTES:  # takes no JSON, so nobody is let in here: tests/domain/files/test_tus.py
            good_ones = {404}
        assert answer.status_code in good_ones, (method, path, answer.content)
        ApiToken.objects.update(revoked_at=scene.now)  # a person has so many and no more

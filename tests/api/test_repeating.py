"""A request that is sent twice acts once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.bookings.models import Booking
from apps.tokens.models import Answered
from apps.tokens.operations import forget_answers
from tests.api.client import Program, secret_for
from tests.people import FE_SEM_A
from tests.web.scene import HOUR, Scene, build

ADDRESS = "/api/v1/bookings"
KEY = "9b0a-first"


def _wish(scene: Scene, hours: int = 0) -> dict[str, Any]:
    start = scene.booking.end + hours * HOUR
    return {
        "asset_no": FE_SEM_A,
        "start": start.isoformat(),
        "end": (start + HOUR).isoformat(),
        "fund": scene.fund.number,
    }


@pytest.fixture
def alice(scene: Scene) -> Program:
    """Alice's program."""
    return Program(secret_for(scene.people.alice, scene.now))


def test_the_second_hears_the_first_one_s_answer(scene: Scene, alice: Program) -> None:
    first, second = (alice.post(ADDRESS, _wish(scene), Idempotency_Key=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Booking.objects.count() == 2  # the scene's and this one


def test_without_a_key_each_acts(scene: Scene, alice: Program) -> None:
    assert alice.post(ADDRESS, _wish(scene)).status_code == 201
    assert alice.post(ADDRESS, _wish(scene)).json()["code"] == "bookings.overlap"


def test_a_key_is_for_one_request(scene: Scene, alice: Program) -> None:
    assert alice.post(ADDRESS, _wish(scene), Idempotency_Key=KEY).status_code == 201
    other = alice.post(ADDRESS, _wish(scene, 1), Idempotency_Key=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "core.idempotency_key")
    assert Booking.objects.count() == 2


def test_a_key_is_its_person_s_own(scene: Scene, alice: Program) -> None:
    assert alice.post(ADDRESS, _wish(scene), Idempotency_Key=KEY).status_code == 201
    bob = Program(secret_for(scene.people.bob, scene.now))
    assert bob.post(ADDRESS, _wish(scene), Idempotency_Key=KEY).status_code != 201


def test_a_refusal_is_not_kept(scene: Scene, alice: Program) -> None:
    cancelling = f"{ADDRESS}/{scene.booking.ulid}/cancel"
    assert alice.post(ADDRESS, _wish(scene, -1), Idempotency_Key=KEY).json()["code"] == "bookings.overlap"
    assert not Answered.objects.exists()
    assert alice.post(cancelling, {}).status_code == 200
    assert alice.post(ADDRESS, _wish(scene, -1), Idempotency_Key=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "键"])
def test_a_key_has_a_form(scene: Scene, alice: Program, key: str) -> None:
    answer = alice.post(ADDRESS, _wish(scene), Idempotency_Key=key)
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
    assert Booking.objects.count() == 1


def test_answers_are_forgotten_when_nobody_repeats_any_more(scene: Scene, alice: Program) -> None:
    alice.post(ADDRESS, _wish(scene), Idempotency_Key=KEY)
    assert forget_answers(now=scene.now + 47 * HOUR) == 0
    assert forget_answers(now=scene.now + 48 * HOUR + timedelta(seconds=10)) == 1


def test_eight_at_the_same_moment_make_one_booking(present: Any, transactional_db: None) -> None:
    scene = build(present)
    secret = secret_for(scene.people.alice, scene.now)
    gate = threading.Barrier(8)
    answers: list[tuple[int, str]] = []

    def ask() -> None:
        try:
            gate.wait(timeout=60)
            answer = Program(secret).post(ADDRESS, _wish(scene), Idempotency_Key=KEY)
            answers.append((answer.status_code, answer.json().get("ulid", answer.content.decode())))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert Booking.objects.count() == 2

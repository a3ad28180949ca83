"""Somebody who learns, behind the pages: Bob is in training for the FE-SEM's basic course, which asks for an
exam of four questions and an hour of supervised use; Teng trains. Made by operations.
"""

from dataclasses import dataclass

from django.test import Client
from django.urls import reverse

from apps.training.models import Course, GuidedSession, Rubric, TrainingRequest
from tests.factories import training as make
from tests.web.scene import HOUR, Scene
from tests.web.test_pages import INLINE


@dataclass
class Learning:
    """What the tests of the training pages meet."""

    scene: Scene
    course: Course
    request: TrainingRequest
    rubric: Rubric


def learn(scene: Scene) -> Learning:
    """The course, its rubric, and Bob's training."""
    they, now = scene.people, scene.now
    course = make.course(they, now, required_minutes=60, cooling_off_days=3)
    rubric = make.rubric(they, now)
    return Learning(scene, course, make.accepted(they, course, now), rubric)


def page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    shown = answer.content.decode()
    assert INLINE.findall(shown) == []
    return shown


def held(learning: Learning, **changes: object) -> GuidedSession:
    """A session of Teng's after Alice's booking, with two seats."""
    start = learning.scene.booking.end + HOUR
    return make.session(
        learning.scene.people,
        learning.scene.now,
        **{"starts_at": start, "ends_at": start + 2 * HOUR, **changes},  # type: ignore[arg-type]
    )

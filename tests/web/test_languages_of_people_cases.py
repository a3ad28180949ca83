"""The pages of coming in and leaving in both languages: no word of the one on a page in the other, outside of
data.
"""

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.outbox import WORKER, relay
from tests.web.comings import steps_of_coming_and_leaving
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_languages import chinese_on, english_on
from workflows.models import Case

pytestmark = pytest.mark.once  # words are the same on every database


@pytest.fixture
def crawled(scene: Scene, signed_in: SignedIn) -> tuple[list[str], list[Client]]:
    """Every page of it, and those who are asked and about whom it is."""
    people = scene.people
    steps = steps_of_coming_and_leaving(scene)
    relay(channel=WORKER, now=scene.now, limit=10_000)
    addresses = [
        *(reverse(name) for name in ("person_list", "leave", "office_home", "notice_list")),
        *(reverse(name, args=[people.olga.ulid]) for name in ("person_leave", "person_suspend")),
        *(reverse("process_begin", args=[key]) for key in ("deregistration", "suspension")),
        *(reverse("task_detail", args=[step.ulid]) for step in steps),
        *(reverse("case_detail", args=[case.ulid]) for case in Case.objects.all()),
    ]
    viewers = (people.office, people.wang, people.teng, people.bob, people.finance)
    return addresses, [signed_in(user) for user in viewers]


def test_an_english_page_of_coming_and_leaving_has_no_chinese_outside_data(
    crawled: tuple[list[str], list[Client]],
) -> None:
    assert chinese_on(*crawled) == set()


def test_a_chinese_page_of_coming_and_leaving_has_no_english_outside_data(
    crawled: tuple[list[str], list[Client]],
) -> None:
    assert english_on(*crawled) == set()

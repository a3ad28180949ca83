"""The pages of a training, and of a certificate after an incident, in both languages: no word of the one on a
page in the other, outside of data.
"""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import training as make
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene
from tests.web.test_languages import ENGLISH, HAN, _words
from tests.workflows.trainings import answer, applied, examined, hear, shown, waiting
from workflows.training.lowering import begin_lowering

pytestmark = pytest.mark.once  # words are the same on every database

Crawled = tuple[list[str], list[Client]]


@pytest.fixture
def crawled(scene: Scene, signed_in: SignedIn) -> Crawled:
    """Bob's training has been through most of what can happen; Charlie's was refused; Alice is heard."""
    people, now = scene.people, scene.now
    course, used = make.course(people, now, max_attempts=1, cooling_off_days=0), make.rubric(people, now)
    start = scene.booking.end + HOUR
    session = make.session(people, now, starts_at=start, ends_at=start + HOUR)
    case = applied(people, course, now)
    places = reverse("task_detail", args=[waiting(case)["place"].ulid])
    answer(case, "place", people.teng, now, outcome="complete", session=session)
    examined(case, now, right=0)
    answer(case, "attempts", people.teng, now)
    examined(case, now)
    shown(people, case, used, now, (0, 1, 9))
    answer(case, "again", people.teng, now, outcome="complete")
    shown(people, case, used, now)
    refused = applied(people, course, now, by=people.charlie)
    wish = {"person": people.alice, "instrument": people.sem.asset_no, "reason": "未断高压"}
    lowering = begin_lowering(by=people.teng, now=now, data=wish)
    hear(now)
    answer(lowering, "heard", people.alice, now, outcome="complete", opinion="灯已灭")
    cases = (case, refused, lowering)
    addresses = [
        places,
        reverse("course_detail", args=[course.ulid]),
        *(reverse("process_begin", args=[key]) for key in ("training", "lowering")),
        reverse("notice_list"),
        reverse("notice_preferences"),
        *(reverse("case_detail", args=[one.ulid]) for one in cases),
        *(reverse("task_detail", args=[step.ulid]) for one in cases for step in one.steps.all()),
    ]
    viewers = (people.alice, people.bob, people.teng, people.office)
    return addresses, [signed_in(user) for user in viewers]


def test_an_english_page_has_no_chinese_outside_data(crawled: Crawled) -> None:
    addresses, clients = crawled
    wrong = set()
    for client in clients:
        client.cookies["django_language"] = "en"
        wrong |= {
            (address.partition("?")[0], text)
            for address, language, text in _words(client, addresses)
            if HAN.search(text) and not language.startswith("zh") and text != "中文"
        }
    assert wrong == set()


def test_a_chinese_page_has_no_english_outside_data(crawled: Crawled) -> None:
    addresses, clients = crawled
    wrong = set()
    for client in clients:
        wrong |= {
            (address.partition("?")[0], text)
            for address, language, text in _words(client, addresses)
            if ENGLISH.search(text) and not language.startswith("en")
        }
    assert wrong == set()

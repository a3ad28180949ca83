"""How many queries the pages of training take: pinned, and the same for a crowd."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.people.operations import register_user
from apps.training.models import Question
from apps.training.operations import issue_certificate
from tests.factories import training as make
from tests.web.conftest import SignedIn
from tests.web.learning import Learning, held, learn, page
from tests.web.scene import Scene

DAY = timedelta(days=1)


@pytest.fixture
def learning(scene: Scene) -> Learning:
    return learn(scene)


@pytest.fixture
def teng(learning: Learning, signed_in: SignedIn) -> Client:
    return signed_in(learning.scene.people.teng)


@pytest.mark.parametrize(
    ("name", "who", "queries"),
    [
        ("training_mine", "bob", 16),
        ("training_mine", "alice", 11),
        ("course_list", "bob", 8),
        ("course_detail", "alice", 29),
        ("training_desk", "teng", 21),
        ("training_desk", "office", 18),
        ("holder_list", "teng", 15),
        ("question_list", "teng", 13),
        ("session_detail", "teng", 12),
        ("session_detail", "bob", 11),
        ("session_schedule", "teng", 9),
        ("request_assess", "teng", 13),
        ("rubric_edit", "teng", 8),
        ("certificate_act", "teng", 6),
        ("course_new", "teng", 6),
        ("course_terms", "teng", 20),
        ("course_attempt", "teng", 9),
        ("question_edit", "teng", 12),
        ("question_import", "teng", 11),
    ],
)
def test_a_page_takes_its_number_of_queries(
    name: str,
    who: str,
    queries: int,
    learning: Learning,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    session = held(learning, requests=(learning.request,))
    they, question = learning.scene.people, Question.objects.order_by("pk").first()
    assert question is not None
    arguments = {
        **{key: [learning.course.ulid] for key in ("course_detail", "course_terms", "course_attempt")},
        **{key: [they.sem.asset_no] for key in ("session_schedule", "rubric_edit")},
        "session_detail": [session.ulid],
        "request_assess": [learning.request.ulid, they.sem.asset_no],
        "certificate_act": [they.certificate.ulid, "withdraw"],
        "question_edit": [question.ulid],
    }
    client = signed_in(getattr(learning.scene.people, who))
    page(client, name, *arguments.get(name, []))  # a table of rules is read once by each process
    with django_assert_num_queries(queries):
        page(client, name, *arguments.get(name, []))


def test_the_desk_and_the_register_take_as_many_queries_for_a_crowd(
    learning: Learning, teng: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    they, now = learning.scene.people, learning.scene.now
    before = now - 365 * DAY
    for number in range(20):
        user = register_user(
            username=f"s{number}", name_zh=f"学生{number}", kind="student", unit=None, now=before
        )
        make.accepted(they, learning.course, now, user=user)
        issue_certificate(
            user=user,
            instrument=they.sem,
            level="assisted",
            valid_from=before,
            valid_until=now + 20 * DAY,
            issued_by=None,
            source_case="import:crowd",
            now=before,
        )
    held(learning, requests=(learning.request,))
    with django_assert_num_queries(25):  # four more than with nobody waiting, however many wait
        shown = page(teng, "training_desk")
    assert "学生19" in shown
    with django_assert_num_queries(15):
        page(teng, "holder_list")

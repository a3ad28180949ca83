"""The pages of the exam: the rules, the paper that saves as one goes, handing in, the result."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from apps.training.exam_papers import paper_of
from apps.training.exams import start_exam
from apps.training.models import ExamAttempt
from tests.factories import training as make
from tests.web.conftest import SignedIn
from tests.web.learning import Learning, learn
from tests.web.scene import Scene
from tests.web.test_pages import INLINE

MINUTE = timedelta(minutes=1)


@pytest.fixture
def learning(scene: Scene) -> Learning:
    return learn(scene)


@pytest.fixture
def bob(learning: Learning, signed_in: SignedIn) -> Client:
    return signed_in(learning.scene.people.bob)


@pytest.fixture
def attempt(learning: Learning) -> ExamAttempt:
    they = learning.scene.people
    return start_exam(user=they.bob, course=learning.course, by=they.bob, now=learning.scene.now)


def page(client: Client, name: str, *args: object, status: int = 200) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def later(settings: Settings, seconds: float) -> None:
    settings.CLOCK_OFFSET_SECONDS += seconds


def test_the_rules_come_first_and_nothing_is_drawn_by_looking(learning: Learning, bob: Client) -> None:
    told = page(bob, "exam_start", learning.course.ulid)
    assert "60 %" in told
    assert "<dd>3</dd>" in told  # attempts left
    assert not ExamAttempt.objects.exists()


def test_beginning_leads_to_the_paper_and_a_second_click_to_the_same(learning: Learning, bob: Client) -> None:
    address = reverse("exam_start", args=[learning.course.ulid])
    first, second = bob.post(address), bob.post(address)
    attempt = ExamAttempt.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == reverse("exam_sit", args=[attempt.ulid])
    assert reverse("exam_sit", args=[attempt.ulid]) in page(bob, "exam_start", learning.course.ulid)


def test_the_paper_shows_every_question_and_no_answer(attempt: ExamAttempt, bob: Client) -> None:
    told = page(bob, "exam_sit", attempt.ulid)
    assert told.count("<fieldset") == 4
    assert "因为是乙" not in told
    assert "correct" not in told
    assert INLINE.findall(told) == []
    assert 'data-deadline-ms="' in told


def test_an_answer_is_saved_by_itself_and_is_there_after_a_crash(attempt: ExamAttempt, bob: Client) -> None:
    [first, *_rest] = paper_of(attempt)
    key = first.content["options"][0]["key"]
    saved = bob.post(reverse("exam_answer", args=[attempt.ulid, 1]), {"q1": key})
    assert saved.status_code == 200
    assert "<time" in saved.content.decode()
    assert f'name="q1" value="{key}" checked' in page(bob, "exam_sit", attempt.ulid)


def test_a_late_answer_says_so(attempt: ExamAttempt, bob: Client, settings: Settings) -> None:
    later(settings, 3600)
    answer = bob.post(reverse("exam_answer", args=[attempt.ulid, 1]), {"q1": "A"})
    assert answer.status_code == 409
    assert "training.exam_over" in answer.content.decode()


def test_without_scripts_all_answers_are_saved_at_once_and_ticks_taken_away(
    attempt: ExamAttempt, bob: Client
) -> None:
    address = reverse("exam_sit", args=[attempt.ulid])
    asked = {f"asked_q{n}": "1" for n in (1, 2, 3, 4)}
    answer = bob.post(address, {**asked, "q1": "A", "q3": "C", "hand_in": "1"})
    assert answer.headers["Location"] == reverse("exam_submit", args=[attempt.ulid])
    assert [paper.answer for paper in paper_of(attempt)] == [("A",), (), ("C",), ()]
    bob.post(address, {**asked, "q3": "B"})
    assert [paper.answer for paper in paper_of(attempt)] == [(), (), ("B",), ()]


def test_handing_in_names_what_has_no_answer_and_then_shows_the_result(
    attempt: ExamAttempt, bob: Client
) -> None:
    for asked in attempt.questions.filter(position__lte=3):
        bob.post(
            reverse("exam_answer", args=[attempt.ulid, asked.position]), {f"q{asked.position}": asked.correct}
        )
    told = page(bob, "exam_submit", attempt.ulid)
    assert f"{reverse('exam_sit', args=[attempt.ulid])}#q4" in told
    assert f"{reverse('exam_sit', args=[attempt.ulid])}#q1" not in told
    answer = bob.post(reverse("exam_submit", args=[attempt.ulid]), follow=True)
    result = answer.content.decode()
    assert "verdict-on" in result
    assert "75 %" in result
    assert "因为是乙" in result
    assert bob.get(reverse("exam_sit", args=[attempt.ulid])).status_code == 302
    assert bob.post(reverse("exam_submit", args=[attempt.ulid])).status_code == 302


def test_who_failed_sees_topics_but_no_answers_and_when_to_try_again(
    learning: Learning, attempt: ExamAttempt, bob: Client
) -> None:
    make.sit(attempt, learning.scene.now, right=1)
    result = page(bob, "exam_result", attempt.ulid)
    assert "verdict-stop" in result
    assert "1 / 4" in result
    assert "因为是乙" not in result
    refused = bob.post(reverse("exam_start", args=[learning.course.ulid]))
    assert refused.status_code == 409
    assert "training.cooling_off" in refused.content.decode()


def test_when_the_time_is_up_the_paper_leads_to_what_was_saved(
    attempt: ExamAttempt, bob: Client, settings: Settings
) -> None:
    later(settings, 3600)
    sit = reverse("exam_sit", args=[attempt.ulid])
    assert bob.get(sit).headers["Location"] == reverse("exam_submit", args=[attempt.ulid])
    assert bob.post(sit, {"q1": "A"}).status_code == 302
    assert bob.post(reverse("exam_submit", args=[attempt.ulid]), follow=True).status_code == 200
    attempt.refresh_from_db()
    assert (attempt.ending, attempt.score) == ("expired", 0)


def test_somebody_elses_exam_does_not_exist(
    attempt: ExamAttempt, learning: Learning, signed_in: SignedIn
) -> None:
    for who in (learning.scene.people.alice, learning.scene.people.teng, learning.scene.people.office):
        client = signed_in(who)
        for name in ("exam_sit", "exam_submit", "exam_result"):
            assert client.get(reverse(name, args=[attempt.ulid])).status_code == 404
        assert client.post(reverse("exam_answer", args=[attempt.ulid, 1]), {"q1": "A"}).status_code == 404


def test_the_safety_exam_is_open_to_everybody(scene: Scene, signed_in: SignedIn) -> None:
    course = make.safety_course(scene.people, scene.now)
    client = signed_in(scene.people.charlie)
    answer = client.post(reverse("exam_start", args=[course.ulid]), follow=True)
    assert answer.content.decode().count("<fieldset") == 3
    refused = signed_in(scene.people.bob).post(reverse("exam_start", args=[course.ulid]))
    assert refused.status_code == 409
    assert "training.already_cleared" in refused.content.decode()


@pytest.mark.parametrize(("name", "queries"), [("exam_start", 11), ("exam_sit", 6), ("exam_submit", 6)])
def test_a_page_of_the_exam_takes_its_number_of_queries(
    name: str,
    queries: int,
    learning: Learning,
    attempt: ExamAttempt,
    bob: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(queries):
        page(bob, name, learning.course.ulid if name == "exam_start" else attempt.ulid)


def test_the_result_takes_its_number_of_queries(
    learning: Learning,
    attempt: ExamAttempt,
    bob: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make.sit(attempt, learning.scene.now)
    with django_assert_num_queries(10):
        page(bob, "exam_result", attempt.ulid)


def test_who_may_not_begin_yet_is_told_when_and_offered_no_button(
    learning: Learning, attempt: ExamAttempt, bob: Client, settings: Settings
) -> None:
    make.sit(attempt, learning.scene.now, right=1)
    told = page(bob, "exam_start", learning.course.ulid)
    assert "note-warning" in told
    assert "player-play" not in told
    later(settings, 3 * 86400 + 60)
    assert "player-play" in page(bob, "exam_start", learning.course.ulid)

"""Somebody signed in who tries what the pages do not offer: a trainer of another instrument, a learner who
acts for another or as a trainer, an exam from two tabs and after its end. Each gets its code, and nothing
changed.
"""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.instruments.operations import appoint_crew
from apps.people.models import User
from apps.training.exam_papers import paper_of
from apps.training.exams import start_exam
from apps.training.models import (
    Assessment,
    CertificateSuspension,
    ExamAttempt,
    GuidedSession,
    Question,
    TrainingPlace,
)
from apps.training.places import take_place
from tests.factories import training as make
from tests.factories.instruments import imported
from tests.web.conftest import SignedIn
from tests.web.learning import Learning, held, learn
from tests.web.scene import HOUR, Scene

MINUTE = timedelta(minutes=1)


@pytest.fixture
def learning(scene: Scene) -> Learning:
    return learn(scene)


@pytest.fixture
def stranger(learning: Learning) -> User:
    """Olga manages and trains on an instrument of another facility, and operates the FE-SEM as before."""
    they, now = learning.scene.people, learning.scene.now
    other = imported("QY000040", now)
    assert other.facility != they.sem.facility
    for role in ("manager", "trainer"):
        appoint_crew(instrument=other, user=they.olga, role=role, by=they.office, now=now)
    return they.olga


@pytest.fixture
def attempt(learning: Learning) -> ExamAttempt:
    they = learning.scene.people
    return start_exam(user=they.bob, course=learning.course, by=they.bob, now=learning.scene.now)


def refused(client: Client, address: str, data: Mapping[str, object] | None = None) -> tuple[int, str]:
    """Status and code of a refusal."""
    answer = client.post(address, data or {}) if data is not None else client.get(address)
    shown = answer.content.decode()
    _before, _mark, rest = shown.partition('class="code">')
    return answer.status_code, rest.partition("<")[0]


def test_a_trainer_of_another_instrument_gets_no_further_than_anybody(
    learning: Learning, stranger: User, signed_in: SignedIn
) -> None:
    they = learning.scene.people
    session = held(learning, requests=(learning.request,))
    place = session.places.get()
    question = Question.objects.order_by("pk").first()
    assert question is not None
    client, sem = signed_in(stranger), they.sem.asset_no
    certificate = they.certificate.ulid
    tried: dict[str, tuple[int, str]] = {}
    for name, arguments, data in (
        ("session_detail", [session.ulid], None),
        ("session_cancel", [session.ulid], {"reason": "x"}),
        ("session_capacity", [session.ulid], {"capacity": "9"}),
        ("session_attendance", [session.ulid], {"place": place.ulid, "present": "0"}),
        ("session_leave", [session.ulid], {"place": place.ulid}),
        ("session_schedule", [sem], {}),
        ("request_assess", [learning.request.ulid, sem], {}),
        ("rubric_edit", [sem], {}),
        ("certificate_act", [certificate, "withdraw"], {"reason": "x"}),
        ("certificate_act", [certificate, "suspend"], {"reason": "x"}),
        ("certificate_paper", [certificate], {}),
        ("course_terms", [learning.course.ulid], {}),
        ("course_retire", [learning.course.ulid], {"reason": "x"}),
        ("course_attempt", [learning.course.ulid], {"login": "bob", "reason": "x"}),
        ("question_edit", [question.ulid], {}),
        ("question_retire", [question.ulid], {"reason": "x"}),
    ):
        key = f"{name} {arguments[-1]}" if name == "certificate_act" else name
        tried[key] = refused(client, reverse(name, args=arguments), data)
    assert tried == {
        "session_detail": (404, "training.session_unknown"),
        "session_cancel": (404, "training.session_unknown"),
        "session_capacity": (404, "training.session_unknown"),
        "session_attendance": (404, "training.session_unknown"),
        "session_leave": (404, "training.session_unknown"),
        "session_schedule": (403, "training.not_crew"),
        "request_assess": (404, "training.request_unknown"),
        "rubric_edit": (403, "instruments.not_manager"),
        "certificate_act withdraw": (404, "training.certificate_unknown"),
        "certificate_act suspend": (404, "training.certificate_unknown"),
        "certificate_paper": (404, "training.certificate_unknown"),
        "course_terms": (403, "training.not_course_keeper"),
        "course_retire": (403, "training.not_course_keeper"),
        "course_attempt": (403, "training.not_crew"),
        "question_edit": (404, "training.question_unknown"),
        "question_retire": (404, "training.question_unknown"),
    }
    session.refresh_from_db()
    place.refresh_from_db()
    they.certificate.refresh_from_db()
    question.refresh_from_db()
    learning.course.refresh_from_db()
    assert (session.cancelled_at, session.capacity) == (None, 2)
    assert (place.state, place.absent_at) == (TrainingPlace.State.SEATED, None)
    assert they.certificate.revoked_at is None
    assert not CertificateSuspension.objects.exists()
    assert not they.bob.extra_attempts.exists()
    assert (question.revoked_at, learning.course.retired_at) == (None, None)


def test_what_another_sees_of_their_own_desk_names_nobody_of_ours(
    learning: Learning, stranger: User, signed_in: SignedIn
) -> None:
    they = learning.scene.people
    held(learning, requests=(learning.request,))
    client = signed_in(stranger)
    for name in ("training_desk", "holder_list", "question_list"):
        shown = client.get(reverse(name)).content.decode()
        for private in (they.bob.name_zh, they.alice.name_zh, "SEM-00"):
            assert private not in shown, (name, private)
    found = client.get(reverse("holder_list"), {"instrument": they.sem.asset_no, "q": "alice"})
    assert they.alice.name_zh not in found.content.decode()


def test_a_learner_is_no_trainer_of_their_own_session(learning: Learning, signed_in: SignedIn) -> None:
    they = learning.scene.people
    session = held(learning, requests=(learning.request,))
    place = session.places.get()
    client = signed_in(they.bob)
    asset_no = they.sem.asset_no
    assert refused(client, reverse("session_cancel", args=[session.ulid]), {"reason": "x"}) == (
        404,
        "training.session_unknown",
    )
    present = {"place": place.ulid, "present": "0"}
    assert refused(client, reverse("session_attendance", args=[session.ulid]), present) == (
        403,
        "training.not_crew",
    )
    client.post(reverse("session_capacity", args=[session.ulid]), {"capacity": "50"})
    assess = reverse("request_assess", args=[learning.request.ulid, asset_no])
    assert refused(client, assess, {}) == (404, "training.request_unknown")
    session.refresh_from_db()
    assert session.capacity == 2
    assert not Assessment.objects.exists()


def test_nobody_gives_away_the_seat_of_another(learning: Learning, signed_in: SignedIn) -> None:
    they, now = learning.scene.people, learning.scene.now
    other = make.accepted(they, learning.course, now, user=they.charlie)
    session = held(learning, requests=(learning.request,))
    theirs = session.places.get()
    take_place(session=session, request=other, by=they.charlie, now=now)
    client = signed_in(they.charlie)
    client.post(reverse("session_leave", args=[session.ulid]), {"place": theirs.ulid})
    theirs.refresh_from_db()
    assert theirs.state == TrainingPlace.State.SEATED
    assert session.places.get(user=they.charlie).state == TrainingPlace.State.LEFT  # only their own


def test_a_place_of_another_session_is_not_reached_through_ours(
    learning: Learning, stranger: User, signed_in: SignedIn
) -> None:
    """Olga leads a session of her own, and names a place of Teng's in it."""
    they = learning.scene.people
    ours = held(learning, requests=(learning.request,))
    start = ours.ends_at + HOUR
    hers = GuidedSession.objects.create(
        kind=GuidedSession.Kind.TRAINING,
        instrument=stranger.crews.get(role="manager").instrument,
        leader=stranger,
        starts_at=start,
        ends_at=start + HOUR,
        capacity=3,
    )
    client, place = signed_in(stranger), ours.places.get()
    for name in ("session_attendance", "session_leave"):
        answer = client.post(reverse(name, args=[hers.ulid]), {"place": place.ulid, "present": "0"})
        assert answer.status_code == 404
    place.refresh_from_db()
    assert (place.state, place.absent_at, they.bob) == (TrainingPlace.State.SEATED, None, place.user)


def test_an_exam_that_was_handed_in_in_one_tab_takes_no_answer_from_another(
    learning: Learning, attempt: ExamAttempt, signed_in: SignedIn
) -> None:
    first, second = signed_in(learning.scene.people.bob), signed_in(learning.scene.people.bob)
    [asked, *_rest] = attempt.questions.all()
    first.post(reverse("exam_submit", args=[attempt.ulid]))
    late = reverse("exam_answer", args=[attempt.ulid, asked.position])
    answer = second.post(late, {f"q{asked.position}": asked.correct})
    assert answer.status_code == 409
    assert "training.exam_over" in answer.content.decode()
    assert second.post(reverse("exam_submit", args=[attempt.ulid])).status_code == 302
    whole = {f"asked_q{one.position}": "1" for one in attempt.questions.all()}
    assert second.post(reverse("exam_sit", args=[attempt.ulid]), {**whole, "q1": "B"}).status_code == 302
    attempt.refresh_from_db()
    assert (attempt.score, attempt.ending) == (0, ExamAttempt.Ending.SUBMITTED)
    assert all(paper.answer == () for paper in paper_of(attempt))


def test_the_last_word_counts_when_two_tabs_answer_the_same_question(
    learning: Learning, attempt: ExamAttempt, signed_in: SignedIn
) -> None:
    first, second = signed_in(learning.scene.people.bob), signed_in(learning.scene.people.bob)
    address = reverse("exam_answer", args=[attempt.ulid, 1])
    [paper, *_rest] = paper_of(attempt)
    one, other, *_more = (option["key"] for option in paper.content["options"])
    assert first.post(address, {"q1": one}).status_code == 200
    assert second.post(address, {"q1": other}).status_code == 200
    assert paper_of(attempt)[0].answer == (other,)


def test_the_right_of_another_attempt_is_not_taken_by_beginning_twice(
    learning: Learning, attempt: ExamAttempt, signed_in: SignedIn, settings: Settings
) -> None:
    """While one runs a second is not begun; after a failure the next waits for its day; then none is left."""
    client = signed_in(learning.scene.people.bob)
    address = reverse("exam_start", args=[learning.course.ulid])
    client.post(address)
    assert ExamAttempt.objects.count() == 1
    codes = []
    for _round in range(3):
        client.post(reverse("exam_submit", args=[ExamAttempt.objects.latest("pk").ulid]))
        answer = client.post(address)
        codes.append((answer.status_code, "training.cooling_off" in answer.content.decode()))
        assert 'type="submit"' not in answer.content.decode().partition("<main")[2].partition("</main>")[0]
        settings.CLOCK_OFFSET_SECONDS += 3 * 86400 + 60
        last = client.post(address)
    assert codes[:2] == [(409, True), (409, True)]
    assert last.status_code == 409
    assert "training.no_attempts" in last.content.decode()
    assert ExamAttempt.objects.count() == 3


def test_answers_that_nobody_was_shown_are_refused(
    learning: Learning, attempt: ExamAttempt, signed_in: SignedIn
) -> None:
    client = signed_in(learning.scene.people.bob)
    for position, keys in ((1, ["Z"]), (1, ["A", "B"]), (99, ["A"])):
        address = reverse("exam_answer", args=[attempt.ulid, position])
        answer = client.post(address, {f"q{position}": keys})
        assert answer.status_code in (404, 422), (position, keys)
    assert all(paper.answer == () for paper in paper_of(attempt))

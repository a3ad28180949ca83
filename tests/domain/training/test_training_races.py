"""Several people, tabs and workers at once, over real connections: one exam, no seat too many, one answer to
each question of who was first.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.people.operations import register_user
from apps.training.certifying import certify_request
from apps.training.exams import close_expired_exams, save_answer, start_exam, submit_exam
from apps.training.lapsing import lapse_certificates
from apps.training.models import Assessment, ExamAttempt, SupervisedUse, TrainingPlace
from apps.training.places import leave_place, take_place
from apps.training.requests import refuse_request, request_training, withdraw_request
from tests import people
from tests.factories import training as make
from tests.factories.facts import told
from tests.factories.races import Act, at_once

pytestmark = pytest.mark.django_db(transaction=True)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def they(now: datetime) -> people.People:
    return people.gather_with_rules(now)


def _students(count: int, now: datetime) -> Sequence[Any]:
    return [
        register_user(username=f"s{n}", name_zh=f"学生{n}", kind="student", unit=None, now=now - people.YEAR)
        for n in range(count)
    ]


def test_eight_tabs_that_start_an_exam_at_once_start_one(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    make.accepted(they, course, now)
    found: list[ExamAttempt] = []

    def start() -> None:
        found.append(start_exam(user=they.bob, course=course, by=they.bob, now=now))

    assert at_once(*[start] * 8) == ["done"] * 8
    assert len({attempt.pk for attempt in found}) == ExamAttempt.objects.count() == 1
    assert ExamAttempt.objects.get().questions.count() == 4


def test_an_exam_is_marked_once_whoever_ends_it(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    make.accepted(they, course, now)
    for round_number in range(5):
        at = now + round_number * 10 * DAY
        make.allow(they, course, at)
        attempt = start_exam(user=they.bob, course=course, by=they.bob, now=at)
        late = attempt.deadline

        def submit(attempt: ExamAttempt = attempt, late: datetime = late) -> None:
            submit_exam(attempt=attempt, by=they.bob, now=late)

        def sweep(late: datetime = late) -> None:
            close_expired_exams(now=late)

        def answer(attempt: ExamAttempt = attempt, late: datetime = late) -> None:
            save_answer(attempt=attempt, position=1, answer=["A"], by=they.bob, now=late)

        ends = at_once(submit, sweep, submit, answer)
        assert ends == ["done", "done", "done", "training.exam_over"]
    assert len(told("training.exam_failed")) == 5


def test_an_answer_is_in_the_result_or_refused(they: people.People, now: datetime) -> None:
    course = make.safety_course(they, now, max_attempts=99, cooling_off_days=0)
    for _round in range(6):
        attempt = start_exam(user=they.charlie, course=course, by=they.charlie, now=now)
        asked = attempt.questions.get(position=1)

        def answer(attempt: ExamAttempt = attempt, keys: Any = tuple(asked.correct)) -> None:
            save_answer(attempt=attempt, position=1, answer=keys, by=they.charlie, now=now)

        def submit(attempt: ExamAttempt = attempt) -> None:
            submit_exam(attempt=attempt, by=they.charlie, now=now)

        saved, _handed_in = at_once(answer, submit)
        attempt.refresh_from_db()
        asked.refresh_from_db()
        assert (attempt.score, asked.awarded) == ((1, 1) if saved == "done" else (0, 0))
        assert (asked.answer is not None) == (saved == "done")


def test_eight_people_and_three_seats(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    requests = [make.accepted(they, course, now, user=one) for one in _students(8, now)]
    for round_number in range(4):
        start = now + (1 + round_number) * DAY
        held = make.session(they, now, capacity=3, starts_at=start, ends_at=start + HOUR)

        def take(request: Any, held: Any = held) -> Act:
            return lambda: take_place(session=held, request=request, by=request.user, now=now)

        assert at_once(*(take(one) for one in requests)) == ["done"] * 8
        states = Counter(held.places.values_list("state", flat=True))
        assert states == {"seated": 3, "waiting": 5}
        assert held.participants.count() == 3


def test_seats_that_are_given_up_and_asked_for_at_once_stay_full(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    requests = [make.accepted(they, course, now, user=one) for one in _students(6, now)]
    held = make.session(they, now, requests=requests[:2], capacity=2)
    take_place(session=held, request=requests[2], by=None, now=now)
    seated = list(held.places.filter(state="seated"))

    def leave(place: TrainingPlace) -> Act:
        return lambda: leave_place(place=place, by=None, now=now)

    def take(request: Any) -> Act:
        return lambda: take_place(session=held, request=request, by=None, now=now)

    acts = [leave(seated[0]), leave(seated[0]), leave(seated[1]), *(take(one) for one in requests[3:])]
    ends = at_once(*acts)
    assert sorted(ends[:2]) == ["done", "training.place_left"]
    assert ends[2:] == ["done"] * 4
    states = Counter(held.places.values_list("state", flat=True))
    assert states == {"left": 2, "seated": 2, "waiting": 2}
    assert held.participants.count() == 2
    waiting = list(held.places.filter(state="waiting").values_list("asked_at", "pk"))
    last = max(held.places.filter(state="seated").values_list("asked_at", "pk"))
    assert all(last < one for one in waiting)


def test_one_of_two_applications_is_open(they: people.People, now: datetime) -> None:
    course = make.course(they, now)

    def ask() -> None:
        request_training(user=they.bob, course=course, kind="new", by=they.bob, now=now)

    assert sorted(at_once(ask, ask, ask)) == ["done", "training.request_open", "training.request_open"]


def test_a_certificate_and_a_withdrawal_have_one_winner(they: people.People, now: datetime) -> None:
    course, rubric = make.course(they, now), make.rubric(they, now)
    for round_number, user in enumerate(_students(5, now)):
        request = make.accepted(they, course, now, user=user)
        make.passed_exam(request, now)
        make.assessed(they, request, rubric, now)
        request.refresh_from_db()

        def certify(request: Any = request, case: str = f"training:{round_number}") -> None:
            certify_request(request=request, level="basic", by=they.teng, source_case=case, now=now)

        def withdraw(request: Any = request) -> None:
            withdraw_request(request=request, by=request.user, now=now)

        def refuse(request: Any = request) -> None:
            refuse_request(request=request, reason="no", by=they.teng, now=now)

        ends = at_once(certify, withdraw, certify, refuse)
        assert Counter(ends) == {"done": 1, "training.request_moved": 3}
        request.refresh_from_db()
        certified = "done" in (ends[0], ends[2])
        assert (request.state == "certified") == certified == (request.certificate is not None)


def test_a_form_sent_from_two_hands_counts_once(they: people.People, now: datetime) -> None:
    request = make.accepted(they, make.course(they, now), now)
    make.passed_exam(request, now)
    rubric = make.rubric(they, now)

    def assess() -> None:
        make.assessed(they, request, rubric, now)

    assert sorted(at_once(assess, assess)) == ["done", "training.nothing_to_assess"]
    assert Assessment.objects.count() == 1


def test_a_record_that_is_told_by_two_workers_counts_once(they: people.People, now: datetime) -> None:
    request = make.accepted(they, make.course(they, now), now)
    held = make.session(they, now, requests=(request,))

    def count() -> None:
        make.supervised(they, held, 60, record="01testrecord")

    assert at_once(count, count, count) == ["done"] * 3
    assert SupervisedUse.objects.count() == 1


def test_two_sweeps_tell_each_holder_once(they: people.People, now: datetime) -> None:
    def sweep() -> None:
        lapse_certificates(now=now + 350 * DAY)

    assert at_once(sweep, sweep, sweep) == ["done"] * 3
    assert len(told("training.certificate_lapsing")) == 1

"""The theory exam: drawn and frozen, answered in time, marked once, repeated after a pause."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.people.operations import suspend_user
from apps.training.courses import allow_another_attempt
from apps.training.exam_papers import by_topic, may_review, paper_of, review_of, standing_of
from apps.training.exams import close_expired_exams, save_answer, start_exam, submit_exam
from apps.training.models import Course, ExamAttempt, ExamQuestion
from apps.training.queries import safety_until
from apps.training.questions import write_question
from apps.training.requests import withdraw_request
from tests import people
from tests.factories import training as make
from tests.factories.facts import told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def they(now: datetime) -> people.People:
    return people.gather(now)


@pytest.fixture
def course(they: people.People, now: datetime) -> Course:
    """Four questions, 60 %, an hour, three attempts with three days between; Bob is in training for it."""
    made = make.course(they, now)
    make.accepted(they, made, now)
    return made


@pytest.fixture
def attempt(they: people.People, course: Course, now: datetime) -> ExamAttempt:
    return start_exam(user=they.bob, course=course, by=they.bob, now=now)


def test_an_exam_draws_its_questions_and_keeps_them_as_they_were(
    they: people.People, attempt: ExamAttempt, now: datetime
) -> None:
    asked = list(attempt.questions.all())
    assert [one.position for one in asked] == [1, 2, 3, 4]
    assert len({one.question_id for one in asked}) == 4
    assert (attempt.max_score, attempt.deadline, attempt.number) == (4, now + HOUR, 1)
    one = asked[0]
    write_question(wording=make.wording(one.question.code, correct=("A",)), by=they.teng, now=now)
    one.refresh_from_db()
    [right] = one.correct
    shown = {option["key"]: option["zh"] for option in one.content["options"]}
    assert shown[right] == "乙"


def test_the_paper_gives_no_answer_away(attempt: ExamAttempt) -> None:
    papers = paper_of(attempt)
    assert not any("correct" in vars(paper) or "correct" in str(vars(paper)) for paper in papers)
    assert all({*option} == {"key", "zh", "en"} for paper in papers for option in paper.content["options"])
    assert not may_review(attempt, attempt.started_at)
    with pytest.raises(ValueError, match="not over"):
        review_of(attempt)


def test_who_comes_back_finds_the_same_exam_with_the_answers_so_far(
    they: people.People, course: Course, attempt: ExamAttempt, now: datetime
) -> None:
    save_answer(attempt=attempt, position=2, answer=["A"], by=they.bob, now=now + MINUTE)
    again = start_exam(user=they.bob, course=course, by=they.bob, now=now + 30 * MINUTE)
    assert again == attempt
    assert [paper.answer for paper in paper_of(again)] == [(), ("A",), (), ()]


def test_an_answer_may_be_changed_and_taken_back_until_the_end(
    they: people.People, attempt: ExamAttempt, now: datetime
) -> None:
    for answer in (["A"], ["C"], []):
        save_answer(attempt=attempt, position=1, answer=answer, by=they.bob, now=now)
        assert paper_of(attempt)[0].answer == tuple(answer)


def test_an_answer_that_is_none_is_refused(they: people.People, attempt: ExamAttempt, now: datetime) -> None:
    for position, answer in ((1, ["Z"]), (1, ["A", "B"]), (9, ["A"])):
        with refused(Invalid, "training.answer"):
            save_answer(attempt=attempt, position=position, answer=answer, by=they.bob, now=now)
    with refused(NotPermitted, "training.not_own_exam"):
        save_answer(attempt=attempt, position=1, answer=["A"], by=they.teng, now=now)


def test_a_late_answer_is_refused_by_the_servers_clock(
    they: people.People, attempt: ExamAttempt, now: datetime
) -> None:
    save_answer(attempt=attempt, position=1, answer=["A"], by=they.bob, now=attempt.deadline - INSTANT)
    for late in (attempt.deadline, attempt.deadline + HOUR):
        with refused(WrongState, "training.exam_over"):
            save_answer(attempt=attempt, position=1, answer=["B"], by=they.bob, now=late)
    submit_exam(attempt=attempt, by=they.bob, now=now + MINUTE)
    with refused(WrongState, "training.exam_over"):
        save_answer(attempt=attempt, position=1, answer=["B"], by=they.bob, now=now + 2 * MINUTE)


def test_who_hands_in_three_of_four_passes_and_hears_it_once(
    they: people.People, course: Course, attempt: ExamAttempt, now: datetime
) -> None:
    done = make.sit(attempt, now + MINUTE, right=3)
    assert (done.score, done.max_score, done.percent, done.passed) == (3, 4, 75, True)
    assert (done.ending, done.ended_at) == ("submitted", now + MINUTE)
    again = submit_exam(attempt=attempt, by=they.bob, now=now + 2 * HOUR)
    assert (again.ended_at, again.score) == (now + MINUTE, 3)
    named = {"user": they.bob.ulid, "course": course.ulid, "attempt": attempt.ulid}
    assert told("training.exam_passed") == [named]
    with refused(WrongState, "training.exam_passed_already"):
        start_exam(user=they.bob, course=course, by=they.bob, now=now + DAY)


def test_after_the_end_who_passed_sees_the_right_answers(
    they: people.People, attempt: ExamAttempt, now: datetime
) -> None:
    done = make.sit(attempt, now, right=3)
    assert may_review(done, now)
    reviewed = review_of(done)
    assert [one.awarded for one in reviewed] == [1, 1, 1, 0]
    wrong = reviewed[3]
    assert [option["right"] for option in wrong.options if option["chosen"]] == [False]
    assert [option["zh"] for option in wrong.options if option["right"]] == ["乙"]
    assert wrong.explanation["zh"] == "因为是乙"
    assert [(one.topic.code, one.score, one.max_score) for one in by_topic(done)] == [("SEM", 3, 4)]


def test_who_failed_sees_points_by_topic_only_unless_the_school_says_otherwise(
    attempt: ExamAttempt, now: datetime
) -> None:
    done = make.sit(attempt, now, right=1)
    assert (done.passed, may_review(done, now)) == (False, False)
    ParameterValue.objects.create(key="training.review_after_fail", value=True, valid_from=now)
    assert may_review(done, now)


def test_who_fails_waits_and_then_gets_other_questions_until_no_attempt_is_left(
    they: people.People, course: Course, now: datetime
) -> None:
    at = now
    seeds = set()
    for number in (1, 2, 3):
        attempt = start_exam(user=they.bob, course=course, by=they.bob, now=at)
        assert attempt.number == number
        seeds.add(attempt.seed)
        make.sit(attempt, at, right=2)
        if number < 3:
            with refused(WrongState, "training.cooling_off") as met:
                start_exam(user=they.bob, course=course, by=they.bob, now=at + 3 * DAY - INSTANT)
            assert met.details["next_at"] == (at + 3 * DAY).isoformat()
        at += 3 * DAY
    assert len(seeds) == 3
    assert len(told("training.exam_failed")) == 3
    with refused(WrongState, "training.no_attempts"):
        start_exam(user=they.bob, course=course, by=they.bob, now=at)
    allow_another_attempt(user=they.bob, course=course, reason="was ill", by=they.teng, now=at)
    assert start_exam(user=they.bob, course=course, by=they.bob, now=at).number == 4


def test_attempts_are_forgotten_after_a_year_and_not_by_applying_again(
    they: people.People, course: Course, now: datetime
) -> None:
    for number in range(3):
        make.sit(
            start_exam(user=they.bob, course=course, by=they.bob, now=now + 3 * number * DAY),
            now + 3 * number * DAY,
            right=0,
        )
    request = they.bob.training_requests.get()
    withdraw_request(request=request, by=they.bob, now=now + 9 * DAY)
    with refused(WrongState, "training.no_request"):
        start_exam(user=they.bob, course=course, by=they.bob, now=now + 9 * DAY)
    make.accepted(they, course, now + 9 * DAY)
    with refused(WrongState, "training.no_attempts"):
        start_exam(user=they.bob, course=course, by=they.bob, now=now + 9 * DAY)
    assert start_exam(user=they.bob, course=course, by=they.bob, now=now + 366 * DAY)


def test_an_exam_whose_time_is_up_is_marked_with_what_was_saved(
    they: people.People, attempt: ExamAttempt, now: datetime
) -> None:
    for asked in attempt.questions.filter(position__lte=3):
        save_answer(
            attempt=attempt, position=asked.position, answer=make.right_keys(asked), by=they.bob, now=now
        )
    assert close_expired_exams(now=attempt.deadline - INSTANT) == 0
    assert close_expired_exams(now=attempt.deadline + HOUR) == 1
    assert close_expired_exams(now=attempt.deadline + HOUR) == 0
    attempt.refresh_from_db()
    assert (attempt.ending, attempt.ended_at, attempt.score) == ("expired", attempt.deadline, 3)
    assert attempt.passed


def test_handing_in_too_late_gives_the_result_of_the_deadline(
    they: people.People, attempt: ExamAttempt, now: datetime
) -> None:
    done = submit_exam(attempt=attempt, by=they.bob, now=attempt.deadline + MINUTE)
    assert (done.ending, done.ended_at, done.passed) == ("expired", attempt.deadline, False)


def test_an_expired_exam_makes_way_for_the_next_attempt(
    they: people.People, course: Course, attempt: ExamAttempt, now: datetime
) -> None:
    later = start_exam(user=they.bob, course=course, by=they.bob, now=attempt.deadline + 3 * DAY)
    attempt.refresh_from_db()
    assert (attempt.ending, later.number) == ("expired", 2)


def test_an_exam_is_for_who_is_in_training_and_for_nobody_else(
    they: people.People, course: Course, now: datetime
) -> None:
    with refused(WrongState, "training.no_request"):
        start_exam(user=they.alice, course=course, by=they.alice, now=now)
    with refused(NotPermitted, "training.not_own_exam"):
        start_exam(user=they.bob, course=course, by=they.alice, now=now)
    suspend_user(user=they.bob, reason="inquiry", by=None, now=now)
    with refused(NotPermitted, "people.not_active"):
        start_exam(user=they.bob, course=course, by=they.bob, now=now)


def test_a_course_without_questions_has_no_exam(they: people.People, now: datetime) -> None:
    made = make.course(they, now, shares={})
    make.accepted(they, made, now)
    with refused(WrongState, "training.no_exam"):
        start_exam(user=they.bob, course=made, by=they.bob, now=now)


def test_a_bank_that_has_shrunk_starts_no_exam(they: people.People, course: Course, now: datetime) -> None:
    from_bank = [one.code for one in course.versions.get().shares.get().topic.questions.all()]
    for code in from_bank[:3]:
        write_question(wording=make.wording(code, active_from=now + DAY), by=they.teng, now=now)
    with refused(WrongState, "training.too_few_questions"):
        start_exam(user=they.bob, course=course, by=they.bob, now=now)


def test_who_passes_the_safety_exam_is_cleared_at_once(they: people.People, now: datetime) -> None:
    course = make.safety_course(they, now)
    attempt = start_exam(user=they.charlie, course=course, by=they.charlie, now=now)
    assert safety_until(they.charlie, now) is None
    make.sit(attempt, now + MINUTE)
    assert safety_until(they.charlie, now + MINUTE) == now + MINUTE + 365 * DAY
    clearance = they.charlie.safety_clearances.get()
    assert clearance.source_case == f"exam:{attempt.ulid}"
    assert told("training.clearance_changed")[-1] == {"user": they.charlie.ulid}
    with refused(WrongState, "training.already_cleared"):
        start_exam(user=they.charlie, course=course, by=they.charlie, now=now + 200 * DAY)
    assert start_exam(user=they.charlie, course=course, by=they.charlie, now=now + 300 * DAY)


def test_who_fails_the_safety_exam_is_not(they: people.People, now: datetime) -> None:
    course = make.safety_course(they, now)
    make.sit(start_exam(user=they.charlie, course=course, by=they.charlie, now=now), now, right=0)
    assert safety_until(they.charlie, now) is None
    with refused(WrongState, "training.cooling_off"):
        start_exam(user=they.charlie, course=course, by=they.charlie, now=now + HOUR)


def test_the_standing_tells_what_is_left(
    they: people.People, course: Course, attempt: ExamAttempt, now: datetime
) -> None:
    version = course.versions.get()
    standing = standing_of(they.bob, course, version, now)
    assert (standing.used, standing.left, standing.running) == (1, 2, attempt)
    make.sit(attempt, now, right=0)
    standing = standing_of(they.bob, course, version, now)
    assert (standing.running, standing.next_at, standing.last) == (None, now + 3 * DAY, attempt)


def test_the_database_lets_nobody_sit_two_exams_of_one_course(
    they: people.People, attempt: ExamAttempt
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ExamAttempt.objects.create(
            user=they.bob,
            course=attempt.course,
            version=attempt.version,
            number=2,
            seed="x",
            started_at=attempt.started_at,
            deadline=attempt.deadline,
            max_score=1,
        )


def test_a_multiple_answer_wants_exactly_the_right_ones(they: people.People, now: datetime) -> None:
    topic = make.topic(they, now)
    write_question(
        wording=make.wording("Q1", kind="multiple", correct=("A", "C"), points=3), by=they.teng, now=now
    )
    course = make.course(they, now, shares={topic: 1}, max_attempts=9, cooling_off_days=0)
    make.accepted(they, course, now)
    scores = []
    for picks in (("甲",), ("甲", "乙", "丙"), ("甲", "丙")):
        attempt = start_exam(user=they.bob, course=course, by=they.bob, now=now)
        asked: ExamQuestion = attempt.questions.get()
        keys = [option["key"] for option in asked.content["options"] if option["zh"] in picks]
        save_answer(attempt=attempt, position=1, answer=keys, by=they.bob, now=now)
        scores.append(submit_exam(attempt=attempt, by=they.bob, now=now).score)
    assert scores == [0, 0, 3]

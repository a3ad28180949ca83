"""The question bank by hand: who keeps which topic, and that a wording is replaced, never changed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.periods import in_force
from apps.training.exams import start_exam
from apps.training.models import Question
from apps.training.questions import create_topic, retire_question, write_question
from apps.training.wordings import Option, Wording
from tests import people
from tests.factories import training as make
from tests.factories.facts import audited
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_topic_of_a_facility_is_kept_by_its_trainers_and_one_of_the_school_by_the_office(
    now: datetime,
) -> None:
    they = people.gather(now)
    named: dict[str, Any] = {"name_zh": "真空", "name_en": "Vacuum", "now": now}
    create_topic(code="VAC", facility=they.sem.facility, by=they.teng, **named)
    with refused(NotPermitted, "training.not_topic_keeper"):
        create_topic(code="GEN", facility=None, by=they.teng, **named)
    with refused(NotPermitted, "training.not_topic_keeper"):
        create_topic(code="VAC2", facility=they.sem.facility, by=they.olga, **named)
    with refused(WrongState, "training.topic_taken"):
        create_topic(code="VAC", facility=None, by=they.office, **named)
    with refused(Invalid, "training.topic_name"):
        create_topic(code="", facility=None, by=they.office, **named)


def test_a_question_is_written_once_and_replaced_by_another_wording(now: datetime) -> None:
    they = people.gather(now)
    make.topic(they, now)
    first = write_question(wording=make.wording("Q1"), by=they.teng, now=now)
    assert write_question(wording=make.wording("Q1"), by=they.teng, now=now + DAY) == first
    second = write_question(wording=make.wording("Q1", points=2), by=they.teng, now=now + DAY)
    first.refresh_from_db()
    assert first.revoked_at == now + DAY
    assert list(Question.objects.filter(in_force(now + DAY))) == [second]
    assert list(Question.objects.filter(in_force(now))) == [first]
    assert len(audited("training.write_question")) == 2


def test_a_question_is_asked_in_its_period_only(now: datetime) -> None:
    they = people.gather(now)
    make.topic(they, now)
    asked = make.wording("Q1", active_from=now + DAY, active_until=now + 2 * DAY)
    question = write_question(wording=asked, by=they.teng, now=now)
    found = [Question.objects.filter(in_force(now + n * DAY)).count() for n in (0, 1, 2)]
    assert found == [0, 1, 0]
    retire_question(question=question, reason="outdated", by=they.teng, now=now)
    assert not Question.objects.filter(in_force(now + DAY)).exists()
    with refused(WrongState, "training.question_retired"):
        retire_question(question=question, reason="again", by=they.teng, now=now)


TWO = (Option("A", "甲"), Option("B", "乙"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "with space"}, "training.question_code"),
        ({"kind": "essay"}, "training.question_kind"),
        ({"points": 0}, "training.question_points"),
        ({"points": 101}, "training.question_points"),
        ({"text_zh": "  "}, "training.question_text"),
        ({"text_en": "x" * 4001}, "training.question_too_long"),
        ({"explanation_zh": "a\0b"}, "training.question_too_long"),
        ({"options": TWO[:1], "correct": ("A",)}, "training.question_options"),
        ({"options": (TWO[0], Option("C", "丙"))}, "training.question_options"),
        ({"options": (TWO[0], Option("B", " "))}, "training.question_options"),
        ({"correct": ()}, "training.question_correct"),
        ({"correct": ("D",)}, "training.question_correct"),
        ({"correct": ("A", "B")}, "training.question_correct"),
        ({"kind": "multiple", "correct": ("A", "A")}, "training.question_correct"),
        ({"kind": "true_false", "correct": ("A",)}, "training.question_options"),
        ({"topic": "NONE"}, "training.topic_unknown"),
    ],
)
def test_a_faulty_wording_is_refused_by_name(now: datetime, changes: dict[str, Any], code: str) -> None:
    they = people.gather(now)
    make.topic(they, now)
    with refused(Invalid, code):
        write_question(wording=replace(make.wording("Q1"), **changes), by=they.teng, now=now)
    assert not Question.objects.exists()


def test_all_faults_are_told_at_once(now: datetime) -> None:
    they = people.gather(now)
    bad = Wording(code="", topic="SEM", kind="single", text_zh="", correct=(), points=0)
    with refused(Invalid, "training.question_code") as met:
        write_question(wording=bad, by=they.teng, now=now)
    assert {one["code"] for one in met.details["also"]} == {
        "training.question_points",
        "training.question_text",
        "training.question_options",
        "training.question_correct",
    }


def test_a_true_false_question_needs_no_options_of_its_own(now: datetime) -> None:
    they = people.gather(now)
    make.topic(they, now)
    asked = make.wording("Q1", kind="true_false", options=(), correct=("B",))
    question = write_question(wording=asked, by=they.teng, now=now)
    assert question.options == [
        {"key": "A", "zh": "正确", "en": "True"},
        {"key": "B", "zh": "错误", "en": "False"},
    ]


def test_nobody_keeps_questions_while_sitting_an_exam(now: datetime) -> None:
    they = people.gather(now)
    course = make.safety_course(they, now)
    make.topic(they, now)
    start_exam(user=they.teng, course=course, by=they.teng, now=now)
    with refused(WrongState, "training.exam_running"):
        write_question(wording=make.wording("Q1"), by=they.teng, now=now)
    write_question(wording=make.wording("Q1"), by=they.teng, now=now + DAY)


def test_the_database_keeps_a_wording_as_it_was(now: datetime) -> None:
    they = people.gather(now)
    make.topic(they, now)
    question = write_question(wording=make.wording("Q1"), by=they.teng, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(correct=["A"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).delete()

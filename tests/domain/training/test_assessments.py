"""Rubrics and practical assessments: every criterion answered, critical ones passed, and final once handed
in.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.ids import new_ulid
from apps.core.models import ParameterValue
from apps.instruments.operations import appoint_crew
from apps.people.operations import add_member
from apps.training.assessing import Answer, Line, publish_rubric, rubric_in_force, submit_assessment
from apps.training.models import Assessment, Criterion, Finding, Rubric, TrainingRequest
from apps.training.requests import withdraw_request
from tests import people
from tests.factories import training as make
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def they(now: datetime) -> people.People:
    return people.gather(now)


@pytest.fixture
def rubric(they: people.People, now: datetime) -> Rubric:
    return make.rubric(they, now)


@pytest.fixture
def request_(they: people.People, rubric: Rubric, now: datetime) -> TrainingRequest:
    """Bob has passed the exam; only the assessment is missing."""
    request = make.accepted(they, make.course(they, now), now)
    make.passed_exam(request, now)
    return request


def test_a_rubric_is_replaced_by_the_next_version(they: people.People, rubric: Rubric, now: datetime) -> None:
    again = publish_rubric(
        instrument=they.sem, lines=[Line(text_zh="装样")], pass_mark=100, by=they.teng, now=now + DAY
    )
    rubric.refresh_from_db()
    assert (rubric.valid_until, again.number) == (now + DAY, 2)
    assert rubric_in_force(they.sem, now) == rubric
    assert rubric_in_force(they.sem, now + DAY) == again
    for who in (they.olga, they.alice, they.wang):
        with refused(NotPermitted, "instruments.not_manager"):
            publish_rubric(
                instrument=they.sem, lines=[Line(text_zh="x")], pass_mark=60, by=who, now=now + 2 * DAY
            )


@pytest.mark.parametrize(
    ("lines", "mark", "field"),
    [
        ([], 60, "lines"),
        ([Line(text_zh="甲")] * 61, 60, "lines"),
        ([Line(text_zh="甲")], 101, "pass_mark"),
        ([Line(text_zh="甲"), Line(text_zh=" ")], 60, "lines.2"),
        ([Line(text_zh="甲" * 201)], 60, "lines.1"),
        ([Line(text_zh="甲", kind="mood")], 60, "lines.1"),
        ([Line(text_zh="甲", max_points=2)], 60, "lines.1"),
        ([Line(text_zh="甲", kind="score", max_points=0)], 60, "lines.1"),
        ([Line(text_zh="甲", kind="score", max_points=5, pass_points=6)], 60, "lines.1"),
    ],
)
def test_a_rubric_that_cannot_be_reached_is_refused(
    they: people.People, now: datetime, lines: list[Line], mark: int, field: str
) -> None:
    with refused(Invalid, "training.rubric") as met:
        publish_rubric(instrument=they.sem, lines=lines, pass_mark=mark, by=they.teng, now=now)
    assert met.field == field


def test_an_assessment_counts_points_and_tells(
    they: people.People, rubric: Rubric, request_: TrainingRequest, now: datetime
) -> None:
    found = make.assessed(they, request_, rubric, now, (1, 0, 7))
    assert (found.score, found.max_score, found.percent, found.passed) == (8, 12, 66, True)
    assert (found.assessor, found.critical_failed) == (they.teng, False)
    passed = found.findings.order_by("criterion__position").values_list("passed", flat=True)
    assert list(passed) == [True, False, True]
    assert told("training.assessed") == [
        {"user": they.bob.ulid, "request": request_.ulid, "assessment": found.ulid, "passed": True}
    ]


@pytest.mark.parametrize(("points", "critical"), [((0, 1, 10), True), ((1, 0, 6), False)])
def test_a_critical_criterion_or_too_few_points_fail_and_may_be_repeated(
    they: people.People,
    rubric: Rubric,
    request_: TrainingRequest,
    now: datetime,
    points: tuple[int, ...],
    critical: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    found = make.assessed(they, request_, rubric, now, points)
    assert (found.passed, found.critical_failed) == (False, critical)
    assert make.assessed(they, request_, rubric, now + DAY).passed
    with refused(WrongState, "training.nothing_to_assess"):
        make.assessed(they, request_, rubric, now + 2 * DAY)


def test_every_criterion_needs_an_answer_within_its_points(
    they: people.People, rubric: Rubric, request_: TrainingRequest, now: datetime
) -> None:
    first, second, third = rubric.criteria.order_by("position")
    whole = {first.ulid: Answer(1), second.ulid: Answer(1), third.ulid: Answer(10)}
    for answers, code in (
        ({first.ulid: Answer(1)}, "training.unanswered"),
        ({**whole, "other": Answer(1)}, "training.unanswered"),
        ({**whole, first.ulid: Answer(2)}, "training.points"),
        ({**whole, third.ulid: Answer(-1)}, "training.points"),
    ):
        with refused(Invalid, code):
            submit_assessment(
                request=request_,
                instrument=they.sem,
                rubric=rubric,
                answers=answers,
                by=they.teng,
                now=now,
                nonce=new_ulid(),
            )
    assert not Assessment.objects.exists()


def test_a_form_that_is_sent_twice_counts_once(
    they: people.People, rubric: Rubric, request_: TrainingRequest, now: datetime
) -> None:
    answers = {one.ulid: Answer(0) for one in rubric.criteria.all()}
    asked: dict[str, Any] = {
        "request": request_,
        "instrument": they.sem,
        "rubric": rubric,
        "answers": answers,
        "by": they.teng,
        "nonce": new_ulid(),
    }
    first = submit_assessment(**asked, now=now)
    assert submit_assessment(**asked, now=now + DAY) == first
    assert Assessment.objects.count() == 1


def test_exam_and_hours_come_before_the_assessment(
    they: people.People, rubric: Rubric, now: datetime
) -> None:
    request = make.accepted(they, make.course(they, now, required_minutes=60), now)
    with refused(WrongState, "training.exam_missing"):
        make.assessed(they, request, rubric, now)
    make.passed_exam(request, now)
    with refused(WrongState, "training.minutes_missing") as met:
        make.assessed(they, request, rubric, now)
    assert met.details == {"minutes": 60}
    held = make.session(they, now, requests=(request,))
    make.supervised(they, held, 60)
    assert make.assessed(they, request, rubric, held.ends_at).passed


def test_only_a_trainer_of_the_instrument_assesses_and_never_themselves(
    they: people.People, rubric: Rubric, request_: TrainingRequest, now: datetime
) -> None:
    answers = {one.ulid: Answer(1) for one in rubric.criteria.all()}
    common: dict[str, Any] = {"instrument": they.sem, "rubric": rubric, "answers": answers, "now": now}
    for who in (they.alice, they.olga, they.wang):
        with refused(NotPermitted, "training.not_crew"):
            submit_assessment(request=request_, by=who, nonce=new_ulid(), **common)
    with refused(NotPermitted, "training.own_trainer"):
        submit_assessment(request=request_, by=they.bob, nonce=new_ulid(), **common)
    other = sister(they.sem, "QY000999", now)
    appoint_crew(instrument=other, user=they.teng, role="trainer", by=they.office, now=now)
    with refused(Invalid, "training.other_instrument"):
        submit_assessment(request=request_, by=they.teng, nonce=new_ulid(), **{**common, "instrument": other})


def test_by_policy_a_trainer_of_the_same_group_does_not_assess(
    they: people.People, rubric: Rubric, request_: TrainingRequest, now: datetime
) -> None:
    add_member(group=they.group, user=they.teng, by=they.wang, now=now)
    ParameterValue.objects.create(key="training.trainer_of_same_group_barred", value=True, valid_from=now)
    with refused(WrongState, "training.same_group"):
        make.assessed(they, request_, rubric, now)


def test_a_rubric_that_was_replaced_or_a_training_that_ended_takes_no_assessment(
    they: people.People, rubric: Rubric, request_: TrainingRequest, now: datetime
) -> None:
    make.rubric(they, now + DAY)
    with refused(WrongState, "training.rubric_over"):
        make.assessed(they, request_, rubric, now + DAY)
    withdraw_request(request=request_, by=they.bob, now=now)
    with refused(WrongState, "training.request_moved"):
        make.assessed(they, request_, rubric, now)


def test_the_database_keeps_an_assessment_as_it_was_handed_in(
    they: people.People, rubric: Rubric, request_: TrainingRequest, now: datetime
) -> None:
    found = make.assessed(they, request_, rubric, now)
    for act in (
        lambda: Assessment.objects.filter(pk=found.pk).update(score=12),
        lambda: Finding.objects.filter(assessment=found).delete(),
        lambda: Criterion.objects.filter(rubric=rubric).update(critical=False),
        lambda: Rubric.objects.filter(pk=rubric.pk).update(pass_mark=1),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()

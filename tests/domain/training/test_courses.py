"""Courses and their terms: who sets them, from when they hold, and that they never change."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.operations import appoint_crew
from apps.people.operations import grant_authorization
from apps.training.courses import (
    Terms,
    allow_another_attempt,
    create_course,
    publish_version,
    retire_course,
)
from apps.training.coverage import courses_for, covers, version_in_force, versions_in_force
from apps.training.models import Course, CourseVersion, TopicShare
from apps.training.reach import answers_somewhere, instruments_of, may_keep_course
from tests import people
from tests.factories import training as make
from tests.factories.facts import audited
from tests.factories.instruments import sister
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _create(they: people.People, now: datetime, **changes: Any) -> Course:
    asked: dict[str, Any] = {
        "code": "SEM-BASIC",
        "kind": "instrument",
        "name_zh": "扫描电镜培训",
        "name_en": "FE-SEM",
        "level": "basic",
        "instrument": they.sem,
        "by": they.teng,
    }
    return create_course(**{**asked, **changes}, now=now)


def test_the_manager_of_an_instrument_makes_its_course(now: datetime) -> None:
    they = people.gather(now)
    made = _create(they, now)
    assert list(courses_for(they.sem)) == [made]
    assert covers(made, they.sem)
    assert version_in_force(made, now) is None
    assert audited("training.create_course")[0].actor == they.teng


def test_a_course_without_its_parts_is_refused(now: datetime) -> None:
    they = people.gather(now)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"kind": "hobby"}, "training.course_kind"),
        ({"code": " "}, "training.course_name"),
        ({"name_en": ""}, "training.course_name"),
        ({"level": "master"}, "training.course_level"),
        ({"level": ""}, "training.course_level"),
        ({"kind": "safety"}, "training.course_level"),
        ({"instrument": None}, "training.course_covers_nothing"),
        ({"kind": "model", "class6": "999999"}, "training.course_covers_nothing"),
        ({"kind": "model", "class6": ""}, "training.course_covers_nothing"),
    ]
    for changes, code in wrong:
        with refused(Invalid, code):
            _create(they, now, **changes)
    assert not Course.objects.exists()


def test_one_live_course_leads_to_one_level(now: datetime) -> None:
    they = people.gather(now)
    first = _create(they, now)
    with refused(WrongState, "training.course_taken"):
        _create(they, now, code="OTHER")
    with refused(WrongState, "training.course_taken"):
        _create(they, now, level="advanced")
    retire_course(course=first, reason="replaced", by=they.teng, now=now)
    again = _create(they, now, code="OTHER")
    assert list(courses_for(they.sem)) == [again]
    with refused(WrongState, "training.course_retired"):
        retire_course(course=first, reason="again", by=they.teng, now=now)
    with refused(WrongState, "training.course_retired"):
        publish_version(course=first, terms=Terms(), valid_from=now, by=they.teng, now=now)


def test_a_course_of_a_model_covers_the_sister_instruments(now: datetime) -> None:
    they = people.gather(now)
    other = sister(they.sem, "QY000999", now)
    stranger = sister(they.sem, "QY000998", now, model="Other 1")
    made = _create(
        they, now, kind="model", class6=they.sem.class6, model=they.sem.model, instrument=None, by=they.office
    )
    assert [covers(made, one) for one in (they.sem, other, stranger)] == [True, True, False]
    wide = _create(
        they, now, code="ALL", kind="model", class6=they.sem.class6, level="assisted", by=they.office
    )
    assert covers(wide, stranger)
    assert list(courses_for(other)) == [made, wide]


def test_a_model_course_is_kept_by_who_manages_every_instrument_of_it(now: datetime) -> None:
    they = people.gather(now)
    made = _create(
        they, now, kind="model", class6=they.sem.class6, model=they.sem.model, instrument=None, by=they.teng
    )
    other = sister(they.sem, "QY000999", now)
    assert not may_keep_course(they.teng, made, now)
    appoint_crew(instrument=other, user=they.teng, role="manager", by=they.office, now=now)
    assert may_keep_course(they.teng, made, now)


def test_peers_operators_and_strangers_keep_no_course(now: datetime) -> None:
    they = people.gather(now)
    for who in (they.alice, they.olga, they.wang, they.finance, they.charlie):
        with refused(NotPermitted, "training.not_course_keeper"):
            _create(they, now, by=who)
    with refused(NotPermitted, "training.not_course_keeper"):
        _create(they, now, kind="safety", level="", instrument=None, by=they.teng)
    grant_authorization(
        user=they.wang, kind="manage", scope=f"unit:{they.lab.ulid}", grantor=they.office, now=now
    )
    assert _create(they, now, by=they.wang).code == "SEM-BASIC"


def test_reach_follows_crews_and_rights(now: datetime) -> None:
    they = people.gather(now)
    assert instruments_of(they.teng, now) == frozenset({they.sem.pk})
    assert instruments_of(they.olga, now) == frozenset()
    assert instruments_of(they.office, now) is None
    assert instruments_of(they.charlie, now) == frozenset()
    grant_authorization(
        user=they.wang,
        kind="manage",
        scope=f"facility:{they.sem.facility.ulid}",
        grantor=they.office,
        now=now,
    )
    assert instruments_of(they.wang, now) == frozenset({they.sem.pk})
    assert instruments_of(they.finance, now) == frozenset()
    assert instruments_of(they.finance, now, kind="report") is None
    assert [answers_somewhere(who, now) for who in (they.teng, they.bob)] == [True, False]


def test_new_terms_end_the_old_ones_at_the_same_instant(now: datetime) -> None:
    they = people.gather(now)
    made = make.course(they, now, pass_mark=60)
    topic = TopicShare.objects.get(version__course=made).topic
    later = now + 30 * DAY
    publish_version(
        course=made, terms=Terms(pass_mark=80, shares={topic: 2}), valid_from=later, by=they.teng, now=now
    )
    first, second = made.versions.order_by("number")
    assert (first.valid_until, second.valid_from, second.number) == (later, later, 2)
    assert version_in_force(made, later - timedelta(microseconds=1)) == first
    assert version_in_force(made, later) == second
    assert versions_in_force([made], now) == {made.pk: first}
    with refused(WrongState, "training.later_version"):
        publish_version(course=made, terms=Terms(), valid_from=now + DAY, by=they.teng, now=now)
    with refused(Invalid, "training.terms"):
        publish_version(course=made, terms=Terms(), valid_from=now - DAY, by=they.teng, now=now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pass_mark": 0}, "pass_mark"),
        ({"pass_mark": 101}, "pass_mark"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"time_limit_minutes": 0}, "time_limit_minutes"),
        ({"validity_days": 0}, "validity_days"),
        ({"disuse_days": 0}, "disuse_days"),
        ({"required_minutes": -1}, "required_minutes"),
        ({"prerequisite_level": "basic"}, "prerequisite_level"),
        ({"prerequisite_level": "god"}, "prerequisite_level"),
    ],
)
def test_terms_out_of_range_are_refused_by_name(now: datetime, changes: dict[str, Any], field: str) -> None:
    they = people.gather(now)
    made = _create(they, now)
    with refused(Invalid, "training.terms") as met:
        publish_version(course=made, terms=Terms(**changes), valid_from=now, by=they.teng, now=now)
    assert met.field == field


def test_an_exam_draws_no_more_questions_than_there_are(now: datetime) -> None:
    they = people.gather(now)
    made, topic = _create(they, now), make.bank(they, now, 3)
    with refused(Invalid, "training.too_few_questions") as met:
        publish_version(course=made, terms=Terms(shares={topic: 4}), valid_from=now, by=they.teng, now=now)
    assert met.details == {"topic": "SEM", "found": 3, "wanted": 4}
    with refused(Invalid, "training.terms"):
        publish_version(course=made, terms=Terms(shares={topic: 0}), valid_from=now, by=they.teng, now=now)


def test_the_safety_course_is_an_exam_of_the_office(now: datetime) -> None:
    they = people.gather(now)
    made = _create(they, now, code="SAFE", kind="safety", level="", instrument=None, by=they.office)
    with refused(Invalid, "training.safety_without_exam"):
        publish_version(course=made, terms=Terms(), valid_from=now, by=they.office, now=now)
    with refused(NotPermitted, "training.not_course_keeper"):
        publish_version(course=made, terms=Terms(), valid_from=now, by=they.teng, now=now)
    with refused(WrongState, "training.course_taken"):
        _create(they, now, code="SAFE2", kind="safety", level="", instrument=None, by=they.office)


def test_a_course_does_not_require_itself(now: datetime) -> None:
    they = people.gather(now)
    made = _create(they, now)
    with refused(Invalid, "training.terms") as met:
        publish_version(
            course=made, terms=Terms(required_courses=(made,)), valid_from=now, by=they.teng, now=now
        )
    assert met.field == "required_courses"


def test_the_database_keeps_terms_as_they_were(now: datetime) -> None:
    they = people.gather(now)
    version = make.course(they, now).versions.get()
    for act in (
        lambda: CourseVersion.objects.filter(pk=version.pk).update(pass_mark=1),
        lambda: TopicShare.objects.filter(version=version).update(questions=1),
        lambda: TopicShare.objects.filter(version=version).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    with pytest.raises(IntegrityError, match="training_course_version_overlap"), transaction.atomic():
        CourseVersion.objects.create(course=version.course, number=9, valid_from=now + DAY)
    version.refresh_from_db()
    assert version.pass_mark == 60


def test_another_attempt_is_allowed_by_a_trainer_with_a_reason(now: datetime) -> None:
    they = people.gather(now)
    made = make.course(they, now)
    with refused(Invalid, "core.reason_required"):
        allow_another_attempt(user=they.bob, course=made, reason=" ", by=they.teng, now=now)
    for who in (they.alice, they.olga, they.wang):
        with refused(NotPermitted, "training.not_crew"):
            allow_another_attempt(user=they.bob, course=made, reason="please", by=who, now=now)
    with refused(NotPermitted, "training.own_certificate"):
        allow_another_attempt(user=they.teng, course=made, reason="me", by=they.teng, now=now)
    extra = allow_another_attempt(user=they.bob, course=made, reason="fire alarm", by=they.teng, now=now)
    assert (extra.granted_by, extra.reason) == (they.teng, "fire alarm")

"""What a trainer asks for besides, what is let go to who uses the instrument, and whom that concerns."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.instruments.operations import appoint_crew
from apps.people.operations import add_member
from apps.training.certifying import check_certification
from apps.training.demanding import ask_for_more
from apps.training.eligibility import Wish, gather
from apps.training.exams import start_exam
from apps.training.models import Rubric, TrainingRequest
from apps.training.places import mark_attendance
from apps.training.progress import progress_of
from apps.training.requests import request_training, withdraw_request
from apps.training.supervised import note_use
from apps.training.trainers import barred_from, failed_assessments, place_until, trainers_for
from tests.factories import training as make
from tests.factories.facts import audited, told
from tests.factories.refusals import refused
from tests.people import People, gather_with_rules

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def they(now: datetime) -> People:
    return gather_with_rules(now)


def _missing(request: TrainingRequest) -> tuple[str, ...]:
    progress = progress_of(request)
    assert progress is not None
    return progress.missing


def _done(they: People, now: datetime) -> TrainingRequest:
    request = make.accepted(they, make.course(they, now), now)
    make.passed_exam(request, now)
    make.assessed(they, request, make.rubric(they, now), now)
    request.refresh_from_db()
    return request


def test_more_hours_and_another_assessment_are_missing_until_they_are_shown(
    they: People, now: datetime
) -> None:
    request = _done(they, now)
    assert _missing(request) == ()
    row = ask_for_more(request=request, reason="unsteady", by=they.teng, now=now, minutes=30, assessment=True)
    assert _missing(row) == ("minutes", "assessment")
    session = make.session(they, now, requests=(row,))
    make.supervised(they, session, 30)
    assert _missing(row) == ("assessment",)
    used = Rubric.objects.get()
    make.assessed(they, row, used, now)
    assert _missing(row) == ()
    (entry,) = audited("training.ask_for_more")
    assert (entry.reason, entry.actor) == ("unsteady", they.teng)


def test_a_renewal_without_assessment_may_get_one(they: People, now: datetime) -> None:
    course = make.course(they, now, renewal_exam=False)
    request = make.accepted(they, course, now, kind="renewal")
    assert _missing(request) == ()
    assert _missing(ask_for_more(request=request, reason="x", by=None, now=now, assessment=True)) == (
        "assessment",
    )


@pytest.mark.parametrize("minutes", [0, -1, 10_001])
def test_more_is_something(they: People, now: datetime, minutes: int) -> None:
    request = make.accepted(they, make.course(they, now), now)
    with refused(Invalid, "training.extra_minutes"):
        ask_for_more(request=request, reason="x", by=they.teng, now=now, minutes=minutes)
    with refused(Invalid, "core.reason_required"):
        ask_for_more(request=request, reason=" ", by=they.teng, now=now, minutes=5)


def test_only_trainers_ask_and_nobody_of_themselves(they: People, now: datetime) -> None:
    request = make.accepted(they, make.course(they, now), now)
    asked: dict[str, Any] = {"request": request, "reason": "x", "now": now, "minutes": 5}
    with refused(NotPermitted, "training.own_certificate"):
        ask_for_more(**asked, by=they.bob)
    with refused(NotPermitted, "training.not_crew"):
        ask_for_more(**asked, by=they.olga)
    withdraw_request(request=request, by=they.bob, now=now)
    with refused(WrongState, "training.request_moved"):
        ask_for_more(**asked, by=they.teng)


@pytest.mark.parametrize(("ago", "days", "waived"), [(100, 180, True), (181, 180, False), (1, 0, False)])
def test_who_used_the_instrument_of_late_renews_without_the_exam(
    they: People, now: datetime, ago: int, days: int, *, waived: bool
) -> None:
    ParameterValue.objects.create(key="training.renewal_use_days", value=days, valid_from=now - DAY)
    note_use(user_id=they.alice.pk, instrument_id=they.sem.pk, used_at=now - ago * DAY)
    course = make.course(they, now)
    request = make.accepted(they, course, now, user=they.alice, kind="renewal")
    assert request.exam_waived is waived
    assert _missing(request) == (() if waived else ("exam",))
    note_use(user_id=they.alice.pk, instrument_id=they.sem.pk, used_at=now + DAY)
    assert _missing(request) == (() if waived else ("exam",))  # as it was at the beginning


def test_attempts_used_up_do_not_keep_from_renewing_what_is_in_use(they: People, now: datetime) -> None:
    course = make.course(they, now, max_attempts=1)
    request = make.accepted(they, course, now, user=they.alice)
    attempt = start_exam(user=they.alice, course=course, by=they.alice, now=now)
    make.sit(attempt, now, right=0)
    withdraw_request(request=request, by=they.alice, now=now)
    wish = Wish(they.alice, course, "renewal", they.sem)
    assert gather(wish, fund="usable", now=now).facts.attempts_left == 0
    note_use(user_id=they.alice.pk, instrument_id=they.sem.pk, used_at=now)
    assert gather(wish, fund="usable", now=now).facts.attempts_left == 1


def test_a_mark_of_absence_is_told_as_hours_that_changed(they: People, now: datetime) -> None:
    request = make.accepted(they, make.course(they, now), now)
    session = make.session(they, now, requests=(request,))
    mark_attendance(place=session.places.get(), present=False, by=they.teng, now=session.ends_at)
    assert told("training.minutes_counted")[-1]["request"] == request.ulid


def test_another_attempt_is_told(they: People, now: datetime) -> None:
    course = make.course(they, now)
    make.allow(they, course, now)
    assert told("training.attempt_allowed") == [{"user": they.bob.ulid, "course": course.ulid}]


def test_trainers_best_first_and_never_oneself(they: People, now: datetime) -> None:
    appoint_crew(instrument=they.sem, user=they.olga, role="trainer", by=they.office, now=now)
    request = make.accepted(they, make.course(they, now), now)
    assert [user.username for user in trainers_for(request, now)] == ["olga", "teng"]
    assert place_until(request) is None
    session = make.session(they, now, requests=(request,))
    assert [user.username for user in trainers_for(request, now)] == ["teng", "olga"]
    assert place_until(request) == session.ends_at
    own = make.accepted(they, request.course, now, user=they.teng)
    assert [user.username for user in trainers_for(own, now)] == ["olga"]


def test_the_trainees_own_group_is_barred_by_policy_only(they: People, now: datetime) -> None:
    request = _done(they, now)
    add_member(group=they.group, user=they.teng, by=they.wang, now=now)
    assert barred_from(they.bob, now) == set()
    check_certification(request=request, level="basic", by=they.teng, now=now)
    ParameterValue.objects.create(
        key="training.trainer_of_same_group_barred", value=True, valid_from=now - DAY
    )
    assert barred_from(they.bob, now) == {they.alice.pk, they.wang.pk, they.teng.pk}
    with refused(WrongState, "training.same_group"):
        check_certification(request=request, level="basic", by=they.teng, now=now)


def test_failed_assessments_are_counted(they: People, now: datetime) -> None:
    request = make.accepted(they, make.course(they, now), now)
    make.passed_exam(request, now)
    used = make.rubric(they, now)
    assert failed_assessments(request) == 0
    make.assessed(they, request, used, now, (0, 1, 9))
    assert failed_assessments(request) == 1


def test_a_class_is_renewed_on_an_instrument(they: People, now: datetime) -> None:
    course = make.course(they, now)
    course.kind, course.instrument, course.class6 = "model", None, they.sem.class6
    course.save()
    with refused(Invalid, "training.instrument_needed"):
        request_training(user=they.bob, course=course, kind="renewal", by=they.bob, now=now)

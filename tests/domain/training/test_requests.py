"""Asking to be trained: for what, by whom, and how a request ends."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.operations import suspend_user
from apps.training.courses import Terms, publish_version, retire_course
from apps.training.models import TrainingRequest
from apps.training.progress import Demands, demands_of, progress_of, progress_of_many
from apps.training.requests import (
    accept_request,
    overtake_request,
    refuse_request,
    request_training,
    withdraw_request,
)
from tests import people
from tests.factories import training as make
from tests.factories.facts import audited, told
from tests.factories.instruments import sister
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _ask(they: people.People, course: Any, now: datetime, **changes: Any) -> TrainingRequest:
    asked: dict[str, Any] = {"user": they.bob, "course": course, "kind": "new", "by": they.bob, **changes}
    return request_training(**asked, now=now)


def test_a_request_names_the_courses_own_instrument(now: datetime) -> None:
    they = people.gather(now)
    request = _ask(they, make.course(they, now), now)
    assert (request.instrument, request.state, request.version) == (they.sem, "requested", None)
    assert told("training.request_changed") == [
        {"user": they.bob.ulid, "request": request.ulid, "state": "requested"}
    ]
    assert progress_of(request) is None


def test_everybody_applies_for_themselves_and_while_in_force(now: datetime) -> None:
    they = people.gather(now)
    course = make.course(they, now)
    with refused(NotPermitted, "training.not_own_request"):
        _ask(they, course, now, by=they.alice)
    suspend_user(user=they.bob, reason="inquiry", by=None, now=now)
    with refused(NotPermitted, "people.not_active"):
        _ask(they, course, now)


def test_a_request_without_its_parts_is_refused(now: datetime) -> None:
    they = people.gather(now)
    course = make.course(they, now)
    other = sister(they.sem, "QY000999", now)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"kind": "holiday"}, "training.request_kind"),
        ({"instrument": other}, "training.other_instrument"),
        ({"course": make.safety_course(they, now)}, "training.course_closed"),
    ]
    for changes, code in wrong:
        with refused(Invalid, code):
            _ask(they, changes.pop("course", course), now, **changes)
    retire_course(course=course, reason="over", by=they.teng, now=now)
    with refused(Invalid, "training.course_closed"):
        _ask(they, course, now)


def test_one_request_for_a_course_is_open_at_a_time(now: datetime) -> None:
    they = people.gather(now)
    course = make.course(they, now)
    first = _ask(they, course, now)
    with refused(WrongState, "training.request_open"):
        _ask(they, course, now)
    withdraw_request(request=first, by=they.bob, now=now)
    assert _ask(they, course, now).state == "requested"


def test_an_accepted_request_keeps_the_terms_of_that_day(now: datetime) -> None:
    they = people.gather(now)
    course = make.course(they, now, required_minutes=60)
    request = accept_request(request=_ask(they, course, now), now=now)
    publish_version(
        course=course, terms=Terms(required_minutes=600), valid_from=now + DAY, by=they.teng, now=now
    )
    retire_course(course=course, reason="over", by=they.teng, now=now + DAY)
    progress = progress_of(request)
    assert progress is not None
    assert progress.demands == Demands(exam=True, minutes=60, assessment=True)
    with refused(WrongState, "training.request_moved"):
        accept_request(request=request, now=now)


def test_a_course_that_has_gone_accepts_nobody(now: datetime) -> None:
    they = people.gather(now)
    course = make.course(they, now)
    request = _ask(they, course, now)
    retire_course(course=course, reason="over", by=they.teng, now=now)
    with refused(WrongState, "training.course_closed"):
        accept_request(request=request, now=now)


def test_a_request_ends_once_and_says_how(now: datetime) -> None:
    they = people.gather(now)
    course = make.course(they, now)
    with refused(NotPermitted, "training.own_certificate"):
        refuse_request(request=_ask(they, course, now), reason="no", by=they.bob, now=now)
    request = they.bob.training_requests.get()
    with refused(Invalid, "core.reason_required"):
        refuse_request(request=request, reason=" ", by=they.teng, now=now)
    with refused(NotPermitted, "training.not_own_request"):
        withdraw_request(request=request, by=they.teng, now=now)
    ended = refuse_request(request=request, reason="too many wait", by=they.teng, now=now)
    assert (ended.state, ended.closed_at, ended.close_reason) == ("refused", now, "too many wait")
    acts: list[Callable[[], TrainingRequest]] = [
        lambda: withdraw_request(request=request, by=they.bob, now=now),
        lambda: overtake_request(request=request, reason="gone", now=now),
        lambda: accept_request(request=request, now=now),
    ]
    for act in acts:
        with refused(WrongState, "training.request_moved"):
            act()
    assert audited("training.close_request_refused")[0].reason == "too many wait"
    again = _ask(they, course, now)
    assert overtake_request(request=again, reason="instrument sold", now=now).state == "overtaken"


@pytest.mark.parametrize(
    ("kind", "demands"),
    [
        ("new", Demands(exam=True, minutes=480, assessment=True)),
        ("upgrade", Demands(exam=True, minutes=480, assessment=True)),
        ("renewal", Demands(exam=True, minutes=30, assessment=False)),
        ("difference", Demands(exam=False, minutes=90, assessment=True)),
    ],
)
def test_a_renewal_and_a_difference_training_are_short_ways(
    now: datetime, kind: str, demands: Demands
) -> None:
    they = people.gather(now)
    version = make.course(
        they, now, required_minutes=480, renewal_minutes=30, difference_minutes=90
    ).versions.get()
    assert demands_of(version, kind, has_exam=True) == demands
    assert not demands_of(version, kind, has_exam=False).exam


def test_progress_follows_what_is_done(now: datetime) -> None:
    they = people.gather(now)
    course, rubric = make.course(they, now, required_minutes=120), make.rubric(they, now)
    request = make.accepted(they, course, now)
    held = make.session(they, now, requests=(request,))

    def missing() -> tuple[str, ...]:
        [progress] = progress_of_many([request])
        return progress.missing

    assert missing() == ("exam", "minutes", "assessment")
    make.passed_exam(request, now)
    assert missing() == ("minutes", "assessment")
    make.supervised(they, held, 119)
    assert missing() == ("minutes", "assessment")
    make.supervised(they, held, 1)
    assert missing() == ("assessment",)
    make.assessed(they, request, rubric, held.ends_at, (0, 1, 9))
    assert missing() == ("assessment",)
    make.assessed(they, request, rubric, held.ends_at)
    assert missing() == ()
    [progress] = progress_of_many([request])
    assert progress.is_complete
    assert progress.minutes == 120

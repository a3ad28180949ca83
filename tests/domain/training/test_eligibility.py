"""Who may begin a training: the facts as the rows say, everything that is missing at once, on record."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.decisions.models import DecisionRecord
from apps.decisions.replay import conditions_then, replay
from apps.instruments.operations import report_incident
from apps.people.operations import suspend_user
from apps.training.courses import Terms, publish_version, retire_course
from apps.training.eligibility import Wish, ask_eligibility, gather, preview_eligibility
from apps.training.exams import start_exam
from apps.training.lapsing import lapse_certificates
from apps.training.models import Certificate, Course
from apps.training.operations import (
    grant_safety_clearance,
    issue_certificate,
    revoke_safety_clearance,
    suspend_certificate,
    withdraw_certificate,
)
from tests import people
from tests.factories import training as make
from tests.factories.instruments import sister
from tests.factories.opening import at_level

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def they(now: datetime) -> people.People:
    return people.gather_with_rules(now)


def _wish(they: people.People, course: Course, **changes: Any) -> Wish:
    asked = {"user": they.bob, "course": course, "kind": "new", "instrument": course.instrument, **changes}
    return Wish(**asked)


def _codes(wish: Wish, now: datetime, fund: str = "usable") -> list[str]:
    decided = ask_eligibility(gather(wish, fund=fund, now=now), asked_by="test", now=now)
    assert decided.allowed == (decided.record.codes == ["training.eligible"])
    return [] if decided.allowed else list(decided.record.codes)


def _given(they: people.People, now: datetime, **changes: Any) -> Certificate:
    asked: dict[str, Any] = {
        "user": they.bob,
        "instrument": they.sem,
        "level": "basic",
        "valid_from": now,
        "valid_until": now + 365 * DAY,
        "issued_by": None,
        "source_case": "import:test",
        "now": now,
        **changes,
    }
    return issue_certificate(**asked)


def test_bob_has_everything_and_the_answer_is_on_record(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    asked = gather(_wish(they, course), fund="usable", now=now)
    decided = ask_eligibility(asked, asked_by="flow", now=now)
    record = DecisionRecord.objects.get()
    assert decided.allowed
    assert (record.point, record.subject, record.asked_by) == ("training.eligibility", they.bob, "flow")
    assert record.object_ref == f"instrument:{they.sem.ulid}"
    assert set(record.sources) == set(record.facts)
    assert all({"label_zh", "label_en"} <= set(source) for source in record.sources.values())
    assert replay(record).allowed
    assert len(conditions_then(record)) > 10


def test_everything_that_is_missing_is_told_at_once_with_who_mends_it(
    they: people.People, now: datetime
) -> None:
    course = make.course(they, now)
    report_incident(
        instrument=they.sem, effect="refuse_new", description="smell of smoke", by=they.alice, now=now
    )
    decided = ask_eligibility(
        gather(_wish(they, course, user=they.charlie, kind="renewal"), fund="none", now=now),
        asked_by="flow",
        now=now,
    )
    menders = {reason.code: reason.mender for reason in decided.decision.reasons}
    assert menders == {
        "safety.none": "self",
        "fund.none": "pi",
        "incident.open": "safety_officer",
        "training.nothing_to_renew": "self",
    }


def test_the_person_the_course_and_the_instrument_are_asked_about(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    wish = _wish(they, course)
    assert _codes(wish, now) == []
    assert _codes(wish, now, fund="unknown") == ["fund.none"]
    assert _codes(wish, now, fund="not_needed") == []
    at_level(they.sem, 2, now, by=they.office)
    they.sem.refresh_from_db()
    assert _codes(_wish(they, course, instrument=they.sem), now) == ["instrument.level"]
    at_level(they.sem, 5, now, by=they.office)
    they.sem.refresh_from_db()
    suspend_user(user=they.bob, reason="inquiry", by=None, now=now)
    assert _codes(_wish(they, course, instrument=they.sem), now) == ["user.suspended"]
    retire_course(course=course, reason="over", by=they.teng, now=now)
    course.refresh_from_db()
    assert _codes(_wish(they, course, instrument=they.sem), now + DAY) == [
        "user.suspended",
        "training.course_closed",
    ]


def test_a_visitor_is_not_trained(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    they.bob.full_from = now + DAY
    they.bob.save(update_fields=["full_from"])
    assert _codes(_wish(they, course), now) == ["user.visitor"]
    assert _codes(_wish(they, course), now + DAY) == []


def test_a_clearance_that_ended_is_told_apart_from_none(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    assert _codes(_wish(they, course), now + 400 * DAY) == ["safety.expired"]
    grant_safety_clearance(user=they.charlie, valid_from=now, valid_until=None, source_case="s:1", now=now)
    assert _codes(_wish(they, course, user=they.charlie), now + 400 * DAY) == []
    revoke_safety_clearance(
        clearance=they.charlie.safety_clearances.get(), reason="rules broken", by=they.office, now=now + DAY
    )
    assert _codes(_wish(they, course, user=they.charlie), now + 2 * DAY) == ["safety.none"]


def test_levels_come_one_after_another(they: people.People, now: datetime) -> None:
    basic = make.course(they, now)
    advanced = make.course(
        they, now, code="SEM-ADV", level="advanced", prerequisite_level="basic", required_courses=(basic,)
    )
    upgrade = _wish(they, advanced, kind="upgrade")
    assert _codes(upgrade, now) == [
        "training.prerequisite",
        "training.required_courses",
        "training.no_lower",
    ]
    certificate = _given(they, now)
    assert _codes(upgrade, now) == []
    assert _codes(_wish(they, basic), now) == ["training.held"]
    suspend_certificate(certificate=certificate, reason="incident", by=they.teng, now=now)
    assert "training.suspended" in _codes(upgrade, now)


def test_a_required_course_may_be_about_another_instrument(they: people.People, now: datetime) -> None:
    other = sister(they.sem, "QY000999", now, model="Other 1")
    fib = make.course(they, now, code="FIB", level="assisted")
    Course.objects.filter(pk=fib.pk).update(instrument=other)
    course = make.course(they, now, required_courses=(fib,))
    asked = gather(_wish(they, course), fund="usable", now=now)
    assert (asked.facts.courses_held, asked.facts.missing_courses) == (False, "FIB")
    _given(they, now, instrument=other, level="basic")
    assert _codes(_wish(they, course), now) == []


@pytest.mark.parametrize(
    ("days_later", "codes"),
    [
        (200, ["training.renewal_early"]),
        (274, ["training.renewal_early"]),
        (276, []),
        (500, []),
        (546, ["training.renewal_late"]),
    ],
)
def test_a_renewal_has_its_window(
    they: people.People, now: datetime, days_later: int, codes: list[str]
) -> None:
    course = make.course(they, now)
    _given(they, now)
    grant_safety_clearance(user=they.bob, valid_from=now, valid_until=None, source_case="s:1", now=now)
    assert _codes(_wish(they, course, kind="renewal"), now + days_later * DAY) == codes


def test_a_withdrawn_certificate_is_not_renewed_but_a_lapsed_one_is(
    they: people.People, now: datetime
) -> None:
    course = make.course(they, now)
    certificate = _given(they, now)
    Certificate.objects.filter(pk=certificate.pk).update(disuse_days=10)
    lapse_certificates(now=now + 11 * DAY)
    assert _codes(_wish(they, course, kind="renewal"), now + 12 * DAY) == []
    other = _given(they, now + 12 * DAY, source_case="import:2")
    withdraw_certificate(certificate=other, reason="broke it", by=they.teng, now=now + 13 * DAY)
    Certificate.objects.filter(pk=certificate.pk).update(ended_as="withdrawn")
    assert _codes(_wish(they, course, kind="renewal"), now + 14 * DAY) == ["training.nothing_to_renew"]


def test_difference_training_asks_for_the_level_on_a_sister_instrument(
    they: people.People, now: datetime
) -> None:
    course = make.course(they, now)
    wish = _wish(they, course, kind="difference")
    stranger = sister(they.sem, "QY000998", now, model="Other 1")
    _given(they, now, instrument=stranger)
    assert _codes(wish, now) == ["training.no_sister"]
    twin = sister(they.sem, "QY000999", now)
    _given(they, now, instrument=twin, level="assisted")
    assert _codes(wish, now) == ["training.no_sister"]
    _given(they, now, instrument=twin, source_case="import:3")
    assert _codes(wish, now) == []


def test_who_has_used_up_the_attempts_waits_for_another_one(they: people.People, now: datetime) -> None:
    course = make.course(they, now, max_attempts=1)
    make.accepted(they, course, now)
    make.sit(start_exam(user=they.bob, course=course, by=they.bob, now=now), now, right=0)
    assert _codes(_wish(they, course), now) == ["training.no_attempts"]
    publish_version(course=course, terms=Terms(), valid_from=now + DAY, by=they.teng, now=now)
    assert _codes(_wish(they, course), now + DAY) == []


def test_any_of_a_class_wants_one_instrument_that_people_operate(they: people.People, now: datetime) -> None:
    course = make.course(they, now)
    Course.objects.filter(pk=course.pk).update(
        kind="model", instrument=None, class6=they.sem.class6, model=they.sem.model
    )
    course.refresh_from_db()
    wish = _wish(they, course, instrument=None)
    assert (_codes(wish, now), wish.object_ref) == ([], f"course:{course.ulid}")
    at_level(they.sem, 1, now, by=they.office)
    assert _codes(wish, now) == ["instrument.level"]


def test_a_preview_says_the_same_and_records_nothing(they: people.People, now: datetime) -> None:
    asked = gather(_wish(they, make.course(they, now)), fund="none", now=now)
    judgement = preview_eligibility(asked, now=now)
    assert judgement.decision.codes == ("fund.none",)
    assert [view.code for view in judgement.conditions() if not view.met] == ["fund.none"]
    assert not DecisionRecord.objects.exists()


def test_gathering_takes_few_queries(
    they: people.People, now: datetime, django_assert_max_num_queries: Any
) -> None:
    wish = _wish(they, make.course(they, now))
    with django_assert_max_num_queries(12):
        gather(wish, fund="usable", now=now)

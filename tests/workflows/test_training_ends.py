"""What ends a training under way from outside, what policy keeps people from, and the short ways: renewal,
difference training, a class of instruments.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.decisions.operations import install_defaults
from apps.instruments.models import Instrument
from apps.instruments.operations import appoint_crew, retire_instrument
from apps.people.operations import add_member, end_user, suspend_user
from apps.people.posts import appoint_post
from apps.training.courses import Terms, create_course, publish_version, retire_course
from apps.training.models import Certificate, Course, Topic
from apps.training.operations import issue_certificate
from apps.training.queries import level_of
from apps.training.requests import overtake_request, withdraw_request
from apps.training.supervised import note_use
from tests.factories import training as make
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.trainings import (
    answer,
    applied,
    asked,
    at,
    certificate_in,
    examined,
    hear,
    placed,
    request_in,
    shown,
    to_certify,
    waiting,
)
from workflows import services

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The rules are in force; the lab has a head, Wang; use is free."""
    install_defaults(now=now - DAY)
    appoint_post(user=they.wang, unit=they.lab, kind="lab_head", by=they.office, now=now)
    Instrument.objects.update(use_charged=False)
    they.sem.refresh_from_db()
    return they


def _certified(they: People, now: datetime, until: datetime, **changes: object) -> Certificate:
    asked: dict[str, object] = {
        "user": they.bob,
        "instrument": they.sem,
        "level": "basic",
        "valid_from": now - 300 * DAY,
        "valid_until": until,
        "issued_by": None,
        "source_case": "import:bob",
        **changes,
    }
    return issue_certificate(**asked, now=now - 300 * DAY)  # type: ignore[arg-type]


def _policy(key: str, value: object, now: datetime) -> None:
    ParameterValue.objects.create(key=key, value=value, valid_from=now - DAY)


def _class_course(they: People, now: datetime, **terms: object) -> Course:
    topic = Topic.objects.filter(code="SEM").first() or make.bank(they, now)
    made = create_course(
        code="SEM-ALL",
        kind=Course.Kind.MODEL,
        name_zh="扫描电镜通用培训",
        name_en="Any SEM",
        level="basic",
        class6=they.sem.class6,
        model=they.sem.model,
        by=they.office,
        now=now,
    )
    asked = Terms(**{"shares": {topic: 4}, **terms})  # type: ignore[arg-type]
    publish_version(course=made, terms=asked, valid_from=now, by=they.office, now=now)
    return made


# -- overtaken -------------------------------------------------------------------------------------------


def test_an_instrument_that_leaves_service_ends_its_trainings(they: People, now: datetime) -> None:
    case = applied(they, make.course(they, now), now)
    retire_instrument(instrument=they.sem, reason="sold", by=None, now=now)
    hear(now)
    assert at(case) == "overtaken:"
    assert request_in(case).state == "overtaken"


def test_where_nobody_heard_of_it_the_next_answer_finds_out(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now), now)
    Instrument.objects.filter(pk=they.sem.pk).update(retired_at=now)
    with refused(WrongState, "workflows.overtaken"):
        answer(case, "certify", they.teng, now)
    assert at(case) == "overtaken:"
    assert not Certificate.objects.filter(user=they.bob).exists()


def test_a_learner_who_leaves_ends_their_training(they: People, now: datetime) -> None:
    case = applied(they, make.course(they, now), now)
    end_user(user=they.bob, reason="left", by=None, now=now)
    hear(now)
    case.refresh_from_db()
    assert case.state in ("overtaken", "cancelled")
    assert request_in(case).state == "overtaken"


def test_a_course_withdrawn_before_it_began_ends_the_case_and_later_does_not(
    they: People, now: datetime, settings: object
) -> None:
    course = make.course(they, now)
    settings.RULES_ENGINE = "broken"  # type: ignore[attr-defined]
    waits = applied(they, course, now)
    settings.RULES_ENGINE = "python"  # type: ignore[attr-defined]
    runs = applied(they, course, now, by=they.olga)
    retire_course(course=course, reason="new one", by=they.teng, now=now)
    with refused(WrongState, "workflows.overtaken"):
        answer(waits, "look", they.teng, now)
    assert at(waits) == "overtaken:"
    assert at(runs) in ("place", "done:refused")


@pytest.mark.parametrize(("how", "state"), [("withdrawn", "withdrawn"), ("overtaken", "overtaken")])
def test_a_request_that_is_closed_elsewhere_ends_its_case(
    they: People, now: datetime, how: str, state: str
) -> None:
    case = applied(they, make.course(they, now), now)
    if how == "withdrawn":
        withdraw_request(request=request_in(case), by=they.bob, now=now)
    else:
        overtake_request(request=request_in(case), reason="merged", now=now)
    hear(now)
    case.refresh_from_db()
    assert (case.state, request_in(case).state) == (state, state)


def test_somebody_whose_account_is_not_in_force_is_not_certified(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now), now)
    they.bob.valid_until = now
    they.bob.save(update_fields=["valid_until"])
    with refused(WrongState, "training.learner_inactive"):
        answer(case, "certify", they.teng, now)
    assert at(case) == "certify"


# -- policy ----------------------------------------------------------------------------------------------


def test_by_policy_nobody_of_the_learners_group_trains_them(they: People, now: datetime) -> None:
    appoint_crew(instrument=they.sem, user=they.olga, role="trainer", by=they.office, now=now)
    add_member(group=they.group, user=they.teng, by=they.wang, now=now)
    course = make.course(they, now)
    free = applied(they, course, now)
    assert asked(free, "place") == {"olga", "teng"}
    services.withdraw(case=free, by=they.bob, now=now)
    hear(now)
    _policy("training.trainer_of_same_group_barred", value=True, now=now)
    case = applied(they, course, now)
    assert asked(case, "place") == {"olga"}
    with refused(NotPermitted, "workflows.conflict"):
        answer(case, "place", they.teng, now, outcome="reject", opinion="no")


def test_a_parameter_says_how_often_an_assessment_is_repeated(they: People, now: datetime) -> None:
    _policy("training.most_assessments", value=1, now=now)
    used = make.rubric(they, now)
    case = applied(they, make.course(they, now), now)
    placed(they, case, now)
    examined(case, now)
    shown(they, case, used, now, (0, 0, 0))
    assert at(case) == "done:refused"


# -- short ways ------------------------------------------------------------------------------------------


def test_who_uses_the_instrument_renews_without_an_exam(they: People, now: datetime) -> None:
    old = _certified(they, now, now + 20 * DAY)
    note_use(user_id=they.bob.pk, instrument_id=they.sem.pk, used_at=now - 30 * DAY)
    case = applied(they, make.course(they, now), now)
    assert request_in(case).kind == "renewal"
    assert at(case) == "certify"
    rows = case.dossiers.order_by("-number")[0].content["sections"][1]["rows"]
    assert rows[0]["value"] == "waived: in regular use"
    answer(case, "certify", they.teng, now)
    old.refresh_from_db()
    assert (old.ended_as, certificate_in(case).valid_until) == ("replaced", now + 730 * DAY)


def test_who_does_not_use_it_sits_the_exam_again(they: People, now: datetime) -> None:
    _certified(they, now, now + 20 * DAY)
    note_use(user_id=they.bob.pk, instrument_id=they.sem.pk, used_at=now - 200 * DAY)
    case = applied(they, make.course(they, now), now, kind="renewal")
    assert at(case) == "exam"
    examined(case, now)
    assert at(case) == "certify"


def test_a_renewal_too_early_is_refused(they: People, now: datetime) -> None:
    _certified(they, now, now + 300 * DAY)
    case = applied(they, make.course(they, now), now, kind="renewal")
    assert at(case) == "done:refused"
    assert "暂不能续期" in case.reason


def test_difference_training_asks_only_for_what_differs(they: People, now: datetime) -> None:
    beside = sister(they.sem, "QY900001", now)
    _certified(they, now, now + 300 * DAY, instrument=beside)
    used = make.rubric(they, now)
    case = applied(they, make.course(they, now, required_minutes=600, difference_minutes=30), now)
    assert (request_in(case).kind, at(case)) == ("difference", "place")
    session = placed(they, case, now)
    assert at(case) == "hours"  # no exam
    make.supervised(they, session, 30)
    hear(session.ends_at)
    shown(they, case, used, session.ends_at)
    answer(case, "certify", they.teng, session.ends_at)
    assert level_of(they.bob, they.sem, session.ends_at) == "basic"


def test_who_holds_an_older_version_of_the_course_learns_what_differs(they: People, now: datetime) -> None:
    course = make.course(they, now, required_minutes=600)
    old = _certified(they, now, now + 300 * DAY)
    Certificate.objects.filter(pk=old.pk).update(course_version=course.versions.get())
    refused_now = applied(they, course, now, kind="difference")
    assert at(refused_now) == "done:refused"
    later = now + DAY
    terms = Terms(shares={Topic.objects.get(): 4}, required_minutes=600, difference_minutes=0)
    publish_version(course=course, terms=terms, valid_from=later, by=they.teng, now=later)
    case = applied(they, course, later, kind="difference")
    used = make.rubric(they, later)
    session = placed(they, case, later)
    shown(they, case, used, session.ends_at)
    answer(case, "certify", they.teng, session.ends_at)
    old.refresh_from_db()
    assert (at(case), old.ended_as) == ("done:certified", "replaced")


def test_for_any_instrument_of_a_class_the_place_of_the_assessment_decides(
    they: People, now: datetime
) -> None:
    used = make.rubric(they, now)
    case = applied(they, _class_course(they, now), now)
    assert request_in(case).instrument is None
    assert at(case) == "place"
    placed(they, case, now)
    examined(case, now)
    shown(they, case, used, now)
    answer(case, "certify", they.teng, now)
    assert request_in(case).instrument == they.sem
    assert at(case) == "done:certified"


def test_a_renewal_names_its_instrument(they: People, now: datetime) -> None:
    course = _class_course(they, now)
    with refused(Invalid, "training.instrument_needed"):
        applied(they, course, now, kind="renewal")


def test_what_cannot_be_printed_is_in_force_all_the_same(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now), now)
    type(they.bob).objects.filter(pk=they.bob.pk).update(name_zh="\U0001f600")
    answer(case, "certify", they.teng, now)
    assert at(case) == "done:certified"
    assert level_of(they.bob, they.sem, now) == "basic"
    assert [alarm["code"] for alarm in told("workflows.alarm")] == ["documents.missing_glyph"]


def test_every_certificate_of_a_case_is_issued_once(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now), now)
    step = waiting(case)["certify"]
    answer(case, "certify", they.teng, now)
    with refused(WrongState, "workflows.answered"):
        services.answer(step=step, by=they.teng, now=now, outcome="approve", data={})
    assert Certificate.objects.filter(user=they.bob).count() == 1


@pytest.mark.parametrize("how", [end_user, suspend_user])
def test_sessions_of_a_trainer_who_goes_do_not_take_place(
    they: People, now: datetime, how: Callable[..., Any]
) -> None:
    """Who had a seat looks for another; what is over, and what others lead, stays."""
    case = applied(they, make.course(they, now, required_minutes=60), now)
    over = make.session(they, now - DAY, participants=(they.charlie,))
    session = placed(they, case, now)
    examined(case, now)
    lesson: dict[str, Any] = {
        "kind": "teaching",
        "leader": they.wang,
        "participants": (they.charlie,),
        "capacity": None,
    }
    other = make.session(they, now + DAY, **lesson)
    assert at(case) == "hours"
    how(user=they.teng, reason="gone", by=they.office, now=now)
    hear(now)
    assert at(case) == "place"
    for one, cancelled in ((over, None), (session, now), (other, None)):
        one.refresh_from_db()
        assert one.cancelled_at == cancelled

"""Somebody is trained: placed, examined, supervised, assessed, certified, in this order as far as it is
missing; and every other way to an end.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import AuditEntry, Delivery
from apps.decisions.operations import install_defaults
from apps.instruments.models import Instrument
from apps.people.operations import grant_authorization
from apps.people.posts import appoint_post
from apps.training.courses import allow_another_attempt
from apps.training.guided import cancel_guided_session
from apps.training.models import Certificate, ExtraAttempt, GuidedSession, Rubric, TrainingPlace
from apps.training.places import mark_attendance, take_place
from apps.training.queries import level_of
from documents.models import Document
from tests.factories import training as make
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
    worked,
)
from workflows import services
from workflows.models import Case

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The rules are in force; the lab has a head, Wang."""
    install_defaults(now=now - DAY)
    appoint_post(user=they.wang, unit=they.lab, kind="lab_head", by=they.office, now=now)
    Instrument.objects.update(use_charged=False)
    they.sem.refresh_from_db()
    return they


def test_the_whole_way_to_a_certificate_and_its_paper(they: People, now: datetime) -> None:
    course, used = make.course(they, now, required_minutes=120), make.rubric(they, now)
    case = applied(they, course, now)
    assert (at(case), case.unit, request_in(case).state) == ("place", they.lab, "accepted")
    assert asked(case, "place") == {"teng"}
    session = placed(they, case, now)
    assert at(case) == "exam"
    assert asked(case, "exam") == {"bob"}
    examined(case, now)
    assert at(case) == "hours"
    worked(they, session, 60)
    assert at(case) == "hours"
    worked(they, session, 70)
    assert (at(case), asked(case, "assess")) == ("assess", {"teng"})
    shown(they, case, used, session.ends_at)
    assert (at(case), asked(case, "certify")) == ("certify", {"teng"})
    answer(case, "certify", they.teng, session.ends_at)
    assert at(case) == "done:certified"
    certificate = certificate_in(case)
    assert level_of(they.bob, they.sem, session.ends_at) == "basic"
    assert (certificate.issued_by, certificate.countersigned_by) == (they.teng, None)
    assert request_in(case).certificate == certificate
    paper = Document.objects.get(subject_ref=f"certificate:{certificate.ulid}")
    assert (paper.kind, paper.holder, paper.issued_by) == ("certificate", they.bob, they.teng)
    assert "FE-SEM" in paper.content
    assert case.dossiers.count() == 2


def test_a_refused_request_tells_everything_that_is_missing_in_words(they: People, now: datetime) -> None:
    course = make.course(they, now, code="SEM-ADV", level="advanced", prerequisite_level="basic")
    case = applied(they, course, now, by=they.charlie, kind="new")
    assert at(case) == "done:refused"
    request = request_in(case)
    assert (request.state, request.close_reason) == ("refused", case.reason)
    for words in (
        "你还没有通过实验室安全准入考试",
        "先要持有这台仪器的 基础 级操作证",
    ):
        assert words in case.reason
    (dossier,) = case.dossiers.all()
    rows = {row[1]: row[0]["en"] for row in dossier.content["sections"][1]["table"]["rows"]}
    assert rows["safety.none"] == "You have not passed the laboratory safety exam"
    assert "training.prerequisite" in rows


@pytest.mark.parametrize(("outcome", "end"), [("approve", "exam"), ("reject", "done:refused")])
def test_what_the_rules_cannot_answer_a_person_does(
    they: People, now: datetime, settings: Any, outcome: str, end: str
) -> None:
    course = make.course(they, now)
    settings.RULES_ENGINE = "broken"
    case = applied(they, course, now)
    assert (at(case), asked(case, "look")) == ("look", {"teng"})
    settings.RULES_ENGINE = "python"
    answer(case, "look", they.teng, now, outcome=outcome, opinion="I know why")
    if outcome == "approve":
        placed(they, case, now)
    assert at(case) == end
    if outcome == "reject":
        assert request_in(case).close_reason == "I know why"


def test_the_trainer_gives_a_place_or_says_that_there_will_be_none(they: People, now: datetime) -> None:
    course = make.course(they, now)
    session = make.session(they, now)
    case = applied(they, course, now)
    with refused(Invalid, "training.session_needed"):
        answer(case, "place", they.teng, now, outcome="complete")
    answer(case, "place", they.teng, now, outcome="complete", session=session)
    assert TrainingPlace.objects.get(user=they.bob).state == "seated"
    assert at(case) == "exam"
    other = applied(they, course, now, by=they.alice, kind="renewal")
    assert at(other) == "done:refused"


def test_a_waiting_list_is_a_place_too_and_who_chooses_for_themselves_needs_no_trainer(
    they: People, now: datetime
) -> None:
    session = make.session(they, now, capacity=1, participants=(they.alice,))
    case = applied(they, make.course(they, now), now)
    take_place(session=session, request=request_in(case), by=they.bob, now=now)
    hear(now)
    assert TrainingPlace.objects.get(user=they.bob).state == "waiting"
    assert at(case) == "exam"


def test_attempts_used_up_are_for_the_trainer(they: People, now: datetime) -> None:
    course = make.course(they, now, max_attempts=1, cooling_off_days=0)
    case = applied(they, course, now)
    placed(they, case, now)
    examined(case, now, right=0)
    assert (at(case), asked(case, "attempts")) == ("attempts", {"teng"})
    answer(case, "attempts", they.teng, now, opinion="was ill")
    assert at(case) == "exam"
    assert ExtraAttempt.objects.get().reason == "was ill"
    examined(case, now, right=0)
    allow_another_attempt(user=they.bob, course=course, reason="page", by=they.teng, now=now)
    hear(now)
    assert at(case) == "exam"
    assert ExtraAttempt.objects.count() == 2
    examined(case, now, right=0)
    answer(case, "attempts", they.teng, now, outcome="reject", opinion="three times")
    assert at(case) == "done:refused"
    assert request_in(case).close_reason == "three times"


def test_who_does_not_sit_the_exam_is_closed_in_time(they: People, now: datetime) -> None:
    case = applied(they, make.course(they, now), now)
    placed(they, case, now)
    services.sweep(now=now + 119 * DAY)
    assert at(case) == "exam"
    services.sweep(now=now + 121 * DAY)
    assert at(case) == "done:refused"
    assert request_in(case).state == "refused"


def test_a_session_that_is_cancelled_or_missed_leads_to_another_place(they: People, now: datetime) -> None:
    course = make.course(they, now, required_minutes=60)
    case = applied(they, course, now)
    session = placed(they, case, now)
    examined(case, now)
    cancel_guided_session(session=session, by=they.teng, now=now)
    hear(now)
    assert at(case) == "place"
    session = placed(they, case, now)
    assert at(case) == "hours"
    services.sweep(now=session.ends_at + DAY)
    assert at(case) == "hours"
    services.sweep(now=session.ends_at + 2 * DAY + HOUR)
    assert at(case) == "place"
    worked(they, session, 60, session.ends_at + 3 * DAY)  # recorded late, but it counts
    assert at(case) == "assess"


def test_hours_of_who_was_absent_are_missing_again(they: People, now: datetime) -> None:
    case = applied(they, make.course(they, now, required_minutes=60), now)
    session = placed(they, case, now)
    worked(they, session, 60)
    late = session.ends_at + HOUR
    examined(case, late)
    assert at(case) == "assess"
    mark_attendance(place=session.places.get(), present=False, by=they.teng, now=late)
    hear(late)
    assert at(case) == "hours"


def test_a_failed_assessment_is_repeated_at_most_as_policy_says(they: People, now: datetime) -> None:
    used = make.rubric(they, now)
    case = applied(they, make.course(they, now), now)
    placed(they, case, now)
    examined(case, now)
    shown(they, case, used, now, (0, 1, 9))
    assert at(case) == "again"
    answer(case, "again", they.teng, now, outcome="complete")
    assert at(case) == "assess"
    shown(they, case, used, now, (1, 0, 1))
    answer(case, "again", they.teng, now, outcome="hours", opinion="practise", minutes=30)
    assert at(case) == "hours"
    session = GuidedSession.objects.get()
    worked(they, session, 30)
    assert at(case) == "assess"
    shown(they, case, used, session.ends_at, (0, 0, 0))
    assert at(case) == "done:refused"
    assert "3" in request_in(case).close_reason


def test_the_trainer_sends_back_to_hours_and_to_the_assessment(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now), now)
    with refused(Invalid, "workflows.opinion_required"):
        answer(case, "certify", they.teng, now, outcome="hours")
    answer(case, "certify", they.teng, now, outcome="hours", opinion="not steady yet")
    assert at(case) == "hours"
    assert request_in(case).extra_minutes == 60
    session = GuidedSession.objects.get()
    worked(they, session, 60)
    assert at(case) == "certify"
    answer(case, "certify", they.teng, session.ends_at, outcome="assess", opinion="show it once more")
    assert at(case) == "assess"
    shown(they, case, Rubric.objects.get(), session.ends_at)
    assert at(case) == "certify"
    assert AuditEntry.objects.filter(action="training.ask_for_more").count() == 2


def test_the_trainer_may_give_less_never_more(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now), now)
    with refused(Invalid, "training.level"):
        answer(case, "certify", they.teng, now, level="advanced", days=100)
    with refused(Invalid, "core.period"):
        answer(case, "certify", they.teng, now, level="basic", days=731)
    answer(case, "certify", they.teng, now, level="assisted", days=100)
    certificate = certificate_in(case)
    assert (certificate.level, certificate.valid_until) == ("assisted", now + 100 * DAY)


def test_the_trainer_refuses_and_says_why(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now), now)
    answer(case, "certify", they.teng, now, outcome="reject", opinion="careless")
    assert at(case) == "done:refused"
    assert request_in(case).close_reason == "careless"
    assert not Certificate.objects.filter(user=they.bob).exists()


def test_high_levels_are_countersigned_by_the_head_of_the_lab(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now, code="SEM-ADV", level="advanced"), now)
    answer(case, "certify", they.teng, now)
    assert (at(case), asked(case, "countersign")) == ("countersign", {"wang"})
    services.send_back(
        step=waiting(case)["countersign"], by=they.wang, now=now, to="certify", reason="how long?"
    )
    assert (at(case), asked(case, "certify")) == ("certify", {"teng"})
    answer(case, "certify", they.teng, now, days=365)
    answer(case, "countersign", they.wang, now)
    certificate = certificate_in(case)
    assert (certificate.issued_by, certificate.countersigned_by) == (they.teng, they.wang)
    assert (certificate.level, at(case)) == ("advanced", "done:certified")


def test_the_head_of_the_lab_says_no(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now, code="SEM-ADV", level="advanced"), now)
    answer(case, "certify", they.teng, now)
    answer(case, "countersign", they.wang, now, outcome="reject", opinion="too early")
    assert at(case) == "done:refused"
    assert not Certificate.objects.filter(user=they.bob).exists()


def test_nobody_countersigns_what_they_certified(they: People, now: datetime) -> None:
    appoint_post(user=they.teng, unit=they.lab, kind="lab_head", by=they.office, now=now)
    case = to_certify(they, make.course(they, now, code="SEM-ADV", level="advanced"), now)
    answer(case, "certify", they.teng, now)
    assert asked(case, "countersign") == {"wang"}
    with refused(NotPermitted, "workflows.conflict"):
        answer(case, "countersign", they.teng, now)


def test_the_learner_answers_nothing_but_their_own_steps(they: People, now: datetime) -> None:
    case = to_certify(they, make.course(they, now), now)
    for who, code in (
        (they.bob, "workflows.own_case"),
        (they.olga, "workflows.not_yours"),
        (they.alice, "workflows.not_yours"),
    ):
        with refused(NotPermitted, code):
            answer(case, "certify", who, now)


def test_an_automatic_step_is_answered_by_nobody(they: People, now: datetime) -> None:
    case = applied(they, make.course(they, now), now)
    placed(they, case, now)
    with refused(WrongState, "workflows.automatic"):
        answer(case, "exam", they.bob, now, outcome="complete")


def test_withdrawn_and_cancelled_the_request_ends_too_and_the_seat_is_free(
    they: People, now: datetime
) -> None:
    course = make.course(they, now)
    case = applied(they, course, now)
    placed(they, case, now)
    services.withdraw(case=case, by=they.bob, now=now, reason="no time")
    assert (request_in(case).state, TrainingPlace.objects.get().state) == ("withdrawn", "left")
    hear(now)
    again = applied(they, course, now)
    services.cancel(case=again, by=they.office, now=now, reason="renovation")
    assert request_in(again).state == "overtaken"
    hear(now)
    assert at(again) == "cancelled:"


def test_trainers_of_the_instrument_may_read_the_case(they: People, now: datetime) -> None:
    case = applied(they, make.course(they, now), now)
    flow = case.process.flow_class.instance
    assert [flow.may_see(case, user, now) for user in (they.teng, they.olga)] == [True, False]


def test_who_manages_the_lab_is_asked_where_there_is_no_trainer(they: People, now: datetime) -> None:
    grant_authorization(
        user=they.olga, kind="manage", scope=f"unit:{they.lab.ulid}", grantor=they.office, now=now
    )
    course = make.course(they, now)
    they.sem.crew.filter(user=they.teng).update(revoked_at=now)
    case = applied(they, course, now)
    assert "olga" in asked(case, "place")


def test_what_was_done_early_is_done(they: People, now: datetime) -> None:
    """Facts that come before anybody waits for them, and facts that come twice."""
    used = make.rubric(they, now)
    case = applied(they, make.course(they, now, required_minutes=30), now)
    session = make.session(they, now, requests=(request_in(case),))
    make.passed_exam(request_in(case), now)
    make.supervised(they, session, 30)
    late = session.ends_at
    make.assessed(they, request_in(case), used, late)
    assert set(waiting(case)) == {"place"}  # nothing was heard yet
    hear(late)
    assert at(case) == "certify"
    Delivery.objects.filter(subscriber__startswith="training_flow.").update(
        state="pending", done_at=None, due_at=late
    )
    hear(late)
    assert at(case) == "certify"
    assert Case.objects.get(pk=case.pk).steps.count() == 2

"""A plain case from start to end, and every way in which it can take another turn."""

from datetime import datetime, timedelta

import pytest
from django.utils.translation import override

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import Fact
from tests.factories.refusals import refused
from tests.people import People
from tests.toyflows.approvals import ThreeStepsFlow
from tests.workflows.toys import kinds, owner, three_steps, waiting, yes
from workflows import services
from workflows.models import Case, TaskEvent
from workflows.words import case_title

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_three_people_say_yes_the_notice_passes_and_the_case_is_approved(they: People, now: datetime) -> None:
    ThreeStepsFlow.ended.clear()
    case = three_steps(they, now)
    for person in (they.wang, they.teng, they.olga):
        yes(case, person, now)
    assert services.sweep(now=now + DAY / 2).timers == 0
    assert services.sweep(now=now + DAY).timers == 1
    case.refresh_from_db()
    assert (case.state, case.outcome, case.ended_at) == ("done", "approved", now + DAY)
    assert ThreeStepsFlow.ended == ["done:approved"]
    assert kinds(case) == ["started", "approve", "approve", "approve", "timer", "done"]
    assert case.process.data["lab"] == "approve"


def test_a_noun_in_a_title_is_named_in_the_language_of_its_reader(they: People, now: datetime) -> None:
    they.alice.name_en = "Alice Example"
    case = three_steps(they, now)
    assert they.alice.name_zh in case_title(case)
    with override("en"):
        assert case_title(case) == "Toy of Alice Example"


def test_every_answer_points_at_the_dossier_that_it_is_about(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    step = yes(case, they.wang, now, opinion="fine")
    step.refresh_from_db()
    assert step.dossier == case.dossiers.get()
    assert len(step.dossier.digest) == 64
    assert (step.outcome, step.opinion, step.answered_by, step.answered_at) == (
        "approve",
        "fine",
        they.wang,
        now,
    )


def test_a_refusal_wants_an_opinion_and_ends_the_case(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    with refused(Invalid, "workflows.opinion_required"):
        services.answer(step=step, by=they.wang, now=now, outcome="reject", opinion="  ")
    services.answer(step=step, by=they.wang, now=now, outcome="reject", opinion="too early")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "refused")


def test_what_the_domain_refuses_changes_nothing(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now)
    before = (kinds(case), Fact.objects.count())
    with refused(Invalid, "toy.no"):
        yes(case, they.teng, now, opinion="the domain says no")
    assert (kinds(case), Fact.objects.count()) == before
    assert set(waiting(case)) == {"lab"}


def test_a_case_whose_object_is_gone_ends_as_overtaken_with_the_reason(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now)
    with refused(WrongState, "workflows.overtaken"):
        yes(case, they.teng, now, opinion="it is gone")
    case.refresh_from_db()
    assert (case.state, case.reason) == ("overtaken", "the thing is gone")
    assert not waiting(case)


def test_one_open_case_about_one_thing(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    with refused(WrongState, "workflows.case_open"):
        three_steps(they, now)
    services.withdraw(case=case, by=they.alice, now=now)
    assert three_steps(they, now).number != case.number


def test_an_outsider_hears_that_it_is_not_theirs_and_a_late_one_that_it_is_answered(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    with refused(NotPermitted, "workflows.not_yours"):
        services.answer(step=step, by=they.bob, now=now, outcome="approve")
    services.answer(step=step, by=they.wang, now=now, outcome="approve")
    with refused(WrongState, "workflows.answered"):
        services.answer(step=step, by=they.wang, now=now, outcome="approve")


def test_an_unknown_outcome_is_named_with_the_possible_ones(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    with refused(Invalid, "workflows.outcome"):
        services.answer(step=waiting(case)["tutor"], by=they.wang, now=now, outcome="perhaps")


def test_sent_back_to_the_applicant_it_returns_to_who_asked_before(they: People, now: datetime) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    step = waiting(case)["tutor"]
    services.send_back(step=step, by=they.olga, now=now, to="revise", reason="no date")
    assert owner(case) == they.alice
    services.answer(step=waiting(case)["revise"], by=they.alice, now=now, outcome="complete")
    assert set(waiting(case)) == {"tutor"}
    assert kinds(case) == ["started", "sent_back", "complete"]


def test_sent_back_to_an_earlier_step_it_goes_to_who_answered_it(they: People, now: datetime) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    yes(case, they.olga, now)
    again = services.send_back(step=waiting(case)["lab"], by=they.teng, now=now, to="tutor", reason="check")
    assert owner(case) == they.olga
    assert again.node == "tutor"


def test_it_cannot_be_sent_to_a_step_that_the_flow_does_not_allow(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    with refused(Invalid, "workflows.way_back"):
        services.send_back(step=waiting(case)["tutor"], by=they.wang, now=now, to="office", reason="x")
    with refused(Invalid, "core.reason_required"):
        services.send_back(step=waiting(case)["tutor"], by=they.wang, now=now, to="revise", reason=" ")


def test_the_applicant_withdraws_until_the_deciding_step(they: People, now: datetime) -> None:
    ThreeStepsFlow.ended.clear()
    case = three_steps(they, now)
    with refused(NotPermitted, "workflows.not_applicant"):
        services.withdraw(case=case, by=they.bob, now=now)
    yes(case, they.wang, now)
    services.withdraw(case=case, by=they.alice, now=now, reason="changed my mind")
    case.refresh_from_db()
    assert (case.state, case.reason) == ("withdrawn", "changed my mind")
    assert ThreeStepsFlow.ended == ["withdrawn:"]
    with refused(WrongState, "workflows.case_closed"):
        services.withdraw(case=case, by=they.alice, now=now)
    second = three_steps(they, now)
    for person in (they.wang, they.teng, they.olga):
        yes(second, person, now)
    with refused(WrongState, "workflows.too_late"):
        services.withdraw(case=second, by=they.alice, now=now)


def test_only_the_office_cancels_and_says_why(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    with refused(NotPermitted, "workflows.not_yours"):
        services.cancel(case=case, by=they.teng, now=now, reason="x")
    services.cancel(case=case, by=they.office, now=now, reason="entered twice")
    assert Case.objects.get(pk=case.pk).state == "cancelled"


def test_an_error_behind_a_timer_rolls_back_is_told_and_tried_again_later(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now, broken=True)
    for person in (they.wang, they.teng, they.olga):
        yes(case, person, now)
    assert services.sweep(now=now + DAY).timers == 0
    assert services.sweep(now=now + DAY).timers == 0  # not at once
    (failed,) = TaskEvent.objects.filter(case=case, kind="failed")
    assert failed.details == {"code": "ValueError"}
    assert Fact.objects.filter(name="workflows.alarm").count() == 1
    assert "secret" not in str(list(case.process.task_set.values_list("data", flat=True)))
    case.process.refresh_from_db()
    case.process.data["broken"] = False
    case.process.save()
    assert services.sweep(now=now + DAY + timedelta(minutes=2)).timers == 1
    assert Case.objects.get(pk=case.pk).outcome == "approved"

"""Who is told what of a case, and who is not told any more."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.translation import override

from apps.core.outbox import WORKER, relay
from apps.notices.models import Notice
from apps.notices.queries import unread
from apps.notices.rendering import plain
from apps.people.models import User
from tests.people import People
from tests.toyflows.approvals import RoundFlow
from tests.workflows.toys import three_steps, waiting, yes
from workflows import services
from workflows.models import Case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def deliver(now: datetime) -> None:
    relay(channel=WORKER, now=now, limit=10_000)


def heard(user: User) -> list[str]:
    """The kinds of notices that wait for a person, in their order; those about cases only."""
    kinds = unread(user).order_by("id").values_list("kind", flat=True)
    return [kind for kind in kinds if not kind.startswith("account.")]


@pytest.fixture
def case(they: People, now: datetime) -> Case:
    """Alice has applied; Wang is asked, and everything before is told."""
    deliver(now)
    Notice.objects.all().delete()
    made = three_steps(they, now)
    deliver(now)
    return made


def test_whose_step_it_is_hears_of_it_with_all_that_one_wants_to_know(
    they: People, case: Case, now: datetime
) -> None:
    assert heard(they.wang) == ["tasks.offered"]
    notice = unread(they.wang).get()
    assert notice.url == reverse("task_detail", args=[waiting(case)["tutor"].ulid])
    with override("en"):
        words = plain(notice)
    assert words.title == "Waits for you: Toy of Alice"
    assert "Applicant: Alice." in words.body
    assert "Please answer by 2026-11-30" in words.body
    assert case.number in words.body
    assert heard(they.alice) == []


def test_everybody_who_may_take_it_hears_until_one_has_answered(they: People, now: datetime) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    deliver(now)
    assert (heard(they.wang), heard(they.olga)) == (["tasks.claimable"], ["tasks.claimable"])
    services.answer(step=waiting(case)["tutor"], by=they.olga, now=now, outcome="approve")
    deliver(now)
    assert (heard(they.wang), heard(they.olga)) == ([], [])


def test_a_step_that_was_answered_before_anybody_could_be_told_is_not_told(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now)
    deliver(now)
    assert heard(they.wang) == []
    assert heard(they.teng) == ["tasks.offered"]


def test_the_applicant_hears_how_it_goes_on_and_how_it_ends(they: People, case: Case, now: datetime) -> None:
    yes(case, they.wang, now)
    deliver(now)
    assert heard(they.alice) == ["cases.answered"]
    step = waiting(case)["lab"]
    services.answer(step=step, by=they.teng, now=now, outcome="reject", opinion="不合适")
    deliver(now)
    assert heard(they.alice) == ["cases.answered", "cases.ended"]
    with override("en"):
        assert plain(unread(they.alice).latest("id")).title == "Refused: Toy of Alice"


def test_what_is_sent_back_is_told_with_the_reason_and_once(they: People, case: Case, now: datetime) -> None:
    services.send_back(step=waiting(case)["tutor"], by=they.wang, now=now, to="revise", reason="缺附件")
    deliver(now)
    assert heard(they.alice) == ["cases.sent_back"]
    notice = unread(they.alice).get()
    assert notice.args["reason"] == "缺附件"
    assert notice.url == reverse("task_detail", args=[waiting(case)["revise"].ulid])
    services.answer(step=waiting(case)["revise"], by=they.alice, now=now + DAY, outcome="complete")
    deliver(now + DAY)
    assert heard(they.alice) == []
    assert heard(they.wang) == ["tasks.offered"]


def test_the_applicant_hears_that_it_went_back_to_somebody_else(
    they: People, case: Case, now: datetime
) -> None:
    yes(case, they.wang, now)
    services.send_back(step=waiting(case)["lab"], by=they.teng, now=now + DAY, to="tutor", reason="请核实")
    deliver(now + DAY)
    assert heard(they.wang) == ["cases.sent_back"]
    assert "cases.sent_back" in heard(they.alice)
    assert unread(they.alice).latest("id").url == reverse("case_detail", args=[case.ulid])


def test_hands_that_change_are_told_to_the_new_ones(they: People, case: Case, now: datetime) -> None:
    step = waiting(case)["tutor"]
    services.delegate(step=step, by=they.wang, to=they.teng, now=now, reason="请看")
    deliver(now)
    assert heard(they.teng) == ["tasks.delegated"]
    services.give_back(step=step, by=they.teng, now=now, opinion="可以")
    deliver(now)
    assert heard(they.wang) == ["tasks.offered", "tasks.returned"]
    services.add_signer(step=step, by=they.wang, user=they.olga, now=now, where="before", reason="先看")
    deliver(now)
    assert heard(they.olga) == ["tasks.sign"]
    services.transfer(step=step, by=they.office, to=they.office, now=now, reason="急")
    deliver(now)
    assert heard(they.office) == ["tasks.transferred"]


def test_a_seat_beside_is_told_once(they: People, now: datetime) -> None:
    case = services.start(
        RoundFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref="thing:round",
        data={"members": [they.wang.pk, they.teng.pk]},
    )
    services.add_signer(
        step=case.steps.get(task__owner=they.wang),
        by=they.wang,
        user=they.olga,
        now=now,
        where="beside",
        reason="懂行",
    )
    deliver(now)
    assert heard(they.olga) == ["tasks.offered"]


def test_reminders_urging_and_the_deadline_are_told(they: People, case: Case, now: datetime) -> None:
    services.urge(case=case, by=they.alice, now=now)
    step = waiting(case)["tutor"]
    assert step.remind_at is not None
    assert step.due_at is not None
    services.sweep(now=step.remind_at)
    services.sweep(now=step.due_at)
    deliver(step.due_at)
    assert heard(they.wang) == ["tasks.offered", "tasks.urged", "tasks.reminded", "tasks.overdue"]
    assert heard(they.office) == ["tasks.risen"]
    yes(case, they.wang, step.due_at)
    deliver(step.due_at)
    assert (heard(they.wang), heard(they.office)) == ([], [])


def test_a_withdrawn_case_asks_nobody_any_more_and_its_applicant_knows(
    they: People, case: Case, now: datetime
) -> None:
    services.withdraw(case=case, by=they.alice, now=now)
    deliver(now)
    assert (heard(they.wang), heard(they.alice)) == ([], [])


def test_a_cancelled_case_is_told_with_the_reason(they: People, case: Case, now: datetime) -> None:
    services.cancel(case=case, by=they.office, now=now, reason="重复申请")
    deliver(now)
    assert heard(they.alice) == ["cases.ended"]
    assert unread(they.alice).get().args["reason"] == "重复申请"


def test_a_case_that_is_shown_is_told(they: People, case: Case, now: datetime) -> None:
    services.copy(case=case, to=[they.bob], by=they.alice, now=now)
    deliver(now)
    assert heard(they.bob) == ["cases.copied"]


def test_who_did_not_begin_their_own_case_hears_of_it(they: People, now: datetime) -> None:
    deliver(now)
    before = heard(they.alice)
    services.start(
        RoundFlow,
        by=they.office,
        now=now,
        applicant=they.alice,
        subject_ref="thing:for-alice",
        data={"members": [they.wang.pk]},
    )
    deliver(now)
    assert heard(they.alice) == [*before, "cases.started"]


def test_a_case_that_cannot_go_on_alarms_the_office_once_an_hour(they: People, now: datetime) -> None:
    case = three_steps(they, now, broken=True)
    for user in (they.wang, they.teng, they.olga):
        yes(case, user, now)
    later = now + 3 * DAY
    for minutes in (0, 3, 10):
        services.sweep(now=later + timedelta(minutes=minutes))
        deliver(later + timedelta(minutes=minutes))
    assert heard(they.office) == ["system.case_failed"]
    assert Notice.objects.filter(user=None, kind="system.case_failed").count() == 1
    assert "ValueError" in plain(unread(they.office).get()).title

"""The lists of the inbox: each person's own, nobody else's, narrowed and counted."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.core.keyset import slice_of
from apps.people.models import User
from tests.people import People
from tests.workflows.toys import three_steps, waiting, yes
from workflows import inbox, services
from workflows.inbox import Wanted
from workflows.models import Case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def numbers(tasks: object) -> list[str]:
    return [task.step.case.number for task in tasks]  # type: ignore[attr-defined]


def counted(user: User) -> tuple[int, int]:
    found = inbox.counts(user)
    return found.mine, found.claimable


def test_a_step_of_one_is_theirs_and_a_step_of_several_is_open_to_take(they: People, now: datetime) -> None:
    own = three_steps(they, now)
    shared = three_steps(they, now, subject="thing:two", tutors=[they.wang.pk, they.olga.pk])
    assert numbers(inbox.held_by(they.wang)) == [own.number]
    assert numbers(inbox.claimable_by(they.wang)) == [shared.number]
    assert numbers(inbox.claimable_by(they.olga)) == [shared.number]
    assert (counted(they.wang), counted(they.olga), counted(they.teng)) == ((1, 1), (0, 1), (0, 0))
    services.claim(step=waiting(shared)["tutor"], by=they.olga, now=now)
    assert (counted(they.wang), counted(they.olga)) == ((1, 0), (1, 0))


def test_an_overdue_step_of_somebody_else_rises_to_the_superiors(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    services.sweep(now=now + 30 * DAY)
    assert numbers(inbox.claimable_by(they.office)) == [case.number]
    assert counted(they.wang) == (1, 0)
    services.claim(step=waiting(case)["tutor"], by=they.office, now=now + 30 * DAY)
    assert (counted(they.wang), counted(they.office)) == ((0, 1), (1, 0))  # overdue, it may be taken back


def test_what_is_done_leaves_the_one_list_for_the_other(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now)
    assert numbers(inbox.held_by(they.wang)) == []
    assert numbers(inbox.done_by(they.wang)) == [case.number]
    assert numbers(inbox.held_by(they.teng)) == [case.number]
    services.send_back(step=waiting(case)["lab"], by=they.teng, now=now, to="tutor", reason="x")
    assert numbers(inbox.done_by(they.teng)) == [case.number]
    services.withdraw(case=case, by=they.alice, now=now)
    assert counted(they.wang) == (0, 0)
    assert numbers(inbox.done_by(they.wang)) == [case.number]


def test_applications_and_copies_are_listed_by_case(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    services.copy(case=case, to=[they.bob], by=they.alice, now=now)
    assert list(inbox.applied_by(they.alice)) == [case]
    assert list(inbox.applied_by(they.bob)) == []
    assert [copy.case for copy in inbox.copied_to(they.bob)] == [case]


def test_a_list_is_narrowed_by_process_unit_age_and_deadline(they: People, now: datetime) -> None:
    old = three_steps(they, now - 8 * DAY)
    new = three_steps(they, now, subject="thing:two")
    mine = inbox.held_by(they.wang)

    def left(**chosen: object) -> set[str]:
        rows = inbox.narrowed(mine, Wanted(**chosen), now, case="step__case__", step="step__")  # type: ignore[arg-type]
        return set(numbers(rows))

    both = {old.number, new.number}
    assert left() == both
    assert (left(flow="toy_three"), left(flow="toy_due")) == (both, set())
    assert (left(older_days=7), left(older_days=1)) == ({old.number}, {old.number})
    assert left(overdue=True) == {old.number}
    department = they.lab.parent
    assert department is not None
    for unit in (they.lab, department, department.parent):
        assert unit is not None
        assert left(unit=unit.ulid) == both
    assert left(unit="nowhere") == set()
    applied = inbox.narrowed(inbox.applied_by(they.alice), Wanted(older_days=7, overdue=True), now, case="")
    assert list(applied) == [old]


def test_pages_follow_one_another_in_one_query_each(
    they: People, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cases = [three_steps(they, now, subject=f"thing:{number}") for number in range(5)]
    seen: list[str] = []
    cursor = ""
    for _page in range(3):
        with django_assert_num_queries(1):
            part = slice_of(inbox.held_by(they.wang), order=inbox.OLDEST_FIRST, size=2, cursor=cursor)
            seen += [task.step.case.number for task in part.rows]
            assert all(task.step.case.applicant == they.alice for task in part.rows)
        cursor = part.next
    assert (seen, cursor) == ([case.number for case in cases], "")


def test_counting_takes_one_query(
    they: People, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    three_steps(they, now)
    with django_assert_num_queries(1):
        assert inbox.counts(they.wang).waiting == 1


def test_whom_a_case_waits_for_is_told_with_its_people(
    they: People, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    fresh = Case.objects.get(pk=case.pk)
    with django_assert_num_queries(2):
        [step] = inbox.waiting_steps(fresh)
        assert {row.user.username for row in step.candidates.all()} == {"wang", "olga"}

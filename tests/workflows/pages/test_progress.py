"""How far a case has come: the diagram's facts."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.people import People
from tests.workflows.toys import three_steps, waiting, yes
from workflows import services
from workflows.progress import progress_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_where_it_stands_and_how_it_came_there(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now)
    way = progress_of(case)
    assert way.present == {"lab"}
    assert way.visited == {"start", "tutor"}
    assert way.edges_taken == {("start", "tutor"), ("tutor", "lab")}
    assert (way.sent_back, way.failed) == ((), frozenset())


def test_a_send_back_is_no_way_of_the_flow_and_is_counted_each_time(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    for _round in range(2):
        yes(case, they.wang, now)
        services.send_back(step=waiting(case)["lab"], by=they.teng, now=now, to="tutor", reason="x")
    way = progress_of(case)
    assert way.present == {"tutor"}
    assert way.edges_taken == {("start", "tutor"), ("tutor", "lab")}
    assert way.sent_back == (("lab", "tutor"), ("lab", "tutor"))


def test_an_ended_case_stands_nowhere(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    for user in (they.wang, they.teng, they.olga):
        yes(case, user, now)
    assert progress_of(case).present == {"wait"}
    services.sweep(now=now + 2 * DAY)
    case.refresh_from_db()
    way = progress_of(case)
    assert way.present == set()
    assert {"wait", "effect", "approved"} <= way.visited
    assert ("effect", "approved") in way.edges_taken


def test_what_was_cancelled_was_not_taken(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now)
    services.withdraw(case=case, by=they.alice, now=now)
    case.refresh_from_db()
    way = progress_of(case)
    assert not way.present
    assert way.visited == {"start", "tutor"}
    assert ("tutor", "lab") not in way.edges_taken


def test_a_step_that_fails_by_itself_is_marked_until_it_goes_on(they: People, now: datetime) -> None:
    case = three_steps(they, now, broken=True)
    for user in (they.wang, they.teng, they.olga):
        yes(case, user, now)
    services.sweep(now=now + 2 * DAY)
    way = progress_of(case)
    assert way.failed <= way.present
    assert way.failed


def test_it_is_read_in_three_queries(
    they: People, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now)
    with django_assert_num_queries(3):
        way = progress_of(case)
    events = list(case.events.order_by("-id"))
    with django_assert_num_queries(2):
        assert progress_of(case, events) == way

"""Deregistration, hand-over, suspension and renewal walked along every edge and at random: they end, somebody
is always asked, and the registration agrees with the case.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.decisions.operations import install_defaults
from apps.instruments.operations import appoint_crew
from apps.people.models import User
from apps.people.operations import add_member, end_user, register_user
from apps.people.queries import user_state
from apps.usage.models import UsageSession
from tests.domain.people.applicants import known_to_hr
from tests.factories.instruments import sister
from tests.people import People
from tests.workflows.registering import hear
from tests.workflows.toys import three_steps
from tests.workflows.walking import Choose, Edge, Walk, edges_of, least_walked, walked_edges
from workflows import services
from workflows.deregistration.flow import DeregistrationFlow
from workflows.deregistration.handing import HandOverFlow
from workflows.deregistration.starting import begin_deregistration, begin_suspension
from workflows.deregistration.suspension import SuspensionFlow
from workflows.models import Case, Step
from workflows.registration.renewal import RenewalFlow

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = timedelta(days=1)
WAYS = (
    "own",
    "own-manager",
    "own-busy",
    "own-asked",
    "lead",
    "office",
    "office-manager",
    "urgent",
    "suspend",
    "suspend-a-week",
    "suspend-asked",
    "renew",
    "renew-over",
)


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The people, and the rules in force."""
    install_defaults(now=now - DAY)
    return they


def _person(they: People, way: str, number: int, now: datetime) -> User:
    """Somebody new each time, in Wang's group; a manager has an instrument of their own."""
    login = f"P-{number:04d}"
    person = register_user(username=login, name_zh=login, kind="staff", unit=they.lab.parent, now=now - DAY)
    add_member(group=they.group, user=person, by=None, now=now)
    if way.endswith("manager"):
        own = sister(they.sem, f"PP{number:06d}", now)
        appoint_crew(instrument=own, user=person, role="manager", by=None, now=now)
    if way == "own-asked":
        three_steps(they, now, subject=f"thing:{number}", tutors=[person.pk])
    if way == "own-busy":
        UsageSession.objects.create(
            dev=f"walk{number:04d}",
            node=1,
            instrument=they.sem,
            user=person,
            kind="override",
            state="open",
            purpose="emergency",
            not_before=now,
            expires_at=now + 400 * DAY,
            lease_ms=1,
            granted_at=now,
        )
    return person


def _begin(they: People, way: str, person: User, now: datetime) -> Case:
    if way.startswith("suspend"):
        by = they.wang if way == "suspend-asked" else they.office
        until = now + 7 * DAY if way == "suspend-a-week" else None
        return begin_suspension(user=person, by=by, now=now, reason="walk", until=until)
    if way.startswith("renew"):
        User.objects.filter(pk=person.pk).update(renew_by=now + 20 * DAY)
        if way == "renew-over":
            known_to_hr(now, number=person.username, valid_until=(now - DAY).date())
        return services.start(
            RenewalFlow,
            by=None,
            now=now,
            applicant=person,
            subject_ref=f"user:{person.ulid}",
            unit=person.unit,
            title_args={"name": person.name_zh},
        )
    by = person if way.startswith("own") else they.wang if way == "lead" else they.office
    return begin_deregistration(user=person, by=by, now=now, reason="walk", urgent=way == "urgent")


def _laws(person: User) -> Callable[[Case, datetime], None]:
    def hold(case: Case, now: datetime) -> None:
        person.refresh_from_db()
        state = user_state(person, now)
        if case.flow == SuspensionFlow.key:
            waits = case.steps.filter(node="keep", answered_at__isnull=True).exists() and case.is_open
            assert (state == "suspended") is waits or state == "inactive", (case.outcome, state)
        elif case.outcome in ("ended", "not_renewed"):
            assert state == "inactive", case.outcome
        elif case.state == Case.State.DONE:
            assert state == "active", case.outcome
        elif case.is_open:
            assert state == "active"

    return hold


def _data(they: People) -> Callable[[Step, str, User], dict[str, Any]]:
    return lambda step, outcome, by: {"successor": they.olga, "note": ""}


def _take_over(they: People, person: User, at: datetime, choose: Choose) -> None:
    """Somebody does the hand-overs that wait."""
    for child in Case.objects.filter(flow=HandOverFlow.key, applicant=person, state=Case.State.OPEN):
        Walk(
            they, child, at, choose=choose, data_of=_data(they), more={}, laws=lambda case, now: None
        ).to_the_end()


def _walk(
    they: People, way: str, number: int, now: datetime, choose: Choose, *, anything: bool = True
) -> list[Case]:
    person = _person(they, way, number, now)
    case = _begin(they, way, person, now)
    hear(now)
    case.refresh_from_db()

    def finish_the_use(at: datetime) -> None:
        UsageSession.objects.filter(user=person).update(state="ended")

    def take_over(at: datetime) -> None:
        _take_over(they, person, at, choose)

    def cancel(at: datetime) -> None:
        services.cancel(case=case, by=they.office, now=at, reason="walk")

    def leave_otherwise(at: datetime) -> None:
        end_user(user=person, reason="walk", by=None, now=at)

    more = {"finish_the_use": ("settle", finish_the_use)}
    if Case.objects.filter(flow=HandOverFlow.key, applicant=person).exists():
        more["take_over"] = ("", take_over)
    if anything:
        more |= {"cancel": ("", cancel), "leave_otherwise": ("", leave_otherwise)}
    Walk(they, case, now, choose=choose, data_of=_data(they), more=more, laws=_laws(person)).to_the_end()
    return list(Case.objects.filter(applicant=person))


def test_every_edge_is_walked(they: People, now: datetime) -> None:
    choosers = {way: least_walked(Counter()) for way in WAYS}
    edges: dict[str, Counter[Edge]] = {}
    flows = (DeregistrationFlow, HandOverFlow, SuspensionFlow, RenewalFlow)
    for number in range(120):
        way = WAYS[number % len(WAYS)]
        for case in _walk(they, way, number, now, choosers[way], anything=False):
            edges.setdefault(case.flow, Counter()).update(walked_edges(case))
        if all(edges_of(flow) <= edges.get(flow.key, Counter()).keys() for flow in flows):
            break
    missing = {flow.key: edges_of(flow) - edges.get(flow.key, Counter()).keys() for flow in flows}
    assert missing == {flow.key: set() for flow in flows}


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(data=st.data())
def test_any_walk_ends_with_case_and_registration_agreeing(they: People, now: datetime, data: Any) -> None:
    number = 1000 + User.objects.count()
    way = data.draw(st.sampled_from(WAYS), label="way")
    _walk(they, way, number, now, lambda turns: data.draw(st.sampled_from(turns), label="turn"))

"""Registration walked along every edge, and at random: it ends, somebody is always asked, and the application
and the account agree with the case.
"""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.decisions.operations import install_defaults
from apps.people.applying import amend_application, withdraw_application
from apps.people.models import RegistrationApplication, User
from apps.people.queries import user_state
from apps.training.operations import grant_safety_clearance
from tests.domain.people.applicants import applied, company, dan, erin, known_to_hr
from tests.people import People
from tests.workflows.registering import case_of, hear
from tests.workflows.walking import Choose, Edge, Walk, edges_of, least_walked, walked_edges
from workflows.models import Case, Step
from workflows.registration.flow import RegistrationFlow

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = timedelta(days=1)
KINDS = ("known", "unknown", "misnamed", "sponsorless", "left", "company", "cleared")


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The people, the rules in force, and a company with an agreement."""
    install_defaults(now=now - DAY)
    company(now)
    return they


def _apply(kind: str, number: int, now: datetime) -> RegistrationApplication:
    """Somebody of a kind, never the same twice."""
    if kind == "company":
        return applied(erin(email=f"e{number}@works.example", name_zh=f"艾琳{number}"), now)
    name = f"W-{number:04d}"
    if kind != "unknown":
        left = {"status": "left"} if kind == "left" else {}
        known_to_hr(
            now,
            number=name,
            name_zh="另一人" if kind == "misnamed" else "丹",
            email=f"d{number}@school.example",
            **left,
        )
    sponsor = "nobody" if kind == "sponsorless" else "wang"
    return applied(dan(number=name, email=f"d{number}@school.example", sponsor_text=sponsor), now)


def _laws(application: RegistrationApplication) -> Any:
    def hold(case: Case, now: datetime) -> None:
        application.refresh_from_db()
        user = User.objects.get(pk=application.applicant_id or 0)
        in_force = user_state(user, now) == "active"
        if case.is_open:
            assert in_force is (application.state == "activated")
            return
        assert not application.is_open, (case.state, case.outcome)
        assert application.password == ""
        known = {"activated": True, "visitor": True, "rejected": False, "unanswered": False}
        if case.state == Case.State.DONE:
            assert in_force is known[case.outcome], (case.outcome, application.state)
            assert not (case.outcome == "activated" and user.is_visitor(now))
        else:
            assert in_force is (application.state == "activated")

    return hold


def _data(they: People) -> Any:
    def data_of(step: Step, outcome: str, by: User) -> dict[str, Any]:
        answers: dict[str, dict[str, Any]] = {
            "find_sponsor": {"sponsor": they.wang},
            "sponsor": {"group": they.group, "until": date(2027, 12, 31)},
            "contract": {"organisation": "91A", "until": None},
        }
        return answers.get(step.node, {})

    return data_of


def _clear(application: RegistrationApplication, at: datetime) -> None:
    assert application.applicant is not None
    grant_safety_clearance(
        user=application.applicant,
        valid_from=at,
        valid_until=at + 365 * DAY,
        source_case=f"exam:{application.ulid}:{at.timestamp()}",
        now=at,
    )


def _walk(
    they: People, kind: str, number: int, now: datetime, choose: Choose, *, anything: bool = True
) -> Case:
    application = _apply(kind, number, now)
    if kind == "cleared":
        _clear(application, now)
    hear(now)

    def amend(at: datetime) -> None:
        application.refresh_from_db()
        if application.state == "returned":
            form = dan if kind != "company" else erin
            same = {"number": application.number, "email": application.email, "name_zh": application.name_zh}
            amend_application(
                application=application, filled=form(**same, sponsor_text=application.sponsor_text), now=at
            )

    def withdraw(at: datetime) -> None:
        application.refresh_from_db()
        if application.is_open:
            withdraw_application(application=application, now=at)

    def exam(at: datetime) -> None:
        _clear(application, at)

    walk = Walk(
        they,
        case_of(application),
        now,
        choose=choose,
        data_of=_data(they),
        more={"amend": ("revise", amend), "exam": ("exam", exam)}
        | ({"withdraw": ("", withdraw)} if anything else {}),
        laws=_laws(application),
    )
    return walk.to_the_end()


def test_every_edge_is_walked(they: People, now: datetime) -> None:
    taken: Counter[str] = Counter()
    edges: Counter[Edge] = Counter()
    wanted = edges_of(RegistrationFlow)
    for number in range(60):
        case = _walk(they, KINDS[number % len(KINDS)], number, now, least_walked(taken), anything=False)
        edges += walked_edges(case)
        if wanted <= edges.keys():
            break
    assert wanted - edges.keys() == set()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(data=st.data())
def test_any_walk_ends_with_case_application_and_account_agreeing(
    they: People, now: datetime, data: Any
) -> None:
    number = 1000 + RegistrationApplication.objects.count()
    kind = data.draw(st.sampled_from(KINDS), label="kind")
    _walk(they, kind, number, now, lambda turns: data.draw(st.sampled_from(turns), label="turn"))

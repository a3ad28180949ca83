"""A night is walked along every edge and at random: it ends, somebody is always asked, and the application
agrees with its case.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.people.models import User
from apps.people.posts import appoint_post
from apps.training.models import NightEndorsement, NightRequest
from tests.people import People
from tests.workflows.walking import Choose, Edge, Walk, edges_of, least_walked, walked_edges
from workflows import services
from workflows.models import Case, Step
from workflows.night_endorsement.beginning import apply_for_night
from workflows.night_endorsement.flow import NightEndorsementFlow

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = timedelta(days=1)
# How the application stands when its case has ended so.
STANDS = {
    "done": {"granted", "refused"},
    "withdrawn": {"withdrawn"},
    "cancelled": {"overtaken"},
    "overtaken": {"overtaken"},
}


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The lab has a head, Teng, and a safety officer, Olga."""
    appoint_post(user=they.teng, unit=they.lab, kind="lab_head", by=they.office, now=now)
    appoint_post(user=they.olga, unit=they.lab, kind="safety_officer", by=they.office, now=now)
    return they


def _night(they: People, now: datetime) -> dict[str, Any]:
    return {
        "starts_at": now + DAY,
        "ends_at": now + 9 * DAY,
        "buddy": they.bob,
        "purpose": "long exposure",
    }


def _laws(case: Case, now: datetime) -> None:
    request = NightRequest.objects.get(ulid=case.subject_ref.removeprefix("night_request:"))
    if case.is_open:
        assert request.state == "open"
    else:
        assert request.state in STANDS[case.state]
        assert request.state == case.outcome or case.state != "done"
    granted = NightEndorsement.objects.filter(source_case=f"case:{case.ulid}").exists()
    assert granted is (case.outcome == "granted")


def _walk(they: People, now: datetime, choose: Choose, *, anything: bool) -> Case:
    for left in Case.objects.filter(flow=NightEndorsementFlow.key, state=Case.State.OPEN):
        services.cancel(case=left, by=they.office, now=now, reason="a walk that was broken off")
    case = apply_for_night(by=they.alice, now=now, data=_night(they, now) | {"instrument": they.sem.asset_no})

    def withdraw(at: datetime) -> None:
        services.withdraw(case=case, by=they.alice, now=at)

    def cancel(at: datetime) -> None:
        services.cancel(case=case, by=they.office, now=at, reason="walk")

    def data_of(step: Step, outcome: str, by: User) -> dict[str, Any]:
        return _night(they, now) if step.node == "revise" else {}

    more = {"withdraw": ("pi", withdraw), "cancel": ("", cancel)} if anything else {}
    return Walk(they, case, now, choose=choose, data_of=data_of, more=more, laws=_laws).to_the_end()


def test_every_edge_is_walked(they: People, now: datetime) -> None:
    choose, edges = least_walked(Counter()), Counter[Edge]()
    wanted = edges_of(NightEndorsementFlow)
    for _ in range(40):
        edges += walked_edges(_walk(they, now, choose, anything=False))
        if wanted <= edges.keys():
            break
    assert wanted - edges.keys() == set()


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(data=st.data())
def test_any_walk_ends_with_case_and_application_agreeing(they: People, now: datetime, data: Any) -> None:
    _walk(they, now, lambda turns: data.draw(st.sampled_from(turns), label="turn"), anything=True)

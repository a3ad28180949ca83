"""The appointment walked along every edge, and at random: it ends, and the appointment agrees
with the case.
"""

from collections import Counter
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from apps.panels.models import Appointment, CommitteeSeat
from apps.people.models import User
from apps.people.operations import grant_authorization
from tests.factories.panels import staff
from tests.people import YEAR, People
from tests.workflows.committee.appointing import Cast, appointment_in
from tests.workflows.walking import Choose, Edge, Walk, edges_of, least_walked, walked_edges
from workflows.committee.flow import CommitteeFlow
from workflows.models import Case, Step

pytestmark = [pytest.mark.django_db, pytest.mark.once]


class Office:
    """One committee after the other, each under a code of its own."""

    def __init__(self, they: People, now: datetime) -> None:
        self.they, self.now = they, now
        self.cast, self.codes, self.logins = Cast(they, now), count(), count()

    def newcomer(self) -> User:
        return staff(f"new{next(self.logins)}", "新老师", self.now - YEAR)

    def data_of(self, step: Step, outcome: str, by: User) -> dict[str, Any]:
        """Of two corrections one asks somebody new, the other goes on with who is there if that is enough."""
        if step.node != "revise":
            return {}
        made = appointment_in(step.case)
        accepted = made.seats.filter(answer="accepted")
        data: dict[str, Any] = {"drop": [one.user for one in made.seats.filter(answer="declined")]}
        if not accepted.filter(role="chair").exists():
            data["chair"] = [self.newcomer()]
        missing = 3 - accepted.exclude(role__in=("secretary", "chair")).count()
        if missing > 0:
            data["member"] = [self.newcomer() for _n in range(missing)]
        return data

    def laws(self, case: Case, now: datetime) -> None:
        """The appointment and the seats agree with the case."""
        made = appointment_in(case)
        if case.is_open:
            assert made.state == Appointment.State.OPEN
            return
        states = {"appointed": "in_force", "refused": "refused"}
        assert made.state == states.get(case.outcome, case.state)
        seats = CommitteeSeat.objects.filter(committee=made.committee)
        accepted = made.seats.filter(answer="accepted").values_list("user", flat=True)
        expected = set(accepted) if made.state == "in_force" else set()
        assert set(seats.values_list("user", flat=True)) == expected

    def walk(self, choose: Choose) -> Case:
        case = self.cast.proposed(self.now, code=f"c{next(self.codes)}", valid_until="2036-01-01")
        walk = Walk(self.they, case, self.now, choose=choose, data_of=self.data_of, more={}, laws=self.laws)
        return walk.to_the_end()


@pytest.fixture
def office(they: People, now: datetime) -> Office:
    grant_authorization(user=they.finance, kind="manage", scope="school", grantor=they.office, now=now)
    return Office(they, now)


def test_every_edge_is_walked_and_every_walk_ends(office: Office) -> None:
    taken: Counter[str] = Counter()
    edges: Counter[Edge] = Counter()
    wanted = edges_of(CommitteeFlow)
    for _number in range(12):
        edges += walked_edges(office.walk(least_walked(taken)))
        if wanted <= edges.keys():
            break
    assert wanted - edges.keys() == set()

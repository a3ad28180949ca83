"""Hosting for programs: the same terms and the same refusals as on the pages."""

from typing import Any

import pytest

from tests.api.client import Program, secret_for
from tests.factories.hosting import House, fresh, house, inspected, terms
from tests.people import another_group
from tests.web.scene import Scene

ADDRESS = "/api/v1/hosting"


@pytest.fixture
def home(scene: Scene) -> House:
    return house(scene.people, scene.now)


def asked(home: House, **changes: Any) -> dict[str, Any]:
    return {**terms(home.now).as_json(), "base": 0, "note": "half the price", **changes}


def test_both_sides_negotiate_by_program_until_one_version_is_agreed(home: House) -> None:
    agreement = inspected(home)
    host, owner = (Program(secret_for(one, home.now)) for one in (home.hana, home.owner))
    versions = f"{ADDRESS}/{agreement.ulid}/versions"
    made = host.post(versions, asked(home)).json()
    assert (made["number"], made["side"], made["accepted"]) == (1, "host", ["host"])
    assert owner.post(versions, asked(home, exit_days=90)).json()["code"] == "hosting.newer_terms"
    assert owner.post(versions, asked(home, exit_days=90, base=1)).status_code == 201
    assert host.post(f"{versions}/1/accept", None).json()["code"] == "hosting.newer_terms"
    told = host.post(f"{versions}/2/accept", None).json()
    assert told["accepted"] == ["host", "owner"]
    assert fresh(agreement).state == "agreed"
    [row] = owner.get(ADDRESS).json()["items"]
    assert (row["asset_no"], row["state"], row["terms"]) == (agreement.asset_no, "agreed", 2)
    assert [one["number"] for one in owner.get(versions).json()] == [1, 2]


def test_a_hundred_and_one_per_cent_are_refused_with_their_sum(home: House) -> None:
    agreement = inspected(home)
    answer = Program(secret_for(home.hana, home.now)).post(
        f"{ADDRESS}/{agreement.ulid}/versions", asked(home, shares={"owner": 210, "host": 800})
    )
    told = answer.json()
    assert (answer.status_code, told["code"], told["field"]) == (422, "hosting.shares", "shares")
    assert told["details"]["total_permille"] == 1010


def test_a_stranger_hears_nothing_of_it(home: House) -> None:
    agreement = inspected(home)
    stranger = Program(secret_for(another_group(home.they, home.now).pi, home.now))
    assert stranger.get(ADDRESS).json()["items"] == []
    assert stranger.get(f"{ADDRESS}/{agreement.ulid}").json()["code"] == "hosting.no_agreement"
    answer = stranger.post(f"{ADDRESS}/{agreement.ulid}/versions", asked(home))
    assert answer.json()["code"] == "hosting.no_agreement"
    assert not agreement.versions.exists()

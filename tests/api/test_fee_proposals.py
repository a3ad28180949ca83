"""Fee proposals for programs: the same drafts and the same refusals as on the pages."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.fees.models import Proposal
from tests.api.client import Program, secret_for
from tests.people import FE_SEM_A
from tests.web.proposing import Proposing, item, propose
from tests.web.scene import Scene

ADDRESS = "/api/v1/fee-proposals"


@pytest.fixture
def teng(scene: Scene) -> Program:
    """Teng's program."""
    return Program(secret_for(scene.people.teng, scene.now))


@pytest.fixture
def proposing(scene: Scene) -> Proposing:
    made = propose(scene)
    made.save(item(internal=20_00))
    return made


def _made(teng: Program, **changes: Any) -> Any:
    return teng.post(ADDRESS, {"kind": "fee", "asset_nos": [FE_SEM_A], **changes})


def test_a_draft_begins_with_what_is_in_force_and_is_told_in_full(teng: Program) -> None:
    answer = _made(teng, title="电镜")
    told = answer.json()
    assert answer.status_code == 201
    assert (told["kind"], told["title"], told["state"], told["revision"]) == ("fee", "电镜", "draft", 1)
    assert told["asset_nos"] == [FE_SEM_A]
    [sheet] = told["content"]["sheets"]
    assert sheet["items"][0]["prices"]["internal_fen"] == 260_00
    again = teng.get(f"{ADDRESS}/{told['ulid']}").json()
    assert again["content"] == told["content"]
    empty = _made(teng, copy_in_force=False).json()
    assert empty["content"]["sheets"][0]["items"] == []


def test_findings_come_with_both_halves_of_their_sentence(proposing: Proposing, teng: Program) -> None:
    told = teng.get(f"{ADDRESS}/{proposing.proposal.ulid}").json()
    found = {one["code"]: one for one in told["findings"]}
    one = found["fees.price.below_consumables"]
    assert (one["item"], one["field"]) == ("FEE001", "prices.internal_fen")
    assert "¥20.00" in one["message"]
    assert one["mend"]


def test_the_list_is_walked_and_filtered(proposing: Proposing, teng: Program) -> None:
    _made(teng)
    first = teng.get(ADDRESS, limit="1").json()
    second = teng.get(ADDRESS, limit="1", cursor=first["next"]).json()
    seen = [one["ulid"] for part in (first, second) for one in part["items"]]
    assert set(seen) == set(Proposal.objects.values_list("ulid", flat=True))
    assert second["next"] == ""
    assert teng.get(ADDRESS, state="approved").json()["items"] == []


def test_a_save_counts_its_revision_and_a_late_one_is_refused(proposing: Proposing, teng: Program) -> None:
    address = f"{ADDRESS}/{proposing.proposal.ulid}"
    told = teng.get(address).json()
    content = told["content"]
    content["sheets"][0]["items"][0]["prices"]["internal_fen"] = 300_00
    wish = {"revision": told["revision"], "content": content}
    saved = teng.post(f"{address}/draft", wish)
    assert (saved.status_code, saved.json()["revision"]) == (200, told["revision"] + 1)
    assert proposing.sheet().items[0].prices.internal_fen == 300_00
    content["sheets"][0]["items"][0]["prices"]["internal_fen"] = 310_00
    late = teng.post(f"{address}/draft", {**wish, "content": content})
    assert (late.status_code, late.json()["code"]) == (409, "fees.changed_meanwhile")
    assert late.json()["details"]["revision"] == told["revision"] + 1


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"nonsense": 1}, "fees.content", None),
        ({"sheets": []}, "fees.instruments", "instruments"),
        ({"kind": "not_open"}, "fees.instruments", "instruments"),
    ],
)
def test_a_content_that_is_none_is_refused(
    change: dict[str, Any], code: str, field: str | None, proposing: Proposing, teng: Program
) -> None:
    told = teng.get(f"{ADDRESS}/{proposing.proposal.ulid}").json()
    content = {**told["content"], **change}
    if change.get("kind") == "not_open":
        content["sheets"] = []
    wish = {"revision": told["revision"], "content": content}
    answer = teng.post(f"{ADDRESS}/{proposing.proposal.ulid}/draft", wish)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert field in (None, answer.json().get("field"))


@pytest.mark.parametrize(
    ("member", "value", "cell"),
    [
        ("code", "x" * 21, "i.a0.code"),
        ("unit", "mile", "i.a0.unit"),
        ("following_rate", "half", "i.a0.following_rate"),
        ("prices", {"internal_fen": -1}, "i.a0.prices.internal_fen"),
    ],
)
def test_what_no_cell_of_the_editor_could_say_is_refused(
    member: str, value: Any, cell: str, proposing: Proposing, teng: Program
) -> None:
    told = teng.get(f"{ADDRESS}/{proposing.proposal.ulid}").json()
    told["content"]["sheets"][0]["items"][0][member] = value
    wish = {"revision": told["revision"], "content": told["content"]}
    answer = teng.post(f"{ADDRESS}/{proposing.proposal.ulid}/draft", wish)
    error = answer.json()
    assert (answer.status_code, error["code"], error["field"]) == (422, "fees.cell", cell)


def test_a_draft_is_discarded_once(proposing: Proposing, teng: Program) -> None:
    address = f"{ADDRESS}/{proposing.proposal.ulid}/discard"
    assert teng.post(address, {}).json() == {"discarded": True}
    assert teng.post(address, {}).json()["code"] == "fees.no_proposal"


def test_an_instrument_that_is_not_there_or_not_mine_is_refused(scene: Scene, teng: Program) -> None:
    unknown = _made(teng, asset_nos=["QY999999"])
    assert (unknown.status_code, unknown.json()["code"]) == (422, "fees.instruments")
    alice = Program(secret_for(scene.people.alice, scene.now))
    refused = _made(alice)
    assert (refused.status_code, refused.json()["code"]) == (403, "fees.not_manager")


def test_it_takes_its_queries(
    proposing: Proposing, teng: Program, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = f"{ADDRESS}/{proposing.proposal.ulid}"
    teng.get(address)
    with django_assert_num_queries(16):
        teng.get(address)
    with django_assert_num_queries(7):
        teng.get(ADDRESS)

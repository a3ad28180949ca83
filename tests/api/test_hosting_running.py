"""An agreement that runs, for programs: notice of exit, a breach and what becomes of it, costs of repairs,
what changes hands. The same cases and the same refusals as on the pages.
"""

from datetime import timedelta

import pytest

from apps.hosting.inventory import Thing, write_inventory
from apps.hosting.models import Agreement, RepairCost
from apps.hosting.photos import add_photo
from apps.instruments.operations import open_work_order
from apps.people.models import User
from tests.api.client import Program, secret_for
from tests.factories.hosting import House, countersigned, fresh, house, running
from tests.people import another_group
from tests.web.scene import Scene
from workflows.models import Case

ADDRESS = "/api/v1/hosting"
PICTURE = b"\x89PNG\r\n\x1a\n0000"


@pytest.fixture
def home(scene: Scene) -> House:
    return house(scene.people, scene.now)


def program(user: User, home: House) -> Program:
    return Program(secret_for(user, home.now))


def code(answer: object) -> str:
    return str(answer.json()["code"])  # type: ignore[attr-defined]


def at(agreement: Agreement, tail: str) -> str:
    return f"{ADDRESS}/{agreement.ulid}/{tail}"


def test_a_side_gives_notice_and_both_read_it(home: House) -> None:
    agreement = running(home)
    owner, host, office = (program(one, home) for one in (home.owner, home.hana, home.they.office))
    assert code(owner.get(at(agreement, "notice"))) == "hosting.no_notice"
    assert code(office.post(at(agreement, "notice"), {"reason": "x"})) == "hosting.not_your_side"
    made = owner.post(at(agreement, "notice"), {"reason": "we need it ourselves"})
    assert (made.status_code, made.json()["flow"]) == (201, "hosting_exit")
    told = host.get(at(agreement, "notice")).json()
    assert (told["side"], told["reason"]) == ("owner", "we need it ourselves")
    assert fresh(agreement).state == "leaving"
    assert code(host.post(at(agreement, "notice"), {"reason": "so do we"})) == "hosting.moved"
    assert Case.objects.filter(flow="hosting_exit").count() == 1


def test_a_repeated_notice_with_its_key_is_one_notice(home: House) -> None:
    agreement = running(home)
    owner = program(home.owner, home)
    first, again = (
        owner.ask("POST", at(agreement, "notice"), {"reason": "own use"}, Idempotency_Key="one")
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["ulid"] == again.json()["ulid"]


def test_a_breach_is_reported_and_found_mended(home: House) -> None:
    agreement = running(home)
    owner, host, office = (program(one, home) for one in (home.owner, home.hana, home.they.office))
    address = at(agreement, "breaches")
    assert code(owner.post(address, {"side": "owner", "what": "x"})) == "hosting.own_breach"
    assert owner.post(address, {"side": "office", "what": "x"}).status_code == 422
    case = owner.post(address, {"side": "host", "what": "nobody looks after it"})
    assert (case.status_code, case.json()["flow"]) == (201, "hosting_breach")
    assert code(owner.post(address, {"side": "host", "what": "again"})) == "hosting.breach_open"
    [told] = host.get(address).json()
    assert (told["side"], told["state"], told["settled_at"]) == ("host", "warned", None)
    settle = f"{address}/{told['ulid']}/settle"
    assert code(host.post(settle, {"state": "cured"})) == "hosting.not_your_side"
    assert code(office.post(settle, {"state": "resumed"})) == "hosting.breach_settled"
    cured = office.post(settle, {"state": "cured", "note": "somebody does"})
    assert (cured.status_code, cured.json()["state"], cured.json()["note"]) == (200, "cured", "somebody does")
    assert Case.objects.get(flow="hosting_breach").outcome == "cured"
    assert code(office.post(settle, {"state": "suspended", "note": "x"})) == "hosting.breach_settled"
    assert fresh(agreement).state == "running"


def test_what_is_not_mended_rests_and_is_ended_with_a_notice(home: House) -> None:
    agreement = running(home)
    owner, office = program(home.owner, home), program(home.they.office, home)
    owner.post(at(agreement, "breaches"), {"side": "host", "what": "nobody looks after it"})
    [told] = office.get(at(agreement, "breaches")).json()
    settle = at(agreement, f"breaches/{told['ulid']}/settle")
    assert code(office.post(settle, {"state": "suspended"})) == "workflows.opinion_required"
    assert office.post(settle, {"state": "suspended", "note": "nothing was done"}).status_code == 200
    assert fresh(agreement).state == "suspended"
    assert office.post(settle, {"state": "ended", "note": "for good"}).json()["state"] == "ended"
    assert fresh(agreement).state == "leaving"
    assert owner.get(at(agreement, "notice")).json()["side"] == "office"


def test_the_host_says_what_a_repair_has_cost_and_it_is_divided(home: House) -> None:
    agreement = running(home)
    order = open_work_order(instrument=home.machine, summary="pump", by=home.hugo, now=home.now)
    owner, host = program(home.owner, home), program(home.hana, home)
    [told] = owner.get(at(agreement, "repairs")).json()
    assert (told["work_order"], told["cost"]) == (order.ulid, None)
    cost = at(agreement, f"repairs/{order.ulid}/cost")
    assert code(owner.ask("PUT", cost, {"cost_fen": 800_001})) == "hosting.not_your_side"
    said = host.ask("PUT", cost, {"cost_fen": 800_001, "note": "seals"}).json()["cost"]
    assert (said["owner_fen"] + said["host_fen"], said["owner_permille"]) == (800_001, 500)
    assert (said["number"], said["terms"], said["note"]) == (1, 1, "seals")
    assert host.ask("PUT", cost, {"cost_fen": 800_001}).json()["cost"]["number"] == 1
    assert host.ask("PUT", cost, {"cost_fen": 100}).json()["cost"]["number"] == 2
    [told] = owner.get(at(agreement, "repairs")).json()
    assert (told["cost"]["cost_fen"], told["cost"]["owner_fen"]) == (100, 0)
    nothing = at(agreement, f"repairs/{agreement.ulid}/cost")
    assert code(host.ask("PUT", nothing, {"cost_fen": 1})) == "hosting.no_work"
    assert host.ask("PUT", cost, {"cost_fen": -1}).status_code == 422


def test_work_of_before_the_handover_is_borne_by_nobody_here(home: House) -> None:
    order = open_work_order(
        instrument=home.machine, summary="old", by=home.they.office, now=home.now - timedelta(days=1)
    )
    agreement = running(home)
    host = program(home.hana, home)
    assert host.get(at(agreement, "repairs")).json() == []
    cost = at(agreement, f"repairs/{order.ulid}/cost")
    assert code(host.ask("PUT", cost, {"cost_fen": 100})) == "hosting.not_hosted"
    assert not RepairCost.objects.exists()


def test_things_are_told_with_their_numbers_and_photographs(home: House) -> None:
    agreement = countersigned(home)
    write_inventory(
        agreement=agreement, way="in", things=[Thing("主机", 1), Thing("台", 3)], by=home.hana, now=home.now
    )
    photo = add_photo(
        agreement=agreement, about="in", item="台", name="a.png", content=PICTURE, by=home.hana, now=home.now
    )
    things = [Thing("主机", 1), Thing("样品台三件", 3, "worn", key=2)]
    write_inventory(agreement=agreement, way="in", things=things, by=home.hana, now=home.now)
    [told] = program(home.owner, home).get(at(agreement, "inventories")).json()
    assert (told["way"], told["confirmed_at"]) == ("in", None)
    assert [(one["key"], one["name"], one["photos"]) for one in told["things"]] == [
        (1, "主机", []),
        (2, "样品台三件", [photo.ulid]),
    ]


def test_strangers_hear_nothing_of_what_runs(home: House) -> None:
    agreement = running(home)
    stranger = program(another_group(home.they, home.now).pi, home)
    for tail in ("notice", "breaches", "inventories", "repairs"):
        assert code(stranger.get(at(agreement, tail))) == "hosting.no_agreement"
    for tail, body in (("notice", {"reason": "x"}), ("breaches", {"side": "host", "what": "x"})):
        assert code(stranger.post(at(agreement, tail), body)) == "hosting.no_agreement"
    assert fresh(agreement).state == "running"

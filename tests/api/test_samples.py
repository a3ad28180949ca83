"""Samples by programs, from the draft to the rating: what each side reads, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.core import clock
from apps.core.outbox import WORKER, relay
from apps.fees.operations import end_version
from apps.samples.models import SampleRequest
from tests.api.client import Program, secret_for
from tests.factories.samples import priced_by_sample, samples_of
from tests.web.matrix.samples import agreed, service
from tests.web.matrix.samples_api import measured, released
from tests.web.scene import Scene
from workflows.models import Case

AT = "/api/v1/samples"
ROW: dict[str, Any] = {"name": "S1", "values": {"material": "SiC", "spots": 3}, "size_mm": 10}


@pytest.fixture
def alice(scene: Scene) -> Program:
    return Program(secret_for(scene.people.alice, scene.now))


@pytest.fixture
def olga(scene: Scene) -> Program:
    return Program(secret_for(scene.people.olga, scene.now))


@pytest.fixture
def teng(scene: Scene) -> Program:
    return Program(secret_for(scene.people.teng, scene.now))


def test_from_the_draft_to_the_rating(scene: Scene, alice: Program, olga: Program, teng: Program) -> None:
    sem = scene.people.sem
    end_version(version=sem.fee_versions.get(), reason="x", by=scene.people.office, now=scene.now)
    priced_by_sample(sem, scene.now)
    offered = service(scene).ulid
    wish = {"service": offered, "samples": [ROW, {**ROW, "name": "S2", "hazards": ["toxic"]}]}
    made = alice.post(f"{AT}/requests", wish).json()
    assert (made["state"], [one["name"] for one in made["samples"]]) == ("draft", ["S1", "S2"])
    assert made["samples"][1]["hazards"] == ["toxic"]
    here = f"{AT}/requests/{made['ulid']}"
    assert olga.get(here).status_code == 404
    changed = alice.post(f"{here}/draft", {"samples": [ROW], "disposition": "dispose", "wishes": "gently"})
    assert (changed.json()["disposition"], changed.json()["sample_count"]) == ("dispose", 1)
    assert alice.post(f"{here}/submit", None).json()["state"] == "submitted"
    relay(channel=WORKER, now=clock.now(), limit=500)
    case = Case.objects.get(flow="sample", subject_ref=f"sample_request:{made['ulid']}")
    asset_no = sem.asset_no
    quoted = olga.post(f"{here}/quote", {"asset_no": asset_no, "extras": {"EDS": 1}}).json()
    offer = quoted["quote"]
    assert (offer["asset_no"], offer["low_fen"], offer["high_fen"]) == (asset_no, 80_00, 105_00)
    assert quoted["promised_on"] == offer["promised_on"]
    wrong = alice.post(f"{here}/agree", {"quote": "0" * 26, "fund": scene.fund.number})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "samples.other_quote")
    agreed_to = {"quote": offer["ulid"], "fund": scene.fund.number}
    assert alice.post(f"{here}/agree", agreed_to).json()["state"] == "confirmed"
    piece = f"{AT}/pieces/{alice.get(here).json()['samples'][0]['ulid']}"
    come = olga.post(f"{piece}/receive", {"condition": "good", "weight_mg": 12, "place": "box 4"}).json()
    assert (come["state"], come["holder"], come["chain"][-1]["weight_mg"]) == ("queued", "olga", 12)
    queue = olga.get(f"{AT}/queues/{asset_no}").json()
    ulids = [one["ulid"] for one in queue["items"]]
    run = olga.post(f"{AT}/queues/{asset_no}/runs", {"samples": ulids}).json()
    assert olga.get(f"{AT}/queues/{asset_no}").json()["run"] == run["ulid"]
    measured = olga.post(f"{piece}/result", {"summary": "2 µm", "extras": {"EDS": 1}}).json()
    assert (measured["state"], measured["results"][0]["tester"]) == ("tested", "olga")
    assert alice.get(piece).json()["results"] == alice.get(here).json()["results"] == []
    assert olga.post(f"{AT}/runs/{run['ulid']}/end", None).json()["ended_at"] is not None
    relay(channel=WORKER, now=clock.now(), limit=500)
    told = alice.get(here).json()
    assert (told["state"], told["charged_fen"]) == ("released", 105_00)
    assert [one["summary"] for one in told["results"]] == ["2 µm"]
    assert alice.post(f"{here}/rate", {"stars": 5}).status_code == 200
    assert alice.post(f"{here}/rate", {"stars": 4}).json()["code"] == "samples.rated"
    assert alice.post(f"{here}/close", None).json()["state"] == "closed"
    relay(channel=WORKER, now=clock.now(), limit=500)
    assert olga.post(f"{piece}/dispose", {"reason": "as wished"}).json()["custody"] == "disposed"
    relay(channel=WORKER, now=clock.now(), limit=500)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "closed")


def test_every_fault_of_every_row_is_told(scene: Scene, alice: Program) -> None:
    rows = [{"name": "", "values": {}}, {**ROW, "hazards": ["angry"], "size_mm": -3}]
    answer = alice.post(f"{AT}/requests", {"service": service(scene).ulid, "samples": rows})
    assert (answer.status_code, answer.json()["code"]) == (422, "samples.rows")
    faults = [(one["row"], one["field"]) for one in answer.json()["details"]["faults"]]
    assert faults == [(1, "name"), (1, "material"), (2, "hazards"), (2, "size_mm")]
    assert not SampleRequest.objects.exists()


@pytest.mark.parametrize(
    ("act", "body", "status", "code"),
    [
        ("receive", {"condition": "odd"}, 422, "samples.condition"),
        ("receive", {}, 409, "samples.received"),
        ("move", {"holder": "nobody"}, 422, "samples.holder"),
        ("move", {"holder": "alice"}, 422, "samples.holder"),
        ("transfer", {"asset_no": "NOTHING", "reason": "x"}, 404, "core.not_found"),
        ("return", {}, 409, "samples.not_done"),
        ("dispose", {"reason": ""}, 422, "core.reason_required"),
        ("hold", {"reason": "moody"}, 422, "samples.hold_reason"),
        ("resume", None, 409, "samples.not_held"),
        ("result", {"summary": "2 µm"}, 409, "samples.not_tested"),
        ("check", {"passed": True}, 409, "samples.not_to_check"),
        ("judge", {"uphold": True, "why": "x"}, 404, "samples.no_objection"),
        ("files", {"kind": "song", "name": "a.mp3", "size": 3}, 422, "samples.file_kind"),
    ],
)
def test_what_cannot_be_done_says_why(
    scene: Scene, olga: Program, act: str, body: Any, status: int, code: str
) -> None:
    one = samples_of(agreed(scene))[0]
    answer = olga.post(f"{AT}/pieces/{one.ulid}/{act}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nobody_promises_for_the_end_of_the_calendar(scene: Scene, olga: Program) -> None:
    here = f"{AT}/requests/{agreed(scene).ulid}"
    for day in ("9999-12-31", (scene.now + timedelta(days=1200)).date().isoformat()):
        answer = olga.post(f"{here}/delay", {"reason": "staff", "becomes": day})
        assert (answer.status_code, answer.json()["code"]) == (422, "samples.promise")


def test_the_queue_takes_an_order_and_refuses_what_is_not_in_it(scene: Scene, olga: Program) -> None:
    first, second = samples_of(agreed(scene))
    queue = f"{AT}/queues/{scene.people.sem.asset_no}"
    ordered = olga.post(f"{queue}/order", {"samples": [second.ulid]}).json()
    assert [one["ulid"] for one in ordered["items"]] == [second.ulid, first.ulid]
    for wrong, code in (([first.ulid] * 2, "samples.twice"), (["0" * 26], "samples.not_queued")):
        assert olga.post(f"{queue}/order", {"samples": wrong}).json()["code"] == code
    assert olga.post(f"{queue}/runs", {"samples": []}).json()["code"] == "samples.none"


def test_a_principal_investigator_reads_and_does_not_act(scene: Scene) -> None:
    request, wang = released(scene), Program(secret_for(scene.people.wang, scene.now))
    told = wang.get(f"{AT}/requests/{request.ulid}").json()
    assert [one["summary"] for one in told["results"]] == ["2 µm"]
    refused = wang.post(f"{AT}/requests/{request.ulid}/close", None)
    assert (refused.status_code, refused.json()["code"]) == (403, "samples.not_yours")
    bob = Program(secret_for(scene.people.bob, scene.now))
    assert bob.get(f"{AT}/requests/{request.ulid}").json()["code"] == "samples.no_request"
    assert bob.get(f"{AT}/pieces/{samples_of(request)[0].ulid}").json()["code"] == "samples.no_sample"


def test_lists_and_details_take_as_many_queries_for_many_samples(
    scene: Scene, alice: Program, olga: Program, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    request = measured(scene)
    for program, most in ((alice, 14), (olga, 18)):
        program.get(f"{AT}/requests/{request.ulid}")
        with django_assert_max_num_queries(most):
            program.get(f"{AT}/requests/{request.ulid}")
        with django_assert_max_num_queries(14):
            listed = program.get(f"{AT}/requests", role="own" if program is alice else "crew").json()
        assert [one["ulid"] for one in listed["items"]] == [request.ulid]
    with django_assert_max_num_queries(14):
        assert olga.get(f"{AT}/held").json() == {"items": []}

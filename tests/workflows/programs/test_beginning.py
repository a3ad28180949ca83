"""A process is begun with the members of its form."""

from datetime import datetime
from typing import Any

from tests.people import People
from tests.toyflows.beginning import ToyForm
from tests.workflows.programs.asking import by, heard
from tests.workflows.toys import owner
from workflows.api.payloads import body_of
from workflows.models import Case

BEGIN = "/api/v1/processes/toy_three/cases"
TOY: dict[str, Any] = {
    "thing": "microscope",
    "tutor": "wang",
    "days": 3,
    "day": "2026-12-24",
    "at": "2026-12-24T02:00:00Z",
    "urgent": True,
}


def test_a_process_is_begun_with_the_members_of_its_form(they: People, now: datetime) -> None:
    alice = by(they.alice, now)
    begun_by = {one["key"]: one["begin"] for one in alice.get("/api/v1/processes").json()["items"]}
    assert begun_by["toy_three"] == BEGIN
    told = alice.post(BEGIN, TOY)
    assert told.status_code == 201
    case = Case.objects.get(ulid=told.json()["ulid"])
    assert (case.applicant, case.subject_ref) == (they.alice, "toy:microscope")
    kept = case.process.data
    assert (kept["days"], kept["day"], kept["urgent"]) == ("3", "2026-12-24", "True")
    assert datetime.fromisoformat(kept["at"]) == datetime.fromisoformat("2026-12-24T02:00:00+00:00")
    assert owner(case) == they.wang


def test_what_is_wrong_at_the_beginning_is_told_by_type_form_and_process(they: People, now: datetime) -> None:
    alice = by(they.alice, now)
    assert alice.post(BEGIN, {"thing": "x"}).json()["details"]["errors"][0]["field"] == "tutor"
    for changed, code, field in (
        ({"days": "many"}, "core.invalid", "days"),
        ({"days": 31}, "core.invalid", "days"),
        ({"colour": "red"}, "core.invalid", "colour"),
        ({"thing": "not a slug"}, "workflows.data", "thing"),
        ({"tutor": "alice"}, "workflows.data", "tutor"),
    ):
        told = alice.post(BEGIN, {**TOY, **changed}).json()
        assert (told["code"], told["field"]) == (code, field), changed
    both = alice.post(BEGIN, {**TOY, "thing": "not a slug", "tutor": "alice"}).json()
    assert [one["field"] for one in both["details"]["also"]] == ["tutor"]
    assert not Case.objects.exists()


def test_a_beginning_that_is_repeated_begins_once(they: People, now: datetime) -> None:
    alice = by(they.alice, now)
    first, second = (alice.post(BEGIN, TOY, Idempotency_Key="k1") for _ in range(2))
    assert first.json() == second.json()
    again = alice.post(BEGIN, TOY)
    assert heard(again) == (409, "workflows.case_open")
    assert again.json()["details"]["number"] == first.json()["number"]


def test_the_members_are_described_with_their_types() -> None:
    schema = body_of("ToyWish", ToyForm).model_json_schema()
    assert schema["required"] == ["thing", "tutor"]
    assert schema["additionalProperties"] is False
    told = schema["properties"]
    assert told["thing"]["maxLength"] == 40
    days = told["days"]["anyOf"][0]
    assert (days["type"], days["minimum"], days["maximum"]) == ("integer", 1, 30)
    assert [told[name]["anyOf"][0].get("format") for name in ("day", "at")] == ["date", "date-time"]

"""Cases and tasks through the HTTP interface: the same services as the pages, and nobody in their own
case.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from apps.core.clock import now as present
from apps.people.models import User
from apps.tokens.models import Answered
from tests.api.client import Program, secret_for
from tests.people import People, gather
from tests.toyflows.approvals import RoundFlow
from tests.toyflows.beginning import ToyForm
from tests.web.matrix.rows import Multipart
from tests.workflows.toys import kinds, owner, three_steps, waiting
from workflows import services
from workflows.api.payloads import body_of
from workflows.models import Case, Step, TaskEvent

PDF = b"%PDF-1.7 invented"
OWN_CASE = (403, "workflows.own_case")


@pytest.fixture
def they(db: None, now: datetime, settings: Settings) -> People:
    """Everybody, and the product's present is the tests' one."""
    settings.CLOCK_OFFSET_SECONDS = (now - present()).total_seconds()
    return gather(now)


def _as(user: User, now: datetime) -> Program:
    return Program(secret_for(user, now))


def _heard(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def _only(case: Case) -> Step:
    [step] = waiting(case).values()
    return step


def test_a_case_is_read_with_its_dossier_its_history_and_its_verbs(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    services.answer(step=_only(case), by=they.wang, now=now, outcome="approve", opinion="可以")
    told = _as(they.alice, now).get(f"/api/v1/cases/{case.ulid}").json()
    assert (told["number"], told["flow"], told["state"]) == (case.number, "toy_three", "open")
    assert told["title"] == "Toy of 艾丽"
    assert told["applicant"]["username"] == "alice"
    assert told["dossier"]["sections"][0]["rows"][0]["value"] == "艾丽"
    assert [(one["kind"], (one["actor"] or {}).get("username")) for one in told["events"]] == [
        ("started", "alice"),
        ("approve", "wang"),
    ]
    assert [(one["node"], one["owner"]["username"]) for one in told["waiting"]] == [("lab", "teng")]
    assert told["verbs"] == ["copy", "urge", "withdraw"]


def test_a_task_says_what_is_asked_of_whom_and_what_i_may_do(they: People, now: datetime) -> None:
    step = _only(three_steps(they, now, tutors=[they.wang.pk, they.olga.pk]))
    told = _as(they.wang, now).get(f"/api/v1/tasks/{step.ulid}").json()
    assert (told["asks"], told["state"], told["owner"]) == ("Is it right?", "free", None)
    assert [one["person"]["username"] for one in told["candidates"]] == ["wang", "olga"]
    assert [(one["key"], one["refuses"]) for one in told["choices"]] == [("approve", False), ("reject", True)]
    assert [one["node"] for one in told["ways_back"]] == ["revise"]
    assert {"answer", "claim", "send_back", "transfer", "delegate", "add_signer"} <= set(told["verbs"])
    mine = _as(they.alice, now).get(f"/api/v1/tasks/{step.ulid}").json()
    assert set(mine["verbs"]) & {"answer", "claim", "send_back", "transfer", "delegate"} == set()


def test_the_inbox_counts_and_lists_what_waits(they: People, now: datetime) -> None:
    free = three_steps(they, now, subject="thing:free", tutors=[they.wang.pk, they.olga.pk])
    held = three_steps(they, now, subject="thing:held")
    wang, alice = _as(they.wang, now), _as(they.alice, now)
    assert wang.get("/api/v1/inbox").json() == {"mine": 1, "claimable": 1}
    assert [one["case"]["ulid"] for one in wang.get("/api/v1/inbox/mine").json()["items"]] == [held.ulid]
    assert [one["case"]["ulid"] for one in wang.get("/api/v1/inbox/claimable").json()["items"]] == [free.ulid]
    services.answer(step=_only(held), by=they.wang, now=now, outcome="approve")
    [done] = wang.get("/api/v1/inbox/done").json()["items"]
    assert (done["case"]["ulid"], done["outcome"], done["state"]) == (held.ulid, "approve", "done")
    first = alice.get("/api/v1/inbox/applied", limit="1").json()
    rest = alice.get("/api/v1/inbox/applied", limit="1", cursor=first["next"]).json()
    assert [one["ulid"] for one in (*first["items"], *rest["items"])] == [held.ulid, free.ulid]
    services.copy(case=free, to=[they.bob], by=they.alice, now=now)
    assert [one["ulid"] for one in _as(they.bob, now).get("/api/v1/inbox/copied").json()["items"]] == [
        free.ulid
    ]
    assert wang.get("/api/v1/inbox/mine", flow="toy_round").json()["items"] == []
    assert wang.get("/api/v1/inbox/claimable", overdue="true").json()["items"] == []


def test_the_list_of_cases_is_what_i_may_read_narrowed(they: People, now: datetime) -> None:
    mine = three_steps(they, now, subject="thing:1")
    other = services.start(
        RoundFlow,
        by=they.bob,
        now=now,
        applicant=they.bob,
        subject_ref="thing:2",
        data={"members": [they.wang.pk]},
    )
    office, alice = _as(they.office, now), _as(they.alice, now)
    assert [one["ulid"] for one in office.get("/api/v1/cases").json()["items"]] == [other.ulid, mine.ulid]
    assert [one["ulid"] for one in alice.get("/api/v1/cases").json()["items"]] == [mine.ulid]
    assert _as(they.charlie, now).get("/api/v1/cases").json()["items"] == []
    for query, found in (
        ({"flow": "toy_round"}, [other.ulid]),
        ({"unit": they.lab.ulid}, [mine.ulid]),
        ({"state": "done"}, []),
        ({"mine": "true"}, []),
    ):
        assert [one["ulid"] for one in office.get("/api/v1/cases", **query).json()["items"]] == found, query
    assert office.get("/api/v1/cases", state="lost").status_code == 422


def test_a_case_goes_its_way_through_the_interface(they: People, now: datetime) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    wang, olga, alice = (_as(one, now) for one in (they.wang, they.olga, they.alice))
    address = f"/api/v1/tasks/{_only(case).ulid}"
    assert wang.post(f"{address}/claim", None).json()["owner"]["username"] == "wang"
    assert _heard(olga.post(f"{address}/claim", None)) == (409, "workflows.taken")
    assert wang.post(f"{address}/release", None).json()["owner"] is None
    assert olga.post(f"{address}/claim", None).status_code == 200
    assert (
        olga.post(f"{address}/transfer", {"to": "wang", "reason": "出差"}).json()["owner"]["username"]
        == "wang"
    )
    asked = wang.post(f"{address}/delegate", {"to": "bob", "reason": "你怎么看"})
    assert asked.json()["owner"]["username"] == "bob"
    assert _heard(wang.post(f"{address}/answer", {"outcome": "approve"})) == (409, "workflows.taken")
    assert (
        _as(they.bob, now).post(f"{address}/give-back", {"opinion": "可以"}).json()["owner"]["username"]
        == "wang"
    )
    signer = {"user": "olga", "where": "after", "reason": "安全"}
    assert wang.post(f"{address}/signers", signer).status_code == 200
    assert wang.post(f"{address}/signers/remove", {"user": "olga", "reason": "不用了"}).status_code == 200
    sent = wang.post(f"{address}/send-back", {"to": "revise", "reason": "缺日期"})
    assert sent.json()["outcome"] == "sent_back"
    revise = f"/api/v1/tasks/{_only(case).ulid}"
    assert alice.post(f"{revise}/answer", {"outcome": "complete"}).status_code == 200
    again = f"/api/v1/tasks/{_only(case).ulid}"
    assert _heard(wang.post(f"{again}/answer", {"outcome": "reject"})) == (422, "workflows.opinion_required")
    assert _heard(wang.post(f"{again}/answer", {"outcome": "perhaps"})) == (422, "workflows.outcome")
    assert (
        wang.post(f"{again}/answer", {"outcome": "reject", "opinion": "不行"}).json()["outcome"] == "reject"
    )
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "refused")
    assert kinds(case) == [
        "started", "claimed", "released", "claimed", "transferred", "delegated", "opinion", "signer_added",
        "signer_removed", "sent_back", "complete", "reject", "done",
    ]  # fmt: skip


HANDLING: dict[str, Any] = {
    "answer": {"outcome": "approve"},
    "claim": None,
    "release": None,
    "send-back": {"to": "revise", "reason": "x"},
    "transfer": {"to": "olga", "reason": "x"},
    "delegate": {"to": "olga", "reason": "x"},
    "give-back": {"opinion": "x"},
    "signers": {"user": "olga", "where": "after", "reason": "x"},
    "signers/remove": {"user": "olga", "reason": "x"},
}


@pytest.mark.parametrize("verb", HANDLING)
@pytest.mark.parametrize("both", [False, True], ids=["held", "free"])
def test_the_applicant_does_nothing_in_their_own_case(
    they: People,
    now: datetime,
    verb: str,
    both: bool,  # noqa: FBT001 - of the parameters
) -> None:
    tutors = [they.wang.pk, they.olga.pk] if both else [they.wang.pk]
    case = three_steps(they, now, tutors=tutors)
    answer = _as(they.alice, now).post(f"/api/v1/tasks/{_only(case).ulid}/{verb}", HANDLING[verb])
    assert _heard(answer) == OWN_CASE
    assert kinds(case) == ["started"]


def test_nor_in_a_batch_nor_by_cancelling(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    alice = _as(they.alice, now)
    answer = alice.post("/api/v1/tasks/batch", {"tasks": [_only(case).ulid], "outcome": "approve"})
    assert [one["error"]["code"] for one in answer.json()["items"]] == ["workflows.own_case"]
    assert _heard(alice.post(f"/api/v1/cases/{case.ulid}/cancel", {"reason": "x"})) == (
        403,
        "workflows.not_yours",
    )
    assert kinds(case) == ["started"]


def test_nor_does_a_step_come_to_them_by_anybody_s_verb(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    wang = _as(they.wang, now)
    address = f"/api/v1/tasks/{_only(case).ulid}"
    assert _heard(wang.post(f"{address}/transfer", {"to": "alice", "reason": "x"})) == (
        422,
        "workflows.not_eligible",
    )
    assert _heard(wang.post(f"{address}/delegate", {"to": "alice", "reason": "x"})) == OWN_CASE
    for where in ("before", "after"):
        asked = {"user": "alice", "where": where, "reason": "x"}
        assert _heard(wang.post(f"{address}/signers", asked)) == OWN_CASE
    assert owner(case) == they.wang


def test_a_batch_answers_each_by_itself(they: People, now: datetime) -> None:
    cases = [three_steps(they, now, subject=f"thing:{n}") for n in range(3)]
    steps = [_only(case) for case in cases]
    services.answer(step=steps[1], by=they.wang, now=now, outcome="approve")
    asked = [steps[0].ulid, steps[1].ulid, "0" * 26, steps[2].ulid]
    wang = _as(they.wang, now)
    told = wang.post("/api/v1/tasks/batch", {"tasks": asked, "outcome": "approve", "opinion": "同意"}).json()
    assert [(one["task"], (one["error"] or {}).get("code")) for one in told["items"]] == [
        (steps[0].ulid, None),
        (steps[1].ulid, "workflows.answered"),
        ("0" * 26, "workflows.no_step"),
        (steps[2].ulid, None),
    ]


def test_urging_copying_withdrawing_and_cancelling(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    alice, office = _as(they.alice, now), _as(they.office, now)
    address = f"/api/v1/cases/{case.ulid}"
    assert alice.post(f"{address}/urge", {"words": "请尽快"}).status_code == 200
    assert _heard(alice.post(f"{address}/urge", {})) == (409, "workflows.urged")
    assert _as(they.bob, now).get(address).status_code == 404
    assert alice.post(f"{address}/copy", {"to": ["bob"]}).status_code == 200
    assert _as(they.bob, now).get(address).status_code == 200
    assert _heard(alice.post(f"{address}/copy", {"to": ["nobody"]})) == (422, "people.unknown")
    gone = alice.post(f"{address}/withdraw", {"reason": "不做了"}).json()
    assert (gone["state"], gone["reason"]) == ("withdrawn", "不做了")
    assert _heard(office.post(f"{address}/cancel", {"reason": "x"})) == (409, "workflows.case_closed")


def test_a_file_is_added_named_by_an_answer_and_read_by_who_may_see_the_case(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    wang, address = _as(they.wang, now), f"/api/v1/cases/{case.ulid}/files"
    added = wang.post(address, Multipart("file", "纪要.pdf", PDF)).json()
    assert (added["name"], added["size"]) == ("纪要.pdf", len(PDF))
    bad = wang.post(address, Multipart("file", "virus.exe", b"MZ"))
    assert _heard(bad) == (422, "workflows.file_kind")
    step = _only(case)
    body = {"outcome": "approve", "files": [added["ulid"]]}
    assert _heard(wang.post(f"/api/v1/tasks/{step.ulid}/answer", {**body, "files": ["0" * 26]})) == (
        422,
        "workflows.file",
    )
    assert wang.post(f"/api/v1/tasks/{step.ulid}/answer", body).status_code == 200
    [event] = TaskEvent.objects.filter(case=case, kind="approve")
    assert event.attachments.get().ulid == added["ulid"]
    read = _as(they.alice, now).get(f"{address}/{added['ulid']}")
    assert (read.status_code, read.content) == (200, PDF)
    assert read.headers["Content-Disposition"].startswith("attachment")
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert _as(they.bob, now).get(f"{address}/{added['ulid']}").status_code == 404
    other = three_steps(they, now, subject="thing:other")
    crossed = _as(they.alice, now).get(f"/api/v1/cases/{other.ulid}/files/{added['ulid']}")
    assert _heard(crossed) == (404, "workflows.no_file")


def test_an_answer_under_a_key_acts_once(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    wang, address = _as(they.wang, now), f"/api/v1/tasks/{_only(case).ulid}/answer"
    first, second = (wang.post(address, {"outcome": "approve"}, Idempotency_Key="k1") for _ in range(2))
    assert first.json() == second.json()
    assert kinds(case) == ["started", "approve"]
    assert _heard(wang.post(address, {"outcome": "approve"})) == (409, "workflows.answered")


def test_a_case_that_is_overtaken_ends_even_under_a_key(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    services.answer(step=_only(case), by=they.wang, now=now, outcome="approve")
    teng, address = _as(they.teng, now), f"/api/v1/tasks/{_only(case).ulid}/answer"
    gone = {"outcome": "approve", "opinion": "it is gone"}
    assert _heard(teng.post(address, gone, Idempotency_Key="k1")) == (409, "workflows.overtaken")
    case.refresh_from_db()
    assert case.state == "overtaken"
    assert not Answered.objects.exists()
    assert _heard(teng.post(address, gone, Idempotency_Key="k1")) == (409, "workflows.answered")


def test_two_programs_answer_at_once_and_one_wins(
    transactional_db: None, now: datetime, settings: Settings
) -> None:
    settings.CLOCK_OFFSET_SECONDS = (now - present()).total_seconds()
    they = gather(now)
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    address = f"/api/v1/tasks/{_only(case).ulid}/answer"
    programs = [_as(they.wang, now), _as(they.olga, now)]
    gate, heard = threading.Barrier(2), []

    def ask(program: Program) -> None:
        try:
            gate.wait(timeout=60)
            heard.append(_heard(program.post(address, {"outcome": "approve"})))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(one,)) for one in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == [(200, ""), (409, "workflows.answered")]
    assert kinds(case) == ["started", "approve"]


@pytest.mark.parametrize(
    ("address", "queries"), [("/api/v1/inbox", 3), ("/api/v1/inbox/mine", 3), ("/api/v1/inbox/applied", 3)]
)
def test_a_list_takes_its_number_of_queries(
    they: People, now: datetime, address: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(12):
        three_steps(they, now, subject=f"thing:{n}")
    program = _as(they.alice if address.endswith("applied") else they.wang, now)
    program.get("/api/v1/me")  # the use of the token is noted once an hour
    with django_assert_num_queries(queries):
        program.get(address)


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
    alice = _as(they.alice, now)
    [process] = [one for one in alice.get("/api/v1/processes").json()["items"] if one["begin"]]
    assert (process["key"], process["begin"]) == ("toy_three", BEGIN)
    told = alice.post(BEGIN, TOY)
    assert told.status_code == 201
    case = Case.objects.get(ulid=told.json()["ulid"])
    assert (case.applicant, case.subject_ref) == (they.alice, "toy:microscope")
    kept = case.process.data
    assert (kept["days"], kept["day"], kept["urgent"]) == ("3", "2026-12-24", "True")
    assert datetime.fromisoformat(kept["at"]) == datetime.fromisoformat("2026-12-24T02:00:00+00:00")
    assert owner(case) == they.wang


def test_what_is_wrong_at_the_beginning_is_told_by_type_form_and_process(they: People, now: datetime) -> None:
    alice = _as(they.alice, now)
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
    alice = _as(they.alice, now)
    first, second = (alice.post(BEGIN, TOY, Idempotency_Key="k1") for _ in range(2))
    assert first.json() == second.json()
    again = alice.post(BEGIN, TOY)
    assert _heard(again) == (409, "workflows.case_open")
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


def test_an_age_is_counted_from_the_asking(they: People, now: datetime) -> None:
    three_steps(they, now - timedelta(days=3), subject="thing:old")
    three_steps(they, now, subject="thing:new")
    wang = _as(they.wang, now)
    assert len(wang.get("/api/v1/inbox/mine", older_days="2").json()["items"]) == 1
    assert len(wang.get("/api/v1/inbox/mine").json()["items"]) == 2

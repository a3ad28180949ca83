"""Every verb through the interface, by those who may."""

import threading
from datetime import datetime

from django.db import connection
from pytest_django import Settings

from apps.core.clock import now as present
from apps.tokens.models import Answered
from tests.api.client import Program
from tests.people import People, gather
from tests.web.matrix.rows import Multipart
from tests.workflows.programs.asking import by, heard, only
from tests.workflows.toys import kinds, three_steps
from workflows import services
from workflows.models import TaskEvent

PDF = b"%PDF-1.7 invented"


def test_a_case_goes_its_way_through_the_interface(they: People, now: datetime) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    wang, olga, alice = (by(one, now) for one in (they.wang, they.olga, they.alice))
    address = f"/api/v1/tasks/{only(case).ulid}"
    assert wang.post(f"{address}/claim", None).json()["owner"]["username"] == "wang"
    assert heard(olga.post(f"{address}/claim", None)) == (409, "workflows.taken")
    assert wang.post(f"{address}/release", None).json()["owner"] is None
    assert olga.post(f"{address}/claim", None).status_code == 200
    assert (
        olga.post(f"{address}/transfer", {"to": "wang", "reason": "出差"}).json()["owner"]["username"]
        == "wang"
    )
    asked = wang.post(f"{address}/delegate", {"to": "bob", "reason": "你怎么看"})
    assert asked.json()["owner"]["username"] == "bob"
    assert heard(wang.post(f"{address}/answer", {"outcome": "approve"})) == (409, "workflows.taken")
    assert (
        by(they.bob, now).post(f"{address}/give-back", {"opinion": "可以"}).json()["owner"]["username"]
        == "wang"
    )
    signer = {"user": "olga", "where": "after", "reason": "安全"}
    assert wang.post(f"{address}/signers", signer).status_code == 200
    assert wang.post(f"{address}/signers/remove", {"user": "olga", "reason": "不用了"}).status_code == 200
    sent = wang.post(f"{address}/send-back", {"to": "revise", "reason": "缺日期"})
    assert sent.json()["outcome"] == "sent_back"
    revise = f"/api/v1/tasks/{only(case).ulid}"
    assert alice.post(f"{revise}/answer", {"outcome": "complete"}).status_code == 200
    again = f"/api/v1/tasks/{only(case).ulid}"
    assert heard(wang.post(f"{again}/answer", {"outcome": "reject"})) == (422, "workflows.opinion_required")
    assert heard(wang.post(f"{again}/answer", {"outcome": "perhaps"})) == (422, "workflows.outcome")
    assert (
        wang.post(f"{again}/answer", {"outcome": "reject", "opinion": "不行"}).json()["outcome"] == "reject"
    )
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "refused")
    assert kinds(case) == [
        "started", "claimed", "released", "claimed", "transferred", "delegated", "opinion", "signer_added",
        "signer_removed", "sent_back", "complete", "reject", "done",
    ]  # fmt: skip


def test_a_batch_answers_each_by_itself(they: People, now: datetime) -> None:
    cases = [three_steps(they, now, subject=f"thing:{n}") for n in range(3)]
    steps = [only(case) for case in cases]
    services.answer(step=steps[1], by=they.wang, now=now, outcome="approve")
    asked = [steps[0].ulid, steps[1].ulid, "0" * 26, steps[2].ulid]
    wang = by(they.wang, now)
    told = wang.post("/api/v1/tasks/batch", {"tasks": asked, "outcome": "approve", "opinion": "同意"}).json()
    assert [(one["task"], (one["error"] or {}).get("code")) for one in told["items"]] == [
        (steps[0].ulid, None),
        (steps[1].ulid, "workflows.answered"),
        ("0" * 26, "workflows.no_step"),
        (steps[2].ulid, None),
    ]


def test_urging_copying_withdrawing_and_cancelling(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    alice, office = by(they.alice, now), by(they.office, now)
    address = f"/api/v1/cases/{case.ulid}"
    assert alice.post(f"{address}/urge", {"words": "请尽快"}).status_code == 200
    assert heard(alice.post(f"{address}/urge", {})) == (409, "workflows.urged")
    assert by(they.bob, now).get(address).status_code == 404
    assert alice.post(f"{address}/copy", {"to": ["bob"]}).status_code == 200
    assert by(they.bob, now).get(address).status_code == 200
    assert heard(alice.post(f"{address}/copy", {"to": ["nobody"]})) == (422, "people.unknown")
    gone = alice.post(f"{address}/withdraw", {"reason": "不做了"}).json()
    assert (gone["state"], gone["reason"]) == ("withdrawn", "不做了")
    assert heard(office.post(f"{address}/cancel", {"reason": "x"})) == (409, "workflows.case_closed")


def test_a_file_is_added_named_by_an_answer_and_read_by_who_may_see_the_case(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    wang, address = by(they.wang, now), f"/api/v1/cases/{case.ulid}/files"
    added = wang.post(address, Multipart("file", "纪要.pdf", PDF)).json()
    assert (added["name"], added["size"]) == ("纪要.pdf", len(PDF))
    bad = wang.post(address, Multipart("file", "virus.exe", b"MZ"))
    assert heard(bad) == (422, "workflows.file_kind")
    step = only(case)
    body = {"outcome": "approve", "files": [added["ulid"]]}
    assert heard(wang.post(f"/api/v1/tasks/{step.ulid}/answer", {**body, "files": ["0" * 26]})) == (
        422,
        "workflows.file",
    )
    assert wang.post(f"/api/v1/tasks/{step.ulid}/answer", body).status_code == 200
    [event] = TaskEvent.objects.filter(case=case, kind="approve")
    assert event.attachments.get().ulid == added["ulid"]
    read = by(they.alice, now).get(f"{address}/{added['ulid']}")
    assert (read.status_code, read.content) == (200, PDF)
    assert read.headers["Content-Disposition"].startswith("attachment")
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert by(they.bob, now).get(f"{address}/{added['ulid']}").status_code == 404
    other = three_steps(they, now, subject="thing:other")
    crossed = by(they.alice, now).get(f"/api/v1/cases/{other.ulid}/files/{added['ulid']}")
    assert heard(crossed) == (404, "workflows.no_file")


def test_an_answer_under_a_key_acts_once(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    wang, address = by(they.wang, now), f"/api/v1/tasks/{only(case).ulid}/answer"
    first, second = (wang.post(address, {"outcome": "approve"}, Idempotency_Key="k1") for _ in range(2))
    assert first.json() == second.json()
    assert kinds(case) == ["started", "approve"]
    assert heard(wang.post(address, {"outcome": "approve"})) == (409, "workflows.answered")


def test_a_case_that_is_overtaken_ends_even_under_a_key(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    services.answer(step=only(case), by=they.wang, now=now, outcome="approve")
    teng, address = by(they.teng, now), f"/api/v1/tasks/{only(case).ulid}/answer"
    gone = {"outcome": "approve", "opinion": "it is gone"}
    assert heard(teng.post(address, gone, Idempotency_Key="k1")) == (409, "workflows.overtaken")
    case.refresh_from_db()
    assert case.state == "overtaken"
    assert not Answered.objects.exists()
    assert heard(teng.post(address, gone, Idempotency_Key="k1")) == (409, "workflows.answered")


def test_two_programs_answer_at_once_and_one_wins(
    transactional_db: None, now: datetime, settings: Settings
) -> None:
    settings.CLOCK_OFFSET_SECONDS = (now - present()).total_seconds()
    they = gather(now)
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    address = f"/api/v1/tasks/{only(case).ulid}/answer"
    programs = [by(they.wang, now), by(they.olga, now)]
    gate = threading.Barrier(2)
    answers: list[tuple[int, str]] = []

    def ask(program: Program) -> None:
        try:
            gate.wait(timeout=60)
            answers.append(heard(program.post(address, {"outcome": "approve"})))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(one,)) for one in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [(200, ""), (409, "workflows.answered")]
    assert kinds(case) == ["started", "approve"]

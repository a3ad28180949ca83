"""Reading cases and tasks: what is told, to whom, and in how many queries."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.people import People
from tests.toyflows.approvals import RoundFlow
from tests.workflows.programs.asking import by, only
from tests.workflows.toys import three_steps
from workflows import services


def test_a_case_is_read_with_its_dossier_its_history_and_its_verbs(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    services.answer(step=only(case), by=they.wang, now=now, outcome="approve", opinion="可以")
    told = by(they.alice, now).get(f"/api/v1/cases/{case.ulid}").json()
    assert (told["number"], told["flow"], told["state"]) == (case.number, "toy_three", "open")
    assert told["title"] == "Toy of Alice"
    assert told["applicant"]["username"] == "alice"
    assert told["dossier"]["sections"][0]["rows"][0]["value"] == "艾丽"
    assert [(one["kind"], (one["actor"] or {}).get("username")) for one in told["events"]] == [
        ("started", "alice"),
        ("approve", "wang"),
    ]
    assert [(one["node"], one["owner"]["username"]) for one in told["waiting"]] == [("lab", "teng")]
    assert told["verbs"] == ["copy", "urge", "withdraw"]


def test_a_task_says_what_is_asked_of_whom_and_what_i_may_do(they: People, now: datetime) -> None:
    step = only(three_steps(they, now, tutors=[they.wang.pk, they.olga.pk]))
    told = by(they.wang, now).get(f"/api/v1/tasks/{step.ulid}").json()
    assert (told["asks"], told["state"], told["owner"]) == ("Is it right?", "free", None)
    assert [one["person"]["username"] for one in told["candidates"]] == ["wang", "olga"]
    assert [(one["key"], one["refuses"]) for one in told["choices"]] == [("approve", False), ("reject", True)]
    assert [one["node"] for one in told["ways_back"]] == ["revise"]
    assert {"answer", "claim", "send_back", "transfer", "delegate", "add_signer"} <= set(told["verbs"])
    mine = by(they.alice, now).get(f"/api/v1/tasks/{step.ulid}").json()
    assert set(mine["verbs"]) & {"answer", "claim", "send_back", "transfer", "delegate"} == set()


def test_the_inbox_counts_and_lists_what_waits(they: People, now: datetime) -> None:
    free = three_steps(they, now, subject="thing:free", tutors=[they.wang.pk, they.olga.pk])
    held = three_steps(they, now, subject="thing:held")
    wang, alice = by(they.wang, now), by(they.alice, now)
    assert wang.get("/api/v1/inbox").json() == {"mine": 1, "claimable": 1}
    assert [one["case"]["ulid"] for one in wang.get("/api/v1/inbox/mine").json()["items"]] == [held.ulid]
    assert [one["case"]["ulid"] for one in wang.get("/api/v1/inbox/claimable").json()["items"]] == [free.ulid]
    services.answer(step=only(held), by=they.wang, now=now, outcome="approve")
    [done] = wang.get("/api/v1/inbox/done").json()["items"]
    assert (done["case"]["ulid"], done["outcome"], done["state"]) == (held.ulid, "approve", "done")
    first = alice.get("/api/v1/inbox/applied", limit="1").json()
    rest = alice.get("/api/v1/inbox/applied", limit="1", cursor=first["next"]).json()
    assert [one["ulid"] for one in (*first["items"], *rest["items"])] == [held.ulid, free.ulid]
    services.copy(case=free, to=[they.bob], by=they.alice, now=now)
    assert [one["ulid"] for one in by(they.bob, now).get("/api/v1/inbox/copied").json()["items"]] == [
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
    office, alice = by(they.office, now), by(they.alice, now)
    assert [one["ulid"] for one in office.get("/api/v1/cases").json()["items"]] == [other.ulid, mine.ulid]
    assert [one["ulid"] for one in alice.get("/api/v1/cases").json()["items"]] == [mine.ulid]
    assert by(they.charlie, now).get("/api/v1/cases").json()["items"] == []
    for query, found in (
        ({"flow": "toy_round"}, [other.ulid]),
        ({"unit": they.lab.ulid}, [mine.ulid]),
        ({"state": "done"}, []),
        ({"mine": "true"}, []),
    ):
        assert [one["ulid"] for one in office.get("/api/v1/cases", **query).json()["items"]] == found, query
    assert office.get("/api/v1/cases", state="lost").status_code == 422


@pytest.mark.parametrize(
    ("address", "queries"), [("/api/v1/inbox", 3), ("/api/v1/inbox/mine", 3), ("/api/v1/inbox/applied", 3)]
)
def test_a_list_takes_its_number_of_queries(
    they: People, now: datetime, address: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(12):
        three_steps(they, now, subject=f"thing:{n}")
    program = by(they.alice if address.endswith("applied") else they.wang, now)
    program.get("/api/v1/me")  # the use of the token is noted once an hour
    with django_assert_num_queries(queries):
        program.get(address)


def test_an_age_is_counted_from_the_asking(they: People, now: datetime) -> None:
    three_steps(they, now - timedelta(days=3), subject="thing:old")
    three_steps(they, now, subject="thing:new")
    wang = by(they.wang, now)
    assert len(wang.get("/api/v1/inbox/mine", older_days="2").json()["items"]) == 1
    assert len(wang.get("/api/v1/inbox/mine").json()["items"]) == 2

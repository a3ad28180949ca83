"""Nobody decides in their own case, by any verb, alone, in a batch or through others."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.people.absences import declare_absence
from tests.people import People
from tests.workflows.programs.asking import by, heard, only
from tests.workflows.toys import kinds, owner, three_steps

OWN_CASE = (403, "workflows.own_case")


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
    answer = by(they.alice, now).post(f"/api/v1/tasks/{only(case).ulid}/{verb}", HANDLING[verb])
    assert heard(answer) == OWN_CASE
    assert kinds(case) == ["started"]


@pytest.mark.parametrize("verb", HANDLING)
def test_nor_as_the_substitute_of_whoever_is_asked(they: People, now: datetime, verb: str) -> None:
    declare_absence(
        user=they.wang,
        substitute=they.alice,
        valid_from=now,
        valid_until=now + timedelta(days=7),
        by=they.wang,
        now=now,
    )
    case = three_steps(they, now)
    assert owner(case) == they.wang  # late rather than partial
    answer = by(they.alice, now).post(f"/api/v1/tasks/{only(case).ulid}/{verb}", HANDLING[verb])
    assert heard(answer) == OWN_CASE
    assert kinds(case) == ["started"]


def test_nor_in_a_batch_nor_by_cancelling(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    alice = by(they.alice, now)
    answer = alice.post("/api/v1/tasks/batch", {"tasks": [only(case).ulid], "outcome": "approve"})
    assert [one["error"]["code"] for one in answer.json()["items"]] == ["workflows.own_case"]
    assert heard(alice.post(f"/api/v1/cases/{case.ulid}/cancel", {"reason": "x"})) == (
        403,
        "workflows.not_yours",
    )
    assert kinds(case) == ["started"]


def test_nor_does_a_step_come_to_them_by_anybody_s_verb(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    wang = by(they.wang, now)
    address = f"/api/v1/tasks/{only(case).ulid}"
    assert heard(wang.post(f"{address}/transfer", {"to": "alice", "reason": "x"})) == (
        422,
        "workflows.not_eligible",
    )
    assert heard(wang.post(f"{address}/delegate", {"to": "alice", "reason": "x"})) == OWN_CASE
    for where in ("before", "after"):
        asked = {"user": "alice", "where": where, "reason": "x"}
        assert heard(wang.post(f"{address}/signers", asked)) == OWN_CASE
    assert owner(case) == they.wang

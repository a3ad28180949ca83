"""Expecting the reader to refuse with exactly these codes, or to open, each on its record."""

from typing import Any

from apps.clearances.answers import Answer
from apps.decisions.models import DecisionRecord
from tests.domain.clearances.world import (
    World,
    session,
)


def refused(world: World, *codes: str, **swipe: Any) -> Answer:
    """The swipe is refused with exactly these codes, in words, on record, and nothing is granted."""
    answer = world.swipe(**swipe)
    assert (answer.allowed, answer.codes, answer.grant) == (False, codes, None)
    record = DecisionRecord.objects.get(ulid=answer.decision)
    assert (record.outcome, tuple(record.codes)) == ("deny", codes)
    assert all(reason.zh and reason.en and reason.mender for reason in answer.reasons)
    assert all(reason.zh in answer.message_zh and reason.en in answer.message_en for reason in answer.reasons)
    return answer


def allowed(world: World, **swipe: Any) -> Answer:
    """The swipe opens, on a recorded permit."""
    answer = world.swipe(**swipe)
    assert (answer.allowed, answer.codes) == (True, ())
    assert DecisionRecord.objects.get(ulid=answer.decision).outcome == "permit"
    assert answer.grant is not None
    assert session(answer.grant.gid).decision is not None
    return answer

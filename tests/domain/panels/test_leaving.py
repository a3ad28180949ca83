"""Members who leave, are suspended or come back: their places fall empty, what they have voted
still counts.
"""

from datetime import datetime

import pytest

from apps.core.errors import NotPermitted, WrongState
from apps.core.outbox import WORKER, relay
from apps.panels import operations, queries
from apps.people.lifecycle import end_user, reinstate_user, suspend_user
from apps.people.models import User
from tests.factories.facts import told
from tests.factories.panels import DAY, Board, accept, accepted, formed, opened, seat, vote, votes
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db


def carry(now: datetime) -> None:
    """Every fact reaches everybody who waits for it."""
    while relay(channel=WORKER, now=now):
        pass


def leaves(user: User, they: People, now: datetime) -> None:
    end_user(user=user, reason="left the school", by=they.office, now=now)
    carry(now)


def test_whoever_leaves_gives_up_panels_and_committees(who: Board, they: People, now: datetime) -> None:
    panel = formed(who, now)
    leaves(who.members[0], they, now)
    assert seat(panel, who.members[0]).state == "left"
    assert who.members[0] not in queries.voters(who.committee, now)
    assert who.committee.seats.get(user=who.members[0]).end_reason == "left the school"
    assert told("panels.seat_changed")[-1] == {
        "panel": panel.ulid,
        "seat": seat(panel, who.members[0]).ulid,
        "user": who.members[0].ulid,
        "state": "left",
    }
    called = operations.call_substitute(
        seat=seat(panel, who.members[0]), answer_by=now + DAY, by=None, now=now
    )
    assert called.user == who.members[5]


def test_a_substitute_who_left_is_not_called(who: Board, they: People, now: datetime) -> None:
    panel = formed(who, now)
    leaves(who.members[5], they, now)
    mine = seat(panel, who.members[0])
    operations.recuse(seat=mine, reason="conflict", by=who.members[0], now=now)
    called = operations.call_substitute(seat=mine, answer_by=now + DAY, by=None, now=now)
    assert called.user == who.members[6]


def test_what_somebody_voted_before_leaving_still_counts(who: Board, they: People, now: datetime) -> None:
    panel = accepted(who, now, reserve=0)
    round_ = votes(opened(panel, now), "aaa--", now)
    leaves(who.members[0], they, now)
    assert vote(round_, who.members[3], "approve", now).closed
    round_.refresh_from_db()
    assert round_.outcome["figures"]["approve"] == 4  # type: ignore[index]
    assert seat(panel, who.members[0]).ulid in round_.outcome["counted"]  # type: ignore[index]


def test_whoever_leaves_before_voting_is_not_waited_for(who: Board, they: People, now: datetime) -> None:
    panel = accepted(who, now, reserve=0)
    round_ = votes(opened(panel, now), "aaa--", now)
    vote(round_, who.members[4], "reject", now)
    leaves(who.members[3], they, now)
    operations.close_round(round_=round_, by=None, now=now)
    round_.refresh_from_db()
    assert (round_.closed_because, round_.outcome["result"]) == ("all_in", "approved")  # type: ignore[index]


def test_a_chair_who_leaves_presides_no_longer(who: Board, they: People, now: datetime) -> None:
    panel = formed(who, now)
    leaves(who.chair, they, now)
    panel.refresh_from_db()
    assert panel.chair is None
    assert queries.presiding(who.committee, now) == who.deputy


def test_whoever_is_suspended_leaves_the_panel_but_not_the_committee(
    who: Board, they: People, now: datetime
) -> None:
    panel = accepted(who, now)
    round_ = opened(panel, now)
    suspend_user(user=who.members[0], reason="unpaid", by=they.office, now=now)
    with refused(NotPermitted, "people.not_active"):
        vote(round_, who.members[0], "approve", now)
    carry(now)
    assert seat(panel, who.members[0]).state == "left"
    reinstate_user(user=who.members[0], by=they.office, now=now)
    assert who.members[0] in queries.voters(who.committee, now)
    with refused(WrongState, "panels.seat_moved"):
        vote(round_, who.members[0], "approve", now)


def test_who_was_reinstated_before_anybody_noticed_keeps_the_place(
    who: Board, they: People, now: datetime
) -> None:
    panel = formed(who, now)
    suspend_user(user=who.members[0], reason="by mistake", by=they.office, now=now)
    reinstate_user(user=who.members[0], by=they.office, now=now)
    carry(now)
    accept(panel, who.members[0], now)


def test_nobody_is_left_to_vote(who: Board, they: People, now: datetime) -> None:
    panel = accepted(who, now, size=3, reserve=0)
    round_ = opened(panel, now)
    for one in who.members[:3]:
        leaves(one, they, now)
    with refused(WrongState, "panels.no_substitute"):
        operations.call_substitute(seat=seat(panel, who.members[0]), answer_by=now + DAY, by=None, now=now)
    operations.close_round(round_=round_, by=None, now=now + 5 * DAY)
    round_.refresh_from_db()
    assert round_.outcome["result"] == "no_quorum"  # type: ignore[index]
    operations.end_panel(panel=panel, because="no_members", by=None, now=now + 5 * DAY)
    leaves(who.members[3], they, now + 5 * DAY)  # on no open panel: nothing happens


def test_the_end_of_a_term_does_not_end_a_panel(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = opened(panel, now, due_at=now + 1500 * DAY)
    after = now + 1200 * DAY
    assert queries.voters(who.committee, after) == []
    assert not vote(round_, who.members[0], "approve", after).closed

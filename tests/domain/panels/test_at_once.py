"""Votes, recusals, deadlines and withdrawals at the same moment, over real connections: whichever comes
first, the other finds it, and what a closed round came to is what stood in the box.
"""

from datetime import datetime

import pytest

from apps.panels import operations, queries
from apps.panels.models import Panel, Round
from apps.panels.models.rounds import Ballot
from tests.factories.facts import told
from tests.factories.panels import DAY, SUBJECT, Board, accepted, formed, opened, seat, vote, votes
from tests.factories.races import Act, at_once

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 4  # rounds of each race


def fresh(who: Board, now: datetime, number: int, cast: str) -> Round:
    """One more round in which some have voted already."""
    panel = accepted(who, now, subject=f"submission:{number}")
    return votes(opened(panel, now), cast, now)


def ballot(round_: Round, who: Board, number: int, choice: str, now: datetime) -> Act:
    return lambda: vote(round_, who.members[number], choice, now)


def consistent(round_: Round) -> None:
    """A closed round counted exactly the ballots of the seats that it names."""
    round_.refresh_from_db()
    assert round_.outcome is not None
    counted = set(round_.outcome["counted"])
    assert round_.outcome["figures"]["cast"] == len(counted)
    assert counted <= set(Ballot.sealed.filter(round=round_).values_list("seat__ulid", flat=True))
    closings = [one for one in told("panels.round_closed") if one["round"] == round_.ulid]
    assert len(closings) == 1


def test_of_the_last_two_votes_both_count_or_one_came_too_late(who: Board, now: datetime) -> None:
    for number in range(TIMES):
        undecided = fresh(who, now, 2 * number, "aam--")  # after one more for it, another may still turn it
        ends = at_once(ballot(undecided, who, 3, "approve", now), ballot(undecided, who, 4, "approve", now))
        assert ends == ["done", "done"]
        consistent(undecided)
        assert queries.result_of(undecided).result == "approved"  # type: ignore[union-attr]

        nearly = fresh(who, now, 2 * number + 1, "aaa--")  # whoever is first decides
        ends = at_once(ballot(nearly, who, 3, "approve", now), ballot(nearly, who, 4, "approve", now))
        assert sorted(ends) == ["done", "panels.round_closed"]
        consistent(nearly)


def test_a_double_click_casts_one_ballot(who: Board, now: datetime) -> None:
    round_ = fresh(who, now, 1, "-----")
    ends = at_once(*[ballot(round_, who, 0, "approve", now)] * 4)
    assert sorted(ends) == ["done", *["panels.cast_already"] * 3]
    assert Ballot.sealed.count() == 1


def test_a_vote_and_the_deadline(who: Board, now: datetime) -> None:
    due = now + 5 * DAY
    for number in range(TIMES):
        round_ = fresh(who, now, number, "aaa--")
        # The ballot was on its way a moment before the deadline, the clock closes a moment after it.
        ends = at_once(
            ballot(round_, who, 4, "reject", due - DAY / 86_400),
            lambda round_=round_: operations.close_round(round_=round_, by=None, now=due),  # type: ignore[misc]
        )
        assert ends[1] == "done"
        assert ends[0] in ("done", "panels.round_closed")
        consistent(round_)
        cast = round_.outcome["figures"]["cast"]  # type: ignore[index]
        assert cast == (4 if ends[0] == "done" else 3)


def test_a_recusal_and_a_vote(who: Board, now: datetime) -> None:
    for number in range(TIMES):
        round_ = fresh(who, now, number, "aa---")
        mine = seat(round_.panel, who.members[2])
        ends = at_once(
            ballot(round_, who, 2, "approve", now),
            lambda mine=mine: operations.recuse(  # type: ignore[misc]
                seat=mine, reason="conflict", by=mine.user, now=now
            ),
        )
        assert ends[1] == "done"
        assert ends[0] in ("done", "panels.seat_moved")
        vote(round_, who.members[3], "reject", now)
        assert vote(round_, who.members[4], "reject", now).closed
        consistent(round_)
        assert mine.ulid not in round_.outcome["counted"]  # type: ignore[index]
        assert round_.outcome["figures"]["cast"] == 4  # type: ignore[index]


def test_a_withdrawal_and_the_vote_that_closes(who: Board, now: datetime) -> None:
    for number in range(TIMES):
        round_ = fresh(who, now, number, "aaa--")
        panel = round_.panel
        ends = at_once(
            ballot(round_, who, 3, "approve", now),
            lambda panel=panel: operations.end_panel(  # type: ignore[misc]
                panel=panel, because="withdrawn", by=None, now=now
            ),
        )
        assert ends[1] == "done"
        assert ends[0] in ("done", "panels.panel_ended")
        round_.refresh_from_db()
        assert round_.closed_because == ("settled" if ends[0] == "done" else "abandoned")


def test_a_subject_gets_one_panel_and_an_empty_place_one_substitute(who: Board, now: datetime) -> None:
    ends = at_once(*[lambda: formed(who, now)] * 3)
    assert sorted(ends) == ["done", *["panels.panel_open"] * 2]
    panel = Panel.objects.get(subject_ref=SUBJECT)
    mine = seat(panel, who.members[0])
    operations.recuse(seat=mine, reason="conflict", by=who.members[0], now=now)
    ends = at_once(
        *[lambda: operations.call_substitute(seat=mine, answer_by=now + DAY, by=None, now=now)] * 3
    )
    assert sorted(ends) == ["done", *["panels.seat_kept"] * 2]
    assert panel.seats.filter(state="invited").count() == 5


def test_two_panels_of_the_same_people_do_not_wait_for_each_other(who: Board, now: datetime) -> None:
    one, other = fresh(who, now, 1, "-----"), fresh(who, now, 2, "-----")
    acts = [ballot(round_, who, number, "approve", now) for round_ in (one, other) for number in (0, 1)]
    assert at_once(*acts) == ["done"] * 4

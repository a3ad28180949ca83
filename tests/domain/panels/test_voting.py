"""Rounds: asked of a complete panel, voted in once by each, closed when nothing can change, and decided by
whoever presides where the votes do not decide.
"""

from datetime import datetime
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.panels import operations, queries
from apps.panels.ballots import key_of
from apps.panels.models import Round
from documents.canonical import canonical, digest
from tests.factories.facts import told
from tests.factories.panels import (
    DAY,
    OTHER,
    QUESTION,
    Board,
    accept,
    accepted,
    formed,
    opened,
    seat,
    vote,
    votes,
)
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db
KEY = key_of(OTHER)
SUBMITTED_OPTION = {"hour_fen": 20_000}


def result(round_: Round) -> str:
    found = queries.result_of(round_)
    assert found is not None
    return found.result


def test_a_question_is_kept_with_its_digest(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = opened(panel, now)
    assert (round_.number, round_.kind, round_.members, round_.option_key) == (1, "first", 5, "submitted")
    assert round_.sha256 == digest(canonical(QUESTION))
    assert told("panels.round_opened") == [{"panel": panel.ulid, "round": round_.ulid}]
    assert queries.open_round_of(panel) == round_
    assert queries.result_of(round_) is None


def test_it_is_asked_of_a_complete_panel_only(who: Board, now: datetime) -> None:
    panel = formed(who, now)
    with refused(WrongState, "panels.invitations_open"):
        opened(panel, now)
    for one in who.members[:4]:
        accept(panel, one, now)
    operations.recuse(seat=seat(panel, who.members[4]), reason="conflict", by=who.members[4], now=now)
    with refused(WrongState, "panels.even"):
        opened(panel, now)
    for one in who.members[5:7]:
        operations.recuse(seat=seat(panel, one), reason="conflict", by=one, now=now)
    assert opened(panel, now).members == 4  # nobody is left who could be called: even is better than never


def test_fewer_than_the_least_are_not_asked(who: Board, now: datetime) -> None:
    panel = accepted(who, now, size=3, reserve=0)
    operations.recuse(seat=seat(panel, who.members[0]), reason="conflict", by=who.members[0], now=now)
    with refused(WrongState, "panels.too_few"):
        opened(panel, now)


def test_who_opens_it_and_what_for(who: Board, they: People, now: datetime) -> None:
    panel = accepted(who, now)
    with refused(NotPermitted, "panels.not_convener"):
        opened(panel, now, by=who.members[0])
    with refused(Invalid, "panels.due"):
        opened(panel, now, due_at=now)
    with refused(Invalid, "panels.kind"):
        opened(panel, now, kind="third")
    with refused(WrongState, "panels.round_order"):
        opened(panel, now, kind="second")
    opened(panel, now, by=who.secretary)
    with refused(WrongState, "panels.round_open"):
        opened(panel, now)


def test_a_ballot_is_cast_once_with_a_reason_by_who_sits(who: Board, they: People, now: datetime) -> None:
    round_ = opened(accepted(who, now), now, option=SUBMITTED_OPTION)
    one = who.members[0]
    with refused(NotPermitted, "panels.not_your_seat"):
        vote(round_, who.chair, "approve", now)
    with refused(WrongState, "panels.seat_moved"):
        vote(round_, who.members[5], "approve", now)  # in reserve
    with refused(Invalid, "core.reason_required"):
        vote(round_, one, "approve", now, reason="  ")
    with refused(Invalid, "panels.choice"):
        vote(round_, one, "maybe", now)
    with refused(Invalid, "panels.option"):
        vote(round_, one, "modify", now, option=None)
    with refused(Invalid, "panels.option"):
        vote(round_, one, "modify", now, option_key="submitted")
    with refused(Invalid, "panels.unchanged"):
        vote(round_, one, "modify", now, option=dict(SUBMITTED_OPTION))
    cast = vote(round_, one, "modify", now, option_key=KEY)
    assert (cast.seat.user, cast.closed) == (one, False)
    with refused(WrongState, "panels.cast_already"):
        vote(round_, one, "approve", now)
    assert told("panels.ballot_cast") == [{"round": round_.ulid, "seat": cast.seat.ulid}]
    turnout = queries.turnout(round_)
    assert [s.user for s in turnout.voted] == [one]
    assert [s.user for s in turnout.waiting] == who.members[1:5]


def test_it_closes_by_itself_when_nothing_can_change(who: Board, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "aaaa-", now)
    assert (round_.closed_because, result(round_)) == ("settled", "approved")
    assert told("panels.round_closed")[-1]["why"] == "settled"
    with refused(WrongState, "panels.round_closed"):
        vote(round_, who.members[4], "reject", now)


def test_it_closes_when_no_option_can_win_any_more(who: Board, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "aamm-", now)
    assert (round_.closed_because, result(round_)) == ("settled", "inconclusive")
    assert round_.outcome is not None
    assert round_.outcome["figures"]["cast"] == 4


def test_without_early_closing_everybody_is_waited_for(who: Board, now: datetime) -> None:
    ParameterValue.objects.create(key="panels.early_close", value=False, valid_from=now)
    round_ = votes(opened(accepted(who, now), now), "aaaa-", now)
    assert round_.closed_at is None
    with refused(WrongState, "panels.not_yet"):
        operations.close_round(round_=round_, by=who.secretary, now=now)
    vote(round_, who.members[4], "reject", now)
    round_.refresh_from_db()
    assert (round_.closed_because, result(round_)) == ("all_in", "approved")


def test_a_changed_price_wins_when_two_thirds_name_the_same(who: Board, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "ammmm", now)
    found = queries.result_of(round_)
    assert found is not None
    assert (found.result, found.option_key, found.option) == ("modified", KEY, OTHER)
    assert [(one.key, one.count) for one in queries.options_of(round_)] == [(KEY, 4), ("submitted", 1)]


def test_the_deadline_counts_those_who_voted_if_they_are_enough(who: Board, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "aaam-", now)
    due = now + 5 * DAY
    with refused(WrongState, "panels.too_late"):
        vote(round_, who.members[4], "approve", due)
    with refused(NotPermitted, "panels.not_convener"):
        operations.close_round(round_=round_, reason="late", by=who.members[0], now=due)
    with refused(Invalid, "core.reason_required"):
        operations.close_round(round_=round_, by=who.secretary, now=due)
    operations.close_round(round_=round_, by=None, now=due)
    round_.refresh_from_db()
    assert (round_.closed_because, result(round_)) == ("deadline", "approved")
    with refused(WrongState, "panels.round_closed"):
        operations.close_round(round_=round_, by=None, now=due)


def test_a_round_is_extended_also_after_its_deadline_while_it_is_open(who: Board, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "aa---", now)
    late = now + 6 * DAY
    with refused(Invalid, "panels.due"):
        operations.extend_round(round_=round_, due_at=late, reason="x", by=who.secretary, now=late)
    with refused(NotPermitted, "panels.not_convener"):
        operations.extend_round(round_=round_, due_at=late + DAY, reason="x", by=who.members[0], now=late)
    with refused(Invalid, "core.reason_required"):
        operations.extend_round(round_=round_, due_at=late + DAY, reason="", by=who.chair, now=late)
    operations.extend_round(round_=round_, due_at=late + DAY, reason="holiday", by=who.chair, now=late)
    vote(round_, who.members[2], "approve", late)
    assert vote(round_, who.members[3], "approve", late).closed
    assert len(told("panels.round_extended")) == 1


def test_a_second_round_is_about_one_price_that_somebody_named(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    first = votes(opened(panel, now, option=SUBMITTED_OPTION), "aammr", now)
    assert result(first) == "inconclusive"
    again = {"kind": "second", "by": who.chair}
    with refused(NotPermitted, "panels.not_chair"):
        opened(panel, now, kind="second", by=who.secretary, option_key=KEY)
    with refused(Invalid, "panels.option_unknown"):
        opened(panel, now, **again, option_key=key_of({"hour_fen": 1}))
    with refused(Invalid, "panels.option_unknown"):
        opened(panel, now, **again, option_key="reject")
    with refused(WrongState, "panels.round_order"):
        opened(panel, now)
    second = opened(panel, now, **again, option_key=KEY)
    assert (second.number, second.option_key, second.option) == (2, KEY, OTHER)
    with refused(Invalid, "panels.choice"):
        vote(second, who.members[0], "modify", now)
    votes(second, "aaarr", now)
    found = queries.result_of(second)
    assert found is not None
    assert (found.result, found.option_key, found.option) == ("modified", KEY, OTHER)


def test_a_second_round_may_be_about_what_was_submitted(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    votes(opened(panel, now, option=SUBMITTED_OPTION), "aammr", now)
    second = votes(opened(panel, now, kind="second", by=who.chair), "aaarr", now)
    found = queries.result_of(second)
    assert found is not None
    assert (found.result, found.option_key, found.option) == ("approved", "submitted", SUBMITTED_OPTION)


def tied(who: Board, now: datetime) -> Round:
    panel = accepted(who, now)
    votes(opened(panel, now), "aammr", now)
    return votes(opened(panel, now, kind="second", by=who.chair, option_key=KEY), "aanrr", now)


def test_a_tie_is_the_chairs(who: Board, now: datetime) -> None:
    round_ = tied(who, now)
    assert result(round_) == "tie"
    say: dict[str, Any] = {"round_": round_, "reason": "in line with the peers", "now": now}
    with refused(NotPermitted, "panels.not_chair"):
        operations.rule(**say, result="rejected", by=who.deputy)
    with refused(Invalid, "panels.result"):
        operations.rule(**say, result="tie", by=who.chair)
    with refused(Invalid, "panels.option_unknown"):
        operations.rule(**say, result="approved", by=who.chair)  # not what was put to the vote
    with refused(Invalid, "core.reason_required"):
        operations.rule(round_=round_, reason=" ", result="rejected", by=who.chair, now=now)
    operations.rule(**say, result="modified", option_key=KEY, by=who.chair)
    found = queries.result_of(round_)
    assert found is not None
    assert found.ruling is not None
    assert (found.result, found.option, found.ruling.by) == ("modified", OTHER, who.chair)
    with refused(WrongState, "panels.ruled"):
        operations.rule(**say, result="rejected", by=who.chair)
    operations.end_panel(panel=round_.panel, because="decided", by=None, now=now)


def test_a_tie_may_be_refused_by_the_chair_or_by_the_parameter(who: Board, now: datetime) -> None:
    round_ = tied(who, now)
    operations.rule(round_=round_, reason="too dear", result="rejected", by=who.chair, now=now)
    assert result(round_) == "rejected"


def test_without_a_chair_by_parameter_a_tie_is_a_no(who: Board, now: datetime) -> None:
    ParameterValue.objects.create(key="panels.tie", value="reject", valid_from=now)
    assert result(tied(who, now)) == "rejected"


def test_what_the_votes_decided_the_chair_does_not(who: Board, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "aaaa-", now)
    with refused(WrongState, "panels.not_to_rule"):
        operations.rule(round_=round_, reason="no", result="rejected", by=who.chair, now=now)


def test_nobody_rules_while_nobody_presides(who: Board, they: People, now: datetime) -> None:
    panel = accepted(who, now, members=[who.chair, *who.members[:4]], substitutes=[])
    votes(opened(panel, now), "aammr", now)
    round_ = votes(opened(panel, now, kind="second", by=who.chair, option_key=KEY), "aanrr", now)
    operations.recuse(seat=seat(panel, who.chair), reason="I found out", by=who.chair, now=now)
    with refused(WrongState, "panels.no_chair"):
        operations.rule(round_=round_, reason="x", result="rejected", by=who.chair, now=now)
    operations.name_chair(panel=panel, user=who.deputy, reason="in conflict", by=they.office, now=now)
    operations.rule(round_=round_, reason="x", result="rejected", by=who.deputy, now=now)


def test_without_a_quorum_the_chair_decides_among_those_present(who: Board, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "rm---", now)
    due = now + 5 * DAY
    operations.close_round(round_=round_, by=None, now=due)
    round_.refresh_from_db()
    assert result(round_) == "no_quorum"
    operations.rule(round_=round_, reason="agreed", result="modified", option_key=KEY, by=who.chair, now=due)
    assert result(round_) == "modified"


def test_without_a_quorum_it_may_be_asked_again_but_then_the_chair_is_too_late(
    who: Board, now: datetime
) -> None:
    panel = accepted(who, now)
    round_ = votes(opened(panel, now), "rm---", now)
    due = now + 5 * DAY
    operations.close_round(round_=round_, by=None, now=due)
    again = opened(panel, due, due_at=due + DAY)
    assert (again.number, again.kind) == (2, "first")
    with refused(WrongState, "panels.not_to_rule"):
        operations.rule(round_=round_, reason="x", result="rejected", by=who.chair, now=due)


def test_where_nobody_voted_at_all_nobody_decides_alone(who: Board, now: datetime) -> None:
    round_ = opened(accepted(who, now), now)
    due = now + 5 * DAY
    operations.close_round(round_=round_, by=None, now=due)
    with refused(WrongState, "panels.not_to_rule"):
        operations.rule(round_=round_, reason="x", result="rejected", by=who.chair, now=due)
    operations.end_panel(panel=round_.panel, because="no_members", by=None, now=due)


def test_the_ballot_of_who_recuses_afterwards_counts_no_more(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = votes(opened(panel, now), "aaa--", now)
    operations.recuse(seat=seat(panel, who.members[0]), reason="I found out", by=who.members[0], now=now)
    assert [s.user for s in queries.turnout(round_).voted] == who.members[1:3]
    with refused(WrongState, "panels.cast_already"):
        vote(round_, who.members[0], "approve", now)
    called = operations.call_substitute(
        seat=seat(panel, who.members[0]), answer_by=now + DAY, by=None, now=now
    )
    assert called.user == who.members[5]
    vote(round_, who.members[3], "approve", now)
    assert not vote(round_, who.members[4], "reject", now).closed  # somebody may still come
    accept(panel, who.members[5], now)
    assert vote(round_, who.members[5], "reject", now).closed
    round_.refresh_from_db()
    figures = round_.outcome["figures"]  # type: ignore[index]
    assert (figures["size"], figures["approve"], figures["reject"]) == (5, 3, 2)
    assert seat(panel, who.members[0]).ulid not in round_.outcome["counted"]  # type: ignore[index]


def test_a_place_that_falls_empty_still_counts_for_the_quorum(who: Board, now: datetime) -> None:
    panel = accepted(who, now, reserve=0)
    round_ = votes(opened(panel, now), "aa---", now)
    for one in who.members[2:4]:
        operations.recuse(seat=seat(panel, one), reason="conflict", by=one, now=now)
    operations.miss(seat=seat(panel, who.members[4]), reason="ill", by=who.secretary, now=now)
    with refused(WrongState, "panels.not_yet"):
        operations.close_round(round_=round_, by=None, now=now)
    operations.close_round(round_=round_, by=None, now=now + 5 * DAY)
    round_.refresh_from_db()
    assert result(round_) == "no_quorum"


def test_who_has_voted_is_not_replaced(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    votes(opened(panel, now), "a----", now)
    with refused(WrongState, "panels.has_voted"):
        operations.miss(seat=seat(panel, who.members[0]), reason="late", by=who.secretary, now=now)
    operations.miss(seat=seat(panel, who.members[1]), reason="late", by=who.secretary, now=now)
    assert seat(panel, who.members[1]).state == "missed"


def test_a_case_that_ends_leaves_the_votes_uncounted(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = votes(opened(panel, now), "aar--", now)
    operations.end_panel(panel=panel, because="withdrawn", by=None, now=now)
    round_.refresh_from_db()
    assert (round_.closed_because, result(round_)) == ("abandoned", "abandoned")
    figures = round_.outcome["figures"]  # type: ignore[index]
    assert (figures["cast"], figures["approve"], figures["reject"]) == (3, 0, 0)
    assert queries.options_of(round_) == []

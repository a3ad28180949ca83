"""A panel is formed of those who have a vote, invited, kept complete with substitutes, presided over, and
ended.
"""

from datetime import datetime
from fractions import Fraction

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.panels import operations, queries
from apps.panels.models import Panel, PanelSeat
from apps.people.absences import declare_absence
from tests.factories.facts import told
from tests.factories.panels import DAY, SUBJECT, Board, accept, accepted, formed, opened, seat, votes
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db
State = PanelSeat.State


def states(panel: Panel) -> list[str]:
    return [one.state for one in panel.seats.order_by("position")]


def call(panel: Panel, gone: PanelSeat, now: datetime, **changes: object) -> PanelSeat:
    asked = {"answer_by": now + 3 * DAY, "by": None, **changes}
    return operations.call_substitute(seat=gone, **asked, now=now)  # type: ignore[arg-type]


def test_members_are_invited_and_substitutes_wait_in_order(who: Board, now: datetime) -> None:
    panel = formed(who, now, decisions={who.members[0].pk: "01decision"})
    assert states(panel) == ["invited"] * 5 + ["reserve"] * 2
    assert seat(panel, who.members[0]).decision == "01decision"
    assert [one["state"] for one in told("panels.seat_changed")] == ["invited"] * 5
    assert told("panels.panel_formed") == [{"panel": panel.ulid, "subject": SUBJECT}]
    assert queries.open_panel(SUBJECT) == panel
    assert queries.load(who.members)[who.members[0].pk] == 1
    assert queries.load(who.members)[who.members[5].pk] == 0


def test_the_numbers_are_those_of_the_day_it_was_formed(who: Board, now: datetime) -> None:
    panel = formed(who, now)
    for key, value in (("panels.quorum", "1"), ("panels.names_shown", "readers")):
        ParameterValue.objects.create(key=key, value=value, valid_from=now)
    panel.refresh_from_db()
    assert (panel.rules["quorum"], panel.rules["names_shown"]) == ("2/3", "panel")
    assert formed(who, now, subject="x:1").rules["quorum"] == "1"


@pytest.mark.parametrize("value", ["1/3", "none", "1/0", 7])
def test_numbers_that_cannot_be_counted_by_are_refused(who: Board, now: datetime, value: object) -> None:
    ParameterValue.objects.create(key="panels.first_majority", value=value, valid_from=now)
    with refused(WrongState, "panels.rules"):
        formed(who, now)


def test_what_is_no_panel(who: Board, they: People, now: datetime) -> None:
    m = who.members
    with refused(Invalid, "panels.even"):
        formed(who, now, members=m[:4])
    with refused(Invalid, "panels.too_few"):
        formed(who, now, members=m[:1])
    with refused(Invalid, "panels.twice"):
        formed(who, now, members=m[:3], substitutes=m[:1])
    with refused(Invalid, "panels.subject"):
        formed(who, now, subject=" ")
    with refused(Invalid, "panels.due"):
        formed(who, now, answer_by=now)
    with refused(WrongState, "panels.no_seat") as met:
        formed(who, now, members=[*m[:2], who.secretary])
    assert met.details["user"] == who.secretary.ulid
    with refused(WrongState, "panels.no_seat"):
        formed(who, now, chair=they.office)
    with refused(NotPermitted, "panels.not_convener"):
        formed(who, now, by=m[0])
    assert not Panel.objects.exists()


def test_one_panel_at_a_time_judges_a_subject_and_two_subjects_go_side_by_side(
    who: Board, now: datetime
) -> None:
    panel = formed(who, now)
    with refused(WrongState, "panels.panel_open"):
        formed(who, now)
    other = formed(who, now, subject="submission:02other")
    assert queries.load(who.members)[who.members[0].pk] == 2
    operations.end_panel(panel=panel, because="withdrawn", by=None, now=now)
    again = formed(who, now)
    assert {again, other} == set(Panel.objects.filter(ended_at__isnull=True))


def test_whoever_accepts_says_how_well_they_know_it(who: Board, now: datetime) -> None:
    panel = formed(who, now, size=3)
    mine = seat(panel, who.members[0])
    with refused(Invalid, "panels.familiarity"):
        operations.answer_invitation(seat=mine, answer="accept", by=who.members[0], now=now)
    with refused(Invalid, "panels.answer"):
        operations.answer_invitation(seat=mine, answer="perhaps", by=who.members[0], now=now)
    with refused(NotPermitted, "panels.not_your_seat"):
        operations.answer_invitation(seat=mine, answer="decline", reason="x", by=who.members[1], now=now)
    with refused(Invalid, "core.reason_required"):
        operations.answer_invitation(seat=mine, answer="decline", by=who.members[0], now=now)
    for user, level in zip(who.members[:3], (0, 1, 2), strict=True):
        accept(panel, user, now, level)
    assert queries.familiarity(panel) == Fraction(1)
    assert queries.wants_experts(panel)
    with refused(WrongState, "panels.seat_moved"):
        operations.answer_invitation(seat=mine, answer="decline", reason="x", by=who.members[0], now=now)


def test_a_panel_that_knows_its_matter_needs_no_experts(who: Board, now: datetime) -> None:
    panel = formed(who, now, size=3)
    assert queries.familiarity(panel) is None
    assert not queries.wants_experts(panel)
    for user, level in zip(who.members[:3], (1, 1, 3), strict=True):
        accept(panel, user, now, level)
    assert not queries.wants_experts(panel)


def test_a_substitute_comes_for_whoever_declined_in_order(who: Board, now: datetime) -> None:
    panel = formed(who, now)
    gone = operations.answer_invitation(
        seat=seat(panel, who.members[1]), answer="decline", reason="travelling", by=who.members[1], now=now
    )
    called = call(panel, gone, now)
    assert (called.user, called.state, called.substitute_for) == (who.members[5], "invited", gone)
    with refused(WrongState, "panels.seat_kept"):
        call(panel, gone, now)
    with refused(WrongState, "panels.seat_kept"):
        call(panel, seat(panel, who.members[0]), now)


def test_a_substitute_with_the_same_conflict_is_struck_out(who: Board, now: datetime) -> None:
    panel = formed(who, now)
    mine = seat(panel, who.members[1])
    operations.recuse(seat=mine, reason="my own lab", by=who.members[1], now=now)
    called = call(panel, mine, now, barred={who.members[5].pk})
    assert called.user == who.members[6]
    assert seat(panel, who.members[5]).state == "recused"


def test_whoever_is_away_or_suspended_is_passed_over(who: Board, they: People, now: datetime) -> None:
    panel = formed(who, now)
    away = who.members[5]
    declare_absence(user=away, substitute=who.deputy, valid_from=now, valid_until=now + DAY, by=away, now=now)
    mine = seat(panel, who.members[1])
    operations.recuse(seat=mine, reason="conflict", by=who.members[1], now=now)
    assert call(panel, mine, now).user == who.members[6]
    other = seat(panel, who.members[2])
    operations.recuse(seat=other, reason="conflict", by=who.members[2], now=now)
    with refused(WrongState, "panels.no_substitute"):
        call(panel, other, now)
    assert call(panel, other, now + DAY).user == away


def test_the_secretary_may_call_somebody_who_was_not_in_reserve(
    who: Board, they: People, now: datetime
) -> None:
    panel = formed(who, now, reserve=0)
    mine = seat(panel, who.members[0])
    operations.recuse(seat=mine, reason="conflict", by=who.members[0], now=now)
    with refused(WrongState, "panels.barred"):
        call(panel, mine, now, user=who.deputy, barred={who.deputy.pk}, by=who.secretary)
    with refused(WrongState, "panels.seat_moved"):
        call(panel, mine, now, user=who.members[1], by=who.secretary)
    with refused(WrongState, "panels.no_seat"):
        call(panel, mine, now, user=they.teng, by=who.secretary)
    with refused(NotPermitted, "panels.not_convener"):
        call(panel, mine, now, user=who.deputy, by=who.members[1])
    called = call(panel, mine, now, user=who.deputy, by=who.secretary)
    assert (called.user, called.position, called.state) == (who.deputy, 6, "invited")
    accept(panel, who.deputy, now)


def test_a_silent_invitation_is_missed_only_after_its_time(who: Board, now: datetime) -> None:
    panel = formed(who, now)
    mine = seat(panel, who.members[0])
    with refused(WrongState, "panels.not_yet"):
        operations.miss(seat=mine, by=None, now=now)
    with refused(NotPermitted, "panels.not_convener"):
        operations.miss(seat=mine, reason="silent", by=who.members[1], now=now + 3 * DAY)
    with refused(Invalid, "core.reason_required"):
        operations.miss(seat=mine, by=who.secretary, now=now + 3 * DAY)
    operations.extend_invitation(
        seat=mine, answer_by=now + 5 * DAY, reason="holiday", by=who.secretary, now=now
    )
    with refused(WrongState, "panels.not_yet"):
        operations.miss(seat=mine, by=None, now=now + 3 * DAY)
    late = now + 6 * DAY
    accept(panel, who.members[0], late)  # nobody was called in yet: late is better than never
    other = operations.miss(seat=seat(panel, who.members[1]), by=None, now=late)
    assert other.state == State.MISSED
    with refused(WrongState, "panels.seat_moved"):
        accept(panel, who.members[1], late)
    with refused(WrongState, "panels.no_round"):
        operations.miss(seat=seat(panel, who.members[0]), by=None, now=late)


def test_a_chair_who_recuses_presides_no_longer(who: Board, they: People, now: datetime) -> None:
    panel = formed(who, now, members=[who.chair, *who.members[:2]], substitutes=[])
    operations.recuse(seat=seat(panel, who.chair), reason="my lab", by=who.chair, now=now)
    panel.refresh_from_db()
    assert panel.chair is None
    assert told("panels.chair_changed") == [{"panel": panel.ulid, "user": ""}]
    with refused(WrongState, "panels.chair_conflict"):
        operations.name_chair(panel=panel, user=who.chair, reason="x", by=they.office, now=now)
    with refused(NotPermitted, "people.office_only"):
        operations.name_chair(panel=panel, user=who.deputy, reason="x", by=who.secretary, now=now)
    with refused(WrongState, "panels.no_seat"):
        operations.name_chair(panel=panel, user=they.teng, reason="x", by=they.office, now=now)
    operations.name_chair(panel=panel, user=who.deputy, reason="the deputy", by=they.office, now=now)
    panel.refresh_from_db()
    assert panel.chair == who.deputy


def test_an_ended_panel_takes_nothing_any_more(who: Board, now: datetime) -> None:
    panel = formed(who, now)
    with refused(Invalid, "panels.ending"):
        operations.end_panel(panel=panel, because="bored", by=None, now=now)
    with refused(WrongState, "panels.undecided"):
        operations.end_panel(panel=panel, because="decided", by=None, now=now)
    operations.end_panel(panel=panel, because="overtaken", reason="gone", by=who.secretary, now=now)
    assert queries.open_panel(SUBJECT) is None
    with refused(WrongState, "panels.panel_ended"):
        operations.end_panel(panel=panel, because="withdrawn", by=None, now=now)
    with refused(WrongState, "panels.panel_ended"):
        accept(panel, who.members[0], now)
    with refused(WrongState, "panels.panel_ended"):
        opened(panel, now)


def test_a_panel_ends_as_decided_once_it_has_decided(who: Board, now: datetime) -> None:
    panel = accepted(who, now, size=3, reserve=0)
    round_ = opened(panel, now)
    votes(round_, "aar", now)
    assert queries.result_of(round_).result == "approved"  # type: ignore[union-attr]
    operations.end_panel(panel=panel, because="decided", by=None, now=now)
    assert told("panels.panel_ended")[-1]["why"] == "decided"


def test_who_runs_a_panel(who: Board, they: People, now: datetime) -> None:
    panel = formed(who, now)
    for user in (who.chair, who.secretary, they.office):
        assert queries.may_run(panel, user, now)
    for user in (who.deputy, who.members[0], they.teng):
        assert not queries.may_run(panel, user, now)

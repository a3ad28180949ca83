"""What the database itself refuses, whoever writes past the operations."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.panels.models import CommitteeSeat, Panel, PanelSeat, Round
from apps.panels.models.rounds import Ballot
from tests.factories.panels import DAY, Board, accepted, formed, opened, seat, vote, votes
from tests.people import YEAR

pytestmark = pytest.mark.django_db


def put(round_: Round, held: PanelSeat, cast_at: datetime, **changes: object) -> Ballot:
    asked = {"choice": "abstain", "reason": "x", **changes}
    with transaction.atomic():
        return Ballot.sealed.create(round=round_, seat=held, cast_at=cast_at, **asked)


def test_a_ballot_is_never_changed_nor_taken_back(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    vote(opened(panel, now), who.members[0], "approve", now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Ballot.sealed.update(choice="reject", option_key="")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Ballot.sealed.all().delete()


def test_no_ballot_after_closing_nor_after_the_deadline(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = votes(opened(panel, now), "aaaa-", now)
    last = seat(panel, who.members[4])
    with pytest.raises(DatabaseError, match="panels_ballot_late"):
        put(round_, last, now)
    other = accepted(who, now, subject="x:1")
    open_round = opened(other, now)
    with pytest.raises(DatabaseError, match="panels_ballot_late"):
        put(open_round, seat(other, who.members[4]), open_round.due_at)
    put(open_round, seat(other, who.members[4]), open_round.due_at - DAY / 86_400)


def test_no_ballot_of_a_seat_elsewhere_or_that_was_not_accepted(who: Board, now: datetime) -> None:
    panel, other = accepted(who, now), accepted(who, now, subject="x:1")
    round_ = opened(panel, now)
    with pytest.raises(DatabaseError, match="panels_ballot_elsewhere"):
        put(round_, seat(other, who.members[0]), now)
    with pytest.raises(DatabaseError, match="panels_ballot_elsewhere"):
        put(round_, seat(panel, who.members[5]), now)


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": ""},
        {"choice": "perhaps"},
        {"choice": "approve"},
        {"choice": "reject", "option_key": "submitted"},
        {"choice": "abstain", "option": {"a": 1}},
    ],
)
def test_no_ballot_that_says_nothing_or_two_things(
    who: Board, now: datetime, changes: dict[str, object]
) -> None:
    panel = accepted(who, now)
    with pytest.raises(IntegrityError):
        put(opened(panel, now), seat(panel, who.members[0]), now, **changes)


def test_a_closed_round_stays_as_it_was(who: Board, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "aaaa-", now)
    forbidden: list[dict[str, Any]] = [{"outcome": {}}, {"closed_at": None}, {"due_at": now + 9 * DAY}]
    for changes in forbidden:
        with pytest.raises(DatabaseError, match="panels_round_over"), transaction.atomic():
            Round.objects.filter(pk=round_.pk).update(**changes)


def test_a_question_and_the_rules_are_frozen_while_they_are_open(who: Board, now: datetime) -> None:
    round_ = opened(accepted(who, now), now)
    forbidden: list[dict[str, Any]] = [
        {"question": {}},
        {"option_key": "x"},
        {"option": {}},
        {"kind": "second"},
    ]
    for changes in forbidden:
        with pytest.raises(DatabaseError, match="panels_round_frozen"), transaction.atomic():
            Round.objects.update(**changes)
    with pytest.raises(DatabaseError, match="panels_panel_frozen"), transaction.atomic():
        Panel.objects.update(rules={})
    with pytest.raises(DatabaseError, match="panels_panelseat_frozen"), transaction.atomic():
        PanelSeat.objects.filter(panel=round_.panel).update(user=who.chair)
    for rows in (Round, PanelSeat, CommitteeSeat):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._base_manager.all()._raw_delete("default")


def test_one_open_panel_a_subject_and_one_open_round_a_panel(who: Board, now: datetime) -> None:
    round_ = opened(accepted(who, now), now)
    panel = round_.panel
    twin = {"committee": panel.committee, "subject_ref": panel.subject_ref, "rules": {}, "formed_at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        Panel.objects.create(**twin)
    fields = {
        name: getattr(round_, name)
        for name in ("kind", "question", "sha256", "option_key", "members", "opened_at", "due_at")
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.create(panel=panel, number=2, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        PanelSeat.objects.create(panel=panel, user=who.members[0], position=99, state="reserve")


def test_nobody_is_accepted_without_saying_what_they_know(who: Board, now: datetime) -> None:
    panel = formed(who, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        panel.seats.filter(position=1).update(state="accepted")


def test_one_seat_each_and_one_chair_at_a_time(who: Board, now: datetime) -> None:
    other = {"committee": who.committee, "valid_from": now, "valid_until": now + YEAR, "appointed_at": now}
    with pytest.raises(IntegrityError, match="panels_one_seat"), transaction.atomic():
        CommitteeSeat.objects.create(user=who.members[0], role="secretary", **other)
    who.committee.seats.filter(user=who.members[0]).update(revoked_at=now)
    with pytest.raises(IntegrityError, match="panels_one_chair"), transaction.atomic():
        CommitteeSeat.objects.create(user=who.members[0], role="chair", **other)
    who.committee.seats.filter(user=who.chair).update(revoked_at=now)
    CommitteeSeat.objects.create(user=who.members[0], role="chair", **other)

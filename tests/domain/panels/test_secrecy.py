"""How somebody votes: known to nobody but themselves until the round is closed, by whatever way one looks,
and afterwards to whom the rules of the panel say.
"""

import ast
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps as registry
from django.contrib import admin
from django.core import serializers
from django.db import connection
from django.views.debug import ExceptionReporter

from apps.core.errors import WrongState
from apps.core.models import AuditEntry, Delivery, Fact, ParameterValue
from apps.panels import operations, queries
from apps.panels.ballots import APPLICANT, Content, Shown, put_in
from apps.panels.models import Round
from apps.panels.models.rounds import Ballot
from apps.people.models import User
from scripts.processes import ROOT
from tests.factories.panels import OTHER, Board, accepted, formed, opened, seat, vote, votes
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db
SECRET = "zebra-reason"
SECRET_OPTION = {"hour_fen": 98_765_432}
MARKS = (SECRET, "98765432")
ROOM = Path("apps/panels")
MAY_NAME_BALLOTS = {ROOM / "ballots.py", ROOM / "models/rounds.py"}
PRODUCT = ("apps", "devices", "documents", "rules", "settings", "workflows")


def choices(shown: list[Shown]) -> list[str]:
    return sorted(one.choice for one in shown)


def secret_vote(round_: Round, user: User, now: datetime) -> operations.Cast:
    return operations.cast_ballot(
        round_=round_, choice="modify", option=SECRET_OPTION, reason=SECRET, by=user, now=now
    )


# -- the one reader ----------------------------------------------------------------------------------------


def test_before_closing_everybody_sees_their_own_only(who: Board, they: People, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = votes(opened(panel, now), "aar--", now)
    mine = queries.ballots_of(round_, who.members[2], now)
    assert [(one.choice, one.mine) for one in mine] == [("reject", True)]
    for viewer in (who.chair, who.secretary, who.deputy, they.office, they.teng, who.members[4]):
        assert queries.ballots_of(round_, viewer, now) == []
        assert queries.ballots_of(round_, viewer, now, standing=APPLICANT) == []
    assert queries.options_of(round_) == []
    assert queries.result_of(round_) is None


def test_afterwards_the_panel_sees_votes_reasons_and_names(who: Board, they: People, now: datetime) -> None:
    round_ = votes(opened(accepted(who, now), now), "aarmm", now)
    for viewer in (who.members[0], who.chair, who.secretary, they.office):
        shown = queries.ballots_of(round_, viewer, now)
        assert choices(shown) == ["approve", "approve", "modify", "reject"]
        assert sorted(one.name for one in shown) == sorted(u.display_name for u in who.members[:4])
        assert {one.reason for one in shown if one.choice == "reject"} == {"fees-m2 says reject"}


def test_the_applicant_sees_votes_without_names_and_others_nothing(
    who: Board, they: People, now: datetime
) -> None:
    round_ = votes(opened(accepted(who, now), now), "aarm-", now)
    shown = queries.ballots_of(round_, they.teng, now, standing=APPLICANT)
    assert len(shown) == 4
    assert {one.name for one in shown} == {""}
    assert queries.ballots_of(round_, they.teng, now) == []
    # The deputy of the committee who is the applicant of this case is an applicant and nothing more.
    assert {one.name for one in queries.ballots_of(round_, they.office, now, standing=APPLICANT)} == {""}


@pytest.mark.parametrize(
    ("votes_to", "names_to", "panel", "applicant", "reader"),
    [
        ("panel", "nobody", (4, 0), (0, 0), (0, 0)),
        ("applicant", "applicant", (4, 4), (4, 4), (0, 0)),
        ("readers", "panel", (4, 4), (4, 0), (4, 0)),
        ("readers", "readers", (4, 4), (4, 4), (4, 4)),
        ("nonsense", "nonsense", (0, 0), (0, 0), (0, 0)),
    ],
)
def test_the_parameters_say_who_sees_what(
    who: Board,
    they: People,
    now: datetime,
    votes_to: str,
    names_to: str,
    panel: tuple[int, int],
    applicant: tuple[int, int],
    reader: tuple[int, int],
) -> None:
    ParameterValue.objects.create(key="panels.votes_shown_to", value=votes_to, valid_from=now)
    ParameterValue.objects.create(key="panels.names_shown", value=names_to, valid_from=now)
    round_ = votes(opened(accepted(who, now), now), "aarm-", now)

    def seen(viewer: User, **how: str) -> tuple[int, int]:
        shown = queries.ballots_of(round_, viewer, now, **how)
        return len(shown), sum(bool(one.name) for one in shown)

    assert seen(who.secretary) == panel
    assert seen(they.teng, standing=APPLICANT) == applicant
    assert seen(they.teng) == reader


def test_what_members_were_promised_is_not_changed_under_them(
    who: Board, they: People, now: datetime
) -> None:
    round_ = votes(opened(accepted(who, now), now), "aarm-", now)
    ParameterValue.objects.create(key="panels.names_shown", value="readers", valid_from=now)
    ParameterValue.objects.create(key="panels.votes_shown_to", value="readers", valid_from=now)
    assert queries.ballots_of(round_, they.teng, now) == []


def test_a_ballot_that_did_not_count_is_seen_by_whoever_cast_it_only(who: Board, now: datetime) -> None:
    panel = accepted(who, now, reserve=0)
    round_ = votes(opened(panel, now), "raa--", now)
    operations.recuse(seat=seat(panel, who.members[0]), reason="conflict", by=who.members[0], now=now)
    votes_left = ((3, "approve"), (4, "approve"))
    for number, choice in votes_left:
        vote(round_, who.members[number], choice, now)
    round_.refresh_from_db()
    assert choices(queries.ballots_of(round_, who.secretary, now)) == ["approve"] * 4
    assert choices(queries.ballots_of(round_, who.members[0], now)) == ["reject"]


def test_the_votes_of_an_abandoned_round_stay_sealed(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = votes(opened(panel, now), "aar--", now)
    operations.end_panel(panel=panel, because="withdrawn", by=None, now=now)
    round_.refresh_from_db()
    assert queries.ballots_of(round_, who.chair, now) == []
    assert choices(queries.ballots_of(round_, who.members[2], now)) == ["reject"]


def test_the_order_does_not_tell_who_voted_first(who: Board, now: datetime) -> None:
    orders = set()
    for number in range(6):
        panel = accepted(who, now, subject=f"x:{number}")
        round_ = votes(opened(panel, now), "aarm-", now)
        shown = queries.ballots_of(round_, who.secretary, now)
        assert shown == queries.ballots_of(round_, who.secretary, now)
        orders.add(tuple(one.choice for one in shown))
    assert len(orders) > 1


# -- every other way ---------------------------------------------------------------------------------------


def test_nobody_else_in_the_product_names_the_ballot() -> None:
    found = set()
    for room in PRODUCT:
        for path in (ROOT / room).rglob("*.py"):
            inside = path.relative_to(ROOT)
            if inside in MAY_NAME_BALLOTS or "migrations" in inside.parts:
                continue
            text = path.read_text(encoding="utf-8")
            names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
            names |= {
                a.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom) for a in n.names
            }
            if "Ballot" in names or ("panels_ballot" in text and inside != ROOM / "guards.py"):
                found.add(str(inside))
    assert found == set()


def test_no_row_leads_to_ballots() -> None:
    leads = [
        f"{model.__name__}.{relation.name}"
        for model in registry.get_models()
        for relation in model._meta.related_objects
        if relation.related_model is Ballot
    ]
    assert leads == []
    assert Ballot not in admin.site._registry
    assert not hasattr(Ballot, "objects")


def test_a_ballot_prints_that_it_is_there_and_nothing_more(who: Board, now: datetime) -> None:
    round_ = opened(accepted(who, now), now)
    cast = secret_vote(round_, who.members[0], now)
    row = Ballot.sealed.get()
    printed = f"{row} {row!r} {Ballot.sealed.all()!r} {cast!r} {Content('a', 'b', OTHER, SECRET)!r}"
    printed += repr(queries.ballots_of(round_, who.members[0], now))
    assert not any(mark in printed for mark in (*MARKS, "modify", "12000"))


def test_facts_audit_and_log_tell_that_it_was_cast(
    who: Board, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    round_ = opened(accepted(who, now), now)
    with caplog.at_level(logging.INFO):
        secret_vote(round_, who.members[0], now)
        with refused(WrongState, "panels.cast_already") as met:
            secret_vote(round_, who.members[0], now)
    rows = serializers.serialize(
        "json", [*Fact.objects.all(), *Delivery.objects.all(), *AuditEntry.objects.all()]
    )
    for text in (rows, caplog.text, json.dumps(met.details)):
        assert not any(mark in text for mark in (*MARKS, "modify"))
    assert AuditEntry.objects.filter(action="panels.cast_ballot", actor=who.members[0]).count() == 1


@pytest.fixture
def failing_box() -> Iterator[None]:
    """The wire to the database breaks at the moment when the ballot is written."""

    def break_down(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if "INSERT INTO" in sql and "panels_ballot" in sql:
            raise RuntimeError("the wire broke")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(break_down):
        yield


def test_an_error_report_does_not_quote_the_ballot(who: Board, now: datetime, failing_box: None) -> None:
    round_ = opened(accepted(who, now), now)
    try:
        secret_vote(round_, who.members[0], now)
    except RuntimeError:
        report = ExceptionReporter(None, *sys.exc_info())
    text, page = report.get_traceback_text(), report.get_traceback_html()
    assert "the wire broke" in text
    for mark in MARKS:
        assert mark not in text
        assert mark not in page


def test_what_the_database_says_of_a_refused_ballot_is_not_passed_on(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = opened(panel, now)
    reserve = seat(panel, who.members[5])
    with pytest.raises(WrongState) as caught:
        put_in(round_, reserve, Content("modify", "k", SECRET_OPTION, SECRET), now)
    assert caught.value.code == "panels.not_taken"
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_turnout_says_who_has_voted_and_who_is_called(who: Board, now: datetime) -> None:
    panel = accepted(who, now)
    round_ = votes(opened(panel, now), "ar---", now)
    operations.miss(seat=seat(panel, who.members[4]), reason="ill", by=who.secretary, now=now)
    operations.call_substitute(
        seat=seat(panel, who.members[4]), answer_by=now.replace(hour=23), by=None, now=now
    )
    turnout = queries.turnout(round_)
    assert [s.user for s in turnout.voted] == who.members[:2]
    assert [s.user for s in turnout.waiting] == who.members[2:4]
    assert [s.user for s in turnout.invited] == [who.members[5]]
    assert not any(word in repr(turnout) for word in ("approve", "reject"))
    assert formed(who, now, subject="x:1").rounds.count() == 0

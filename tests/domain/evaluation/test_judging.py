"""Panels, appeals, publication and what follows: each once, within limits, by people who did not judge
before.
"""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.core import parameters
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.decisions.models import DecisionRecord
from apps.evaluation import judging, publishing
from apps.evaluation.bands import places
from apps.evaluation.judging import APPEAL, BANDS, Change
from apps.evaluation.models import Appeal, Consequence, Judge, Round
from documents.models import Document
from tests.factories.evaluations import figures, scored, sheet_of
from tests.factories.instruments import many
from tests.factories.panels import Board
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def round_(they: People, now: datetime) -> Round:
    others = many(they.sem, 9)
    hours = {one.pk: figures(120 * n, alone=n, yuan=2000 * n) for n, one in enumerate(others, start=2)}
    return scored(they, now, {they.sem.pk: figures(100), **hours})


@pytest.fixture
def noticed(round_: Round, now: datetime) -> Round:
    return publishing.open_notice(round_=round_, now=now)


def panel(round_: Round) -> str:
    return "0" * 26


def test_a_panel_changes_scores_within_the_limit_and_once(round_: Round, they: People, now: datetime) -> None:
    sheet = sheet_of(round_, they.sem)
    before = sheet.total
    assert before is not None
    for change, code in (
        (Change(501, "more"), "evaluation.adjust_most"),
        (Change(-501, "less"), "evaluation.adjust_most"),
        (Change(-400, "too little to take"), "evaluation.adjust_range"),
        (Change(100, " "), "core.reason_required"),
    ):
        with refused(Invalid, code):
            judging.conclude_bands(round_=round_, changes={sheet.ulid: change}, panel=panel(round_), now=now)
    [made] = judging.conclude_bands(
        round_=round_, changes={sheet.ulid: Change(500, "hard samples")}, panel=panel(round_), now=now
    )
    sheet.refresh_from_db()
    assert (made.before, made.after, sheet.total, sheet.computed) == (
        before,
        before + 500,
        before + 500,
        before,
    )
    with refused(WrongState, "evaluation.adjusted"):
        judging.conclude_bands(
            round_=round_, changes={sheet.ulid: Change(-1, "again")}, panel=panel(round_), now=now
        )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(made).objects.update(change=1)


def test_a_sheet_of_the_middle_is_not_before_the_panel(round_: Round, now: datetime) -> None:
    middle = round_.sheets.filter(band="middle").first()
    assert middle is not None
    with refused(Invalid, "evaluation.not_before_panel"):
        judging.conclude_bands(
            round_=round_, changes={middle.ulid: Change(100, "x")}, panel=panel(round_), now=now
        )


def test_nobody_judges_in_two_stages(round_: Round, who: Board, now: datetime) -> None:
    judging.register_judges(round_=round_, users=who.members[:3], stage=BANDS, now=now)
    judging.register_judges(round_=round_, users=who.members[:3], stage=BANDS, now=now)
    with refused(WrongState, "evaluation.first_judge"):
        judging.register_judges(round_=round_, users=who.members[2:5], stage=APPEAL, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():  # also past the operation
        Judge.objects.create(round=round_, user=who.members[0], stage=APPEAL, at=now)
    judging.register_judges(round_=round_, users=who.members[3:6], stage=APPEAL, now=now)
    assert len(judging.judges_of(round_, APPEAL)) == 3


def test_one_appeal_while_the_notice_stands(noticed: Round, they: People, now: datetime) -> None:
    sheet = sheet_of(noticed, they.sem)
    for stranger in (they.alice, they.charlie):
        with refused(NotPermitted, "evaluation.not_reporter"):
            judging.raise_appeal(sheet=sheet, reason="unfair", by=stranger, now=now)
    with refused(Invalid, "core.reason_required"):
        judging.raise_appeal(sheet=sheet, reason=" ", by=they.teng, now=now)
    judging.raise_appeal(sheet=sheet, reason="hours of the old controller", by=they.teng, now=now)
    with refused(WrongState, "evaluation.appealed"):
        judging.raise_appeal(sheet=sheet, reason="once more", by=they.olga, now=now)
    other = noticed.sheets.exclude(pk=sheet.pk).first()
    assert other is not None
    assert noticed.notice_until is not None
    with refused(WrongState, "evaluation.no_notice"):
        judging.raise_appeal(sheet=other, reason="late", by=they.office, now=noticed.notice_until)


def test_no_appeal_before_the_notice(round_: Round, they: People, now: datetime) -> None:
    with refused(WrongState, "evaluation.no_notice"):
        judging.raise_appeal(sheet=sheet_of(round_, they.sem), reason="x", by=they.teng, now=now)


def test_an_appeal_is_decided_once(noticed: Round, they: People, now: datetime) -> None:
    sheet = sheet_of(noticed, they.sem)
    raised = judging.raise_appeal(sheet=sheet, reason="the old controller", by=they.teng, now=now)
    with refused(Invalid, "evaluation.adjust_most"):
        judging.decide_appeal(
            appeal=raised, change=Change(9000, "all"), answer="yes", panel=panel(noticed), now=now
        )
    decided = judging.decide_appeal(
        appeal=raised, change=Change(250, "the log was read"), answer="upheld", panel=panel(noticed), now=now
    )
    assert decided.upheld
    before = sheet.total
    sheet.refresh_from_db()
    assert before is not None
    assert sheet.total == before + 250
    with refused(WrongState, "evaluation.appeal_decided"):
        judging.decide_appeal(appeal=raised, change=None, answer="no", panel=panel(noticed), now=now)
    with pytest.raises(DatabaseError, match="evaluation_appeal_over"), transaction.atomic():
        Appeal.objects.update(upheld=False)


def test_publication_waits_for_the_notice_and_for_appeals(
    noticed: Round, they: People, now: datetime
) -> None:
    until = noticed.notice_until
    assert until is not None
    with refused(NotPermitted, "people.office_only"):
        publishing.publish_round(round_=noticed, by=they.teng, now=until)
    with refused(WrongState, "evaluation.notice_open"):
        publishing.publish_round(round_=noticed, by=they.office, now=until - timedelta(seconds=1))
    sheet = sheet_of(noticed, they.sem)
    raised = judging.raise_appeal(sheet=sheet, reason="the old controller", by=they.teng, now=now)
    with refused(WrongState, "evaluation.appeals_open"):
        publishing.publish_round(round_=noticed, by=they.office, now=until)
    judging.decide_appeal(appeal=raised, change=None, answer="the log says so", panel=panel(noticed), now=now)
    done = publishing.publish_round(round_=noticed, by=they.office, now=until)
    paper = Document.objects.get(ulid=done.document)
    assert (done.state, done.number) == ("published", paper.number)
    assert paper.number.startswith("设备评\u30142026\u3015")
    with refused(WrongState, "evaluation.state"):
        publishing.publish_round(round_=noticed, by=they.office, now=until)
    with pytest.raises(DatabaseError, match="evaluation_round_over"), transaction.atomic():
        Round.objects.filter(pk=done.pk).update(state="notice")


def turned_on(key: str, now: datetime) -> None:
    ParameterValue.objects.create(key=key, value=True, valid_from=now - 400 * DAY, reason="test")


def test_what_follows_is_recorded_by_rule(they: People, now: datetime) -> None:
    for key in ("evaluation.stop_purchase", "evaluation.idle_charge"):
        turned_on(key, now)
    assert parameters.value("evaluation.idle_charge", at=now) is True
    best, good, last = many(they.sem, 3)
    full = figures(1400, alone=10, yuan=20_000)
    given = {best.pk: full, good.pk: figures(1400, alone=10, yuan=20_000), last.pk: figures(700)}
    round_ = scored(they, now, {they.sem.pk: figures(10), **given})
    # 70 points each: the panel lifts one into 'good'
    judging.conclude_bands(
        round_=round_,
        changes={sheet_of(round_, best).ulid: Change(500, "unique samples")},
        panel=panel(round_),
        now=now,
    )
    publishing.open_notice(round_=round_, now=now)
    round_.refresh_from_db()
    assert round_.notice_until is not None
    publishing.publish_round(round_=round_, by=they.office, now=round_.notice_until)
    follows: dict[str, set[str]] = {}
    for one in Consequence.objects.select_related("sheet__instrument"):
        follows.setdefault(one.sheet.code, set()).add(one.kind)
        assert DecisionRecord.objects.get(ulid=one.decision).point == "evaluation.consequences"
    assert follows == {
        best.asset_no: {"subsidy"},
        last.asset_no: {"stop_purchase"},
        they.sem.asset_no: {"stop_purchase", "idle_charge"},
    }
    at = round_.notice_until
    assert publishing.in_force("stop_purchase", at).count() == 2
    assert publishing.in_force("stop_purchase", at + 366 * DAY).count() == 0
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Consequence.objects.all().delete()


def test_nothing_harsh_follows_unless_it_was_turned_on(noticed: Round, they: People) -> None:
    assert noticed.notice_until is not None
    publishing.publish_round(round_=noticed, by=they.office, now=noticed.notice_until)
    assert not Consequence.objects.filter(kind__in=("stop_purchase", "idle_charge")).exists()
    assert Decimal(noticed.numbers["adjust_most"]) == 5


# -- bands -------------------------------------------------------------------------------------------------

shares = st.fractions(min_value=0, max_value=1, max_denominator=20)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 20)), max_size=40), shares, shares)
def test_bands_hold_at_least_their_share_and_never_part_equals(
    rows: list[tuple[str, int]], top: object, bottom: object
) -> None:
    found = places(((n, *row) for n, row in enumerate(rows)), top=top, bottom=bottom)  # type: ignore[arg-type]
    for cohort in "ab":
        of = [(total, found[n]) for n, (name, total) in enumerate(rows) if name == cohort]
        tops = [total for total, place in of if place.band == "top"]
        assert len(tops) >= top * len(of)  # type: ignore[operator]
        assert all(place.band == "top" for total, place in of if tops and total >= min(tops))
        for total, place in of:
            assert place.rank == 1 + sum(other > total for other, _place in of)
            assert place.size == len(of)
        if not top:
            assert not tops

"""Rounds: one of a scheme and period at a time, figures frozen for good, and states that go one way."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.figures import Figure, FigureUnit
from apps.evaluation import rounds, schemes, sheets
from apps.evaluation.models import FrozenFigure, Round, SchemeVersion, Sheet
from apps.evaluation.scorers import score_round, values_of
from tests.factories.evaluations import (
    LINK,
    YEAR,
    confirmed,
    drawn,
    figures,
    item,
    opened,
    scheme,
    scored,
    sheet_of,
)
from tests.factories.instruments import many
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_round_has_a_sheet_for_every_instrument_in_service(they: People, now: datetime) -> None:
    one, two = many(they.sem, 2)
    one.retired_at = datetime(2025, 1, 1, tzinfo=now.tzinfo)
    one.save()
    special = two
    special.class6 = "040101"
    special.save()
    round_ = opened(they, now)
    assert {sheet.code: sheet.cohort for sheet in round_.sheets.select_related("instrument")} == {
        they.sem.asset_no: "general",
        two.asset_no: "special",
    }
    assert (round_.state, round_.total) == ("drawing", 2)
    assert (round_.starts, round_.ends) == (
        datetime.fromisoformat("2025-08-31T16:00+00:00"),
        datetime.fromisoformat("2026-08-31T16:00+00:00"),
    )


def test_one_cohort_alone_may_be_judged(they: People, now: datetime) -> None:
    many(they.sem, 1)
    with refused(Invalid, "evaluation.nothing"):
        opened(they, now, cohort="special")
    with refused(Invalid, "evaluation.no_cohort"):
        opened(they, now, cohort="nobody")
    assert opened(they, now, cohort="general").total == 2


def test_one_round_of_a_scheme_and_period_at_a_time(they: People, now: datetime) -> None:
    first = opened(they, now)
    with refused(WrongState, "evaluation.round_open"):
        opened(they, now)
    with pytest.raises(IntegrityError), transaction.atomic():  # also past the operation
        Round.objects.create(
            scheme=first.scheme,
            version=first.version,
            year=YEAR,
            starts=first.starts,
            ends=first.ends,
            numbers={},
            opened_at=now,
        )
    rounds.cancel_round(round_=first, reason="a mistake", by=they.office, now=now)
    assert opened(they, now).state == "drawing"


def test_what_cannot_be_opened(they: People, now: datetime) -> None:
    with refused(NotPermitted, "people.office_only"):
        rounds.open_round(version=scheme(now), year=YEAR, by=they.teng, now=now)
    with refused(Invalid, "evaluation.year"):
        rounds.open_round(version=scheme(now), year=12, by=they.office, now=now)
    draft = schemes.begin_draft(scheme=scheme(now).scheme, by=they.office, now=now)
    with refused(Invalid, "evaluation.draft"):
        rounds.open_round(version=draft, year=YEAR, by=they.office, now=now)


def test_figures_are_frozen_with_where_they_come_from(they: People, now: datetime) -> None:
    round_ = drawn(they, now, {they.sem.pk: figures(1400, alone=3, yuan=1234)})
    sheet = sheet_of(round_, they.sem)
    kept = {one.key: one for one in sheet.figures.all()}
    assert set(kept) == {"effective_hours", "trained_alone", "trained_guided", "demonstrations", "income"}
    hours = kept["effective_hours"]
    assert (hours.value, hours.source, hours.records, hours.digest) == (
        1400 * 3_600_000,
        "usage.records",
        12,
        "d" * 64,
    )
    assert hours.link == LINK
    assert values_of(round_.version.tree, kept.values())["income"] == 1234
    assert (sheet.state, round_.state) == ("reporting", "reporting")


def test_a_frozen_round_never_changes_when_records_do(they: People, now: datetime) -> None:
    round_ = drawn(they, now, {they.sem.pk: figures(1400)})
    before = list(FrozenFigure.objects.order_by("id").values())
    for act in (
        lambda: FrozenFigure.objects.update(value=1),
        lambda: FrozenFigure.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    with refused(WrongState, "evaluation.drawn"):
        rounds.freeze(round_=round_, figures={sheet_of(round_, they.sem).pk: figures(9)}, now=now + DAY)
    assert list(FrozenFigure.objects.order_by("id").values()) == before


def test_drawing_again_after_a_crash_draws_the_rest(they: People, now: datetime) -> None:
    other = many(they.sem, 1)[0]
    round_ = opened(they, now)
    first, second = (sheet_of(round_, one).pk for one in (they.sem, other))
    assert rounds.freeze(round_=round_, figures={first: figures(100)}, now=now) == 1
    with refused(WrongState, "evaluation.undrawn"):
        rounds.begin_reports(round_=round_, now=now)
    both = {first: figures(999), second: figures(200)}
    assert rounds.freeze(round_=round_, figures=both, now=now + DAY) == 1
    rounds.begin_reports(round_=round_, now=now + DAY)
    hours = FrozenFigure.objects.filter(key="effective_hours").order_by("sheet_id")
    assert [one.value // 3_600_000 for one in hours] == [100, 200]
    assert rounds.begin_reports(round_=round_, now=now + DAY).state == "reporting"


def test_a_figure_in_another_unit_than_the_scheme_counts_is_refused(they: People, now: datetime) -> None:
    round_ = opened(they, now)
    wrong = {"effective_hours": Figure("effective_hours", FigureUnit.TIMES, 3)}
    with refused(Invalid, "evaluation.figure_unit"):
        rounds.freeze(round_=round_, figures={sheet_of(round_, they.sem).pk: wrong}, now=now)


def test_the_numbers_of_a_round_are_those_of_its_opening(they: People, now: datetime) -> None:
    round_ = opened(they, now)
    assert round_.numbers == {
        "top_share": "0.1",
        "bottom_share": "0.1",
        "adjust_most": "5",
        "shared_papers": "split",
        "idle_charge": False,
        "stop_purchase": False,
    }


def test_sheets_go_from_crew_to_lab_to_department_and_back(they: People, now: datetime) -> None:
    sheet = sheet_of(drawn(they, now), they.sem)
    for to in ("lab", "reporting", "lab", "department", "lab", "department", "ready"):
        assert sheets.pass_on(sheet=sheet, to=to, by=they.teng, now=now).state == to
    assert sheets.pass_on(sheet=sheet, to="ready", by=None, now=now).state == "ready"
    with refused(WrongState, "evaluation.sheet_state"):
        sheets.pass_on(sheet=sheet, to="lab", by=None, now=now)


def test_nothing_is_scored_before_all_is_confirmed(they: People, now: datetime) -> None:
    round_ = drawn(they, now)
    with refused(WrongState, "evaluation.unconfirmed"):
        score_round(round_=round_, now=now)
    confirmed(round_, now)
    assert score_round(round_=round_, now=now).state == "judging"
    with refused(WrongState, "evaluation.sheet_state"):
        item(sheet_of(round_, they.sem), now)


def test_a_scored_sheet_explains_itself(they: People, now: datetime) -> None:
    round_ = scored(they, now, {they.sem.pk: figures(1610, alone=2, yuan=8000)})
    sheet = sheet_of(round_, they.sem)
    lines = {one["part"]: one for one in sheet.score.lines}
    assert lines["hours"] == {
        "part": "hours",
        "raw": "115",
        "points": "100",
        "cap": "100",
        "capped": True,
        "weight": "35",
        "weighted": 3500,
    }
    assert sheet.score.total == sum(one["weighted"] for one in lines.values()) == 4500  # 35 + 4 + 6
    assert (sheet.total, sheet.computed, sheet.grade) == (4500, 4500, "poor")
    assert sheet.decision
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(sheet.score).objects.update(total=9999)


def test_the_best_and_the_last_of_a_cohort_go_before_the_panel(they: People, now: datetime) -> None:
    others = many(they.sem, 9)
    hours = {one.pk: figures(100 * number) for number, one in enumerate([they.sem, *others], start=1)}
    round_ = scored(they, now, hours)
    ways = {one.instrument_id: (one.band, one.way) for one in round_.sheets.all()}
    assert ways[they.sem.pk] == ("bottom", "panel")
    assert ways[others[-1].pk] == ("top", "panel")
    assert {ways[one.pk] for one in others[:-1]} == {("middle", "stands")}


def test_a_laboratory_is_judged_by_the_sum_of_its_instruments(they: People, now: datetime) -> None:
    many(they.sem, 1)
    schemes.install_shipped(now=now)
    version = SchemeVersion.objects.get(scheme__key="lab")
    round_ = rounds.open_round(version=version, year=2025, by=they.office, now=now)
    sheet = round_.sheets.select_related("instrument", "lab").get()
    assert sheet.instrument is None
    assert len(rounds.instruments_of([sheet], round_)[sheet.pk]) == 2
    assert Sheet.objects.filter(round=round_).count() == 1

"""A facility's year: generated from its records, completed, confirmed, scored, published; and nothing of it
moves once it is confirmed.
"""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.figures import Figure, FigureUnit, MixedUnits
from apps.evaluation.facility import (
    judges_of,
    open_review,
    publish_review,
    write_cell,
)
from apps.evaluation.facility_columns import COLUMNS, NOT_ADDED, QUOTIENTS
from apps.evaluation.facility_reading import cells_of, find_table, quotients, totals
from apps.evaluation.facility_scoring import mean_score, score_table
from apps.evaluation.models import FacilityCell, FacilityReview, FacilityTable
from apps.panels.models import Panel
from apps.usage.models import UsageRecord
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.facility_review.years import HOUR_MS, Year, opened, said
from tests.workflows.toys import kinds, waiting
from workflows import services
from workflows.facility_review.beginning import open_year
from workflows.models import Case

DAY = timedelta(days=1)
database = pytest.mark.django_db


@pytest.fixture
def year(they: People, now: datetime) -> Year:
    return opened(they, now)


@database
def test_the_table_is_made_of_the_records_of_the_calendar_year(year: Year) -> None:
    cells = said(year.table)
    assert cells["effective_hours"] == 3 * HOUR_MS
    assert cells["users"] == 1
    assert cells["open_hours"] == 365 * 24 * HOUR_MS
    assert (cells["assets"], cells["assets_value"]) == (1, year.they.sem.price_fen)
    assert {key for key, value in cells.items() if value == ""} == {
        key for key, column in COLUMNS.items() if column.entered
    }
    cell = year.table.cells.get(key="effective_hours")
    assert (cell.records, len(cell.digest), cell.source) == (1, 64, "usage.records")
    assert cell.link.endswith(f"scope=facility%3A{year.they.sem.facility.ulid}&period=2025")


@database
def test_the_whole_way_to_publication(year: Year) -> None:
    assert year.case.number.startswith("FAC")
    year.complete()
    year.confirm()
    year.seat()
    owners = {step.task.owner for step in year.case.steps.filter(answered_at__isnull=True)}
    assert owners == set(year.judges)
    for judge, points in zip(year.judges, (90, 81, 80), strict=True):
        year.score(judge, points)
    assert (year.table.state, year.table.score) == ("scored", 8367)
    assert Panel.objects.get(ulid=year.table.panel).ended_because == "scored"
    assert (year.case.state, year.case.outcome) == ("done", "scored")
    assert kinds(year.case)[-1] == "done"
    publish_review(review=year.review, by=year.they.office, now=year.now)
    year.table.refresh_from_db()
    assert year.table.state == "published"


@database
def test_an_unfinished_table_is_not_confirmed(year: Year) -> None:
    step = waiting(year.case)["confirm"]
    with refused(Invalid, "facility.incomplete") as told:
        services.answer(step=step, by=year.head, now=year.now, outcome="complete")
    assert len(told.details["missing"]) == sum(one.entered for one in COLUMNS.values())


@database
def test_a_confirmed_table_never_changes_when_records_do(year: Year) -> None:
    year.complete()
    year.confirm()
    before, dossier = said(year.table), year.case.dossiers.order_by("-number")[0].digest
    UsageRecord.objects.filter(instrument=year.they.sem).update(held="usage.implausible")
    assert said(year.table) == before
    assert year.case.dossiers.order_by("-number")[0].digest == dossier
    cell = year.table.cells.get(key="seminars")
    with refused(WrongState, "facility.confirmed"):
        write_cell(cell=cell, value=9, note="", by=year.head, now=year.now)
    for statement in (
        "UPDATE evaluation_facilitycell SET value = 9 WHERE id = %s",
        "DELETE FROM evaluation_facilitycell WHERE id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [cell.pk])


@database
def test_what_is_published_and_what_was_scored_is_frozen_by_the_database(year: Year) -> None:
    year.judged(90, 85, 80)
    publish_review(review=year.review, by=year.they.office, now=year.now)
    for statement in (
        "UPDATE evaluation_facilitytable SET score = 10000",
        "UPDATE evaluation_facilityreview SET year = 1999",
        "UPDATE evaluation_facilityscore SET points = 100",
        "DELETE FROM evaluation_facilityscore",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@database
def test_a_note_takes_the_place_of_a_measured_number_and_gives_it_back(year: Year) -> None:
    cell = year.table.cells.get(key="open_hours")
    write_cell(cell=cell, value=None, note="大修三个月", by=year.head, now=year.now)
    assert said(year.table)["open_hours"] == "大修三个月"
    figures = {one.column.key: one.figure for one in cells_of(year.table)}
    assert {one.key: found for one, found in quotients(figures)}["use_rate"] is None
    write_cell(cell=cell, value=None, note="", by=year.head, now=year.now)
    assert said(year.table)["open_hours"] == 365 * 24 * HOUR_MS


@database
def test_nobody_types_what_records_say_and_nobody_says_both(year: Year) -> None:
    measured, own = (year.table.cells.get(key=key) for key in ("income", "seminars"))
    head = year.head
    with refused(Invalid, "facility.measured"):
        write_cell(cell=measured, value=10**9, note="", by=head, now=year.now)
    with refused(Invalid, "facility.both"):
        write_cell(cell=own, value=3, note="three", by=head, now=year.now)
    for value in (-1, 10**16):
        with refused(Invalid, "facility.value"):
            write_cell(cell=own, value=value, note="", by=head, now=year.now)


@database
def test_only_the_head_writes_and_only_the_panel_scores(year: Year) -> None:
    they = year.they
    cell = year.table.cells.get(key="seminars")
    for who in (they.teng, they.finance, they.alice):
        with refused(NotPermitted, "facility.not_manager"):
            write_cell(cell=cell, value=1, note="", by=who, now=year.now)
    year.complete()
    year.confirm()
    year.seat()
    judge = year.judges[0]
    for who in (they.teng, year.head, they.office, year.board.members[4]):
        with refused(NotPermitted, "facility.not_judge"):
            score_table(table=year.table, points=100, opinion="good", by=who, now=year.now)
    assert judges_of(year.table) == [one.pk for one in year.judges]
    with refused(Invalid, "facility.points"):
        score_table(table=year.table, points=101, opinion="good", by=judge, now=year.now)


@database
def test_who_may_read_a_table(year: Year) -> None:
    they = year.they

    def reads(who: object) -> bool:
        try:
            return find_table(year.table.ulid, who, year.now) == year.table  # type: ignore[arg-type]
        except NotFound:
            return False

    judge = year.judges[0]
    assert [reads(who) for who in (year.head, they.office, they.alice, judge)] == [
        True,
        True,
        False,
        False,
    ]
    year.complete()
    year.confirm()
    year.seat()
    assert [reads(who) for who in (they.alice, they.teng, judge)] == [False, False, True]


@database
def test_who_is_late_with_a_score_is_not_waited_for(year: Year) -> None:
    year.complete()
    year.confirm()
    year.seat()
    year.score(year.judges[0], 70)
    services.sweep(now=year.now + 40 * DAY)
    year.table.refresh_from_db()
    assert (year.table.state, year.table.score) == ("scored", 7000)


@database
def test_a_year_is_opened_once_by_the_office(year: Year, they: People, now: datetime) -> None:
    with refused(WrongState, "facility.year_taken"):
        open_year(year=2025, by=they.office, now=now)
    with refused(NotPermitted, "people.office_only"):
        open_year(year=2024, by=they.teng, now=now)
    with refused(WrongState, "facility.not_all"):
        publish_review(review=year.review, by=they.office, now=now)
    with refused(Invalid, "facility.year"):
        open_review(year=1, figures={}, by=they.office, now=now)


@database
def test_a_figure_of_another_unit_is_refused(they: People, now: datetime) -> None:
    wrong = {they.sem.facility.pk: {"effective_hours": Figure("effective_hours", FigureUnit.SAMPLES, 3)}}
    with refused(Invalid, "facility.unit"):
        open_review(year=2024, figures=wrong, by=they.office, now=now)
    assert not FacilityReview.objects.exists()


@database
def test_a_withdrawn_head_leaves_it_to_those_above(they: People, now: datetime) -> None:
    year = opened(they, now)
    others = Case.objects.filter(flow="facility_review").exclude(pk=year.case.pk)
    assert others.count() == FacilityTable.objects.count() - 1
    assert waiting(year.case)["confirm"].task.owner == year.head


values = st.one_of(st.none(), st.integers(0, 10**13))


def _cells(row: dict[str, int | None]) -> list[FacilityCell]:
    return [
        FacilityCell(
            key=key, unit=column.unit.value, value=row[key], note="" if row[key] is not None else "-"
        )
        for key, column in COLUMNS.items()
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, values)), max_size=3))
def test_totals_are_the_sums_of_what_has_a_number_for_any_tables(rows: list[dict[str, int | None]]) -> None:
    for one in totals([_cells(row) for row in rows]):
        numbers = [row[one.column.key] for row in rows if row[one.column.key] is not None]
        assert one.notes == len(rows) - len(numbers)
        if one.column.key in NOT_ADDED:
            assert one.figure is None
        else:
            assert one.figure is not None
            assert (one.figure.value, one.figure.unit) == (sum(n or 0 for n in numbers), one.column.unit)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(COLUMNS, st.integers(0, 10**13))))
def test_ratios_follow_from_their_cells_for_any_numbers(row: dict[str, int]) -> None:
    figures = {key: Figure(key, COLUMNS[key].unit, value) for key, value in row.items()}
    for one, found in quotients(figures):
        part, whole = row[one.part], row[one.whole]
        if not whole:
            assert found is None
        else:
            assert found is not None
            assert abs(found.value * whole - part * (one.step or 1000)) * 2 <= whole


def test_ratios_of_two_units_are_only_what_comes_on_each() -> None:
    for one in QUOTIENTS:
        same = COLUMNS[one.part].unit is COLUMNS[one.whole].unit
        assert same is (one.step == 0), one.key


def test_columns_of_two_units_are_never_in_one_sum() -> None:
    mixed = _cells(dict.fromkeys(COLUMNS, 1))
    mixed[0].unit = FigureUnit.SAMPLES.value
    with pytest.raises(MixedUnits):
        totals([mixed])


@pytest.mark.parametrize(
    ("points", "mean"), [([], None), ([90], 9000), ([90, 81], 8550), ([1, 1, 0], 67), ([0], 0)]
)
def test_the_mean_of_a_panel_in_hundredths(points: list[int], mean: int | None) -> None:
    assert mean_score(points) == mean

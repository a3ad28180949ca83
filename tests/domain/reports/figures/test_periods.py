"""Periods as they are written in addresses, on the school's clock."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import Invalid
from apps.reports.figures.periods import (
    academic_year,
    buckets,
    calendar_year,
    days,
    month_of,
    read_period,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ordinary = st.dates(min_value=date(1971, 1, 1), max_value=date(2190, 1, 1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025-2026", date(2025, 9, 1), date(2026, 8, 31)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31)),
        ("2025-11-03..2025-12-24", date(2025, 11, 3), date(2025, 12, 24)),
        ("", date(2026, 9, 1), date(2027, 8, 31)),
    ],
)
def test_a_written_period_has_these_days(text: str, first: date, last: date) -> None:
    found = read_period(text, NOW)
    assert (found.first, found.last) == (first, last)
    assert read_period(found.key, NOW) == found
    assert found.title


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "2025-2027",
        "2025-13",
        "2025-00",
        "1969",
        "2200",
        "9999",
        "2025-02-30..2025-03-01",
        "2025-03-02..2025-03-01",
        "2010-01-01..2025-01-01",
        "0001-01-01..0001-01-02",
        "２０２５",  # noqa: RUF001 - digits of another script
        "yesterday",
        "2025 ",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_period(text, NOW)
    assert (refused.value.code, refused.value.field) == ("figures.period", "period")


def test_a_period_begins_at_the_schools_midnight() -> None:
    year = calendar_year(2025)
    assert year.since == datetime(2024, 12, 31, 16, 0, tzinfo=UTC)
    assert year.until == calendar_year(2026).since


def test_an_academic_year_follows_the_one_before() -> None:
    assert academic_year(2024, month=9).until == academic_year(2025, month=9).since
    assert academic_year(2024, month=8).key == "2024-2025"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ordinary, st.integers(0, 3000))
def test_the_pieces_of_a_chart_tile_the_period(first: date, length: int) -> None:
    period = days(first, first + timedelta(days=length))
    pieces = buckets(period)
    assert (pieces[0].first, pieces[-1].last) == (period.first, period.last)
    assert all(one.until == other.since for one, other in itertools.pairwise(pieces))


def test_a_month_is_drawn_by_days_and_a_year_by_months() -> None:
    assert (len(buckets(month_of(2024, 2))), len(buckets(calendar_year(2024)))) == (29, 12)

"""Periods, parameters, money, the clock, the audit log and what the workers do by the clock."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.billing.tasks import release_past_holds
from apps.core import audit, clock, guards
from apps.core.errors import Invalid
from apps.core.ids import new_ulid
from apps.core.models import AuditEntry, CalendarDay, Delivery, ParameterValue
from apps.core.money import fen_from_yuan, format_yuan, round_fen
from apps.core.outbox import WORKER, publish, subscribers_of
from apps.core.parameters import _DECLARED, PARAMETERS, value, values
from apps.core.periods import in_force, is_in_force, overlaps
from apps.core.tasks import relay_worker_channel
from apps.people.models import ResearchGroup, User
from apps.people.operations import create_group, create_unit, register_user
from apps.usage.tasks import end_overdue
from settings.celery import app

DAY = timedelta(days=1)
ZERO = datetime(2026, 1, 1, tzinfo=UTC)
days = st.integers(0, 6)


@pytest.fixture
def group(db: None) -> ResearchGroup:
    unit = create_unit(code="QYU", kind="school", name_zh="校", name_en="School", parent=None, now=ZERO)
    wang = register_user(username="wang", name_zh="王", kind="staff", unit=unit, now=ZERO)
    return create_group(name_zh="组", name_en="Group", pi=wang, unit=unit, now=ZERO)


# ---- periods


@given(first=days, last=st.none() | days, revoked=st.none() | days, asked=days)
@hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_row_and_the_database_agree_on_what_is_in_force(
    group: ResearchGroup, first: int, last: int | None, revoked: int | None, asked: int
) -> None:
    begin = ZERO + first * DAY
    until = None if last is None else begin + (last + 1) * DAY
    taken = None if revoked is None else begin + revoked * DAY
    at = ZERO + asked * DAY
    member = User.objects.create(username=new_ulid(), name_zh="某")
    row = group.memberships.create(user=member, valid_from=begin, valid_until=until, revoked_at=taken)
    expected = begin <= at and (until is None or at < until) and (taken is None or at < taken)
    assert is_in_force(row, at) is expected
    assert group.memberships.filter(in_force(at), pk=row.pk).exists() is expected
    assert ResearchGroup.objects.filter(in_force(at, "memberships__"), memberships=row).exists() is expected
    if until is not None:
        meets = begin < at + DAY and until > at
        found = group.memberships.filter(
            overlaps(at, at + DAY, first="valid_from", last="valid_until"), pk=row.pk
        )
        assert found.exists() is meets


@pytest.mark.django_db
def test_a_period_that_ends_before_it_begins_is_refused_by_the_database(group: ResearchGroup) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        group.memberships.update(valid_until=ZERO)


# ---- parameters


@pytest.mark.django_db
def test_a_parameter_has_its_default_until_a_dated_value_says_otherwise(now: datetime) -> None:
    key = "bookings.max_hours"
    assert value(key, at=now) == PARAMETERS[key].default == 24
    ParameterValue.objects.create(key=key, value=12, valid_from=now)
    ParameterValue.objects.create(key=key, value=6, valid_from=now + DAY, cites="rule 7")
    assert [value(key, at=at) for at in (now - DAY, now, now + DAY)] == [24, 12, 6]


@pytest.mark.django_db
def test_several_parameters_are_one_query_and_an_undeclared_one_is_a_mistake(
    now: datetime, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert values(PARAMETERS, at=now) == {key: p.default for key, p in PARAMETERS.items()}
    with pytest.raises(KeyError):
        value("no.such_parameter", at=now)


def test_every_parameter_says_what_it_means() -> None:
    for parameter in PARAMETERS.values():
        assert parameter.meaning.endswith(".")
        assert "." in parameter.key


# ---- money


@given(numerator=st.integers(-(10**15), 10**15), denominator=st.integers(1, 10**9))
def test_rounding_is_to_the_nearest_fen_and_halves_go_away_from_zero(
    numerator: int, denominator: int
) -> None:
    exact = Fraction(numerator, denominator)
    rounded = round_fen(exact)
    assert abs(rounded - exact) <= Fraction(1, 2)
    assert round_fen(-exact) == -rounded
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


def test_a_decimal_is_rounded_like_a_fraction() -> None:
    assert [round_fen(Decimal(text)) for text in ("0.5", "1.5", "2.4999", "-0.5", "-1.49")] == [
        1,
        2,
        2,
        -1,
        -1,
    ]


@given(fen=st.integers(-(10**14), 10**14))
def test_money_that_is_written_can_be_read_again(fen: int) -> None:
    assert fen_from_yuan(format_yuan(fen).replace("¥", "")) == fen


@pytest.mark.parametrize("text", ["", "1.234", "abc", "NaN", "Infinity", "1e-5"])
def test_what_is_not_money_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text itself is the message
        fen_from_yuan(text)


def test_money_is_written_with_sign_thousands_and_two_places() -> None:
    assert [format_yuan(fen) for fen in (0, 5, 123450, -123450)] == [
        "¥0.00",
        "¥0.05",
        "¥1,234.50",
        "-¥1,234.50",
    ]


# ---- clock


@given(ms=st.integers(0, 4 * 10**12))
def test_milliseconds_on_the_wire_are_a_moment_and_back(ms: int) -> None:
    assert clock.to_ms(clock.from_ms(ms)) == ms


def test_the_schools_day_and_month_are_shanghais() -> None:
    last = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
    assert clock.school_month(last) == "2026-11"
    assert clock.school_month(last + timedelta(seconds=1)) == "2026-12"
    assert clock.school_month_start(last + timedelta(seconds=1)) == last + timedelta(seconds=1)
    assert clock.school_month_start(last) == datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    assert clock.school_time(last).hour == 23


def test_the_clock_is_shifted_only_by_its_setting() -> None:
    with override_settings(CLOCK_OFFSET_SECONDS=3600.0):
        assert timedelta(minutes=59) < clock.now() - datetime.now(UTC) < timedelta(minutes=61)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


# ---- identifiers, audit, calendar, guards


def test_identifiers_are_lower_case_and_never_the_same() -> None:
    made = {new_ulid() for _number in range(1000)}
    assert len(made) == 1000
    assert {len(ulid) for ulid in made} == {26}
    assert all(ulid == ulid.lower() for ulid in made)


@pytest.mark.django_db
def test_an_audit_entry_says_who_what_when_and_why_and_stays(now: datetime) -> None:
    entry = audit.record(action="x.do", object_ref="thing:1", now=now, reason="because", before=1)
    assert (entry.actor, entry.at, entry.reason, entry.details) == (None, now, "because", {"before": 1})
    for sql in ("UPDATE core_auditentry SET reason = ''", "DELETE FROM core_auditentry"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert AuditEntry.objects.get() == entry


@pytest.mark.django_db
def test_a_calendar_day_is_named_once() -> None:
    CalendarDay.objects.create(
        day=date(2026, 10, 1), is_working=False, name_zh="国庆节", name_en="National Day"
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        CalendarDay.objects.create(day=date(2026, 10, 1), is_working=True, name_zh="x", name_en="x")


@pytest.mark.django_db
def test_guards_may_be_installed_again_and_every_one_has_both_databases() -> None:
    guards.install()
    guards.install()
    declared = list(guards.declared())
    assert {"ledger_entry_append_only", "bookings_overlap", "fees_version_overlap"} <= {
        g.name for g in declared
    }
    for guard in declared:
        assert set(guard.statements) == {"sqlite", "postgresql"}


@pytest.mark.django_db
def test_a_migrate_installs_the_guards_once_and_not_for_every_app(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def none_of_them() -> Iterator[guards.Guard]:
        asked.append("for all of them")
        return iter(())

    monkeypatch.setattr(guards, "declared", none_of_them)
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert asked == ["for all of them"]


# ---- tasks


def test_every_task_of_the_beat_exists_and_expires_before_it_is_due_again() -> None:
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] <= entry["schedule"]


@pytest.mark.django_db
def test_the_relay_task_delivers_the_worker_channel(now: datetime) -> None:
    with transaction.atomic():
        publish("usage.recorded", now=now, record=new_ulid(), session=new_ulid())
    heard = [one for one in subscribers_of("usage.recorded") if one.channel == WORKER]
    assert relay_worker_channel() == len(heard) > 0
    for delivery in Delivery.objects.filter(channel=WORKER):
        assert delivery.last_error.startswith("DoesNotExist")


@pytest.mark.django_db
def test_the_sweeps_find_nothing_where_nothing_is() -> None:
    assert (end_overdue(), release_past_holds()) == (0, 0)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1899, 12, 31), date(9901, 1, 1), date(9999, 12, 31)])
def test_a_day_beyond_the_calendar_is_refused_and_breaks_nothing(day: date) -> None:
    for asked in (clock.school_midnight, clock.end_of_school_day):
        with pytest.raises(Invalid) as refused:
            asked(day)
        assert refused.value.code == "core.day"


def test_no_parameter_is_declared_twice() -> None:
    """The later one would silently win."""
    keys = [one.key for one in _DECLARED]
    assert sorted(keys) == sorted(PARAMETERS)

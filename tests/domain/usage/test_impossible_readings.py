"""A reading that says more use than time has passed: kept, told aloud, never believed by itself (I3, I7)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.ids import new_ulid
from apps.core.models import AuditEntry, ParameterValue
from apps.instruments.models import CrewMember
from apps.people.models import User
from apps.people.operations import register_user
from apps.usage.models import UsageRecord
from apps.usage.operations import dismiss_held_record, release_held_record
from apps.usage.queries import gaps
from tests.domain.usage.grants import DEV, HOUR, MS, NODE, Bench, set_up, state_of
from tests.factories.facts import told
from tests.factories.refusals import refused

Judge = Callable[..., UsageRecord]
CENTURY_MS = 10**12
ALARM = {"dev": DEV, "code": "usage.implausible"}
SECOND = timedelta(seconds=1)


@pytest.fixture
def bench(db: None, now: datetime) -> Bench:
    return set_up(now)


def manager(bench: Bench) -> User:
    """Somebody who manages the crew of the instrument."""
    user = register_user(
        username="mia", name_zh="米娅", name_en="Mia", kind="staff", unit=None, now=bench.now
    )
    CrewMember.objects.create(
        instrument=bench.instrument, user=user, role=CrewMember.Role.MANAGER, valid_from=bench.now
    )
    return user


def impossible(bench: Bench, milliseconds: int = CENTURY_MS) -> UsageRecord:
    """A use of a tenth of a second whose meter has jumped."""
    session = bench.grant()
    bench.on(session.gid, 7, at=bench.now + MS)
    record = bench.off(session.gid, 7 + milliseconds, at=bench.now + 101 * MS)
    assert record is not None
    return record


@pytest.mark.parametrize("milliseconds", [CENTURY_MS, 9 * 10**18])
def test_a_meter_that_jumped_is_held_and_told_aloud_within_the_time_there_was(
    bench: Bench, milliseconds: int
) -> None:
    record = impossible(bench, milliseconds)
    assert (record.held, record.verdict, record.powered_ms) == ("usage.implausible", "", milliseconds)
    assert bench.now <= record.started_at <= record.ended_at <= bench.now + 101 * MS
    assert state_of(record.session) == "closed"
    assert gaps(DEV, NODE, since=7, upto=7 + milliseconds) == ()
    assert told("devices.alarm") == [ALARM]


def test_the_next_use_after_a_jump_tiles_on_and_is_believed(bench: Bench) -> None:
    jumped = impossible(bench).session
    after = bench.grant(now=bench.now + HOUR)
    bench.on(after.gid, 7 + CENTURY_MS, at=bench.now + HOUR)
    record = bench.off(after.gid, 60_007 + CENTURY_MS, at=bench.now + HOUR + 60 * SECOND)
    assert record is not None
    assert (record.held, record.powered_ms) == ("", 60_000)
    assert jumped.odo1 == record.session.odo0
    assert told("devices.alarm") == [ALARM]


@pytest.mark.parametrize(("excess", "held"), [(0, ""), (1, "usage.implausible")])
def test_the_tolerance_and_the_drift_are_the_most_that_is_believed(
    bench: Bench, excess: int, held: str
) -> None:
    session = bench.grant()
    bench.on(session.gid, 0)
    longest = 3_600_000 + 720 + 5_000
    record = bench.off(session.gid, longest + excess, at=bench.now + HOUR)
    assert record is not None
    assert record.held == held


def test_the_tolerance_is_a_dated_parameter(bench: Bench) -> None:
    ParameterValue.objects.create(key="usage.odometer_tolerance_seconds", value=60, valid_from=bench.now)
    session = bench.grant()
    bench.on(session.gid, 0)
    record = bench.off(session.gid, 60_000, at=bench.now)
    assert record is not None
    assert record.held == ""


def test_a_use_that_is_reported_days_late_is_believed(bench: Bench) -> None:
    session = bench.grant()
    received = bench.now + timedelta(days=3)
    bench.on(session.gid, 0, now=received)
    record = bench.off(session.gid, 7_200_000, now=received)
    assert record is not None
    assert (record.held, record.started_at, record.ended_at) == ("", bench.now, bench.now + 2 * HOUR)


def test_a_use_never_begins_before_its_grant(bench: Bench) -> None:
    session = bench.grant()
    bench.on(session.gid, 0, at=bench.now - 3 * SECOND, now=bench.now)
    record = bench.off(session.gid, 60_000, at=bench.now + 57 * SECOND)
    assert record is not None
    assert (record.started_at, record.ended_at) == (bench.now, bench.now + 60 * SECOND)


def test_a_standby_use_cannot_be_longer_than_since_it_could_first_be_used(bench: Bench) -> None:
    begins = bench.now + 2 * HOUR
    standby = bench.grant(
        state="standby", kind="standby", not_before=begins, expires_at=begins + HOUR, now=bench.now
    )
    received = begins + timedelta(minutes=5)
    bench.on(standby.gid, 0, at=begins, now=received)
    record = bench.off(standby.gid, 16 * 60_000, at=received)
    assert record is not None
    assert (record.held, record.started_at) == ("usage.implausible", begins - timedelta(minutes=10))


def test_the_slices_of_one_standby_grant_share_the_time_since_it_was_given(bench: Bench) -> None:
    standby = bench.grant(state="standby", kind="standby")
    end = bench.now + HOUR
    bench.on(standby.gid, 0, at=bench.now)
    first = bench.off(standby.gid, 3_000_000, at=bench.now + 3_000 * SECOND, now=end)
    bench.on(standby.gid, 3_000_000, at=bench.now + 3_001 * SECOND, now=end)
    second = bench.off(standby.gid, 6_000_000, at=end)
    assert first is not None
    assert second is not None
    assert (first.held, second.held) == ("", "usage.implausible")


def test_the_manual_key_cannot_have_run_longer_than_a_day_or_since_the_last_grant(bench: Bench) -> None:
    received = bench.now + timedelta(days=9)
    bench.on("", 0, at=bench.now, now=received, instrument_id=bench.instrument.pk)
    unknown = bench.off("", 25 * 3_600_000, at=received)
    assert unknown is not None
    assert unknown.held == "usage.implausible"
    grant = bench.grant(now=received)
    bench.on(grant.gid, 25 * 3_600_000, at=received)
    bench.off(grant.gid, 25 * 3_600_000, at=received)
    bench.on("", 25 * 3_600_000, at=received + SECOND)
    key = bench.off("", 26 * 3_600_000, at=received + 10 * SECOND)
    assert key is not None
    assert key.held == "usage.implausible"
    assert key.started_at >= received


def test_power_under_an_unknown_grant_that_fits_into_a_day_is_believed(bench: Bench) -> None:
    gid = new_ulid()
    bench.on(gid, 0, instrument_id=bench.instrument.pk)
    record = bench.off(gid, 3_600_000)
    assert record is not None
    assert record.held == ""
    assert (record.started_at, record.ended_at) == (bench.now, bench.now + HOUR)


@pytest.mark.parametrize(
    ("judge", "verdict"), [(release_held_record, "released"), (dismiss_held_record, "dismissed")]
)
def test_a_held_record_is_judged_once_with_a_reason_in_the_audit_log(
    bench: Bench, judge: Judge, verdict: str
) -> None:
    record = impossible(bench)
    mia = manager(bench)
    with refused(NotPermitted, "instruments.not_manager"):
        judge(record=record, by=bench.user, now=bench.now, reason="mine")
    with refused(Invalid, "core.reason_required"):
        judge(record=record, by=mia, now=bench.now, reason=" ")
    judged = judge(record=record, by=mia, now=bench.now, reason="meter looked at")
    assert (judged.held, judged.verdict, judged.powered_ms) == ("", verdict, CENTURY_MS)
    for again in (release_held_record, dismiss_held_record):
        with refused(WrongState, "usage.not_held"):
            again(record=record, by=mia, now=bench.now, reason="again")
    [entry] = AuditEntry.objects.filter(action__startswith="usage.")
    assert (entry.actor, entry.reason, entry.details["held"]) == (mia, "meter looked at", "usage.implausible")
    told_twice = {"record": record.ulid, "session": record.session.ulid}
    assert told("usage.recorded") == [told_twice, told_twice]


def test_nobody_judges_an_own_use(bench: Bench) -> None:
    record = impossible(bench)
    CrewMember.objects.create(
        instrument=bench.instrument, user=bench.user, role=CrewMember.Role.MANAGER, valid_from=bench.now
    )
    with refused(NotPermitted, "usage.own_record"):
        dismiss_held_record(record=record, by=bench.user, now=bench.now, reason="mine")


def test_the_database_knows_no_record_that_is_held_and_judged(bench: Bench) -> None:
    record = impossible(bench)
    with pytest.raises(DatabaseError), transaction.atomic():
        UsageRecord.objects.filter(pk=record.pk).update(verdict="released")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    length=st.one_of(st.integers(0, 20_000), st.integers(0, 10**7), st.integers(0, 2**53)),
    on_after=st.integers(-5_000, 7_200_000),
    off_after=st.integers(-5_000, 7_200_000),
    received=st.integers(0, 7_200_000),
    standby=st.booleans(),
    end_first=st.booleans(),
)
def test_what_is_believed_of_any_report_fits_into_the_time_since_the_grant(
    bench: Bench,
    length: int,
    on_after: int,
    off_after: int,
    received: int,
    standby: bool,  # noqa: FBT001 - hypothesis gives it by name
    end_first: bool,  # noqa: FBT001
) -> None:
    dev = new_ulid()
    kind = "standby" if standby else "session"
    session = bench.grant(dev=dev, kind=kind, state="standby" if standby else "granted")
    heard = bench.now + received * MS
    on_at, off_at = (min(heard, bench.now + after * MS) for after in (on_after, off_after))
    for end in (True, False) if end_first else (False, True):
        if end:
            bench.off(session.gid, length, at=off_at, now=heard, dev=dev)
        else:
            bench.on(session.gid, 0, at=on_at, now=heard, dev=dev)
    record = UsageRecord.objects.get(session=session)
    fits = length <= received + received * 200 // 1_000_000 + 5_000
    assert record.held == ("" if fits else "usage.implausible")
    assert record.powered_ms == length
    assert bench.now <= record.started_at <= record.ended_at
    assert record.ended_at - record.started_at <= (received + 6_500) * MS
    if not fits:
        assert record.ended_at <= heard

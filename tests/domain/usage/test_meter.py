"""What a device reports becomes the same rows, whenever and however often it arrives."""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import NotFound, WrongState
from apps.core.ids import new_ulid
from apps.usage import meter
from apps.usage.models import UsageRecord, UsageSession
from apps.usage.operations import revoke_session
from apps.usage.queries import Gap, gaps, live, my_usage, unmeasured
from tests.domain.usage.grants import DEV, HOUR, MS, NODE, Bench, set_up, state_of
from tests.factories.facts import told
from tests.factories.refusals import refused


@pytest.fixture
def bench(db: None, now: datetime) -> Bench:
    return set_up(now)


def test_a_use_becomes_one_record_with_its_effective_and_idle_time(bench: Bench) -> None:
    session = bench.grant()
    opened = bench.on(session.gid, 0)
    assert (opened.state, opened.opened_at) == ("open", bench.now)
    assert list(live()) == [session]
    record = bench.off(session.gid, 90_000, busy=60_000)
    assert record is not None
    assert (record.powered_ms, record.effective_ms, record.idle_ms) == (90_000, 60_000, 30_000)
    assert (record.started_at, record.ended_at) == (bench.now, bench.now + timedelta(seconds=90))
    assert (record.user, record.purpose) == (bench.user, "booking")
    session.refresh_from_db()
    assert (session.state, session.close_reason) == ("closed", "swipe_out")
    assert list(my_usage(bench.user)) == [record]
    assert told("usage.session_opened") == [{"session": session.ulid, "instrument": bench.instrument.ulid}]
    assert told("usage.session_closed") == [
        {"session": session.ulid, "instrument": bench.instrument.ulid, "why": "swipe_out"}
    ]
    assert told("usage.recorded") == [{"record": record.ulid, "session": session.ulid}]


def test_repeated_reports_change_nothing(bench: Bench) -> None:
    session = bench.grant()
    for _again in range(3):
        bench.on(session.gid, 0)
    first = bench.off(session.gid, 5_000)
    assert bench.off(session.gid, 5_000) == first
    assert bench.on(session.gid, 0).pk == session.pk
    assert UsageRecord.objects.count() == 1
    assert UsageSession.objects.count() == 1
    assert len(told("usage.recorded")) == 1


def test_an_end_that_arrives_before_its_beginning_waits_for_it(bench: Bench) -> None:
    session = bench.grant()
    assert bench.off(session.gid, 5_000, busy=1_000) is None
    assert state_of(session) == "ended"
    assert list(unmeasured()) == [session]
    assert gaps(DEV, NODE) == (Gap(0, 5_000),)
    bench.on(session.gid, 0)
    record = UsageRecord.objects.get()
    assert (record.powered_ms, record.effective_ms) == (5_000, 1_000)
    assert (record.started_at, state_of(session)) == (bench.now, "closed")
    assert gaps(DEV, NODE) == ()
    assert told("usage.session_opened") == []


@pytest.mark.parametrize("ending", ["unused", "revoked", "reboot"])
def test_power_that_went_on_before_a_grant_ended_is_still_measured(bench: Bench, ending: str) -> None:
    session = bench.grant()
    later = bench.now + timedelta(minutes=5)
    if ending == "unused":
        assert meter.end_overdue(now=later) == 1
    elif ending == "revoked":
        revoke_session(session=session, codes=["x"], now=later)
    else:
        assert meter.end_by_reboot(dev=DEV, now=later) == 1
    assert state_of(session) == "unused"
    bench.on(session.gid, 0, now=later)
    assert state_of(session) == ("ended" if ending == "reboot" else "open")
    bench.off(session.gid, 7_000, now=later)
    assert UsageRecord.objects.get().powered_ms == 7_000
    assert state_of(session) == "closed"


def test_a_grant_without_power_is_unused_in_time_and_a_running_one_ends_after_its_end(bench: Bench) -> None:
    unused = bench.grant()
    assert meter.end_overdue(now=bench.now + timedelta(seconds=119)) == 0
    assert meter.end_overdue(now=bench.now + timedelta(seconds=120), dev=DEV, node=2) == 0
    assert meter.end_overdue(now=bench.now + timedelta(seconds=120), dev=DEV, node=NODE) == 1
    running = bench.grant(now=bench.now + HOUR)
    bench.on(running.gid, 0, at=bench.now + HOUR)
    end = running.expires_at
    assert meter.end_overdue(now=end + meter.END_MARGIN - MS) == 0
    assert meter.end_overdue(now=end + meter.END_MARGIN) == 1
    assert [state_of(unused), state_of(running)] == ["unused", "ended"]
    assert [fact["why"] for fact in told("usage.session_closed")] == ["overdue", "overdue"]
    record = bench.off(running.gid, 1_000, at=end, now=end + HOUR)
    assert record is not None
    assert len(told("usage.session_closed")) == 2


def test_a_standby_grant_that_nobody_used_ends_with_its_period(bench: Bench) -> None:
    standby = bench.grant(state="standby", kind="standby")
    assert meter.end_overdue(now=standby.expires_at - MS) == 0
    assert meter.end_overdue(now=standby.expires_at) == 1
    assert state_of(standby) == "unused"


def test_a_standby_grant_that_is_used_again_off_line_makes_a_session_each_time(bench: Bench) -> None:
    standby = bench.grant(state="standby", kind="standby")
    bench.on(standby.gid, 0)
    bench.off(standby.gid, 5_000)
    again = bench.on(standby.gid, 5_000, at=bench.now + HOUR)
    assert (again.gid, again.state, again.user, again.decision) == (
        standby.gid,
        "open",
        bench.user,
        bench.decision,
    )
    assert again.ulid != standby.gid
    bench.off(standby.gid, 9_000, at=bench.now + HOUR + 4_000 * MS)
    assert sorted(UsageRecord.objects.values_list("powered_ms", flat=True)) == [4_000, 5_000]
    assert gaps(DEV, NODE, upto=9_000) == ()


def test_an_empty_use_and_the_next_one_from_the_same_reading_are_two(bench: Bench) -> None:
    standby = bench.grant(state="standby", kind="standby")
    bench.on(standby.gid, 5, at=bench.now)
    bench.off(standby.gid, 5, at=bench.now, why="power_loss")
    bench.on(standby.gid, 5, at=bench.now + HOUR)
    bench.off(standby.gid, 5, at=bench.now, why="power_loss")
    bench.off(standby.gid, 9, at=bench.now + HOUR + 4 * MS)
    assert sorted(UsageRecord.objects.values_list("powered_ms", flat=True)) == [0, 4]


def test_the_manual_key_needs_no_grant_and_is_recorded_as_such(bench: Bench) -> None:
    for _again in range(2):
        bench.on("", 0, instrument_id=bench.instrument.pk)
        bench.off("", 3_000, why="override_end", instrument_id=bench.instrument.pk)
    bench.off("", 9_000, at=bench.now + HOUR + 6_000 * MS)
    bench.on("", 3_000, at=bench.now + HOUR)
    assert [(row.kind, row.purpose, row.user) for row in UsageSession.objects.all()] == [
        ("override", "override", None)
    ] * 2
    assert sorted(UsageRecord.objects.values_list("powered_ms", flat=True)) == [3_000, 6_000]
    assert gaps(DEV, NODE, upto=9_000) == ()
    assert told("devices.alarm") == []


def test_a_grant_that_nobody_knows_is_measured_and_raises_an_alarm(bench: Bench) -> None:
    bench.on(bench.grant().gid, 0)
    stranger = new_ulid()
    for _again in range(2):
        bench.on(stranger, 4_000)
    record = bench.off(stranger, 6_000)
    assert record is not None
    assert (record.session.kind, record.user, record.instrument) == ("unknown", None, bench.instrument)
    assert told("devices.alarm") == [{"dev": DEV, "code": "usage.unknown_grant"}]


def test_a_grant_of_another_node_is_unknown_on_this_one(bench: Bench) -> None:
    elsewhere = bench.grant(node=2)
    bench.on(elsewhere.gid, 0, instrument_id=bench.instrument.pk)
    record = bench.off(elsewhere.gid, 6_000)
    assert record is not None
    assert record.session.kind == "unknown"
    assert state_of(elsewhere) == "granted"


def test_power_on_a_node_that_nobody_ever_saw_must_name_its_instrument(bench: Bench) -> None:
    with refused(NotFound, "usage.node_unknown"):
        bench.on("", 0)
    assert not UsageSession.objects.exists()


def test_what_the_device_runs_is_live_and_what_it_ran_before_is_over(bench: Bench) -> None:
    first = bench.grant()
    bench.on(first.gid, 0)
    second = bench.grant(state="standby", kind="standby")
    bench.on(second.gid, 6_000)
    assert [state_of(first), state_of(second)] == ["ended", "open"]
    bench.off(first.gid, 6_000)
    assert [state_of(first), state_of(second)] == ["closed", "open"]


def test_a_report_from_the_past_opens_nothing_beside_what_runs_now(bench: Bench) -> None:
    old = bench.grant(state="standby", kind="standby")
    new = bench.grant(now=bench.now + HOUR)
    bench.on(old.gid, 0, at=bench.now)
    assert [state_of(old), state_of(new)] == ["ended", "granted"]
    bench.on(new.gid, 6_000, at=bench.now + HOUR)
    bench.off(old.gid, 6_000, at=bench.now + 6_000 * MS)
    assert [state_of(old), state_of(new)] == ["closed", "open"]


def test_a_grant_that_was_answered_too_late_is_superseded_by_the_standby_one(bench: Bench) -> None:
    standby = bench.grant(state="standby", kind="standby")
    unheard = bench.grant()
    bench.on(standby.gid, 0, at=bench.now + 5_000 * MS)
    assert [state_of(standby), state_of(unheard)] == ["open", "unused"]


def test_milliseconds_are_never_counted_twice(bench: Bench) -> None:
    first, second = bench.grant(), bench.grant(state="standby")
    bench.on(first.gid, 0)
    bench.off(first.gid, 5_000)
    bench.on(second.gid, 4_999)
    with refused(WrongState, "usage.slice_overlaps"):
        bench.off(second.gid, 9_000)
    assert [record.powered_ms for record in UsageRecord.objects.all()] == [5_000]
    assert state_of(second) == "ended"


def test_a_use_never_begins_later_than_its_end_less_its_length(bench: Bench) -> None:
    session = bench.grant()
    learned = bench.now + HOUR
    bench.on(session.gid, 0, at=learned)
    record = bench.off(session.gid, 60_000, at=learned, now=learned)
    assert record is not None
    assert (record.started_at, record.ended_at) == (learned - timedelta(seconds=60), learned)


def test_a_load_meter_that_fell_back_measures_nothing(bench: Bench) -> None:
    session = bench.grant()
    bench.on(session.gid, 0, busy=500)
    record = bench.off(session.gid, 60_000, busy=100)
    assert record is not None
    assert (record.effective_ms, record.idle_ms) == (0, 60_000)


def test_a_load_meter_is_never_longer_than_the_power(bench: Bench) -> None:
    session = bench.grant()
    bench.on(session.gid, 0)
    record = bench.off(session.gid, 100, busy=150)
    assert record is not None
    assert (record.effective_ms, record.idle_ms) == (100, 0)


def test_a_missing_slice_is_visible(bench: Bench) -> None:
    first, lost, third = bench.grant(), bench.grant(state="standby"), bench.grant(state="standby")
    bench.on(first.gid, 0)
    bench.off(first.gid, 1_000)
    bench.on(lost.gid, 2_000)
    bench.on(third.gid, 5_000)
    assert gaps(DEV, NODE) == (Gap(1_000, 2_000), Gap(2_000, 5_000))
    assert gaps(DEV, NODE, upto=8_000) == (Gap(1_000, 2_000), Gap(2_000, 5_000))
    bench.off(third.gid, 6_000)
    assert gaps(DEV, NODE, upto=8_000)[-1] == Gap(6_000, 8_000)
    bench.off(lost.gid, 5_000)
    assert gaps(DEV, NODE) == (Gap(1_000, 2_000),)
    assert gaps(DEV, NODE, since=2_000) == ()

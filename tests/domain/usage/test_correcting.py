"""A use whose person forgot to log off: proposed with a reason, judged once by somebody else, and changed so
that what was measured stays readable.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import AuditEntry
from apps.instruments.models import CrewMember
from apps.people.models import User
from apps.people.operations import add_member, create_group, register_user
from apps.usage.awaiting import corrections_for, look_after_corrections
from apps.usage.correcting import decide_correction, propose_correction, withdraw_correction
from apps.usage.evidence import (
    Reading,
    as_json,
    evidence_of,
    from_json,
    last_load,
    load_before,
    original_of,
    stretches,
)
from apps.usage.models import MeterReading, RecordChange, UsageCorrection, UsageRecord
from apps.usage.operations import dismiss_held_record
from apps.usage.readings import Heard, forget_readings, note_readings
from tests.domain.usage.grants import DEV, HOUR, MS, NODE, Bench, set_up
from tests.factories.facts import told
from tests.factories.money import funded
from tests.factories.races import at_once
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LEFT = 40 * MINUTE  # when Alice really left


@pytest.fixture
def bench(db: None, now: datetime) -> Bench:
    return set_up(now)


def crew(bench: Bench, login: str, role: str = CrewMember.Role.MANAGER) -> User:
    user = register_user(
        username=login, name_zh="米娅", name_en=login, kind="staff", unit=None, now=bench.now
    )
    CrewMember.objects.create(instrument=bench.instrument, user=user, role=role, valid_from=bench.now)
    return user


def forgotten(bench: Bench, **terms: Any) -> UsageRecord:
    """Two hours of power; load in the first forty minutes only, heard every five."""
    session = bench.grant(**terms)
    bench.on(session.gid, 0, at=bench.now)
    for minutes in range(4, 120, 5):
        at, busy = bench.now + minutes * MINUTE, min(minutes, 40) * 45_000
        note_readings([Heard(DEV, NODE, minutes * 60_000, busy, at)])
    record = bench.off(session.gid, 7_200_000, busy=40 * 45_000, at=bench.now + 2 * HOUR, why="expired")
    assert record is not None
    return record


def proposed(
    bench: Bench, record: UsageRecord, after: timedelta = LEFT, by: User | None = None
) -> UsageCorrection:
    return propose_correction(
        record=record,
        end=record.started_at + after,
        reason="forgot to log off",
        by=by or bench.user,
        now=bench.now + 3 * HOUR,
    )


def test_a_confirmed_correction_changes_the_record_and_keeps_what_was_measured(bench: Bench) -> None:
    record, manager = forgotten(bench), crew(bench, "mia")
    made = proposed(bench, record)
    record.refresh_from_db()
    assert record.powered_ms == 7_200_000
    assert (made.state, made.load_after_ms, made.effective_ms) == ("open", 0, 1_800_000)
    assert list(corrections_for(manager, bench.now + 3 * HOUR)) == [made]
    decide_correction(
        correction=made, by=manager, confirm=True, why="the log agrees", now=bench.now + 4 * HOUR
    )
    record.refresh_from_db()
    assert (record.ended_at, record.powered_ms) == (record.started_at + LEFT, 2_400_000)
    assert (record.effective_ms, record.idle_ms) == (1_800_000, 600_000)
    [change] = RecordChange.objects.all()
    assert (change.number, change.before_powered_ms, change.after_powered_ms) == (1, 7_200_000, 2_400_000)
    original = original_of(record)
    assert (original.end, original.powered_ms) == (bench.now + 2 * HOUR, 7_200_000)
    assert (record.session.odo0, record.session.odo1) == (0, 7_200_000)
    assert told("usage.corrected") == [
        {"record": record.ulid, "correction": made.ulid, "session": record.session.ulid}
    ]
    assert [one["state"] for one in told("usage.correction_changed")] == ["open", "confirmed"]
    entry = AuditEntry.objects.get(action="usage.correction_confirmed")
    assert (entry.actor, entry.reason) == (manager, "the log agrees")


def test_a_refusal_changes_nothing_and_another_end_may_be_proposed(bench: Bench) -> None:
    record, manager = forgotten(bench), crew(bench, "mia")
    made = proposed(bench, record)
    decide_correction(correction=made, by=manager, confirm=False, why="I saw you", now=bench.now + 4 * HOUR)
    record.refresh_from_db()
    assert (record.powered_ms, made.state, made.why) == (7_200_000, "refused", "I saw you")
    assert not told("usage.corrected")
    again = proposed(bench, record, 60 * MINUTE)
    withdraw_correction(correction=again, by=bench.user, now=bench.now + 4 * HOUR)
    assert again.state == "withdrawn"
    with refused(WrongState, "usage.correction_decided"):
        decide_correction(correction=again, by=manager, confirm=True, why="x", now=bench.now + 4 * HOUR)


@pytest.mark.parametrize(
    ("shift", "error", "code"),
    [
        (timedelta(0), Invalid, "usage.correction_before_start"),
        (-MINUTE, Invalid, "usage.correction_before_start"),
        (2 * HOUR, Invalid, "usage.correction_same"),
        (2 * HOUR + MS, Invalid, "usage.correction_beyond"),
        (3 * HOUR, Invalid, "usage.correction_beyond"),
    ],
)
def test_an_end_that_the_meters_contradict_is_refused_at_its_field(
    bench: Bench, shift: timedelta, error: type[Invalid], code: str
) -> None:
    record = forgotten(bench)
    with refused(error, code) as found:
        proposed(bench, record, shift)
    assert found.field == "end"
    assert not UsageCorrection.objects.exists()


def test_after_the_days_for_it_nothing_is_proposed(bench: Bench) -> None:
    record = forgotten(bench)
    over = record.ended_at + timedelta(days=30)
    with refused(WrongState, "usage.correction_late") as found:
        propose_correction(record=record, end=record.started_at + LEFT, reason="x", by=bench.user, now=over)
    assert found.field == "end"
    propose_correction(record=record, end=record.started_at + LEFT, reason="x", by=bench.user, now=over - MS)


def test_an_end_within_the_next_use_is_refused(bench: Bench) -> None:
    record = forgotten(bench)
    # A device whose clock was wrong has placed the next use into this one.
    after = bench.grant(now=bench.now + HOUR)
    bench.on(after.gid, 7_200_000, at=bench.now + HOUR, now=bench.now + 2 * HOUR)
    assert bench.off(after.gid, 7_260_000, at=bench.now + HOUR + MINUTE, now=bench.now + 3 * HOUR)
    proposed(bench, record, 59 * MINUTE)
    UsageCorrection.objects.all().delete()
    with refused(Invalid, "usage.correction_overlap") as found:
        proposed(bench, record, 90 * MINUTE)
    assert found.field == "end"


def test_who_may_propose_and_who_may_judge(bench: Bench) -> None:
    record, manager = forgotten(bench), crew(bench, "mia")
    operator, bob = crew(bench, "otto", CrewMember.Role.OPERATOR), crew(bench, "bob", CrewMember.Role.TRAINER)
    with refused(NotPermitted, "usage.correction_not_yours"):
        proposed(bench, record, by=bob)
    with refused(Invalid, "core.reason_required"):
        propose_correction(
            record=record, end=record.started_at + LEFT, reason="  ", by=bench.user, now=bench.now + 3 * HOUR
        )
    made = proposed(bench, record, by=manager)
    for user, code in ((operator, "instruments.not_manager"), (manager, "usage.own_proposal")):
        with refused(NotPermitted, code):
            decide_correction(correction=made, by=user, confirm=True, why="x", now=bench.now + 4 * HOUR)
    CrewMember.objects.create(
        instrument=bench.instrument, user=bench.user, role=CrewMember.Role.MANAGER, valid_from=bench.now
    )
    with refused(NotPermitted, "usage.own_record"):
        decide_correction(correction=made, by=bench.user, confirm=True, why="x", now=bench.now + 4 * HOUR)
    assert not corrections_for(manager, bench.now + 4 * HOUR)
    assert not corrections_for(bench.user, bench.now + 4 * HOUR)
    second = crew(bench, "nora")
    with refused(Invalid, "core.reason_required"):
        decide_correction(correction=made, by=second, confirm=True, why=" ", now=bench.now + 4 * HOUR)
    decide_correction(correction=made, by=second, confirm=True, why="ok", now=bench.now + 4 * HOUR)
    assert made.state == "confirmed"


def test_whoever_leads_the_group_that_pays_does_not_judge(bench: Bench) -> None:
    mia = crew(bench, "mia")
    group = create_group(
        name_zh="米课题组", name_en="Mia's", pi=mia, unit=bench.instrument.unit, now=bench.now
    )
    add_member(group=group, user=bench.user, by=None, now=bench.now)
    record = forgotten(bench, fund_id=funded(group, bench.now).pk)
    made = proposed(bench, record)
    with refused(NotPermitted, "usage.conflicted"):
        decide_correction(correction=made, by=mia, confirm=True, why="x", now=bench.now + 4 * HOUR)
    assert not corrections_for(mia, bench.now + 4 * HOUR)
    assert list(corrections_for(crew(bench, "nora"), bench.now + 4 * HOUR)) == [made]


def test_only_an_own_use_that_is_believed_is_corrected(bench: Bench) -> None:
    record = forgotten(bench)
    for state, code in (
        ({"held": "usage.implausible"}, "usage.correction_held"),
        ({"held": "", "verdict": "dismissed"}, "usage.correction_dismissed"),
        ({"verdict": "", "purpose": "training"}, "usage.correction_purpose"),
    ):
        UsageRecord.objects.filter(pk=record.pk).update(**state)
        with refused(WrongState, code):
            proposed(bench, record)
    UsageRecord.objects.filter(pk=record.pk).update(purpose="walk_in")
    proposed(bench, record)
    with refused(WrongState, "usage.correction_open"):
        proposed(bench, record, 50 * MINUTE)


def test_a_second_correction_may_go_back_as_far_as_the_meters(bench: Bench) -> None:
    record, manager = forgotten(bench), crew(bench, "mia")
    for minutes in (40, 100):
        made = proposed(bench, record, minutes * MINUTE)
        decide_correction(correction=made, by=manager, confirm=True, why="ok", now=bench.now + 4 * HOUR)
        record.refresh_from_db()
        assert record.powered_ms == minutes * 60_000
    assert list(RecordChange.objects.values_list("number", "before_powered_ms", "after_powered_ms")) == [
        (1, 7_200_000, 2_400_000),
        (2, 2_400_000, 6_000_000),
    ]
    assert original_of(record).powered_ms == 7_200_000


def test_the_database_lets_no_measurement_be_changed_without_its_change(bench: Bench) -> None:
    record, manager = forgotten(bench), crew(bench, "mia")
    for change in ({"powered_ms": 1, "effective_ms": 0, "idle_ms": 1}, {"ended_at": bench.now + HOUR}):
        with pytest.raises(DatabaseError), transaction.atomic():
            UsageRecord.objects.filter(pk=record.pk).update(**change)
    made = proposed(bench, record)
    decide_correction(correction=made, by=manager, confirm=True, why="ok", now=bench.now + 4 * HOUR)
    with pytest.raises(DatabaseError), transaction.atomic():
        RecordChange.objects.update(before_powered_ms=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        RecordChange.objects.all().delete()


def test_nobody_answers_reminded_at_half_then_the_office_then_over(bench: Bench) -> None:
    record = forgotten(bench)
    made = proposed(bench, record)
    assert look_after_corrections(now=made.remind_at - MS) == 0
    assert look_after_corrections(now=made.remind_at) == 1
    assert look_after_corrections(now=made.remind_at) == 0
    assert look_after_corrections(now=made.due_at) == 1
    assert look_after_corrections(now=made.due_at) == 0
    assert [one["how"] for one in told("usage.correction_waits")] == ["reminded", "escalated"]
    assert look_after_corrections(now=made.expires_at) == 1
    made.refresh_from_db()
    record.refresh_from_db()
    assert (made.state, made.decided_by, record.powered_ms) == ("expired", None, 7_200_000)
    assert look_after_corrections(now=made.expires_at) == 0


def test_the_readings_are_one_row_for_five_minutes_and_are_forgotten(bench: Bench) -> None:
    at = bench.now.replace(minute=2, second=0, microsecond=0)
    for seconds in range(0, 180, 15):
        note_readings([Heard(DEV, NODE, seconds * 1000, 0, at + timedelta(seconds=seconds))])
    note_readings([Heard(DEV, NODE, 999_000, 5, at + 4 * MINUTE), Heard(DEV, 2, 1, 1, at)])
    rows = MeterReading.objects.order_by("node", "at").values_list("node", "odo", "busy")
    assert list(rows) == [(NODE, 165_000, 0), (NODE, 999_000, 5), (2, 1, 1)]
    assert note_readings([]) == 0
    assert forget_readings(now=at + timedelta(days=59)) == 0
    assert forget_readings(now=at + timedelta(days=61)) == 3


def test_the_line_of_a_use_says_when_load_was_seen_last(bench: Bench) -> None:
    record = forgotten(bench)
    line = evidence_of(record)
    assert line[0].start == record.started_at
    assert line[-1].end == record.ended_at
    assert last_load(line) == record.started_at + 44 * MINUTE
    assert from_json(as_json(line)) == line
    assert sum(one.powered_ms for one in line) == record.powered_ms
    assert sum(one.busy_ms for one in line) == record.effective_ms


moments = st.integers(0, 10**7)


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 600_000), st.integers(-1000, 700_000), st.integers(-1000, 700_000)),
        max_size=12,
    ),
    cuts=st.tuples(moments, moments),
)
def test_load_before_a_moment_never_falls_nor_is_more_than_time_or_load(
    steps: list[tuple[int, int, int]], cuts: tuple[int, int]
) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    at, odo, busy, readings = 0, 0, 0, [Reading(now, 0, 0)]
    for passed, powered, load in steps:
        at, odo, busy = at + passed, max(odo + powered, 0), max(busy + load, 0)
        readings.append(Reading(now + at * MS, odo, busy))
    line = stretches(readings)
    first, last = sorted(cuts)
    early, late = load_before(line, now + first * MS), load_before(line, now + last * MS)
    assert 0 <= early <= late <= sum(one.busy_ms for one in line)
    assert early <= first
    assert late - early <= sum(one.busy_ms for one in line)
    for one in line:
        assert 0 <= one.busy_ms <= one.powered_ms <= one.length_ms
    assert load_before(line, now) == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_at_once_one_answers(bench: Bench) -> None:
    record = forgotten(bench)
    made = proposed(bench, record)
    one, other = crew(bench, "mia"), crew(bench, "nora")

    def answer(by: User, *, confirm: bool) -> Callable[[], object]:
        return lambda: decide_correction(
            correction=UsageCorrection.objects.get(pk=made.pk),
            by=by,
            confirm=confirm,
            why="at once",
            now=bench.now + 4 * HOUR,
        )

    ends = at_once(answer(one, confirm=True), answer(other, confirm=False))
    assert sorted(ends) == ["done", "usage.correction_decided"]
    made.refresh_from_db()
    record.refresh_from_db()
    assert (made.state == "confirmed") == (record.powered_ms == 2_400_000) == (ends[0] == "done")


def test_a_dismissed_record_stays_out(bench: Bench) -> None:
    record = forgotten(bench)
    UsageRecord.objects.filter(pk=record.pk).update(held="usage.implausible")
    dismiss_held_record(record=record, by=None, now=bench.now + 3 * HOUR, reason="broken")
    with refused(WrongState, "usage.correction_dismissed"):
        proposed(bench, record)

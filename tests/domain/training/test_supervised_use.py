"""Time under a trainer's eye: from real swipes to minutes, each record once; and the day of the last use."""

from datetime import datetime, timedelta

import pytest

from apps.clearances.gate import ask
from apps.core.ids import new_ulid
from apps.core.outbox import WORKER, relay
from apps.decisions.operations import install_defaults
from apps.training.guided import cancel_guided_session
from apps.training.models import GuidedSession, LastUse, SupervisedUse, TrainingRequest
from apps.training.places import leave_place, mark_attendance, take_place
from apps.training.progress import progress_of
from apps.training.supervised import count_supervised, note_use
from apps.usage.meter import power_off, power_on
from apps.usage.models import UsageRecord
from apps.usage.subscribers import tell_training
from tests import people
from tests.factories import training as make
from tests.factories.facts import told
from tests.people import TENGS_UID, digest

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DEV, NODE = "cbtest01", 1


@pytest.fixture
def they(now: datetime) -> people.People:
    found = people.gather(now)
    people.cleared(found.teng, now, now + people.YEAR)
    return found


@pytest.fixture
def requests(they: people.People, now: datetime) -> list[TrainingRequest]:
    course = make.course(they, now, required_minutes=60)
    return [make.accepted(they, course, now, user=one) for one in (they.alice, they.bob)]


def _minutes(request: TrainingRequest) -> int:
    progress = progress_of(request)
    assert progress is not None
    return progress.minutes


def _count(
    they: people.People, held: GuidedSession, start: datetime, end: datetime, *, record: str = "", by: int = 0
) -> int:
    counted = count_supervised(
        record=record or new_ulid(),
        user_id=by or they.teng.pk,
        instrument_id=held.instrument_id,
        started_at=start,
        ended_at=end,
        now=end,
    )
    return len(counted)


def _use(they: people.People, uid: str, start: datetime, minutes: int) -> UsageRecord:
    """A card at the reader, power, and power off again."""
    answer = ask(
        dev=DEV,
        node=NODE,
        instrument_id=they.sem.pk,
        card_digest=digest(uid),
        now=start,
        lease_ms=45_000,
        off_ms=0,
    )
    assert answer.grant is not None, answer.codes
    end, ms = start + minutes * MINUTE, minutes * 60_000
    power_on(dev=DEV, node=NODE, gid=answer.grant.gid, odo=0, busy=0, at=start, now=start)
    record = power_off(dev=DEV, node=NODE, gid=answer.grant.gid, odo=ms, busy=0, at=end, why="swipe", now=end)
    assert record is not None
    return record


def test_what_the_trainer_switches_on_counts_for_everybody_with_a_seat(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    install_defaults(now=now)
    held = make.session(they, now, requests=requests)
    make.accepted(they, requests[0].course, now, user=they.charlie)
    record = _use(they, TENGS_UID, held.starts_at + MINUTE, 90)
    assert record.purpose == "training"
    while relay(channel=WORKER, now=held.ends_at):
        pass
    assert [_minutes(one) for one in requests] == [90, 90]
    assert told("training.minutes_counted") == [
        {"user": one.user.ulid, "request": one.ulid} for one in requests
    ]
    tell_training({"record": record.ulid, "session": record.session.ulid}, held.ends_at)
    assert SupervisedUse.objects.count() == 2
    assert LastUse.objects.get(user=they.teng).used_at == record.ended_at


def test_a_held_or_dismissed_record_counts_nothing_until_it_is_released(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    install_defaults(now=now)
    held = make.session(they, now, requests=requests)
    record = _use(they, TENGS_UID, held.starts_at + MINUTE, 90)
    fact = {"record": record.ulid, "session": record.session.ulid}
    for state in ({"held": "usage.implausible"}, {"held": "", "verdict": "dismissed"}):
        UsageRecord.objects.filter(pk=record.pk).update(**state)
        tell_training(fact, held.ends_at)
        assert not SupervisedUse.objects.exists()
    UsageRecord.objects.filter(pk=record.pk).update(verdict="released")
    tell_training(fact, held.ends_at)
    assert [_minutes(one) for one in requests] == [90, 90]


def test_only_the_time_within_the_session_counts(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests[:1])
    _count(they, held, held.starts_at - HOUR, held.starts_at + 30 * MINUTE)
    assert _minutes(requests[0]) == 30
    _count(they, held, held.ends_at - 10 * MINUTE, held.ends_at + HOUR)
    assert _minutes(requests[0]) == 40
    assert _count(they, held, held.ends_at, held.ends_at + HOUR) == 0
    _count(they, held, held.starts_at + HOUR, held.starts_at + HOUR + timedelta(seconds=59))
    _count(they, held, held.starts_at + HOUR + timedelta(seconds=59), held.starts_at + HOUR + MINUTE)
    assert _minutes(requests[0]) == 41


def test_a_record_counts_once_however_often_it_is_told(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests)
    asked = (held.starts_at, held.starts_at + HOUR)
    assert _count(they, held, *asked, record="r1") == 2
    assert _count(they, held, *asked, record="r1") == 0
    assert [_minutes(one) for one in requests] == [60, 60]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_time_counts_once_however_many_nodes_of_the_instrument_were_on(
    they: people.People, requests: list[TrainingRequest], now: datetime, order: tuple[int, ...]
) -> None:
    """Beam and workstation have their own reader and their own record, and somebody swapped cards."""
    held = make.session(they, now, requests=requests)
    start, end = held.starts_at, held.ends_at
    spans = [(start, end), (start + HOUR, end), (start + 30 * MINUTE, start + 2 * HOUR)]
    for number in order:
        _count(they, held, *spans[number], record=f"r{number}")
        assert _count(they, held, *spans[number], record=f"r{number}") == 0
    assert [_minutes(one) for one in requests] == [240, 240]


def test_of_overlapping_records_only_what_is_new_counts(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests[:1])
    start = held.starts_at
    _count(they, held, start + HOUR, start + 2 * HOUR)
    _count(they, held, start + 3 * HOUR, start + 4 * HOUR)
    assert _minutes(requests[0]) == 120
    _count(they, held, start + 30 * MINUTE, start + 3 * HOUR + 10 * MINUTE)
    assert _minutes(requests[0]) == 210
    late = held.places.get()
    mark_attendance(place=late, present=False, by=they.teng, now=held.ends_at)
    _count(they, held, start, start + HOUR)
    mark_attendance(place=late, present=True, by=they.teng, now=held.ends_at)
    assert _minutes(requests[0]) == 240


def test_a_record_over_two_sessions_counts_in_both(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    first = make.session(they, now, requests=requests[:1], hours=1)
    make.session(they, now, requests=requests[:1], starts_at=first.ends_at, ends_at=first.ends_at + HOUR)
    _count(they, first, first.starts_at + HOUR / 2, first.ends_at + HOUR / 2, record="r1")
    assert _minutes(requests[0]) == 60
    assert _count(they, first, first.starts_at + HOUR / 2, first.ends_at + HOUR / 2, record="r1") == 0


def test_use_by_somebody_who_does_not_belong_to_the_session_counts_nothing(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests)
    asked = (held.starts_at, held.starts_at + HOUR)
    assert _count(they, held, *asked, by=they.olga.pk) == 0
    assert _count(they, held, *asked, by=they.bob.pk) == 2


def test_who_left_or_waits_has_nothing_counted(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests[:1], capacity=1)
    other = make.accepted(they, requests[0].course, now, user=they.charlie)
    take_place(session=held, request=other, by=they.charlie, now=now)
    _count(they, held, held.starts_at, held.starts_at + HOUR)
    assert [_minutes(one) for one in (requests[0], other)] == [60, 0]
    leave_place(place=held.places.get(user=they.alice), by=they.alice, now=now)
    _count(they, held, held.starts_at + HOUR, held.starts_at + 2 * HOUR)
    assert [_minutes(one) for one in (requests[0], other)] == [60, 60]


def test_a_session_that_was_broken_off_counts_until_then(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests[:1])
    cancel_guided_session(session=held, by=they.teng, now=held.starts_at + HOUR, reason="vacuum")
    _count(they, held, held.starts_at + HOUR / 2, held.starts_at + 2 * HOUR)
    assert _minutes(requests[0]) == 30


def test_teaching_is_not_supervised_training(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, kind="teaching", leader=they.wang, participants=[they.bob], capacity=None)
    assert _count(they, held, held.starts_at, held.ends_at, by=they.wang.pk) == 0


def test_the_last_use_only_moves_forward(they: people.People, now: datetime) -> None:
    for at in (now, now - DAY, now + DAY, now):
        note_use(user_id=they.alice.pk, instrument_id=they.sem.pk, used_at=at)
    assert LastUse.objects.get().used_at == now + DAY

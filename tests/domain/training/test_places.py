"""Places in training sessions: seats, the waiting list and its order, who may ask, who was not there."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.people.operations import add_member
from apps.training.guided import cancel_guided_session
from apps.training.models import Course, GuidedSession, TrainingPlace, TrainingRequest
from apps.training.places import change_capacity, leave_place, mark_attendance, take_place
from apps.training.progress import progress_of
from apps.training.queries import guided_between
from apps.training.requests import withdraw_request
from tests import people
from tests.factories import training as make
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def they(now: datetime) -> people.People:
    return people.gather(now)


@pytest.fixture
def course(they: people.People, now: datetime) -> Course:
    return make.course(they, now)


@pytest.fixture
def requests(they: people.People, course: Course, now: datetime) -> list[TrainingRequest]:
    """Alice, Bob, Charlie and Wang are in training."""
    return [
        make.accepted(they, course, now, user=one) for one in (they.alice, they.bob, they.charlie, they.wang)
    ]


def _take(held: GuidedSession, request: TrainingRequest, now: datetime) -> TrainingPlace:
    return take_place(session=held, request=request, by=request.user, now=now)


def _seated(held: GuidedSession) -> list[str]:
    """Who has a seat, by the places and by whom the gate lets in: always the same people."""
    by_place = set(held.places.filter(state="seated").values_list("user__username", flat=True))
    assert set(held.participants.values_list("username", flat=True)) == by_place
    return sorted(by_place)


def test_seats_go_to_the_first_and_the_others_wait_in_order(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now)
    states = [_take(held, one, now + n * timedelta(seconds=1)).state for n, one in enumerate(requests)]
    assert states == ["seated", "seated", "waiting", "waiting"]
    assert _seated(held) == ["alice", "bob"]
    leave_place(place=held.places.get(user=they.alice), by=they.alice, now=now)
    assert _seated(held) == ["bob", "charlie"]
    leave_place(place=held.places.get(user=they.bob), by=they.teng, now=now)
    assert _seated(held) == ["charlie", "wang"]
    assert [one["state"] for one in told("training.place_changed")][-4:] == [
        "left",
        "seated",
        "left",
        "seated",
    ]


def test_asking_twice_keeps_the_place(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now)
    first = _take(held, requests[0], now)
    assert _take(held, requests[0], now + HOUR / 2) == first
    leave_place(place=first, by=they.alice, now=now)
    again = _take(held, requests[0], now)
    assert again != first
    with refused(WrongState, "training.place_left"):
        leave_place(place=first, by=they.alice, now=now)


def test_more_seats_fill_from_the_waiting_list_and_taken_ones_stay(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now)
    for one in requests:
        _take(held, one, now)
    change_capacity(session=held, capacity=3, by=they.teng, now=now)
    assert len(_seated(held)) == 3
    with refused(WrongState, "training.seats_taken") as met:
        change_capacity(session=held, capacity=2, by=they.teng, now=now)
    assert met.details == {"seated": 3}
    with refused(Invalid, "training.capacity"):
        change_capacity(session=held, capacity=0, by=they.teng, now=now)
    with refused(NotPermitted, "training.not_crew"):
        change_capacity(session=held, capacity=9, by=they.olga, now=now)


def test_only_the_trainee_and_the_trainers_move_a_place(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now)
    for who in (they.alice, they.olga):
        with refused(NotPermitted, "training.not_own_place"):
            take_place(session=held, request=requests[1], by=who, now=now)
    place = take_place(session=held, request=requests[1], by=they.teng, now=now)
    with refused(NotPermitted, "training.not_own_place"):
        leave_place(place=place, by=they.alice, now=now)


def test_a_session_takes_only_who_is_in_training_for_it(
    they: people.People, course: Course, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now)
    withdraw_request(request=requests[0], by=they.alice, now=now)
    with refused(WrongState, "training.request_moved"):
        _take(held, requests[0], now)
    closed = make.session(
        they,
        now,
        participants=[they.office],
        capacity=None,
        starts_at=now + 9 * HOUR,
        ends_at=now + 10 * HOUR,
    )
    with refused(WrongState, "training.no_capacity"):
        _take(closed, requests[1], now)
    tengs = make.accepted(they, course, now, user=they.teng)
    with refused(WrongState, "training.own_trainer"):
        _take(held, tengs, now)
    with refused(WrongState, "training.guided_over"):
        _take(held, requests[1], held.ends_at)


def test_a_seat_elsewhere_at_the_same_time_stands_in_the_way(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    first = make.session(they, now)
    _take(first, requests[1], now)
    other = sister(they.sem, "QY000999", now)
    second = GuidedSession.objects.create(
        kind="training",
        instrument=other,
        leader=they.teng,
        capacity=1,
        starts_at=first.starts_at + HOUR,
        ends_at=first.ends_at + HOUR,
    )
    made = make.course(they, now, code="ADV", level="advanced")
    Course.objects.filter(pk=made.pk).update(instrument=other)
    request = make.accepted(they, Course.objects.get(pk=made.pk), now)
    with refused(WrongState, "training.place_overlap"):
        _take(second, request, now)
    leave_place(place=first.places.get(user=they.bob), by=they.bob, now=now)
    assert _take(second, request, now).state == "seated"


def test_by_policy_nobody_is_trained_by_their_own_group(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    add_member(group=they.group, user=they.teng, by=they.wang, now=now)
    held = make.session(they, now)
    _take(held, requests[0], now)
    ParameterValue.objects.create(key="training.trainer_of_same_group_barred", value=True, valid_from=now)
    with refused(WrongState, "training.same_group"):
        _take(held, requests[1], now)
    assert _take(held, requests[2], now).state == "seated"


def test_a_training_that_ends_gives_its_seats_to_others(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now)
    for one in requests[:3]:
        _take(held, one, now)
    withdraw_request(request=requests[0], by=they.alice, now=now)
    assert _seated(held) == ["bob", "charlie"]


def test_a_cancelled_session_leaves_nobody_with_a_place(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests[:2])
    assert _seated(held) == ["alice", "bob"]
    cancel_guided_session(session=held, by=they.teng, now=now, reason="pump broken")
    assert _seated(held) == []
    assert not guided_between(they.sem.pk, held.starts_at, held.ends_at).exists()
    with refused(WrongState, "training.guided_over"):
        _take(held, requests[0], now)


def test_no_seat_is_given_up_once_the_session_has_begun(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests[:1])
    with refused(WrongState, "training.guided_over"):
        leave_place(place=held.places.get(), by=they.alice, now=held.starts_at)


def test_a_session_over_a_booking_is_refused(they: people.People, now: datetime) -> None:
    asked: list[tuple[int, datetime, datetime]] = []

    def promised(pk: int, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        asked.append((pk, start, end))
        return [(start, start + HOUR)]

    with refused(WrongState, "training.slot_promised") as met:
        make.session(they, now, promised=promised)
    assert asked == [(they.sem.pk, now + HOUR, now + 5 * HOUR)]
    assert met.details["ends_at"] == (now + 2 * HOUR).isoformat()
    assert not GuidedSession.objects.exists()


def test_a_session_needs_seats_for_whom_it_names(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    with refused(Invalid, "training.capacity"):
        make.session(they, now, requests=requests, capacity=2)
    with refused(Invalid, "training.capacity"):
        make.session(they, now, capacity=101)
    assert make.session(they, now, requests=requests, capacity=None).capacity == 4


def test_who_was_absent_has_nothing_counted_until_the_mark_is_taken_back(
    they: people.People, requests: list[TrainingRequest], now: datetime
) -> None:
    held = make.session(they, now, requests=requests[:2])
    alices, bobs = (held.places.get(user=one) for one in (they.alice, they.bob))
    with refused(WrongState, "training.not_begun"):
        mark_attendance(place=bobs, present=False, by=they.teng, now=now)
    with refused(NotPermitted, "training.not_crew"):
        mark_attendance(place=bobs, present=False, by=they.alice, now=held.starts_at)
    make.supervised(they, held, 60)
    mark_attendance(place=bobs, present=False, by=they.teng, now=held.ends_at)
    make.supervised(they, held, 30)

    def minutes(request: TrainingRequest) -> int:
        progress = progress_of(request)
        assert progress is not None
        return progress.minutes

    assert [minutes(one) for one in requests[:2]] == [90, 0]
    mark_attendance(place=bobs, present=True, by=they.teng, now=held.ends_at)
    assert minutes(requests[1]) == 90
    mark_attendance(place=alices, present=False, by=they.teng, now=held.ends_at)
    assert minutes(requests[0]) == 0


ACTS = st.lists(
    st.tuples(st.sampled_from(("take", "leave", "seats")), st.integers(0, 3), st.integers(1, 4)), max_size=25
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ACTS)
def test_whatever_people_do_nobody_is_overbooked_and_nobody_waits_beside_a_free_seat(
    they: people.People,
    requests: list[TrainingRequest],
    now: datetime,
    acts: list[tuple[str, int, int]],
) -> None:
    """Against a model: a list of who asked, in order, whose first `capacity` sit."""
    held = make.session(they, now, capacity=1)
    capacity, seated, waiting = 1, [], []  # type: int, list[int], list[int]
    for step, (verb, who, seats) in enumerate(acts):
        at = now + step * timedelta(seconds=1)
        if verb == "take":
            _take(held, requests[who], at)
            if who not in seated + waiting:
                waiting.append(who)
        elif verb == "leave" and who in seated + waiting:
            place = held.places.exclude(state="left").get(user=requests[who].user)
            leave_place(place=place, by=None, now=at)
            (seated if who in seated else waiting).remove(who)
        elif verb == "seats" and seats >= len(seated):
            change_capacity(session=held, capacity=seats, by=None, now=at)
            capacity = seats
        while waiting and len(seated) < capacity:
            seated.append(waiting.pop(0))
    names = [one.user.username for one in requests]
    assert _seated(held) == sorted(names[who] for who in seated)
    queue = held.places.filter(state="waiting").order_by("asked_at", "pk")
    assert [place.user.username for place in queue.select_related("user")] == [names[who] for who in waiting]
    cancel_guided_session(session=held, by=None, now=now)

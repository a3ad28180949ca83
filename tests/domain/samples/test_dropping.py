"""A row that is dragged and dropped goes before the one on which it falls, in the queue as it is then."""

from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted
from apps.samples.models import Sample
from apps.samples.queueing import move_in_queue, place_in_queue, queue_of
from tests.factories.refusals import refused
from tests.factories.samples import Lab, samples_of

pytestmark = pytest.mark.django_db


def _codes(samples: list[Sample]) -> list[int]:
    return [one.position for one in samples]


@pytest.mark.parametrize(
    ("moved", "before", "expected"),
    [
        (1, 4, [2, 3, 1, 4]),
        (4, 1, [4, 1, 2, 3]),
        (3, 2, [1, 3, 2, 4]),
        (1, None, [2, 3, 4, 1]),
        (4, None, [1, 2, 3, 4]),
        (2, 2, [1, 2, 3, 4]),
        (2, 3, [1, 2, 3, 4]),
    ],
)
def test_a_sample_goes_where_it_is_dropped(
    place: Lab, moved: int, before: int | None, expected: list[int]
) -> None:
    rows = samples_of(place.received(4))
    target = rows[before - 1].ulid if before else ""
    found = place_in_queue(
        instrument=place.sem, sample=rows[moved - 1].ulid, before=target, by=place.they.olga, now=place.now
    )
    assert _codes(found) == _codes(list(queue_of(place.sem))) == expected


def test_the_queue_is_the_one_of_the_moment(place: Lab) -> None:
    first, second, third = samples_of(place.received(3))
    by: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    move_in_queue(instrument=place.sem, sample=third.ulid, down=False, **by)  # a colleague, meanwhile
    found = place_in_queue(instrument=place.sem, sample=first.ulid, before=second.ulid, **by)
    assert _codes(found) == [3, 1, 2]


def test_a_rush_stays_before_everything_else(place: Lab) -> None:
    plain = samples_of(place.received(2))
    [rush] = samples_of(place.received(1, rush=True))
    by: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    found = place_in_queue(instrument=place.sem, sample=rush.ulid, before="", **by)
    assert found == [rush, *plain]
    found = place_in_queue(instrument=place.sem, sample=plain[1].ulid, before=rush.ulid, **by)
    assert found == [rush, plain[1], plain[0]]


def test_what_does_not_wait_here_is_refused(place: Lab) -> None:
    [one, other] = samples_of(place.received(2))
    elsewhere = samples_of(place.confirmed(1))[0]
    by: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    for sample, before in ((elsewhere.ulid, one.ulid), (one.ulid, elsewhere.ulid), ("", one.ulid)):
        with refused(Invalid, "samples.not_queued"):
            place_in_queue(instrument=place.sem, sample=sample, before=before, **by)
    with refused(NotPermitted, "samples.crew_only"):
        place_in_queue(instrument=place.sem, sample=one.ulid, before="", by=place.they.alice, now=place.now)
    assert list(queue_of(place.sem)) == [one, other]

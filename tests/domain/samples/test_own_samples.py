"""Whoever runs an instrument hands samples in like anybody else: nobody serves, or favours, their own."""

from typing import Any

import pytest

from apps.core.errors import NotPermitted
from apps.people.operations import add_member
from apps.samples.attaching import attach_file
from apps.samples.custody import receive_sample
from apps.samples.models import Sample
from apps.samples.queueing import (
    drop_sample,
    hold_sample,
    move_in_queue,
    order_queue,
    queue_of,
    resume_sample,
)
from tests.factories.refusals import refused
from tests.factories.samples import Lab, samples_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(place: Lab) -> Sample:
    """A sample of Teng's, who manages the instrument, behind two of Alice's in the queue."""
    place.received(2)
    teng = place.they.teng
    add_member(group=place.they.group, user=teng, by=place.they.wang, now=place.now)
    [sample] = samples_of(place.confirmed(1, by=teng))
    receive_sample(sample=sample, by=place.they.olga, now=place.now)
    sample.refresh_from_db()
    return sample


def test_nobody_holds_resumes_or_drops_their_own(place: Lab, own: Sample) -> None:
    asked: dict[str, Any] = {"sample": own, "by": place.they.teng, "now": place.now}
    with refused(NotPermitted, "samples.own_request"):
        hold_sample(**asked, reason="other")
    with refused(NotPermitted, "samples.own_request"):
        drop_sample(**asked, reason="no time")
    hold_sample(**{**asked, "by": place.they.olga}, reason="hazard")
    with refused(NotPermitted, "samples.own_request"):
        resume_sample(**asked)
    with refused(NotPermitted, "samples.own_request"):
        attach_file(**asked, kind="photo", name="box.jpg", size=3)


def test_nobody_puts_their_own_forward(place: Lab, own: Sample) -> None:
    first, second, mine = queue_of(place.sem)
    assert mine == own
    asked: dict[str, Any] = {"instrument": place.sem, "by": place.they.teng, "now": place.now}
    for order in ([own], [own, first, second], [first, own, second]):
        with refused(NotPermitted, "samples.own_request"):
            order_queue(**asked, samples=order)
    with refused(NotPermitted, "samples.own_request"):
        move_in_queue(**asked, sample=own.ulid, down=False)
    with refused(NotPermitted, "samples.own_request"):
        move_in_queue(**asked, sample=second.ulid, down=True)
    assert list(queue_of(place.sem)) == [first, second, own]


def test_they_still_order_the_samples_of_others(place: Lab, own: Sample) -> None:
    first, second, _mine = queue_of(place.sem)
    asked: dict[str, Any] = {"instrument": place.sem, "now": place.now}
    assert order_queue(**asked, samples=[second, first], by=place.they.teng) == [second, first, own]
    moved = order_queue(**asked, samples=[own, first, second], by=place.they.olga)
    assert moved == [own, first, second]  # a colleague may
    after = move_in_queue(**asked, sample=own.ulid, down=True, by=place.they.teng)
    assert after == [first, own, second]

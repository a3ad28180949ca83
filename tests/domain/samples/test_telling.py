"""What the requester hears: the day moves, a sample waits, the last call; each once, in words with a way
to it.
"""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from apps.core.outbox import WORKER, relay
from apps.notices.models import Notice
from apps.notices.rendering import plain
from apps.samples.custody import receive_sample
from apps.samples.ending import withdraw_samples
from apps.samples.queueing import hold_sample
from apps.samples.quoting import delay_request
from apps.samples.tasks import call_due
from tests.factories.samples import Lab, samples_of

pytestmark = pytest.mark.django_db


def _heard(place: Lab) -> list[Notice]:
    relay(channel=WORKER, now=place.now + timedelta(days=3650), limit=500)
    kinds = ("samples.delayed", "samples.held", "samples.last_call")
    return list(Notice.objects.filter(kind__in=kinds).order_by("id"))


def test_a_delay_is_told_once_with_its_reason(place: Lab) -> None:
    request = place.confirmed(1)
    delay_request(
        request=request, reason="staff", becomes=date(2026, 12, 24), by=place.they.olga, now=place.now
    )
    [notice] = _heard(place)
    assert (notice.user, notice.url) == (
        place.they.alice,
        reverse("sample_request", args=[request.ulid]),
    )
    said = str(plain(notice))
    assert request.number in said
    assert "2026-12-24" in said
    assert "没有人员操作" in said


def test_a_sample_that_waits_says_for_what(place: Lab) -> None:
    first, second = samples_of(place.confirmed(2))
    receive_sample(sample=first, by=place.they.olga, now=place.now, condition="leaking")
    receive_sample(sample=second, by=place.they.olga, now=place.now)
    hold_sample(sample=second, reason="unclear", by=place.they.olga, now=place.now, note="which side")
    told = [(notice.args["code"], notice.args["why"]["zh"], notice.args["note"]) for notice in _heard(place)]
    assert told == [
        (first.code, "送达时已损坏", ""),
        (second.code, "待送样人答复", "which side"),
    ]


def test_the_last_call_comes_by_the_clock_and_is_told(place: Lab) -> None:
    request = place.received(1)
    withdraw_samples(request=request, by=None, now=place.now - timedelta(days=400))
    assert call_due() == 1
    [notice] = _heard(place)
    request.refresh_from_db()
    assert notice.kind == "samples.last_call"
    assert notice.args["until"] == str(request.last_call_until)
    assert call_due() == 0

"""A receiver on this machine, and the people whose programs listen."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from apps.bookings.models import Booking
from apps.bookings.operations import book
from apps.core import outbox
from apps.webhooks.catalogue import CATALOGUE
from apps.webhooks.models import Webhook
from apps.webhooks.operations import create_webhook
from tests.factories.money import funded, priced
from tests.fakes.webhooks import Service, web_service
from tests.people import People, gather

Made = tuple[Webhook, str]
Book = Callable[[int], Booking]


@pytest.fixture
def they(db: None, now: datetime) -> People:
    """Everyone, with a fund and a price."""
    people = gather(now)
    priced(people.sem, now)
    return people


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    """The receiver. It says thanks."""
    settings.NOTICES_ALLOW_LOCAL = True
    with web_service() as one:
        yield one


@pytest.fixture
def make(they: People, service: Service, now: datetime) -> Callable[..., Made]:
    """A webhook of Alice's that hears of everything, unless told otherwise."""

    def made(**given: Any) -> Made:
        asked = {
            "user": they.alice,
            "label": "排期程序",
            "address": f"{service.url}/in?team=7",
            "events": list(CATALOGUE),
            "instrument": None,
            **given,
        }
        return create_webhook(by=asked["user"], now=now, **asked)

    return made


@pytest.fixture
def booking(they: People, now: datetime) -> Book:
    """Alice books the hour that begins in so many hours, and whoever wants to hear of it is told."""
    fund = funded(they.group, now)

    def made(hours: int) -> Booking:
        start = now + timedelta(hours=hours)
        one = book(
            user=they.alice,
            instrument=they.sem,
            start=start,
            end=start + timedelta(hours=1),
            fund=fund,
            by=they.alice,
            now=now,
        )
        outbox.relay(channel=outbox.WORKER, now=now)
        return one

    return made

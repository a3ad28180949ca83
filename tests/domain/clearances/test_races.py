"""Several gateways at once, with real commits: one node is granted once, and no withdrawal is ever missed."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.bookings.operations import cancel_booking
from apps.core.outbox import GATEWAY, relay
from apps.training.operations import withdraw_certificate
from apps.usage.models import UsageSession
from tests.domain.clearances.world import World, certified, open_world, walk_in
from tests.people import ALICES_UID, BOBS_UID

SECOND = timedelta(seconds=1)


def hear(now: datetime) -> None:
    """The gateway's relay takes its turn."""
    relay(channel=GATEWAY, now=now, limit=1000)


@pytest.fixture
def real_world(transactional_db: None, now: datetime) -> World:
    """The same day with real commits, for several gateways at once."""
    return open_world(now)


def test_two_gateways_asking_for_one_node_grant_it_once(real_world: World) -> None:
    world, answers, barrier = real_world, [], threading.Barrier(2)
    certified(world, world.people.bob)
    walk_in(world)
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)

    def gateway(uid: str) -> None:
        try:
            barrier.wait()
            answers.append(world.swipe(uid))
        finally:
            connection.close()

    for _ in range(5):
        UsageSession.objects.update(state="unused")
        answers.clear()
        threads = [threading.Thread(target=gateway, args=(uid,)) for uid in (ALICES_UID, BOBS_UID)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.allowed for answer in answers) == [False, True]
        assert [answer.codes for answer in answers if not answer.allowed] == [("node.in_use",)]
        assert UsageSession.objects.filter(state="granted").count() == 1


def test_a_withdrawal_during_a_swipe_is_never_missed(transactional_db: None, now: datetime) -> None:
    """Two gateways: while one grants, the certificate is withdrawn and the other asks again. No grant
    survives.
    """
    world = open_world(now)
    hear(now)
    for round_number in range(6):
        UsageSession.objects.all().update(state="unused")
        certificate = (
            world.people.certificate
            if round_number == 0
            else certified(world, world.alice, case=f"training:again-{round_number}")
        )
        barrier = threading.Barrier(2)

        def one_gateway(barrier: threading.Barrier = barrier) -> None:
            try:
                barrier.wait()
                world.swipe()
            finally:
                connection.close()

        def other_gateway(barrier: threading.Barrier = barrier, certificate: Any = certificate) -> None:
            try:
                barrier.wait()
                withdraw_certificate(
                    certificate=certificate, reason="damage", by=world.people.teng, now=now + SECOND
                )
                hear(now + SECOND)
            finally:
                connection.close()

        threads = [threading.Thread(target=one_gateway), threading.Thread(target=other_gateway)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not UsageSession.objects.filter(state__in=UsageSession.LIVE, revoked_at__isnull=True).exists()

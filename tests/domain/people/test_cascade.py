"""What goes with a person who leaves or is suspended, and what stays."""

from datetime import datetime

import pytest
from django.test import Client
from guardian.models import UserObjectPermission

from apps.bookings.models import Booking
from apps.core.errors import WrongState
from apps.core.outbox import GATEWAY, WORKER, relay
from apps.funding.models import FundHold
from apps.instruments.models import CrewMember
from apps.people.models import Absence, Membership, Post
from apps.people.operations import (
    appoint_post,
    declare_absence,
    end_user,
    grant_authorization,
    hand_over_group,
    reinstate_user,
    suspend_user,
)
from apps.people.queries import active_users, cards_of, groups_of, user_state
from apps.people.roles import pi_of
from apps.people.scopes import scope_of
from apps.training.models import Certificate, NightEndorsement, SafetyClearance
from apps.training.operations import endorse_night
from apps.usage.meter import power_on
from tests import people
from tests.domain.clearances.world import DAY, DEV, HOUR, NODE, World, booked, open_world, session
from tests.factories.facts import told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime) -> World:
    """Alice at work, with a booking for tomorrow too."""
    world = open_world(now)
    booked(world.alice, world.sem, now + DAY, now + DAY + HOUR, world.fund, now)
    return world


def _hear(now: datetime) -> None:
    for channel in (GATEWAY, WORKER, GATEWAY):
        relay(channel=channel, now=now, limit=1000)


def _run(world: World) -> str:
    grant = world.swipe().grant
    assert grant is not None
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=world.now, now=world.now)
    _hear(world.now)
    return grant.gid


def test_the_end_of_a_registration_takes_everything_along(world: World) -> None:
    alice, now = world.alice, world.now
    endorse_night(
        user=alice, instrument=world.sem, valid_from=now, valid_until=now + DAY, source_case="n", now=now
    )
    grant_authorization(user=alice, kind="use", scope=scope_of(world.sem), grantor=None, now=now)
    gid = _run(world)
    end_user(user=alice, reason="毕业", by=world.people.office, now=now)
    # here, in one transaction
    alice.refresh_from_db()
    assert user_state(alice, now) == "inactive"
    assert list(cards_of(alice, now)) == []
    assert list(groups_of(alice, now)) == []
    assert not alice.authorizations.filter(revoked_at__isnull=True).exists()
    assert not UserObjectPermission.objects.filter(user=alice).exists()
    # and in the other rooms, by facts
    _hear(now)
    assert session(gid).revoked_at == now
    assert set(Booking.objects.filter(user=alice).values_list("state", "cancel_reason")) == {
        ("cancelled", "毕业")
    }
    assert len(told("bookings.cancelled")) == 2
    assert not FundHold.objects.filter(released_at__isnull=True).exists()
    certificate = Certificate.objects.get(user=alice)
    assert (certificate.revoked_at, certificate.withdraw_reason) == (now, "毕业")
    assert NightEndorsement.objects.get(user=alice).revoked_at == now
    assert SafetyClearance.objects.get(user=alice).revoked_at is None  # it stays true that she passed
    assert told("people.user_ended") == [{"user": alice.ulid, "reason": "毕业"}]
    assert told("people.sign_ins_ended") == [{"user": alice.ulid}]
    assert [fact["card"] for fact in told("people.card_blocked")] == [alice.cards.get().ulid]


def test_a_suspension_ends_uses_and_bookings_and_leaves_what_a_reinstatement_needs(world: World) -> None:
    gid = _run(world)
    suspend_user(user=world.alice, reason="欠费", by=world.people.office, now=world.now)
    _hear(world.now)
    assert session(gid).revoked_at == world.now
    assert set(Booking.objects.filter(user=world.alice).values_list("state", flat=True)) == {"cancelled"}
    assert Certificate.objects.get(user=world.alice).revoked_at is None
    reinstate_user(user=world.alice, by=world.people.office, now=world.now + HOUR)
    assert list(cards_of(world.alice, world.now + HOUR)) == [world.alice.cards.get()]
    assert list(groups_of(world.alice, world.now + HOUR)) == [world.people.group]


def test_a_suspension_with_an_end_leaves_the_bookings_after_it(world: World) -> None:
    suspend_user(user=world.alice, reason="爽约", by=None, now=world.now, valid_until=world.now + 5 * HOUR)
    _hear(world.now)
    states = Booking.objects.filter(user=world.alice).order_by("start").values_list("state", flat=True)
    assert list(states) == ["cancelled", "confirmed"]


def test_a_fact_that_is_heard_after_the_reinstatement_takes_nothing(world: World) -> None:
    suspend_user(user=world.alice, reason="欠费", by=None, now=world.now)
    reinstate_user(user=world.alice, by=None, now=world.now + HOUR / 60)
    _hear(world.now + HOUR / 30)
    assert set(Booking.objects.filter(user=world.alice).values_list("state", flat=True)) == {"confirmed"}


def test_a_registration_that_ran_out_is_ended_once_and_keeps_its_end(now: datetime) -> None:
    they = people.gather(now)
    they.bob.valid_until = now - DAY
    they.bob.save(update_fields=["valid_until"])
    end_user(user=they.bob, reason="期满", by=they.office, now=now)
    they.bob.refresh_from_db()
    assert (they.bob.valid_until, they.bob.is_active) == (now - DAY, False)
    assert list(cards_of(they.bob, now)) == []
    with refused(WrongState, "people.ended"):
        end_user(user=they.bob, reason="again", by=they.office, now=now)


def test_posts_absences_and_crews_end_with_the_person_but_leading_a_group_stays_on_record(
    now: datetime,
) -> None:
    they = people.gather(now)
    appoint_post(user=they.teng, unit=they.lab, kind="safety_officer", by=they.office, now=now)
    for user, substitute in ((they.teng, they.olga), (they.wang, they.teng)):
        declare_absence(
            user=user, substitute=substitute, valid_from=now, valid_until=now + DAY, by=user, now=now
        )
    end_user(user=they.teng, reason="调离", by=they.office, now=now)
    end_user(user=they.wang, reason="退休", by=they.office, now=now)
    _hear(now)
    assert Post.objects.get().revoked_at == now
    assert set(Absence.objects.values_list("revoked_at", flat=True)) == {now}
    assert not CrewMember.objects.filter(user=they.teng, revoked_at__isnull=True).exists()
    assert Membership.objects.get(user=they.wang).revoked_at is None
    assert pi_of(they.group, now) == []


def test_a_group_is_handed_over_before_its_lead_leaves(now: datetime) -> None:
    they = people.gather(now)
    hand_over_group(group=they.group, pi=they.teng, by=they.office, now=now, reason="退休")
    they.group.refresh_from_db()
    assert they.group.pi == they.teng
    assert set(Membership.objects.filter(group=they.group).values_list("user__username", flat=True)) >= {
        "teng",
        "wang",
    }
    with refused(WrongState, "people.leads_already"):
        hand_over_group(group=they.group, pi=they.teng, by=they.office, now=now, reason="x")
    end_user(user=they.wang, reason="退休", by=they.office, now=now)
    assert Membership.objects.get(user=they.wang).revoked_at == now


@pytest.mark.parametrize("act", ["end", "suspend"])
def test_every_sign_in_of_before_is_over_on_every_device(now: datetime, act: str) -> None:
    they = people.gather(now)
    devices = [Client(), Client()]
    for device in devices:
        device.force_login(they.bob)
        assert device.get("/bookings/").status_code == 200
    if act == "end":
        end_user(user=they.bob, reason="left", by=they.office, now=now)
    else:
        suspend_user(user=they.bob, reason="unpaid", by=they.office, now=now)
    for device in devices:
        assert device.get("/bookings/").status_code == 302
    again = Client()
    assert again.login(username="bob", password=people.PASSWORD) is (act == "suspend")
    assert again.get("/bookings/").status_code == (200 if act == "suspend" else 302)


def test_the_cascade_is_one_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("apps.people.lifecycle.publish", fail)  # its very last step
    with pytest.raises(ConnectionError):
        end_user(user=world.alice, reason="left", by=None, now=world.now)
    world.alice.refresh_from_db()
    assert world.alice in active_users(world.now)
    assert world.alice.cards.get().revoked_at is None
    assert told("people.card_blocked") == []
    assert list(groups_of(world.alice, world.now)) == [world.people.group]

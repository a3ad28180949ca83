"""A hosted instrument at the gate: it opens under an agreement, for who is certified, whoever owns it."""

from datetime import datetime

import pytest

from apps.clearances.gate import check
from apps.decisions.models import DecisionRecord
from apps.fees.owners import favour_owner
from apps.instruments.models import HOSTED, CrewMember, Facility
from apps.instruments.operations import hand_over
from apps.training.operations import withdraw_certificate
from tests.domain.clearances.refusing import allowed, refused
from tests.domain.clearances.world import DAY, HOUR, World, open_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime) -> World:
    return open_world(now)


def taken_in(world: World, *, owner: bool = False) -> None:
    """Another facility runs it since yesterday; with `owner`, for Alice's group, who pay a half."""
    host = Facility.objects.create(
        code="HOST", name_zh="公共平台", name_en="Host", level="school", lab=world.people.lab
    )
    world.people.sem = hand_over(
        instrument=world.sem, facility=host, hosting=HOSTED, by=None, now=world.now - DAY
    )
    if owner:
        favour_owner(
            instrument=world.sem,
            group=world.people.group,
            permille=500,
            source="hosting:01TEST",
            now=world.now - DAY,
        )


def test_under_an_agreement_it_opens(world: World) -> None:
    taken_in(world)
    allowed(world)


def test_after_the_agreement_it_stays_shut(world: World) -> None:
    taken_in(world)
    hand_over(
        instrument=world.sem, facility=world.sem.facility, hosting="ended", by=None, now=world.now - HOUR
    )
    refused(world, "hosting.ended")


def test_the_owners_people_need_the_certificate_like_everybody(world: World) -> None:
    taken_in(world, owner=True)
    allowed(world)
    withdraw_certificate(
        certificate=world.people.certificate, reason="the host certifies anew", by=None, now=world.now
    )
    refused(world, "training.none")


def test_who_ran_it_before_is_no_longer_its_crew(world: World) -> None:
    assert CrewMember.objects.filter(instrument=world.sem, revoked_at__isnull=True).exists()
    taken_in(world)
    assert not CrewMember.objects.filter(instrument=world.sem, revoked_at__isnull=True).exists()


def test_the_gate_reckons_with_the_owners_price(world: World) -> None:
    before = _estimate(world)
    taken_in(world, owner=True)
    assert _estimate(world) == before // 2


def _estimate(world: World) -> int:
    check(user=world.alice, instrument=world.sem, at=world.now, now=world.now, asked_by="test")
    record = DecisionRecord.objects.filter(point="access.unlock").latest("id")
    return int(record.facts["estimated_cost_fen"])

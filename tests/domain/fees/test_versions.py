"""A fee standard is in force by date; what was approved is never changed, and the past keeps its price."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.fees.models import FeeVersion
from apps.fees.operations import ItemDraft, approve_version, end_version
from apps.fees.queries import price_model, tier_of, version_in_force, versions_of
from apps.instruments.models import Instrument
from apps.people.models import Membership
from tests.factories.facts import audited, told
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
HOUR = ItemDraft("HOUR", "自主上机", "Self-operated", "self", "hour", "internal", 260_00)
SAMPLE = ItemDraft("SAMPLE", "测样", "Sample", "sample", "sample", "internal", 80_00)


def approve(people: People, now: datetime, **terms: Any) -> FeeVersion:
    defaults = {
        "instrument": people.sem,
        "approval_no": "QY-1",
        "items": [HOUR, SAMPLE],
        "valid_from": now,
        "source_case": "fees:1",
        "now": now,
    }
    return approve_version(**{**defaults, **terms})


def test_a_version_is_in_force_from_its_first_instant(people: People, now: datetime) -> None:
    version = approve(people, now)
    assert version_in_force(people.sem.pk, now - TICK) is None
    assert version_in_force(people.sem.pk, now) == version
    assert told("fees.version_approved") == [{"instrument": people.sem.ulid, "version": version.ulid}]


def test_the_predecessor_ends_at_the_instant_the_next_begins(people: People, now: datetime) -> None:
    first = approve(people, now)
    second = approve(people, now, valid_from=now + DAY)
    assert version_in_force(people.sem.pk, now + DAY - TICK) == first
    assert version_in_force(people.sem.pk, now + DAY) == second
    assert [version.version for version in versions_of(people.sem.pk)] == [2, 1]
    assert told("fees.version_ended") == [{"instrument": people.sem.ulid, "version": first.ulid}]


def test_a_version_that_begins_later_is_not_overrun(people: People, now: datetime) -> None:
    approve(people, now, valid_from=now + DAY)
    with refused(WrongState, "fees.overlap"):
        approve(people, now)
    with refused(WrongState, "fees.overlap"):
        approve(people, now, valid_from=now + DAY)
    short = approve(people, now, valid_until=now + DAY)
    assert version_in_force(people.sem.pk, now) == short


def test_the_price_of_a_past_time_is_not_changed(people: People, now: datetime) -> None:
    approve(people, now)
    with refused(WrongState, "fees.retroactive"):
        approve(people, now + DAY, valid_from=now + DAY / 2)


def test_the_database_refuses_two_versions_at_one_time(people: People, now: datetime) -> None:
    approve(people, now)
    later = approve(people, now, valid_from=now + DAY)
    moved = FeeVersion.objects.filter(pk=later.pk)
    with pytest.raises(DatabaseError, match="fees_version_overlap"), transaction.atomic():
        moved.update(valid_from=now + DAY / 2)


def test_an_ended_version_leaves_the_instrument_without_a_fee(people: People, now: datetime) -> None:
    version = approve(people, now)
    end_version(version=version, reason="withdrawn", by=people.office, now=now + DAY)
    assert version_in_force(people.sem.pk, now + DAY - TICK) == version
    assert version_in_force(people.sem.pk, now + DAY) is None
    assert [entry.reason for entry in audited("fees.end_version")] == ["withdrawn"]
    with refused(WrongState, "fees.ended"):
        end_version(version=version, reason="again", by=None, now=now + DAY)


def test_a_version_that_has_not_begun_is_withdrawn_whole(people: People, now: datetime) -> None:
    version = approve(people, now, valid_from=now + DAY)
    end_version(version=version, reason="mistake", by=None, now=now)
    assert version_in_force(people.sem.pk, now + DAY) is None
    assert approve(people, now, valid_from=now + DAY).version == 2


def test_only_the_office_ends_a_version_and_says_why(people: People, now: datetime) -> None:
    version = approve(people, now)
    with refused(NotPermitted, "people.office_only"):
        end_version(version=version, reason="dear", by=people.alice, now=now)
    with refused(Invalid, "core.reason_required"):
        end_version(version=version, reason="", by=people.office, now=now)


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "fees.items"),
        ([HOUR, HOUR], "fees.item_twice"),
        ([HOUR, replace(HOUR, code="HOUR2")], "fees.item_twice"),
        ([replace(HOUR, price_fen=-1)], "fees.price"),
        ([replace(HOUR, unit="day")], "fees.price"),
        ([replace(HOUR, tier="friends")], "fees.price"),
        ([replace(HOUR, service_mode="any")], "fees.price"),
        ([replace(HOUR, code="")], "fees.price"),
    ],
)
def test_items_that_cannot_be_are_refused(
    people: People, now: datetime, items: list[ItemDraft], code: str
) -> None:
    with refused(Invalid, code):
        approve(people, now, items=items)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("approval_no", " "),
        ("minimum_minutes", -1),
        ("minimum_fen", -1),
        ("billing_step_seconds", 0),
        ("night_rate", "much"),
        ("night_rate", "NaN"),
        ("night_rate", "-0.5"),
        ("night_start_hour", 24),
        ("night_end_hour", -1),
    ],
)
def test_terms_that_cannot_be_are_refused(people: People, now: datetime, field: str, wrong: Any) -> None:
    with refused(Invalid, "fees.terms") as met:
        approve(people, now, **{field: wrong})
    assert met.field == field
    assert not FeeVersion.objects.exists()


def test_the_digest_covers_what_was_approved_and_not_the_order_of_its_items(
    people: People, now: datetime
) -> None:
    one = approve(people, now)
    two = approve(people, now, valid_from=now + DAY, items=[SAMPLE, HOUR])
    three = approve(people, now, valid_from=now + 2 * DAY, minimum_fen=1)
    assert one.digest == two.digest != three.digest


def test_the_prices_of_a_tier_come_with_the_terms_of_the_version(people: People, now: datetime) -> None:
    version = approve(people, now, minimum_minutes=30, minimum_fen=50_00, night_rate="0.5")
    model = price_model(version, "internal")
    assert (model.hour_fen, model.sample_fen, model.startup_fen) == (260_00, 0, 0)
    assert (model.minimum_ms, model.minimum_fen, model.night_rate) == (1_800_000, 50_00, Decimal("0.5"))
    assert price_model(version, "internal", "sample").sample_fen == 80_00


def test_a_price_is_never_guessed(people: People, now: datetime) -> None:
    version = approve(people, now)
    with refused(NotFound, "fees.no_price"):
        price_model(version, "enterprise")
    assert price_model(version, "own_group") == price_model(version, "internal")


def test_the_kind_of_user_decides_the_tier(people: People, now: datetime) -> None:
    assert tier_of(people.alice, people.sem, now) == "internal"
    assert tier_of(people.teng, people.sem, now) == "internal"
    assert tier_of(people.charlie, people.sem, now) == "enterprise"


def test_a_dedicated_instrument_belongs_to_the_groups_of_its_lab(people: People, now: datetime) -> None:
    sem = people.sem
    Instrument.objects.filter(pk=sem.pk).update(management_mode="dedicated", unit=people.lab)
    sem.refresh_from_db()
    assert tier_of(people.alice, sem, now) == "own_group"
    assert tier_of(people.teng, sem, now) == "internal"
    assert tier_of(people.charlie, sem, now) == "enterprise"
    assert tier_of(people.alice, sem, now - 3000 * DAY) == "internal"
    Membership.objects.filter(user=people.alice).update(revoked_at=now)
    assert tier_of(people.alice, sem, now) == "internal"
    assert people.lab.parent is not None
    Membership.objects.filter(user=people.alice).update(revoked_at=None)
    people.group.unit = sem.unit = people.lab.parent
    people.group.save(update_fields=["unit"])
    sem.save(update_fields=["unit"])
    assert tier_of(people.alice, sem, now) == "internal"


def test_the_owner_of_a_hosted_instrument_comes_as_an_argument(people: People, now: datetime) -> None:
    owners = {people.charlie.pk}
    assert tier_of(people.charlie, people.sem, now, owners) == "hosted_owner"
    assert tier_of(people.alice, people.sem, now, owners) == "internal"

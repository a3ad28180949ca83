"""The owner of a hosted instrument pays what the agreement says, from the handover to its end."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from apps.fees.models import OwnerTerm
from apps.fees.owners import end_favour, favour_owner, owner_of
from apps.fees.queries import price_model, tier_of, tiers_of
from apps.instruments.models import HOSTED, Instrument
from tests.factories.money import priced
from tests.people import People, gather

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SOURCE = "hosting:01TEST"


@pytest.fixture
def they(now: datetime, db: None) -> People:
    return gather(now)


def hosted(people: People, now: datetime, permille: int = 400) -> Instrument:
    Instrument.objects.filter(pk=people.sem.pk).update(hosting=HOSTED)
    people.sem.refresh_from_db()
    favour_owner(instrument=people.sem, group=people.group, permille=permille, source=SOURCE, now=now)
    return people.sem


def test_the_owners_people_pay_their_part_and_others_the_whole(they: People, now: datetime) -> None:
    version = priced(they.sem, now)
    sem = hosted(they, now)
    assert tier_of(they.alice, sem, now) == "hosted_owner"
    assert tier_of(they.teng, sem, now) == "internal"
    assert tiers_of(they.alice, [sem], now) == {sem.pk: "hosted_owner"}
    assert price_model(version, "hosted_owner", at=now).tier_rate == Decimal("0.4")
    assert price_model(version, "internal", at=now).tier_rate == 1


def test_what_ended_is_no_discount_but_prices_what_began_before(they: People, now: datetime) -> None:
    version = priced(they.sem, now)
    sem = hosted(they, now)
    later = now + HOUR
    assert end_favour(source=SOURCE, now=later) == 1
    assert end_favour(source=SOURCE, now=later) == 0
    assert tier_of(they.alice, sem, later) == "internal"
    assert tier_of(they.alice, sem, now) == "hosted_owner"
    assert owner_of(sem, later) is None
    # A use that began as the owner's is charged as such, whenever that is.
    assert price_model(version, "hosted_owner", at=now).tier_rate == Decimal("0.4")


def test_another_discount_counts_from_its_day(they: People, now: datetime) -> None:
    version = priced(they.sem, now)
    sem = hosted(they, now)
    later = now + HOUR
    same = favour_owner(instrument=sem, group=they.group, permille=400, source=SOURCE, now=later)
    assert OwnerTerm.objects.get() == same
    favour_owner(instrument=sem, group=they.group, permille=700, source=SOURCE, now=later)
    assert price_model(version, "hosted_owner", at=now).tier_rate == Decimal("0.4")
    assert price_model(version, "hosted_owner", at=later).tier_rate == Decimal("0.7")


def test_without_an_agreement_the_fee_standard_says_what_a_hosted_owner_pays(
    they: People, now: datetime
) -> None:
    version = priced(they.sem, now)
    assert price_model(version, "hosted_owner", at=now).tier_rate == Decimal(version.hosted_owner_rate)


def test_two_owners_at_a_time_are_refused_by_the_database(they: People, now: datetime) -> None:
    sem = hosted(they, now)
    with pytest.raises(DatabaseError), transaction.atomic():
        OwnerTerm.objects.create(
            instrument=sem, group=they.group, permille=1, source="hosting:02", valid_from=now + HOUR
        )

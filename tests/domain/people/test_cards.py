"""Cards: known by a keyed digest, held by one person, blocked once."""

import base64
import hashlib
import hmac
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.cards import card_digest, school_card_key
from apps.people.models import Card
from apps.people.operations import block_card, end_user, issue_card, replace_card
from apps.people.queries import cards_of
from tests import people
from tests.factories.facts import told
from tests.factories.refusals import refused

KEY = b"an invented key"


@given(uid=st.binary(min_size=4, max_size=10))
def test_a_digest_is_the_first_sixteen_bytes_of_the_keyed_hash(uid: bytes) -> None:
    mac = hmac.new(KEY, uid.hex().upper().encode(), hashlib.sha256).digest()[:16]
    assert card_digest(uid.hex(), KEY) == base64.urlsafe_b64encode(mac).decode().rstrip("=")
    assert len(card_digest(uid.hex(), KEY)) == 22


@given(uid=st.binary(min_size=4, max_size=10))
def test_the_way_a_uid_is_written_does_not_matter(uid: bytes) -> None:
    assert card_digest(uid.hex(":"), KEY) == card_digest(f" {uid.hex('-').upper()} ", KEY)


@pytest.mark.parametrize(
    "uid", ["", "04", "04A1B2", "04A1B2C3D", "04A1B2CG", "00" * 11, "\uff10\uff14A1B2C3"]
)
def test_what_is_no_uid_is_refused(uid: str) -> None:
    with refused(Invalid, "people.card_uid"):
        card_digest(uid, KEY)


def test_another_school_key_gives_another_digest() -> None:
    assert card_digest("04A1B2C3", KEY) != card_digest("04A1B2C3", b"another key")
    assert school_card_key() == b"test-only-card-key-for-clearbench"


@pytest.mark.django_db
def test_only_the_office_issues_cards_and_a_card_has_one_holder(now: datetime) -> None:
    they = people.gather(now)
    fresh = people.digest("0400000001")
    for who in (they.bob, they.teng, they.wang):
        with refused(NotPermitted, "people.office_only"):
            issue_card(user=they.bob, digest=fresh, label="two", by=who, now=now)
    issue_card(user=they.bob, digest=fresh, label="two", by=they.office, now=now)
    with refused(WrongState, "people.card_taken"):
        issue_card(user=they.alice, digest=fresh, label="mine", by=they.office, now=now)
    assert cards_of(they.bob, now).count() == 2
    assert told("people.card_issued")[-1]["user"] == they.bob.ulid


@pytest.mark.django_db
def test_a_raw_uid_is_never_stored_as_a_digest(now: datetime) -> None:
    they = people.gather(now)
    with refused(Invalid, "people.card_digest"):
        issue_card(user=they.bob, digest="04A1B2C3D4E5F6", label="raw", by=they.office, now=now)


@pytest.mark.django_db
def test_an_ended_user_gets_no_card(now: datetime) -> None:
    they = people.gather(now)
    end_user(user=they.bob, reason="left", by=None, now=now)
    with refused(WrongState, "people.not_active"):
        issue_card(user=they.bob, digest=people.digest("0400000001"), label="x", by=None, now=now)


@pytest.mark.django_db
def test_the_holder_blocks_a_lost_card_and_a_stranger_does_not(now: datetime) -> None:
    they = people.gather(now)
    card = Card.objects.get(user=they.bob)
    with refused(NotPermitted, "people.office_only"):
        block_card(card=card, reason="mischief", by=they.charlie, now=now)
    with refused(Invalid, "core.reason_required"):
        block_card(card=card, reason="", by=they.bob, now=now)
    block_card(card=card, reason="lost in the canteen", by=they.bob, now=now)
    assert not cards_of(they.bob, now).exists()
    assert told("people.card_blocked") == [
        {"user": they.bob.ulid, "card": card.ulid, "reason": "lost in the canteen"}
    ]


@pytest.mark.django_db
def test_the_second_of_two_blockers_is_told_that_the_card_is_blocked(now: datetime) -> None:
    they = people.gather(now)
    first, second = Card.objects.get(user=they.bob), Card.objects.get(user=they.bob)
    block_card(card=first, reason="lost", by=they.bob, now=now)
    with refused(WrongState, "people.card_blocked"):
        block_card(card=second, reason="reported lost", by=they.office, now=now)
    assert Card.objects.get(pk=first.pk).revoke_reason == "lost"
    assert len(told("people.card_blocked")) == 1


@pytest.mark.django_db
def test_a_blocked_card_may_be_issued_to_somebody_else(now: datetime) -> None:
    they = people.gather(now)
    block_card(card=Card.objects.get(user=they.bob), reason="returned", by=they.office, now=now)
    card = issue_card(
        user=they.alice, digest=people.digest(people.BOBS_UID), label="old", by=they.office, now=now
    )
    assert card in cards_of(they.alice, now)


@pytest.mark.django_db
def test_a_replacement_blocks_the_old_card_even_when_it_was_blocked_before(now: datetime) -> None:
    they = people.gather(now)
    old = Card.objects.get(user=they.bob)
    with refused(NotPermitted, "people.office_only"):
        replace_card(card=old, digest=people.digest("0400000002"), label="new", by=they.bob, now=now)
    new = replace_card(card=old, digest=people.digest("0400000002"), label="new", by=they.office, now=now)
    assert list(cards_of(they.bob, now)) == [new]
    newer = replace_card(card=old, digest=people.digest("0400000003"), label="3", by=they.office, now=now)
    assert newer in cards_of(they.bob, now)

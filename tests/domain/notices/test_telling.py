"""Telling people, reading, settling, clearing away."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from apps.core.errors import NotFound
from apps.core.models import Delivery, Fact, ParameterValue
from apps.notices.models import Dispatch, Notice
from apps.notices.operations import PURGED_AT_ONCE, announce, mark_all_read, mark_read, notify, purge, settle
from apps.notices.queries import notices_of, unread
from apps.people.models import User
from apps.people.operations import block_card, issue_card, reinstate_user, suspend_user
from tests.domain.notices.conftest import MAIL_ONLY, Send, Tell
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


def test_a_notice_keeps_its_key_and_arguments_and_publishes_one_fact(alice: User, tell: Tell) -> None:
    notice = tell(alice, url="/bookings/", case="training:01abc")
    assert notice.kind == "test.plain"
    assert notice.args["what"] == "手套"
    fact = Fact.objects.get(name="notices.created")
    assert fact.payload == {"notice": notice.ulid}
    assert Delivery.objects.get(fact=fact).subscriber == "notices.dispatch:notices.created"
    assert unread(alice).count() == 1


def test_a_notice_vanishes_with_the_transaction_that_made_it(alice: User, tell: Tell) -> None:
    with transaction.atomic():
        tell(alice)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert not Fact.objects.filter(name="notices.created").exists()


def test_what_one_person_has_heard_is_not_told_again(alice: User, bob: User, tell: Tell) -> None:
    first = tell(alice, dedupe="case:1:due")
    assert tell(alice, dedupe="case:1:due") == first
    assert tell(bob, dedupe="case:1:due") != first
    assert tell(alice, dedupe="case:2:due") != first
    assert Fact.objects.filter(name="notices.created").count() == 3


def test_the_school_hears_a_thing_once_too(now: datetime, db: None) -> None:
    first = announce(kind=MAIL_ONLY.key, now=now, args={}, dedupe="alarm:1")
    assert announce(kind=MAIL_ONLY.key, now=now, args={}, dedupe="alarm:1") == first
    assert first.user is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_tell_the_same_at_once_make_one_notice(alice: User, tell: Tell) -> None:
    start, made = threading.Barrier(2), []

    def run() -> None:
        try:
            start.wait()
            made.append(tell(alice, dedupe="same").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert len(made) == 2
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "bookings/"])
def test_a_notice_leads_to_this_site_only(alice: User, tell: Tell, url: str) -> None:
    with pytest.raises(ValueError, match="no address on this site"):
        tell(alice, url=url)


def test_wrong_arguments_leave_nothing(alice: User, now: datetime) -> None:
    with pytest.raises(TypeError):
        notify(user=alice, kind="test.plain", now=now, args={"place": "x", "what": "y"})
    assert not Notice.objects.exists()


def test_reading_is_noted_once_and_only_by_the_reader(
    alice: User, bob: User, tell: Tell, now: datetime
) -> None:
    notice = tell(alice)
    with refused(NotFound, "notices.not_found"):
        mark_read(notice=notice, by=bob, now=now)
    assert mark_read(notice=notice, by=alice, now=now).read_at == now
    assert mark_read(notice=notice, by=alice, now=now + timedelta(hours=1)).read_at == now
    assert unread(alice).count() == 0


def test_all_or_all_of_a_group_are_read(alice: User, bob: User, tell: Tell, now: datetime) -> None:
    for _ in range(2):
        tell(alice)
    tell(alice, kind=MAIL_ONLY)
    tell(bob)
    assert mark_all_read(by=alice, now=now, group="system") == 1
    assert mark_all_read(by=alice, now=now) == 2
    assert unread(bob).count() == 1


def test_what_is_settled_is_told_no_more(alice: User, bob: User, tell: Tell, now: datetime) -> None:
    tell(alice, case="flow:1", url="/tasks/1/")
    tell(bob, case="flow:1")
    tell(alice, case="flow:2")
    tell(alice)
    assert settle(case="flow:1", now=now, user=bob) == 1
    assert settle(case="flow:1", now=now, kinds=("other",)) == 0
    assert settle(case="flow:1", now=now, url="/tasks/2/") == 0
    assert settle(case="flow:1", now=now) == 1
    assert settle(case="", now=now) == 0
    assert unread(alice).count() == 2


def test_pages_follow_one_another_without_a_gap(alice: User, bob: User, tell: Tell) -> None:
    mine = [tell(alice).ulid for _ in range(7)]
    tell(bob)
    seen: list[str] = []
    before = ""
    while page := list(notices_of(alice, before=before, limit=3)):
        seen += [notice.ulid for notice in page]
        before = page[-1].ulid
    assert seen == mine[::-1]
    others = Notice.objects.get(user=bob).ulid
    assert list(notices_of(alice, before=others, limit=3)) == []


def test_old_notices_are_cleared_away_with_what_was_sent_of_them(
    alice: User, tell: Tell, send: Send, now: datetime
) -> None:
    tell(alice)
    send()
    kept = tell(alice, at=now + timedelta(days=1))
    assert Dispatch.objects.count() == 1
    assert purge(now=now + timedelta(days=400)) == 0
    assert purge(now=now + timedelta(days=400, seconds=1)) == 1
    assert list(Notice.objects.all()) == [kept]
    assert not Dispatch.objects.exists()


def test_how_long_notices_are_kept_is_a_dated_parameter(alice: User, tell: Tell, now: datetime) -> None:
    tell(alice)
    ParameterValue.objects.create(key="notices.retention_days", value=10, valid_from=now, reason="test")
    assert PURGED_AT_ONCE > 1
    assert purge(now=now + timedelta(days=11)) == 1


def test_people_hear_what_happened_to_their_account(alice: User, send: Send, now: datetime) -> None:
    suspend_user(user=alice, reason="未按期复训", by=None, now=now)
    reinstate_user(user=alice, by=None, now=now)
    card = issue_card(user=alice, digest="d" * 22, label="…CAFE", by=None, now=now)
    block_card(card=card, reason="遗失", by=None, now=now)
    send()
    told = Notice.objects.filter(user=alice).order_by("id")
    assert sorted(told.values_list("kind", flat=True)) == [
        "account.card_blocked",
        "account.card_issued",
        "account.reinstated",
        "account.suspended",
    ]
    assert told.get(kind="account.suspended").args == {"reason": "未按期复训"}
    assert told.get(kind="account.card_blocked").args == {"card": "…CAFE", "reason": "遗失"}

"""A fund belongs to a group; its members spend what is there, within their limits, and never the same fen
twice.
"""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.errors import Invalid, NotPermitted, Refusal, WrongState
from apps.core.ids import new_ulid
from apps.funding.models import FundAccount, FundHold, Spending
from apps.funding.operations import (
    freeze_fund,
    hold,
    lift_limit,
    open_fund,
    release_hold,
    set_limit,
    spend,
    top_up,
    unfreeze_fund,
)
from apps.funding.queries import available_fen, held_by, limit_of, spent_this_month, usable_funds
from apps.ledger.models import Account, Transaction
from apps.ledger.operations import ensure_account, reverse
from apps.ledger.queries import prove
from apps.people.operations import end_membership
from tests.factories.facts import audited, told
from tests.factories.refusals import refused
from tests.people import People, gather

DECEMBER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
def people(db: None, now: datetime) -> People:
    return gather(now)


@pytest.fixture
def fund(people: People, now: datetime) -> FundAccount:
    return rich_fund(people, now)


def rich_fund(people: People, now: datetime, fen: int = 1000_00) -> FundAccount:
    before = now - timedelta(days=30)
    fund = open_fund(
        number="F-1",
        name_zh="测试费",
        name_en="Test fund",
        group=people.group,
        valid_from=before,
        now=before,
    )
    top_up(fund=fund, amount_fen=fen, source="receipt:1", now=before)
    return fund


def income() -> Account:
    return ensure_account(code="income:MCC", kind="income", name_zh="收入", name_en="Income")


def pay(fund: FundAccount, people: People, fen: int, now: datetime) -> Transaction:
    return spend(
        fund=fund,
        user=people.alice,
        amount_fen=fen,
        to=income(),
        source=f"charge:{new_ulid()}",
        memo="use",
        now=now,
    )


def put(fund: FundAccount, people: People, fen: int, now: datetime) -> FundHold:
    return hold(fund=fund, user=people.alice, purpose=f"booking:{new_ulid()}", amount_fen=fen, now=now)


def test_a_fund_starts_empty_and_holds_what_arrives_once(people: People, now: datetime) -> None:
    fund = rich_fund(people, now)
    assert available_fen(fund) == 1000_00
    top_up(fund=fund, amount_fen=1000_00, source="receipt:1", now=now)
    assert available_fen(fund) == 1000_00
    with refused(WrongState, "ledger.source_taken"):
        top_up(fund=fund, amount_fen=5, source="receipt:1", now=now)
    with refused(Invalid, "funding.amount"):
        top_up(fund=fund, amount_fen=0, source="receipt:2", now=now)
    assert prove().ok


def test_a_fund_number_is_given_once(fund: FundAccount, people: People, now: datetime) -> None:
    with refused(WrongState, "funding.number_taken"):
        open_fund(number="F-1", name_zh="x", name_en="x", group=people.group, valid_from=now, now=now)
    with refused(Invalid, "funding.number"):
        open_fund(number=" ", name_zh="x", name_en="x", group=people.group, valid_from=now, now=now)


def test_what_is_held_is_no_longer_available_until_it_is_released(
    fund: FundAccount, people: People, now: datetime
) -> None:
    first = put(fund, people, 400_00, now)
    assert available_fen(fund) == 600_00
    with refused(WrongState, "funding.insufficient") as met:
        put(fund, people, 600_01, now)
    assert met.details == {"available_fen": 600_00, "needed_fen": 600_01}
    put(fund, people, 600_00, now)
    released = release_hold(hold=first, now=now)
    assert released.released_at == now
    assert available_fen(fund) == 400_00


def test_releasing_twice_gives_the_money_back_once(fund: FundAccount, people: People, now: datetime) -> None:
    held = put(fund, people, 400_00, now)
    release_hold(hold=held, now=now)
    again = release_hold(hold=held, now=now + timedelta(hours=1))
    assert again.released_at == now
    assert available_fen(fund) == 1000_00
    assert FundAccount.objects.get().held_fen == 0


def test_money_is_held_once_for_one_purpose(fund: FundAccount, people: People, now: datetime) -> None:
    hold(fund=fund, user=people.alice, purpose="booking:1", amount_fen=1, now=now)
    with refused(WrongState, "funding.purpose_taken"):
        hold(fund=fund, user=people.alice, purpose="booking:1", amount_fen=1, now=now)
    assert FundAccount.objects.get().held_fen == 1
    with refused(Invalid, "funding.amount"):
        hold(fund=fund, user=people.alice, purpose="booking:2", amount_fen=-1, now=now)


def test_only_members_of_the_group_hold_its_money(fund: FundAccount, people: People, now: datetime) -> None:
    with refused(NotPermitted, "funding.not_member"):
        hold(fund=fund, user=people.charlie, purpose="booking:1", amount_fen=1, now=now)
    assert list(usable_funds(people.charlie, now)) == []
    [mine] = usable_funds(people.alice, now)
    assert (mine, mine.available_fen) == (fund, 1000_00)
    membership = people.alice.memberships.get()
    end_membership(membership=membership, by=people.wang, now=now)
    with refused(NotPermitted, "funding.not_member"):
        put(fund, people, 1, now)
    assert list(usable_funds(people.alice, now)) == []


def test_a_frozen_fund_holds_nothing_new_until_it_is_unfrozen(
    fund: FundAccount, people: People, now: datetime
) -> None:
    freeze_fund(fund=fund, by=people.office, now=now, reason="audit")
    with refused(WrongState, "funding.frozen"):
        put(fund, people, 1, now)
    assert list(usable_funds(people.alice, now)) == []
    with refused(WrongState, "funding.frozen"):
        freeze_fund(fund=fund, by=people.office, now=now, reason="audit")
    top_up(fund=fund, amount_fen=5, source="receipt:2", now=now)
    unfreeze_fund(fund=fund, by=people.office, now=now, reason="audit over")
    with refused(WrongState, "funding.not_frozen"):
        unfreeze_fund(fund=fund, by=people.office, now=now, reason="audit over")
    assert put(fund, people, 1, now).amount_fen == 1
    assert [entry.reason for entry in audited("funding.freeze_fund")] == ["audit"]
    assert set(map(str, told("funding.fund_changed"))) == {str({"fund": fund.ulid})}


def test_only_the_office_freezes_and_always_says_why(
    fund: FundAccount, people: People, now: datetime
) -> None:
    with refused(NotPermitted, "people.office_only"):
        freeze_fund(fund=fund, by=people.wang, now=now, reason="mine")
    with refused(NotPermitted, "people.office_only"):
        unfreeze_fund(fund=fund, by=people.wang, now=now, reason="mine")
    with refused(Invalid, "core.reason_required"):
        freeze_fund(fund=fund, by=people.office, now=now, reason="")


def test_a_fund_that_has_ended_holds_nothing(people: People, now: datetime) -> None:
    fund = open_fund(
        number="F-2",
        name_zh="x",
        name_en="x",
        group=people.group,
        valid_from=now - timedelta(days=2),
        valid_until=now,
        now=now - timedelta(days=2),
    )
    with refused(WrongState, "funding.not_in_force"):
        put(fund, people, 0, now)
    assert list(usable_funds(people.alice, now)) == []
    assert list(usable_funds(people.alice, now - timedelta(seconds=1))) == [fund]


def test_the_limit_counts_what_was_spent_and_what_is_held(
    fund: FundAccount, people: People, now: datetime
) -> None:
    set_limit(fund=fund, user=people.alice, monthly_fen=100_00, by=people.wang, now=now)
    put(fund, people, 40_00, now)
    pay(fund, people, 30_00, now)
    with refused(WrongState, "funding.limit") as met:
        put(fund, people, 30_01, now)
    assert met.details == {"left_fen": 30_00, "needed_fen": 30_01}
    assert put(fund, people, 30_00, now).amount_fen == 30_00
    assert held_by(fund, people.alice) == 70_00
    hold(fund=fund, user=people.bob, purpose="booking:bob", amount_fen=500_00, now=now)


def test_the_limit_begins_anew_with_the_schools_month(
    fund: FundAccount, people: People, now: datetime
) -> None:
    last_second = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
    pay(fund, people, 30_00, last_second)
    assert spent_this_month(fund, people.alice, last_second) == 30_00
    assert spent_this_month(fund, people.alice, last_second + timedelta(seconds=1)) == 0
    assert spent_this_month(fund, people.bob, last_second) == 0


def test_what_was_reversed_no_longer_counts_against_the_limit(
    fund: FundAccount, people: People, now: datetime
) -> None:
    posted = pay(fund, people, 30_00, now)
    reverse(transaction=posted, reason="wrong", by=None, now=now)
    assert spent_this_month(fund, people.alice, now) == 0
    assert available_fen(fund) == 1000_00


def test_a_new_limit_replaces_the_old_and_a_lifted_one_is_gone(
    fund: FundAccount, people: People, now: datetime
) -> None:
    set_limit(fund=fund, user=people.alice, monthly_fen=5, by=people.wang, now=now)
    set_limit(fund=fund, user=people.alice, monthly_fen=7, by=people.wang, now=now)
    assert limit_of(fund, people.alice, now) == 7
    lift_limit(fund=fund, user=people.alice, by=people.office, now=now)
    assert limit_of(fund, people.alice, now) is None
    with refused(WrongState, "funding.no_limit"):
        lift_limit(fund=fund, user=people.alice, by=people.office, now=now)
    assert [entry.details["monthly_fen"] for entry in audited("funding.set_limit")] == [5, 7, None]


def test_only_the_principal_investigator_or_the_office_sets_limits(
    fund: FundAccount, people: People, now: datetime
) -> None:
    with refused(NotPermitted, "people.not_group_lead"):
        set_limit(fund=fund, user=people.alice, monthly_fen=10**9, by=people.alice, now=now)
    with refused(NotPermitted, "people.not_group_lead"):
        lift_limit(fund=fund, user=people.alice, by=people.bob, now=now)
    with refused(Invalid, "funding.amount"):
        set_limit(fund=fund, user=people.alice, monthly_fen=-1, by=people.wang, now=now)


def test_what_was_used_is_charged_even_into_debt(fund: FundAccount, people: People, now: datetime) -> None:
    freeze_fund(fund=fund, by=None, now=now, reason="audit")
    pay(fund, people, 1200_00, now)
    assert available_fen(fund) == -200_00
    with refused(Invalid, "funding.amount"):
        pay(fund, people, 0, now)
    assert prove().ok


def test_one_source_is_spent_once(fund: FundAccount, people: People, now: datetime) -> None:
    for _again in range(2):
        spend(fund=fund, user=people.alice, amount_fen=7, to=income(), source="charge:1", memo="", now=now)
    assert Spending.objects.count() == 1
    assert available_fen(fund) == 1000_00 - 7


def test_who_spent_what_is_never_rewritten(fund: FundAccount, people: People, now: datetime) -> None:
    pay(fund, people, 7, now)
    for sql in ("UPDATE funding_spending SET amount_fen = 1", "DELETE FROM funding_spending"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_two_bookings_never_hold_the_same_fen(now: datetime) -> None:
    people = gather(now)
    fund = rich_fund(people, now, fen=10)
    gate = threading.Barrier(4)
    codes: list[str] = []

    def work() -> None:
        try:
            gate.wait(timeout=30)
            for _number in range(4):
                try:
                    put(fund, people, 1, now)
                except Refusal as refusal:
                    codes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert codes == ["funding.insufficient"] * 6
    assert FundHold.objects.count() == 10
    assert FundAccount.objects.get().held_fen == 10
    assert available_fen(fund) == 0

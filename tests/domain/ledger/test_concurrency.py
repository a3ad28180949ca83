"""Several writers at once: balances add up, one source posts once, a closing month lets nothing slip in."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import close_old_connections, connection

from apps.core.errors import Refusal
from apps.ledger.models import Account, Period, Transaction
from apps.ledger.operations import close_period, ensure_account, post
from apps.ledger.queries import prove

pytestmark = pytest.mark.django_db(transaction=True)

DECEMBER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)


def at_once(*works: Callable[[], object]) -> list[str]:
    """Run all in threads of their own with connections of their own; the codes of those refused."""
    gate = threading.Barrier(len(works))
    refused: list[str] = []

    def run(work: Callable[[], object]) -> None:
        try:
            gate.wait(timeout=30)
            work()
        except Refusal as refusal:
            refused.append(refusal.code)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    return refused


def accounts() -> tuple[Account, Account]:
    fund = ensure_account(code="fund:F1", kind="fund", name_zh="经费", name_en="Fund")
    income = ensure_account(code="income:X", kind="income", name_zh="收入", name_en="Income")
    return fund, income


def test_balances_add_up_whoever_posts_at_the_same_time(now: datetime) -> None:
    fund, income = accounts()

    def many(worker: int) -> Callable[[], None]:
        def work() -> None:
            for number in range(12):
                legs = [(fund, -7), (income, 7)] if worker % 2 else [(income, 7), (fund, -7)]
                post(kind="charge", source=f"{worker}:{number}", memo="", legs=legs, now=now)

        return work

    assert at_once(*(many(worker) for worker in range(4))) == []
    assert set(Account.objects.values_list("balance_fen", flat=True)) == {-336, 336}
    assert prove().ok


def test_one_source_posts_once_whoever_is_faster(now: datetime) -> None:
    fund, income = accounts()
    Period.objects.create(key="2026-11")
    for number in range(5):

        def work(source: str = f"charge:{number}") -> None:
            post(kind="charge", source=source, memo="", legs=[(fund, -7), (income, 7)], now=now)

        assert at_once(work, work) == []
    assert Transaction.objects.count() == 5
    assert prove().ok


def test_nothing_slips_into_a_month_that_closes_at_the_same_time(now: datetime) -> None:
    fund, income = accounts()
    Period.objects.create(key="2026-11")

    def pay() -> None:
        for number in range(10):
            post(kind="charge", source=f"late:{number}", memo="", legs=[(fund, -7), (income, 7)], now=now)

    def close() -> None:
        close_period(key="2026-11", by=None, now=DECEMBER)

    refused = at_once(pay, close)
    assert set(refused) <= {"ledger.period_closed"}
    posted = Transaction.objects.count()
    with pytest.raises(Refusal):
        post(kind="charge", source="x", memo="", legs=[(fund, -7), (income, 7)], now=now)
    assert Transaction.objects.count() == posted
    assert prove().ok

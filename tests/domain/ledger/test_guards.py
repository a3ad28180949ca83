"""What the database itself refuses, whoever writes to it: raw SQL has no more rights than the operations."""

import io
import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from apps.core.errors import WrongState
from apps.ledger.models import Account, Transaction
from apps.ledger.operations import close_period, open_account, post
from apps.ledger.queries import prove

pytestmark = pytest.mark.django_db

DECEMBER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
def posted(now: datetime) -> Transaction:
    fund = open_account(code="fund:F1", kind="fund", name_zh="经费", name_en="Fund")
    income = open_account(code="income:X", kind="income", name_zh="收入", name_en="Income")
    return post(kind="charge", source="charge:1", memo="use", legs=[(fund, -250), (income, 250)], now=now)


def run(sql: str, *arguments: str | int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, arguments)


def insert_transaction(ulid: str, period: str, now: datetime, *amounts: int) -> None:
    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        for number, fen in enumerate(amounts):
            cursor.execute(
                "INSERT INTO ledger_entry (transaction_id, account_id, amount_fen) VALUES (%s, %s, %s)",
                [ulid, accounts[number % 2], fen],
            )
        cursor.execute(
            "INSERT INTO ledger_transaction (ulid, kind, period, source, memo, posted_at) "
            "VALUES (%s, 'charge', %s, %s, '', %s)",
            [ulid, period, ulid, now],
        )


@pytest.mark.usefixtures("posted")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET amount_fen = 1",
        "UPDATE ledger_transaction SET memo = 'nothing happened'",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_transaction",
    ],
)
def test_what_was_posted_can_neither_be_changed_nor_deleted(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run(sql)
    assert prove().ok


@pytest.mark.usefixtures("posted")
@pytest.mark.parametrize("amounts", [(), (5,), (5, -4), (5, 5)])
def test_an_unbalanced_transaction_is_refused_with_its_entries(
    now: datetime, amounts: tuple[int, ...]
) -> None:
    with pytest.raises(DatabaseError, match=r"ledger\.unbalanced"):
        insert_transaction("0" * 26, "2026-11", now, *amounts)
    assert prove().entries == 2
    assert set(Account.objects.values_list("balance_fen", flat=True)) == {-250, 250}


@pytest.mark.usefixtures("posted")
def test_an_entry_of_zero_is_refused(now: datetime) -> None:
    with pytest.raises(DatabaseError):
        insert_transaction("0" * 26, "2026-11", now, 0, 0)


def test_no_entry_is_added_to_a_transaction_afterwards(posted: Transaction) -> None:
    account = Account.objects.first()
    assert account is not None
    with pytest.raises(DatabaseError, match=r"ledger\.late_entry"):
        run(
            "INSERT INTO ledger_entry (transaction_id, account_id, amount_fen) VALUES (%s, %s, 7)",
            posted.ulid,
            account.pk,
        )


@pytest.mark.usefixtures("posted")
def test_a_closed_period_takes_no_balanced_transaction_either(now: datetime) -> None:
    close_period(key="2026-11", by=None, now=DECEMBER)
    with pytest.raises(DatabaseError, match=r"ledger\.period_closed"):
        insert_transaction("0" * 26, "2026-11", now, 5, -5)
    with pytest.raises(DatabaseError, match=r"ledger\.period_closed"):
        run("UPDATE ledger_period SET closed_at = NULL")


@pytest.mark.usefixtures("posted")
def test_a_balance_that_somebody_changed_does_not_prove_and_stops_the_closing() -> None:
    run("UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE code = 'fund:F1'")
    proof = prove()
    assert not proof.ok
    assert "account fund:F1 shows -249 fen, its entries sum to -250 fen" in proof.problems
    assert "all accounts together hold 1 fen instead of none" in proof.problems
    out = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("ledger_prove", json=True, stdout=out)
    assert stopped.value.code == 1
    assert json.loads(out.getvalue())["problems"] == list(proof.problems)


def test_a_transaction_in_the_wrong_month_does_not_prove(posted: Transaction, now: datetime) -> None:
    run("INSERT INTO ledger_period (key) VALUES ('2026-10')")
    insert_transaction("0" * 26, "2026-10", now, 5, -5)
    with pytest.raises(WrongState) as refused:
        close_period(key="2026-10", by=None, now=DECEMBER)
    assert refused.value.code == "ledger.unproven"
    assert refused.value.details["problems"][0].endswith("stands in period 2026-10")
    assert prove(period=posted.period_id).ok


@pytest.mark.usefixtures("posted")
def test_the_proof_is_printed_for_people_and_for_programs() -> None:
    out = io.StringIO()
    call_command("ledger_prove", stdout=out)
    assert out.getvalue() == "The ledger proves: 1 transactions, 2 entries.\n"
    out = io.StringIO()
    call_command("ledger_prove", "--json", "--period", "2026-11", stdout=out)
    assert json.loads(out.getvalue()) == {"ok": True, "transactions": 1, "entries": 2, "problems": []}

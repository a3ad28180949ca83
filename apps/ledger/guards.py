"""The ledger's laws, kept by the database: nothing changes or vanishes, every transaction sums to zero, a
closed period takes nothing, and an account's balance is the sum of its entries.
"""

from apps.core.guards import Guard, append_only, declare, postgres_trigger, sqlite_trigger

append_only("ledger_transaction")
append_only("ledger_entry")

_UNBALANCED = (
    "(SELECT COUNT(*) FROM ledger_entry WHERE transaction_id = NEW.ulid) < 2 OR "
    "(SELECT COALESCE(SUM(amount_fen), 0) FROM ledger_entry WHERE transaction_id = NEW.ulid) <> 0"
)
_CLOSED = "(SELECT closed_at FROM ledger_period WHERE key = NEW.period{lock}) IS NOT NULL"
_LATE = "EXISTS (SELECT 1 FROM ledger_transaction WHERE ulid = NEW.transaction_id)"
_REOPENED = "OLD.closed_at IS NOT NULL"
_ADD_UP = "UPDATE ledger_account SET balance_fen = balance_fen + NEW.amount_fen WHERE id = NEW.account_id;"


def _law(
    name: str, when: str, table: str, code: str, sqlite: str, postgres: str
) -> dict[str, tuple[str, ...]]:
    return {
        "sqlite": sqlite_trigger(name, when, table, code, sqlite),
        "postgresql": postgres_trigger(name, when, table, code, postgres),
    }


def _declare_laws(table: str, *laws: dict[str, tuple[str, ...]]) -> None:
    statements = {
        vendor: tuple(statement for law in laws for statement in law[vendor])
        for vendor in ("sqlite", "postgresql")
    }
    declare(Guard(name=f"{table}_laws", table=table, statements=statements))


_declare_laws(
    "ledger_transaction",
    _law(
        "ledger_unbalanced",
        "BEFORE INSERT",
        "ledger_transaction",
        "ledger.unbalanced",
        _UNBALANCED,
        _UNBALANCED,
    ),
    # On PostgreSQL whoever posts shares the period's row until the commit, so that closing it waits for them
    # and they for it. SQLite has one writer at a time.
    _law(
        "ledger_closed",
        "BEFORE INSERT",
        "ledger_transaction",
        "ledger.period_closed",
        _CLOSED.format(lock=""),
        _CLOSED.format(lock=" FOR SHARE"),
    ),
)
_declare_laws(
    "ledger_period",
    _law("ledger_reopened", "BEFORE UPDATE", "ledger_period", "ledger.period_closed", _REOPENED, _REOPENED),
)
_declare_laws(
    "ledger_entry",
    _law("ledger_late_entry", "BEFORE INSERT", "ledger_entry", "ledger.late_entry", _LATE, _LATE),
    {
        "sqlite": (
            "DROP TRIGGER IF EXISTS ledger_balance",
            f"CREATE TRIGGER ledger_balance AFTER INSERT ON ledger_entry FOR EACH ROW BEGIN {_ADD_UP} END",
        ),
        "postgresql": (
            "CREATE OR REPLACE FUNCTION ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN {_ADD_UP} RETURN NEW; END $$",
            "DROP TRIGGER IF EXISTS ledger_balance ON ledger_entry",
            "CREATE TRIGGER ledger_balance AFTER INSERT ON ledger_entry "
            "FOR EACH ROW EXECUTE FUNCTION ledger_balance()",
        ),
    },
)

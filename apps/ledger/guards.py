"""The ledger's laws, kept by the database: nothing changes or vanishes, every transaction sums to zero, a closed period takes nothing,
and an account's balance is the sum of its entries."""

from apps.core.guards import Guard, append_only, declare, postgres_trigger, sqlite_trigger

append_only("ledger_transaction")
append_only("ledger_entry")

_UNBALANCED = (
    "(SELECT COUNT(*) FROM ledger_entry WHERE transaction_id = NEW.ulid) < 2 OR "
    "(SELECT COALESCE(SUM(amount_fen), 0) FROM ledger_entry WHERE transaction_id = NEW.ulid) <> 0"
)
_CLOSED = "EXISTS (SELECT 1 FROM ledger_period WHERE key = NEW.period AND closed_at IS NOT NULL)"
_LATE = "EXISTS (SELECT 1 FROM ledger_transaction WHERE ulid = NEW.transaction_id)"
_REOPENED = "OLD.closed_at IS NOT NULL"

declare(
    Guard(
        name="ledger_transaction_laws",
        table="ledger_transaction",
        statements={
            "sqlite": sqlite_trigger(
                "ledger_unbalanced", "BEFORE INSERT", "ledger_transaction", "ledger.unbalanced", _UNBALANCED
            )
            + sqlite_trigger(
                "ledger_closed", "BEFORE INSERT", "ledger_transaction", "ledger.period_closed", _CLOSED
            ),
            "postgresql": postgres_trigger(
                "ledger_unbalanced", "BEFORE INSERT", "ledger_transaction", "ledger.unbalanced", _UNBALANCED
            )
            + postgres_trigger(
                "ledger_closed", "BEFORE INSERT", "ledger_transaction", "ledger.period_closed", _CLOSED
            ),
        },
    )
)
declare(
    Guard(
        name="ledger_period_stays_closed",
        table="ledger_period",
        statements={
            "sqlite": sqlite_trigger(
                "ledger_reopened", "BEFORE UPDATE", "ledger_period", "ledger.period_closed", _REOPENED
            ),
            "postgresql": postgres_trigger(
                "ledger_reopened", "BEFORE UPDATE", "ledger_period", "ledger.period_closed", _REOPENED
            ),
        },
    )
)
declare(
    Guard(
        name="ledger_entry_laws",
        table="ledger_entry",
        statements={
            "sqlite": (
                *sqlite_trigger(
                    "ledger_late_entry", "BEFORE INSERT", "ledger_entry", "ledger.late_entry", _LATE
                ),
                "DROP TRIGGER IF EXISTS ledger_balance",
                "CREATE TRIGGER ledger_balance AFTER INSERT ON ledger_entry FOR EACH ROW BEGIN "
                "UPDATE ledger_account SET balance_fen = balance_fen + NEW.amount_fen WHERE id = NEW.account_id; END",
            ),
            "postgresql": (
                *postgres_trigger(
                    "ledger_late_entry", "BEFORE INSERT", "ledger_entry", "ledger.late_entry", _LATE
                ),
                "CREATE OR REPLACE FUNCTION ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "UPDATE ledger_account SET balance_fen = balance_fen + NEW.amount_fen WHERE id = NEW.account_id; RETURN NEW; END $$",
                "DROP TRIGGER IF EXISTS ledger_balance ON ledger_entry",
                "CREATE TRIGGER ledger_balance AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_balance()",
            ),
        },
    )
)

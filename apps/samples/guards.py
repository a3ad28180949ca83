"""A sample is never lost. Its chain has no gap, its holder is what the last link says and nothing else,
it begins with its requester, and nothing follows once it was disposed of. What was written once stays.
"""

from apps.core.guards import Guard, append_only, declare, postgres_trigger, sqlite_trigger

for _table in (
    "samples_custody",
    "samples_quote",
    "samples_delay",
    "samples_result",
    "samples_resultcheck",
    "samples_rating",
):
    append_only(_table)

_OUT_OF_ORDER = (
    "NOT EXISTS (SELECT 1 FROM samples_sample s WHERE s.id = NEW.sample_id"
    " AND s.custody_seq = NEW.seq - 1 AND s.custody <> 'disposed')"
)
# The link moves the sample itself, so that no code can forget to.
_MOVE = (
    "UPDATE samples_sample SET custody = NEW.state, holder_id = NEW.holder_id, custody_seq = NEW.seq"
    " WHERE id = NEW.sample_id"
)
_UNEXPLAINED = (
    "(NEW.custody <> OLD.custody OR NEW.holder_id <> OLD.holder_id OR NEW.custody_seq <> OLD.custody_seq"
    " OR NEW.request_id <> OLD.request_id)"
    " AND NOT EXISTS (SELECT 1 FROM samples_custody c WHERE c.sample_id = NEW.id AND c.seq = NEW.custody_seq"
    " AND c.state = NEW.custody AND c.holder_id = NEW.holder_id AND NEW.request_id = OLD.request_id"
    " AND NEW.custody_seq = OLD.custody_seq + 1)"
)
_NOT_THE_REQUESTERS = (
    "NEW.custody_seq <> 0 OR NEW.custody <> 'requester' OR NOT EXISTS (SELECT 1 FROM samples_samplerequest r"
    " WHERE r.id = NEW.request_id AND r.requester_id = NEW.holder_id)"
)

declare(
    Guard(
        name="samples_chain",
        table="samples_custody",
        statements={
            "sqlite": (
                *sqlite_trigger(
                    "samples_chain_next",
                    "BEFORE INSERT",
                    "samples_custody",
                    "samples_chain_next",
                    _OUT_OF_ORDER,
                ),
                "DROP TRIGGER IF EXISTS samples_chain_moves",
                "CREATE TRIGGER samples_chain_moves AFTER INSERT ON samples_custody FOR EACH ROW"
                f" BEGIN {_MOVE}; END",
            ),
            "postgresql": (
                *postgres_trigger(
                    "samples_chain_next",
                    "BEFORE INSERT",
                    "samples_custody",
                    "samples_chain_next",
                    _OUT_OF_ORDER,
                ),
                "CREATE OR REPLACE FUNCTION samples_chain_moves() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {_MOVE}; RETURN NEW; END $$",
                "DROP TRIGGER IF EXISTS samples_chain_moves ON samples_custody",
                "CREATE TRIGGER samples_chain_moves AFTER INSERT ON samples_custody FOR EACH ROW"
                " EXECUTE FUNCTION samples_chain_moves()",
            ),
        },
    )
)
declare(
    Guard(
        name="samples_holder",
        table="samples_sample",
        statements={
            vendor: (
                *trigger(
                    "samples_holder_follows",
                    "BEFORE UPDATE",
                    "samples_sample",
                    "samples_holder_follows",
                    _UNEXPLAINED,
                ),
                *trigger(
                    "samples_holder_first",
                    "BEFORE INSERT",
                    "samples_sample",
                    "samples_holder_first",
                    _NOT_THE_REQUESTERS,
                ),
            )
            for vendor, trigger in (("sqlite", sqlite_trigger), ("postgresql", postgres_trigger))
        },
    )
)

"""What the database promises of documents, whoever writes to it: nothing issued changes or vanishes, and
every year's numbers run 1, 2, 3 without a gap.
"""

from apps.core.guards import Guard, append_only, declare, postgres_trigger, sqlite_trigger

append_only("documents_document")
append_only("documents_rendition")
append_only("documents_voiding")

# The row lock of the sequence serialises honest writers, so the highest committed number is the last one.
_GAP = (
    "NEW.serial <> 1 + COALESCE((SELECT MAX(serial) FROM documents_document "
    "WHERE kind = NEW.kind AND year = NEW.year), 0)"
)
declare(
    Guard(
        name="documents_gapless",
        table="documents_document",
        statements={
            "sqlite": sqlite_trigger(
                "documents_gapless", "BEFORE INSERT", "documents_document", "documents.gap", _GAP
            ),
            "postgresql": postgres_trigger(
                "documents_gapless", "BEFORE INSERT", "documents_document", "documents.gap", _GAP
            ),
        },
    )
)

"""What was measured stays readable: a record's times change by a `RecordChange` that was written first, and
by nothing else; that one is never changed.
"""

from apps.core.guards import Guard, append_only, declare, postgres_trigger, sqlite_trigger

append_only("usage_recordchange")

_UNEXPLAINED = (
    "(NEW.started_at <> OLD.started_at OR NEW.ended_at <> OLD.ended_at OR NEW.powered_ms <> OLD.powered_ms"
    " OR NEW.effective_ms <> OLD.effective_ms)"
    " AND (NEW.started_at <> OLD.started_at OR NOT EXISTS (SELECT 1 FROM usage_recordchange c"
    " WHERE c.record_id = OLD.id AND c.before_powered_ms = OLD.powered_ms"
    " AND c.before_effective_ms = OLD.effective_ms AND c.before_end = OLD.ended_at"
    " AND c.after_powered_ms = NEW.powered_ms AND c.after_effective_ms = NEW.effective_ms"
    " AND c.after_end = NEW.ended_at))"
)

declare(
    Guard(
        name="usage_record_kept",
        table="usage_usagerecord",
        statements={
            "sqlite": sqlite_trigger(
                "usage_record_kept",
                "BEFORE UPDATE",
                "usage_usagerecord",
                "usage_record_kept",
                _UNEXPLAINED,
            ),
            "postgresql": postgres_trigger(
                "usage_record_kept",
                "BEFORE UPDATE",
                "usage_usagerecord",
                "usage_record_kept",
                _UNEXPLAINED,
            ),
        },
    )
)

"""Fee standard versions of one instrument never overlap in time, and neither do the periods in which it is
not open; what was submitted is never changed: laws of the database.
"""

from apps.core.guards import Guard, append_only, declare, no_overlap, postgres_trigger, sqlite_trigger

for _name, _table, _key in (
    ("fees_version_overlap", "fees_feeversion", "instrument_id"),
    ("fees_not_open_overlap", "fees_notopenapproval", "instrument_id"),
    ("fees_one_owner_at_a_time", "fees_ownerterm", "instrument_id"),
):
    no_overlap(
        name=_name,
        table=_table,
        key=_key,
        first="valid_from",
        last="valid_until",
        live="{row}revoked_at IS NULL",
    )
append_only("fees_submission")
append_only("fees_feeitem")

# What may still change of a version is when it ends.
_WRITTEN_ONCE = (
    *("instrument_id", "version", "approval_no", "submission_id", "review_by", "minimum_minutes"),
    *("minimum_fen", "cap_fen", "billing_step_seconds", "night_rate", "night_start_hour", "night_end_hour"),
    *("weekend_rate", "weekend_night_rate", "rush_rate", "repeat_rate", "own_group_rate"),
    *("hosted_owner_rate", "department_rate", "prepaid_from_fen", "prepaid_rate", "planned_hours_year"),
    *("digest", "source_case"),
)
_FROZEN = f"BEFORE UPDATE OF {', '.join(_WRITTEN_ONCE)}"
_CODE = "fees_feeversion is frozen"
declare(
    Guard(
        name="fees_feeversion_frozen",
        table="fees_feeversion",
        statements={
            "sqlite": sqlite_trigger("fees_feeversion_frozen_update", _FROZEN, "fees_feeversion", _CODE)
            + sqlite_trigger("fees_feeversion_frozen_delete", "BEFORE DELETE", "fees_feeversion", _CODE),
            "postgresql": postgres_trigger("fees_feeversion_frozen_update", _FROZEN, "fees_feeversion", _CODE)
            + postgres_trigger("fees_feeversion_frozen_delete", "BEFORE DELETE", "fees_feeversion", _CODE),
        },
    )
)

"""What was adopted, frozen, scored or decided stays what it was: laws of the database."""

from apps.core.guards import Guard, append_only, declare, postgres_trigger, sqlite_trigger


def kept(name: str, table: str, when: str = "") -> None:
    """No row may be changed or removed; with `when` (a condition on `OLD`), only those of which it holds."""
    condition = when or "TRUE"
    update, delete = f"{name}_update", f"{name}_delete"
    declare(
        Guard(
            name=name,
            table=table,
            statements={
                "sqlite": sqlite_trigger(update, "BEFORE UPDATE", table, name, when)
                + sqlite_trigger(delete, "BEFORE DELETE", table, name, when),
                "postgresql": postgres_trigger(update, "BEFORE UPDATE", table, name, condition)
                + postgres_trigger(delete, "BEFORE DELETE", table, name, condition),
            },
        )
    )


kept("evaluation_version_frozen", "evaluation_schemeversion", "OLD.adopted_at IS NOT NULL")
append_only("evaluation_frozenfigure")
append_only("evaluation_score")
append_only("evaluation_adjustment")
append_only("evaluation_correction")
append_only("evaluation_judge")
append_only("evaluation_consequence")
kept("evaluation_appeal_over", "evaluation_appeal", "OLD.decided_at IS NOT NULL")
kept("evaluation_round_over", "evaluation_round", "OLD.state IN ('published', 'cancelled')")
kept(
    "evaluation_facility_cell_frozen",
    "evaluation_facilitycell",
    "EXISTS (SELECT 1 FROM evaluation_facilitytable t WHERE t.id = OLD.table_id"
    " AND t.confirmed_at IS NOT NULL)",
)
kept("evaluation_facility_table_frozen", "evaluation_facilitytable", "OLD.state = 'published'")
kept("evaluation_facility_review_frozen", "evaluation_facilityreview", "OLD.state = 'published'")
kept("evaluation_facility_score_frozen", "evaluation_facilityscore")

"""Terms, rubrics, wordings and findings are never changed once they are there, and no two versions are in
force at once: laws of the database.
"""

from apps.core.guards import Guard, append_only, declare, no_overlap, postgres_trigger, sqlite_trigger


def _frozen(table: str, *columns: str) -> None:
    """These columns keep what was written first; the rows stay. What may still change is when a row ends."""
    code = f"{table} is frozen"
    when = f"BEFORE UPDATE OF {', '.join(columns)}"
    declare(
        Guard(
            name=f"{table}_frozen",
            table=table,
            statements={
                "sqlite": sqlite_trigger(f"{table}_frozen_update", when, table, code)
                + sqlite_trigger(f"{table}_frozen_delete", "BEFORE DELETE", table, code),
                "postgresql": postgres_trigger(f"{table}_frozen_update", when, table, code)
                + postgres_trigger(f"{table}_frozen_delete", "BEFORE DELETE", table, code),
            },
        )
    )


_frozen(
    "training_courseversion",
    *("course_id", "number", "prerequisite_level", "required_minutes", "pass_mark", "time_limit_minutes"),
    *("max_attempts", "cooling_off_days", "validity_days", "disuse_days", "renewal_exam", "renewal_minutes"),
    *("renewal_assessment", "difference_exam", "difference_minutes", "valid_from"),
)
_frozen("training_rubric", "instrument_id", "number", "pass_mark", "valid_from")
_frozen(
    "training_question",
    *("code", "topic_id", "kind", "points", "text_zh", "text_en", "options", "correct"),
    *("explanation_zh", "explanation_en", "digest", "valid_from"),
)
for _table in ("topicshare", "criterion", "assessment", "finding", "extraattempt"):
    append_only(f"training_{_table}")
for _name, _table, _key in (
    ("training_course_version_overlap", "training_courseversion", "course_id"),
    ("training_rubric_overlap", "training_rubric", "instrument_id"),
):
    no_overlap(
        name=_name,
        table=_table,
        key=_key,
        first="valid_from",
        last="valid_until",
        live="{row}revoked_at IS NULL",
    )

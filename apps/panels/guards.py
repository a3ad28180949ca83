"""Ballots and rulings are only ever added, and none to a round that is over; a round that is closed stays as
it was; nobody has two seats on a committee, and a committee has one chair at a time: laws of the database.
"""

from apps.core.guards import Guard, append_only, declare, no_overlap, postgres_trigger, sqlite_trigger


def _refuse(name: str, when: str, table: str, sqlite: str, postgres: str) -> None:
    """No row may come to be (or change) while the condition holds of it."""
    declare(
        Guard(
            name=name,
            table=table,
            statements={
                "sqlite": sqlite_trigger(name, when, table, name, sqlite),
                "postgresql": postgres_trigger(name, when, table, name, postgres),
            },
        )
    )


def _frozen(table: str, *columns: str) -> None:
    """These columns keep what was written first, and the rows stay."""
    when = f"BEFORE UPDATE OF {', '.join(columns)}"
    _refuse(f"{table}_frozen", when, table, "", "TRUE")
    _refuse(f"{table}_kept", "BEFORE DELETE", table, "", "TRUE")


append_only("panels_ballot")
append_only("panels_ruling")

_OVER = "r.closed_at IS NOT NULL OR r.due_at <= NEW.cast_at"
_refuse(
    "panels_ballot_late",
    "BEFORE INSERT",
    "panels_ballot",
    f"EXISTS (SELECT 1 FROM panels_round r WHERE r.id = NEW.round_id AND ({_OVER}))",  # noqa: S608 - our own words
    # The lock waits for whoever is closing the round at this moment, and then sees it closed.
    f"COALESCE((SELECT {_OVER} FROM panels_round r WHERE r.id = NEW.round_id FOR SHARE), TRUE)",  # noqa: S608
)
_ELSEWHERE = (
    "NOT EXISTS (SELECT 1 FROM panels_round r JOIN panels_panelseat s ON s.panel_id = r.panel_id "
    "WHERE r.id = NEW.round_id AND s.id = NEW.seat_id AND s.state = 'accepted')"
)
_refuse("panels_ballot_elsewhere", "BEFORE INSERT", "panels_ballot", _ELSEWHERE, _ELSEWHERE)
_refuse(
    "panels_round_over",
    "BEFORE UPDATE",
    "panels_round",
    "OLD.closed_at IS NOT NULL",
    "OLD.closed_at IS NOT NULL",
)
_frozen(
    "panels_round", *("panel_id", "number", "kind", "question", "sha256", "option_key", "option"), "opened_at"
)
_frozen("panels_panel", "committee_id", "subject_ref", "rules", "formed_at")
_frozen("panels_panelseat", "panel_id", "user_id", "position", "decision")
_frozen("panels_committeeseat", "committee_id", "user_id", "role", "valid_from", "source_case")

no_overlap(
    name="panels_one_chair",
    table="panels_committeeseat",
    key="committee_id",
    first="valid_from",
    last="valid_until",
    live="{row}revoked_at IS NULL AND {row}role = 'chair'",
)
no_overlap(
    name="panels_one_seat",
    table="panels_committeeseat",
    key=("committee_id", "user_id"),
    first="valid_from",
    last="valid_until",
    live="{row}revoked_at IS NULL",
)

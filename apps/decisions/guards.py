"""Decision records are only ever added; effective periods of one decision point never overlap."""

from apps.core.guards import append_only, no_overlap

append_only("decisions_decisionrecord")
no_overlap(
    name="decisions_version_overlap",
    table="decisions_rulesetversion",
    key="point",
    first="valid_from",
    last="valid_until",
    live="{row}revoked_at IS NULL",
)

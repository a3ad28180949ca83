"""Fee standard versions of one instrument never overlap in time."""

from apps.core.guards import no_overlap

no_overlap(
    name="fees_version_overlap",
    table="fees_feeversion",
    key="instrument_id",
    first="valid_from",
    last="valid_until",
    live="{row}revoked_at IS NULL",
)

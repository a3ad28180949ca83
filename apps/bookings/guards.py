"""Two live bookings of one instrument never overlap, whatever the concurrency; nor do two terms of one
owner.
"""

from apps.core.guards import no_overlap

no_overlap(
    name="bookings_overlap",
    table="bookings_booking",
    key="instrument_id",
    first="start",
    last="end",
    live="{row}state IN ('requested', 'confirmed')",
)

for _owner in ("instrument", "facility"):
    no_overlap(
        name=f"bookings_terms_of_{_owner}",
        table="bookings_bookingterms",
        key=f"{_owner}_id",
        first="valid_from",
        last="valid_until",
        live="{row}revoked_at IS NULL",
    )

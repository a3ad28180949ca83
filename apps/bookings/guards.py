"""Two live bookings of one instrument never overlap, whatever the concurrency."""

from apps.core.guards import no_overlap

no_overlap(
    name="bookings_overlap",
    table="bookings_booking",
    key="instrument_id",
    first="start",
    last="end",
    live="{row}state IN ('requested', 'confirmed')",
)

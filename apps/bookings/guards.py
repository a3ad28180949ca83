"""Two live bookings of one instrument never overlap, whatever the concurrency; nor do two terms or
quotas of one owner, nor what one person waits for at one instrument. Points are only ever added.
"""

from apps.core.guards import append_only, no_overlap

no_overlap(
    name="bookings_overlap",
    table="bookings_booking",
    key="instrument_id",
    first="start",
    last="end",
    live="{row}state IN ('requested', 'confirmed')",
)

no_overlap(
    name="bookings_waiting_once",
    table="bookings_waiting",
    key=("instrument_id", "user_id"),
    first="earliest",
    last="latest",
    live="{row}state IN ('waiting', 'offered')",
)

for _owner in ("instrument", "facility"):
    no_overlap(
        name=f"bookings_quota_of_{_owner}",
        table="bookings_groupquota",
        key=(f"{_owner}_id", "group_id", "period"),
        first="valid_from",
        last="valid_until",
        live="{row}revoked_at IS NULL",
    )
    no_overlap(
        name=f"bookings_quota_of_all_{_owner}",
        table="bookings_groupquota",
        key=(f"{_owner}_id", "period"),
        first="valid_from",
        last="valid_until",
        live="{row}revoked_at IS NULL AND {row}group_id IS NULL",
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

append_only("bookings_pointentry")

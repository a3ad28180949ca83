"""A charge is never changed; a correction is a compensating transaction. Nor is what was allocated: a
correction is another run. One split of an instrument's income counts at a time.
"""

from apps.core.guards import append_only, no_overlap

append_only("billing_charge")
append_only("billing_samplecharge")
append_only("billing_bookingcharge")
append_only("billing_bookingrefund")
append_only("billing_incomeshare")
append_only("billing_allocation")

no_overlap(
    name="billing_one_split_at_a_time",
    table="billing_incomesplit",
    key="instrument_id",
    first="valid_from",
    last="valid_until",
    live="{row}revoked_at IS NULL",
)

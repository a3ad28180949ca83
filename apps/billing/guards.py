"""A charge is never changed; a correction is a compensating transaction."""

from apps.core.guards import append_only

append_only("billing_charge")
append_only("billing_samplecharge")
append_only("billing_bookingcharge")
append_only("billing_bookingrefund")

"""Who spent what is never rewritten; a reversal in the ledger is what takes it back."""

from apps.core.guards import append_only

append_only("funding_spending")

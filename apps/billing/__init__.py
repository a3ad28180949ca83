"""One charge for one usage record, posted to the ledger."""

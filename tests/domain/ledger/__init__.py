"""The ledger's laws: what the operations promise and what the database refuses."""

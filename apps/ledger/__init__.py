"""Append-only double entry: accounts, transactions whose entries sum to zero, periods that close."""

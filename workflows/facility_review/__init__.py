"""The yearly review of facilities: each completes and confirms its table, a panel scores it."""

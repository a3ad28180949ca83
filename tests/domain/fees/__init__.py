"""Fee versions: in force by date, approved once, never overlapping."""

"""Opening an instrument."""

"""L0 of the fault plan: the pure machine, its flash, its drivers, and one real process on a real broker."""

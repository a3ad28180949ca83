"""The gateway around the ingest: turns, orders, retained state, real broker."""

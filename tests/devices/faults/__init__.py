"""The fault plan against the real server: chaos on real rows (L1), kills of real processes (L2)."""

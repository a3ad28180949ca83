"""Fees without a database: costs, peers, gaps, checks, differences."""

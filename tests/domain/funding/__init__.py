"""Funds: what may be held and spent, by whom, up to which limit."""

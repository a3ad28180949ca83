"""Committees, panels and votes."""

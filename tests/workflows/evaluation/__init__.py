"""Rounds of evaluation from their opening to what follows."""

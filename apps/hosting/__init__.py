"""Instruments taken into another's care: offer, inspection, terms that run as rules, statement, return."""

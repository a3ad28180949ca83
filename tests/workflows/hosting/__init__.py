"""Hosting, from the offer to the return, as the regulation tells it."""

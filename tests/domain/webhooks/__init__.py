"""Webhooks: making, telling, sending, signing."""

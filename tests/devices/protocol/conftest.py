"""Hypothesis without a per-example deadline: two busy cores are no reason to fail."""

from hypothesis import settings

settings.register_profile("devices", deadline=None)
settings.load_profile("devices")

"""The tests' settings for processes of their own: the same, and named crash points are honoured."""

from settings.test import *  # noqa: F403

FAULT_POINTS = True

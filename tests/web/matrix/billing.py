"""Rows of usage and charges."""

from tests.web.matrix.rows import SIGNED_IN, Statuses

ROUTES: dict[str, Statuses] = {"usage_list": SIGNED_IN, "usage_export": SIGNED_IN}

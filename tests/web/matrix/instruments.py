"""Rows of the list of instruments."""

from tests.web.matrix.rows import SIGNED_IN, Statuses

ROUTES: dict[str, Statuses] = {"instrument_list": SIGNED_IN, "instrument_export": SIGNED_IN}

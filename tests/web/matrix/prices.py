"""Rows of the price list, which is everybody's, and of the office's page about it."""

from tests.web.matrix.rows import EVERYBODY, SIGN_IN, Statuses

ROUTES: dict[str, Statuses] = {
    "price_list": EVERYBODY,
    "price_export": EVERYBODY,
    "price_coverage": (SIGN_IN, 403, 403, 403, 200),
}

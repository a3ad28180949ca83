"""Rows of the reports room: what Teng's proposal would have meant, for whoever may work on it."""

from tests.web.matrix.fees import sheet
from tests.web.matrix.rows import HIDDEN, Arguments, Exceptions, Statuses

ROUTES: dict[str, Statuses] = dict.fromkeys(("fee_whatif", "fee_whatif_export"), HIDDEN)
ARGUMENTS: dict[str, Arguments] = dict.fromkeys(ROUTES, sheet)
ALSO: dict[str, Exceptions] = {name: {"lin": 200} for name in ROUTES}

"""Rows of the instruments: the list, and both of them for programs."""

from tests.web.matrix.portal import sem
from tests.web.matrix.rows import ANYBODY, SIGNED_IN, Answers, Call, Calls, Statuses

ROUTES: dict[str, Statuses] = {"instrument_list": SIGNED_IN, "instrument_export": SIGNED_IN}
API: dict[str, Answers] = {
    "GET /api/v1/instruments": ANYBODY,
    "GET /api/v1/instruments/{asset_no}": ANYBODY,
}
CALLS: dict[str, Calls] = {"GET /api/v1/instruments/{asset_no}": lambda scene: Call(path=sem(scene))}

"""Rows of the gate, which has no page of its own. Everybody may ask, about themselves."""

from tests.web.matrix.portal import sem
from tests.web.matrix.rows import ANYBODY, Answers, Call, Calls

API: dict[str, Answers] = {"GET /api/v1/clearances/{asset_no}": ANYBODY}
CALLS: dict[str, Calls] = {"GET /api/v1/clearances/{asset_no}": lambda scene: Call(path=sem(scene))}

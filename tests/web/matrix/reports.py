"""Rows of the reports room: what Teng's proposal would have meant, for whoever may work on it; figures, for
whoever runs an instrument or may see the reports of something. Mei sees the figures of her own unit, and not
those of the FE-SEM A.
"""

from tests.web.matrix.fees import sheet
from tests.web.matrix.rows import ANYBODY, HIDDEN, Answers, Arguments, Call, Calls, Exceptions, Statuses
from tests.web.scene import Scene

_WHATIF = ("fee_whatif", "fee_whatif_export")
_TABLES = ("figure_list", "figure_export", "figure_csv")
_RECORDS = ("figure_records", "figure_records_export")
ROUTES: dict[str, Statuses] = dict.fromkeys((*_WHATIF, *_TABLES, *_RECORDS), HIDDEN)
ARGUMENTS: dict[str, Arguments] = {
    **dict.fromkeys(_WHATIF, sheet),
    **dict.fromkeys(_RECORDS, lambda scene: {"key": "effective_hours"}),
}
ALSO: dict[str, Exceptions] = {
    **{name: {"lin": 200} for name in _WHATIF},
    # Without a scope it is the widest that somebody sees.
    **{name: {"lin": 200, "mei": 200, "finance": 200, "olga": 200} for name in (*_TABLES, *_RECORDS)},
}

API: dict[str, Answers] = {
    "GET /api/v1/figures": (404, 404, 200, 404, 200),
    "GET /api/v1/figures/scopes": ANYBODY,
    "GET /api/v1/figures/definitions": ANYBODY,
    "GET /api/v1/figures/{key}/records": (404, 404, 200, 404, 200),
}


def _sem(scene: Scene) -> dict[str, str]:
    return {"scope": f"instrument:{scene.people.sem.ulid}", "period": "2026"}


CALLS: dict[str, Calls] = {
    "GET /api/v1/figures": lambda scene: Call(query=_sem(scene)),
    "GET /api/v1/figures/{key}/records": lambda scene: Call({"key": "users"}, _sem(scene)),
}

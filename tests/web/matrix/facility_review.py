"""Rows of the yearly review of facilities: for the head of a facility, who is Lin here too, for the office,
and for the panel once a table is confirmed.
"""

from tests.web.matrix.rows import (
    ANYBODY,
    ONLY_POST,
    SIGN_IN,
    SIGNED_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Exceptions,
    Statuses,
)
from tests.web.scene import Scene
from tests.workflows.facility_review.years import Year, opened

_OFFICE: Statuses = (SIGN_IN, 404, 404, 404, 200)


def _year(scene: Scene) -> Year:
    return scene.once("facility year", lambda: opened(scene.people, scene.now))


def _of_year(scene: Scene) -> dict[str, object]:
    return {"year": _year(scene).review.year}


def _table(scene: Scene) -> dict[str, object]:
    return {"ulid": _year(scene).table.ulid}


def _cell(scene: Scene) -> dict[str, object]:
    return {**_table(scene), "key": "seminars"}


ROUTES: dict[str, Statuses] = {
    "facility_review_list": SIGNED_IN,
    "facility_review": _OFFICE,
    "facility_review_publish": ONLY_POST,
    "facility_review_export": _OFFICE,
    "facility_table": _OFFICE,
    "facility_papers": _OFFICE,
    "facility_cell": _OFFICE,
    "facility_figure": _OFFICE,
}
ARGUMENTS: dict[str, Arguments] = {
    "facility_review": _of_year,
    "facility_review_publish": _of_year,
    "facility_review_export": _of_year,
    "facility_table": _table,
    "facility_papers": lambda scene: {"year": 2025, "ulid": _year(scene).table.facility.ulid},
    "facility_cell": _cell,
    "facility_figure": lambda scene: {**_table(scene), "key": "effective_hours"},
}
ALSO: dict[str, Exceptions] = {
    # Lin manages the unit in which the facility stands.
    name: {"lin": 200}
    for name in (
        *("facility_review", "facility_review_export", "facility_table", "facility_cell"),
        *("facility_papers", "facility_figure"),
    )
}
POSTS: dict[str, Statuses] = {"facility_review_publish": (SIGN_IN, 404, 404, 404, 302)}

API: dict[str, Answers] = {
    "GET /api/v1/facility-reviews": ANYBODY,
    "GET /api/v1/facility-reviews/{year}": (404, 404, 404, 404, 200),
    "GET /api/v1/facility-reviews/tables/{ulid}": (404, 404, 404, 404, 200),
    "PUT /api/v1/facility-reviews/tables/{ulid}/cells/{key}": (404, 404, 404, 404, 200),
}
CALLS: dict[str, Calls] = {
    "GET /api/v1/facility-reviews/{year}": lambda scene: Call(_of_year(scene)),
    "GET /api/v1/facility-reviews/tables/{ulid}": lambda scene: Call(_table(scene)),
    "PUT /api/v1/facility-reviews/tables/{ulid}/cells/{key}": lambda scene: Call(
        _cell(scene), body={"value": 3}
    ),
}

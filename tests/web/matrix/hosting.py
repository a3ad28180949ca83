"""Rows of hosting: an agreement is for its two sides and the office; nobody else hears that it exists, a
member of the owner's group as little as a stranger. The board is the office's.
"""

from apps.core.figures import Figure, FigureUnit
from apps.hosting.models import Agreement, Breach, Photo, Statement
from apps.hosting.negotiating import propose_terms
from apps.hosting.photos import add_photo
from apps.instruments.operations import open_work_order
from apps.people.operations import grant_authorization
from tests.factories.hosting import House, fresh, house, inspected, running, terms
from tests.factories.instruments import sister
from tests.web.matrix.rows import (
    ANYBODY,
    ONLY_POST,
    SIGN_IN,
    SIGNED_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Statuses,
)
from tests.web.scene import Scene
from workflows.hosting.ending import complain, leave

OFFICE: Statuses = (SIGN_IN, 404, 404, 404, 200)
BOARD: Statuses = (SIGN_IN, 403, 403, 403, 200)
# The office reads, and proposes nothing.
NOT_A_SIDE: Statuses = (SIGN_IN, 404, 404, 404, 403)


def _home(scene: Scene) -> House:
    def made() -> House:
        machine = sister(scene.people.sem, "QY990077", scene.now)
        home = house(scene.people, scene.now, machine)
        scope = f"facility:{home.facility.ulid}"  # Bob acts for the host too
        grant_authorization(
            user=scene.people.bob, kind="manage", scope=scope, grantor=scene.people.office, now=scene.now
        )
        return home

    return scene.once("hosting_house", made)


def _running(scene: Scene) -> Agreement:
    return scene.once("hosting_running", lambda: running(_home(scene)))


def _negotiated(scene: Scene) -> Agreement:
    """An agreement whose terms are on the table; about a machine of its own."""

    def made() -> Agreement:
        home = _home(scene)
        agreement = inspected(_beside(scene, "QY990078"))
        propose_terms(agreement=agreement, terms=terms(scene.now), by=home.hana, now=scene.now, base=0)
        return fresh(agreement)

    return scene.once("hosting_negotiated", made)


def _statement(scene: Scene) -> Statement:
    agreement = _running(scene)
    return scene.once(
        "hosting_statement",
        lambda: Statement.objects.create(
            agreement=agreement,
            month="2026-10",
            at=scene.now,
            income_fen=0,
            owner_fen=0,
            repairs_fen=0,
            content={
                "month": "2026-10",
                "figures": {"bookings": Figure("bookings", FigureUnit.TIMES, 0).as_json()},
                "shares": [],
                "repairs": [],
            },
        ),
    )


def _photo(scene: Scene) -> Photo:
    home, agreement = _home(scene), _running(scene)
    return scene.once(
        "hosting_photo",
        lambda: add_photo(
            agreement=agreement,
            about="in",
            item="主机",
            name="a.png",
            content=b"\x89PNG\r\n\x1a\n0000",
            by=home.hana,
            now=scene.now,
        ),
    )


def _left(scene: Scene) -> Agreement:
    """An agreement that its owner has given up; about a machine of its own."""

    def made() -> Agreement:
        agreement = running(_beside(scene, "QY990080"))
        leave(agreement=agreement, reason="需要自用", by=_home(scene).owner, now=scene.now)
        return fresh(agreement)

    return scene.once("hosting_left", made)


def _warned(scene: Scene) -> dict[str, object]:
    """An agreement whose host is warned; about a machine of its own."""

    def made() -> Breach:
        agreement = running(_beside(scene, "QY990081"))
        complain(agreement=agreement, side="host", what="无人值守", by=_home(scene).owner, now=scene.now)
        return agreement.breaches.get()

    breach = scene.once("hosting_warned", made)
    return {"ulid": breach.agreement.ulid, "breach": breach.ulid}


def _beside(scene: Scene, asset_no: str) -> House:
    """The same people about another machine."""
    return House(**{**vars(_home(scene)), "machine": sister(scene.people.sem, asset_no, scene.now)})


def one(scene: Scene) -> dict[str, object]:
    """The agreement that runs."""
    return {"ulid": _running(scene).ulid}


def open_terms(scene: Scene) -> dict[str, object]:
    """The agreement that is negotiated."""
    return {"ulid": _negotiated(scene).ulid}


def bookings_of(scene: Scene) -> dict[str, object]:
    """A figure of the statement."""
    return {"ulid": _statement(scene).ulid, "key": "bookings"}


def order(scene: Scene) -> dict[str, object]:
    """Work on the instrument that is hosted."""
    home, agreement = _home(scene), _running(scene)
    made = scene.once(
        "hosting_order",
        lambda: open_work_order(instrument=home.machine, summary="泵", by=home.hugo, now=scene.now),
    )
    return {"ulid": agreement.ulid, "order": made.ulid}


ROUTES: dict[str, Statuses] = {
    "hosting_list": SIGNED_IN,
    "hosting_board": BOARD,
    "hosting_export": BOARD,
    "hosting_agreement": OFFICE,
    "hosting_differences": OFFICE,
    "hosting_terms": NOT_A_SIDE,
    "hosting_accept": ONLY_POST,
    "hosting_photo": OFFICE,
    "hosting_photo_add": OFFICE,
    "hosting_cost": OFFICE,
    "hosting_statement": OFFICE,
    "hosting_figure": OFFICE,
    "hosting_figure_export": OFFICE,
    "hosting_leave": OFFICE,
    "hosting_breach": OFFICE,
}
ARGUMENTS: dict[str, Arguments] = {
    "hosting_agreement": one,
    "hosting_differences": open_terms,
    "hosting_terms": open_terms,
    "hosting_accept": open_terms,
    "hosting_photo": lambda scene: {"ulid": _photo(scene).ulid},
    "hosting_photo_add": one,
    "hosting_cost": order,
    "hosting_statement": lambda scene: {"ulid": _statement(scene).ulid},
    "hosting_figure": bookings_of,
    "hosting_figure_export": bookings_of,
    "hosting_leave": one,
    "hosting_breach": one,
}
# What an empty POST answers: back to the differences, with what was refused.
POSTS: dict[str, Statuses] = {"hosting_accept": (SIGN_IN, 404, 404, 404, 302)}
_OWNER = {"wang": 200}
ALSO: dict[str, dict[str, int]] = {
    **{name: _OWNER for name in ROUTES if name not in ("hosting_list", "hosting_board", "hosting_export")},
    "hosting_accept": {"wang": 405},
}

# charlie, alice, teng, mei, office
NOBODY: Answers = (404, 404, 404, 404, 200)
RUNNING = ("/breaches", "/inventories", "/repairs")
API: dict[str, Answers] = {
    "GET /api/v1/hosting": ANYBODY,
    "GET /api/v1/hosting/{ulid}": NOBODY,
    "GET /api/v1/hosting/{ulid}/versions": NOBODY,
    "GET /api/v1/hosting/{ulid}/statements": NOBODY,
    "POST /api/v1/hosting/{ulid}/versions": (404, 404, 404, 404, 403),
    "POST /api/v1/hosting/{ulid}/versions/{number}/accept": (404, 404, 404, 404, 403),
    "POST /api/v1/processes/hosting/cases": (422, 422, 422, 422, 422),
    **{f"GET /api/v1/hosting/{{ulid}}{tail}": NOBODY for tail in RUNNING},
    "GET /api/v1/hosting/{ulid}/notice": NOBODY,
    "POST /api/v1/hosting/{ulid}/notice": (404, 404, 404, 404, 403),
    "POST /api/v1/hosting/{ulid}/breaches": (404, 404, 404, 404, 201),
    "POST /api/v1/hosting/{ulid}/breaches/{breach}/settle": (404, 404, 404, 404, 200),
    "PUT /api/v1/hosting/{ulid}/repairs/{work_order}/cost": (404, 404, 404, 404, 403),
}
API_ALSO: dict[str, dict[str, int]] = {
    "GET /api/v1/hosting/{ulid}": {"wang": 200},
    "GET /api/v1/hosting/{ulid}/versions": {"wang": 200},
    "GET /api/v1/hosting/{ulid}/statements": {"wang": 200},
    "POST /api/v1/hosting/{ulid}/versions": {"wang": 201},
    "POST /api/v1/hosting/{ulid}/versions/{number}/accept": {"wang": 200},
    "POST /api/v1/processes/hosting/cases": {"wang": 201},
    **{f"GET /api/v1/hosting/{{ulid}}{tail}": {"wang": 200} for tail in RUNNING},
    "GET /api/v1/hosting/{ulid}/notice": {"wang": 200},
    "POST /api/v1/hosting/{ulid}/notice": {"wang": 201},
    "POST /api/v1/hosting/{ulid}/breaches": {"wang": 201},
    "POST /api/v1/hosting/{ulid}/breaches/{breach}/settle": {"wang": 403},
    "PUT /api/v1/hosting/{ulid}/repairs/{work_order}/cost": {"wang": 403, "bob": 200},
}


def _proposal(scene: Scene) -> Call:
    said = terms(scene.now, exit_days=99).as_json()
    return Call(path=open_terms(scene), body={**said, "base": 1})


def _offer(scene: Scene) -> Call:
    """Wang's own group: nobody else may choose it."""
    home = _home(scene)
    return Call(
        body={
            "asset_no": "QY990079",
            "name_zh": "某仪器",
            "group": home.they.group.ulid,
            "facility": home.facility.ulid,
            "why": "闲置",
        }
    )


CALLS: dict[str, Calls] = {
    **{
        f"GET /api/v1/hosting/{{ulid}}{tail}": lambda scene: Call(path=one(scene))
        for tail in ("", "/versions", "/statements", *RUNNING)
    },
    "GET /api/v1/hosting/{ulid}/notice": lambda scene: Call(path={"ulid": _left(scene).ulid}),
    "POST /api/v1/hosting/{ulid}/notice": lambda scene: Call(path=one(scene), body={"reason": "需要自用"}),
    "POST /api/v1/hosting/{ulid}/breaches": lambda scene: Call(
        path=one(scene), body={"side": "host", "what": "无人值守"}
    ),
    "POST /api/v1/hosting/{ulid}/breaches/{breach}/settle": lambda scene: Call(
        path=_warned(scene), body={"state": "cured"}
    ),
    "PUT /api/v1/hosting/{ulid}/repairs/{work_order}/cost": lambda scene: Call(
        path={"ulid": order(scene)["ulid"], "work_order": order(scene)["order"]},
        body={"cost_fen": 800_000, "note": "泵"},
    ),
    "POST /api/v1/hosting/{ulid}/versions": _proposal,
    "POST /api/v1/hosting/{ulid}/versions/{number}/accept": lambda scene: Call(
        path={**open_terms(scene), "number": 1}
    ),
    "POST /api/v1/processes/hosting/cases": _offer,
}

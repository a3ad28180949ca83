"""Rows of the evaluation room: schemes are read by everybody who is signed in and written by the office; a
round is seen by whoever has a sheet in it, a sheet by its crew and its units.
"""

from typing import Any

from apps.evaluation import schemes
from apps.evaluation.models import Claim, Scheme, SchemeVersion
from apps.evaluation.publications import claim_paper
from tests.web.evaluating import evidence_of, item_of, own_sheet, round_of
from tests.web.matrix.rows import (
    ANYBODY,
    HIDDEN,
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

OFFICE: Statuses = (SIGN_IN, 403, 403, 403, 200)


def _adopted(scene: Scene) -> SchemeVersion:
    def make() -> SchemeVersion:
        schemes.install_shipped(now=scene.now)
        return SchemeVersion.objects.get(scheme__key="ministry", number=1)

    return scene.once("scheme", make)


def _draft(scene: Scene) -> SchemeVersion:
    _adopted(scene)
    scheme = Scheme.objects.get(key="school")
    return scene.once(
        "draft", lambda: schemes.begin_draft(scheme=scheme, by=scene.people.office, now=scene.now)
    )


def _at(row: Any) -> dict[str, object]:
    return {"ulid": row.ulid}


def _claim(scene: Scene) -> Claim:
    return scene.once(
        "claim",
        lambda: claim_paper(sheet=own_sheet(scene), title="A study", year=2026, by=None, now=scene.now),
    )


ROUTES: dict[str, Statuses] = {
    "evaluation_list": SIGNED_IN,
    "evaluation_open": OFFICE,
    "evaluation_consequences": OFFICE,
    "evaluation_evidence": (SIGN_IN, 404, 404, 409, 409),  # not sent to the end
    "evaluation_round": HIDDEN,
    "evaluation_progress": HIDDEN,
    "evaluation_export": HIDDEN,
    "evaluation_results": (404, 404, 404, 404, 404),  # it is not published
    "evaluation_sheet": HIDDEN,
    "evaluation_figure": HIDDEN,
    "evaluation_item_add": HIDDEN,
    "evaluation_paper_add": HIDDEN,
    "evaluation_appeal": HIDDEN,
    "evaluation_item_withdraw": ONLY_POST,
    "evaluation_item_correct": HIDDEN,
    "evaluation_evidence_begin": ONLY_POST,
    "evaluation_claim_withdraw": ONLY_POST,
    "evaluation_claim_refuse": HIDDEN,
    "evaluation_scheme_list": SIGNED_IN,
    "evaluation_scheme_new": OFFICE,
    "evaluation_scheme_install": ONLY_POST,
    "evaluation_scheme": SIGNED_IN,
    "evaluation_scheme_draft": ONLY_POST,
    "evaluation_scheme_edit": OFFICE,
    "evaluation_scheme_check": ONLY_POST,
    "evaluation_scheme_adopt": OFFICE,
    "evaluation_scheme_discard": OFFICE,
    "evaluation_simulator": SIGNED_IN,
}
ARGUMENTS: dict[str, Arguments] = {
    "evaluation_evidence": lambda scene: {"ulid": evidence_of(scene).ulid},
    **dict.fromkeys(
        ("evaluation_round", "evaluation_progress", "evaluation_export", "evaluation_results"),
        lambda scene: {"ulid": round_of(scene).ulid},
    ),
    **dict.fromkeys(
        ("evaluation_sheet", "evaluation_item_add", "evaluation_paper_add", "evaluation_appeal"),
        lambda scene: {"ulid": own_sheet(scene).ulid},
    ),
    "evaluation_figure": lambda scene: {"ulid": own_sheet(scene).ulid, "key": "effective_hours"},
    **dict.fromkeys(
        ("evaluation_item_withdraw", "evaluation_item_correct", "evaluation_evidence_begin"),
        lambda scene: {"ulid": item_of(scene).ulid},
    ),
    **dict.fromkeys(
        ("evaluation_claim_withdraw", "evaluation_claim_refuse"),
        lambda scene: {"ulid": _claim(scene).ulid},
    ),
    "evaluation_scheme": lambda scene: _at(_adopted(scene)),
    "evaluation_simulator": lambda scene: _at(_adopted(scene)),
    "evaluation_scheme_draft": lambda scene: _at(_draft(scene)),
    "evaluation_scheme_edit": lambda scene: _at(_draft(scene)),
    "evaluation_scheme_check": lambda scene: _at(_draft(scene)),
    "evaluation_scheme_adopt": lambda scene: _at(_draft(scene)),
    "evaluation_scheme_discard": lambda scene: _at(_draft(scene)),
}
POSTS: dict[str, Statuses] = {
    "evaluation_item_withdraw": (SIGN_IN, 404, 404, 302, 302),
    "evaluation_claim_withdraw": (SIGN_IN, 404, 404, 302, 302),
    "evaluation_evidence_begin": (SIGN_IN, 404, 404, 422, 422),  # an empty file
    "evaluation_scheme_install": (SIGN_IN, 403, 403, 403, 302),
    "evaluation_scheme_draft": (SIGN_IN, 403, 403, 403, 302),
    "evaluation_scheme_check": (SIGN_IN, 403, 403, 403, 200),
}
# Mei manages another unit; Lin the unit of the FE-SEM A.
_LIN: Exceptions = {"lin": 200}
ALSO: dict[str, Exceptions] = dict.fromkeys(
    (
        *("evaluation_round", "evaluation_progress", "evaluation_export", "evaluation_sheet"),
        *("evaluation_item_add", "evaluation_paper_add", "evaluation_appeal"),
        *("evaluation_item_correct", "evaluation_claim_refuse", "evaluation_figure"),
    ),
    _LIN,
)

HELD: Answers = (404, 404, 200, 404, 200)
MADE: Answers = (404, 404, 201, 404, 201)
API: dict[str, Answers] = {
    "GET /api/v1/evaluations/rounds": ANYBODY,
    "GET /api/v1/evaluations/rounds/{ulid}/sheets": HELD,
    "GET /api/v1/evaluations/sheets/{ulid}": HELD,
    "POST /api/v1/evaluations/sheets/{ulid}/items": MADE,
    "POST /api/v1/evaluations/sheets/{ulid}/papers": MADE,
    "POST /api/v1/evaluations/sheets/{ulid}/appeal": (404, 404, 409, 404, 409),  # no notice stands
}
_ITEM = {"key": "prizes_school", "amount": "1", "what": "A prize"}
_PAPER = {"title": "Another study", "year": 2026, "doi": "10.1038/x7"}
CALLS: dict[str, Calls] = {
    "GET /api/v1/evaluations/rounds/{ulid}/sheets": lambda scene: Call(path=_at(round_of(scene))),
    "GET /api/v1/evaluations/sheets/{ulid}": lambda scene: Call(path=_at(own_sheet(scene))),
    "POST /api/v1/evaluations/sheets/{ulid}/items": lambda scene: Call(
        path=_at(own_sheet(scene)), body=_ITEM
    ),
    "POST /api/v1/evaluations/sheets/{ulid}/papers": lambda scene: Call(
        path=_at(own_sheet(scene)), body=_PAPER
    ),
    "POST /api/v1/evaluations/sheets/{ulid}/appeal": lambda scene: Call(
        path=_at(own_sheet(scene)), body={"reason": "wrong"}
    ),
}

"""Rows of the fees room: a draft of Teng's about the FE-SEM. Whoever manages the instrument may work on it;
to anybody else it does not exist.
"""

from apps.fees.content import Sheet
from apps.fees.drafting import create_draft
from apps.fees.evidence import add_file
from apps.fees.models import EarlierSheet, Proposal
from apps.fees.replacing import replace_sheet
from tests.web.matrix.rows import (
    ANYBODY,
    CREW,
    HIDDEN,
    ONLY_POST,
    SIGN_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Exceptions,
    Statuses,
)
from tests.web.scene import Scene


def proposal(scene: Scene, kind: str = "fee") -> Proposal:
    """Teng's draft of a kind."""
    they = scene.people
    return scene.once(
        f"proposal {kind}",
        lambda: create_draft(kind=kind, instruments=[they.sem], by=they.teng, now=scene.now),
    )


def draft(scene: Scene) -> dict[str, object]:
    """The draft of a fee standard."""
    return {"ulid": proposal(scene).ulid}


def sheet(scene: Scene) -> dict[str, object]:
    """Its only sheet."""
    return {**draft(scene), "asset_no": scene.people.sem.asset_no}


def closed(scene: Scene) -> dict[str, object]:
    """The application not to open."""
    return {"ulid": proposal(scene, "not_open").ulid}


def file(scene: Scene) -> dict[str, object]:
    """A file of the draft."""
    made = add_file(
        proposal=proposal(scene), name="a.pdf", content=b"%PDF-1.7 a", by=scene.people.teng, now=scene.now
    )
    return {"ulid": made.ulid}


def earlier(scene: Scene) -> dict[str, object]:
    """What its sheet said before it was replaced."""
    found = proposal(scene)
    found.refresh_from_db()
    kept = replace_sheet(
        proposal=found,
        sheet=Sheet(scene.people.sem.ulid, note=f"x{found.revision}"),
        instrument=scene.people.sem,
        cause=EarlierSheet.Cause.WORKBOOK,
        revision=found.revision,
        by=scene.people.teng,
        now=scene.now,
    )
    assert kept is not None
    return {**sheet(scene), "kept": kept.ulid}


ROUTES: dict[str, Statuses] = {
    "fee_proposal_list": CREW,
    "fee_proposal_new": CREW,
    "fee_proposal": HIDDEN,
    "fee_discard": HIDDEN,
    "fee_not_open": HIDDEN,
    "fee_sheet": HIDDEN,
    "fee_sheet_live": ONLY_POST,
    "fee_figures": HIDDEN,
    "fee_copy": HIDDEN,
    "fee_export": HIDDEN,
    "fee_import": HIDDEN,
    "fee_import_confirm": ONLY_POST,
    "fee_earlier": HIDDEN,
    "fee_file_add": HIDDEN,
    "fee_file": HIDDEN,
    "fee_file_remove": HIDDEN,
}
ARGUMENTS: dict[str, Arguments] = {
    "fee_proposal": draft,
    "fee_discard": draft,
    "fee_not_open": closed,
    "fee_file_add": draft,
    "fee_file": file,
    "fee_file_remove": file,
    **dict.fromkeys(
        (
            *("fee_sheet", "fee_sheet_live", "fee_figures", "fee_copy", "fee_export", "fee_import"),
            "fee_import_confirm",
        ),
        sheet,
    ),
    "fee_earlier": earlier,
}
# Nothing names the revision that was edited, or what was previewed, so nothing is saved.
POSTS: dict[str, Statuses] = {
    "fee_sheet_live": (SIGN_IN, 404, 404, 409, 409),
    "fee_import_confirm": (SIGN_IN, 404, 404, 422, 422),
}
# Lin manages the unit around the instrument; a right over a unit without instruments opens an empty list.
ALSO: dict[str, Exceptions] = {
    **{name: {"lin": status[3]} for name, status in ROUTES.items() if status == HIDDEN},
    "fee_proposal_list": {"mei": 200},
    "fee_proposal_new": {"mei": 200},
}
API: dict[str, Answers] = {
    "GET /api/v1/fee-proposals": ANYBODY,
    "GET /api/v1/fee-proposals/{ulid}": (404, 404, 200, 404, 200),
    "POST /api/v1/fee-proposals": (403, 403, 201, 403, 201),
    "POST /api/v1/fee-proposals/{ulid}/draft": (404, 404, 200, 404, 200),
    "POST /api/v1/fee-proposals/{ulid}/discard": (404, 404, 200, 404, 200),
}


def wish(scene: Scene) -> Call:
    """A draft about the FE-SEM."""
    return Call(body={"kind": "fee", "asset_nos": [scene.people.sem.asset_no], "title": "SEM"})


def saved(scene: Scene) -> Call:
    """The draft as it is, under its revision."""
    found = proposal(scene)
    sheet = {"instrument": scene.people.sem.ulid, "note": "x"}
    body = {"revision": found.revision, "content": {"kind": "fee", "sheets": [sheet]}}
    return Call(path=draft(scene), body=body)


CALLS: dict[str, Calls] = {
    "GET /api/v1/fee-proposals/{ulid}": lambda scene: Call(path=draft(scene)),
    "POST /api/v1/fee-proposals": wish,
    "POST /api/v1/fee-proposals/{ulid}/draft": saved,
    "POST /api/v1/fee-proposals/{ulid}/discard": lambda scene: Call(path=draft(scene), body={}),
}

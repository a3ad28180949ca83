"""Rows of the committee's pages: Teng's case, whose panel of three votes. Teng is its applicant and may
follow it; the secretary and the office run it. What members may do is in tests/web/test_fee_review_pages.py.
"""

from apps.fees.noticing import open_notice
from tests.web.matrix.fee_review import case, voting
from tests.web.matrix.rows import EVERYBODY, SIGN_IN, SIGNED_IN, Arguments, Statuses
from tests.web.scene import Scene
from workflows.fee_review.asked import submission_of
from workflows.judging.lookup import panel_of

SEEN: Statuses = (SIGN_IN, 404, 404, 200, 200)
RUN: Statuses = (SIGN_IN, 404, 404, 403, 200)
NOBODYS: Statuses = (SIGN_IN, 403, 403, 403, 403)


def notice(scene: Scene) -> dict[str, object]:
    """A notice of the case's prices."""
    case_of = voting(scene)[0]
    made = scene.once("notice", lambda: open_notice(submission=submission_of(case_of), now=scene.now))
    return {"ulid": made.ulid}


def seat(scene: Scene) -> dict[str, object]:
    """A place on the panel."""
    panel = panel_of(voting(scene)[0])
    assert panel is not None
    return {**case(scene), "seat": panel.seats.order_by("position")[0].ulid, "verb": "substitute"}


ROUTES: dict[str, Statuses] = {
    "fee_notice_list": EVERYBODY,
    "fee_notice": EVERYBODY,
    "fee_review_list": SIGNED_IN,
    "fee_review_together": NOBODYS,
    "fee_review_dossier": SEEN,
    "fee_review_effect": SEEN,
    "fee_review_past": SEEN,
    "fee_review_votes": SEEN,
    "fee_review_file": (SIGN_IN, 404, 404, 404, 404),
    "fee_review_board": RUN,
    "fee_review_round": RUN,
    "fee_review_seat": RUN,
}
ARGUMENTS: dict[str, Arguments] = {
    **dict.fromkeys(
        (*("fee_review_dossier", "fee_review_past", "fee_review_votes", "fee_review_board"),),
        case,
    ),
    "fee_notice": notice,
    "fee_review_effect": lambda scene: {**case(scene), "asset_no": scene.people.sem.asset_no},
    "fee_review_file": lambda scene: {**case(scene), "file": "01none"},
    "fee_review_round": lambda scene: {**case(scene), "verb": "extend"},
    "fee_review_seat": seat,
}

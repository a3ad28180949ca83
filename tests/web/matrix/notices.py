"""Rows of the notices: everybody has their own, and nobody somebody else's."""

from apps.notices.operations import notify
from tests.web.matrix.rows import ONLY_POST, SIGN_IN, SIGNED_IN, Arguments, Statuses
from tests.web.scene import Scene


def notice(scene: Scene) -> dict[str, object]:
    """Something that Alice was told."""
    told = notify(user=scene.people.alice, kind="account.card_issued", now=scene.now, args={"card": "…E5F6"})
    return {"ulid": told.ulid}


ROUTES: dict[str, Statuses] = {
    "notice_list": SIGNED_IN,
    "notice_preferences": SIGNED_IN,
    "notice_open": (SIGN_IN, 404, 302, 404, 404),
    "notice_read": ONLY_POST,
    "notice_read_all": ONLY_POST,
    "notice_messenger": ONLY_POST,
    "notice_mailbox": ONLY_POST,
}
POSTS: dict[str, Statuses] = {
    "notice_read": (SIGN_IN, 404, 302, 404, 404),
    "notice_read_all": (SIGN_IN, 302, 302, 302, 302),
    "notice_messenger": (SIGN_IN, 422, 422, 422, 422),
    "notice_mailbox": (SIGN_IN, 404, 404, 404, 404),  # nobody's mailbox has refused anything
}
ARGUMENTS: dict[str, Arguments] = {"notice_open": notice, "notice_read": notice}

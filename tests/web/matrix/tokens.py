"""Rows of API tokens and of the interface itself. The token is Alice's; not even the office sees it."""

from apps.tokens.operations import create_token
from tests.web.matrix.rows import ANYBODY, EVERYBODY, SIGN_IN, SIGNED_IN, Answers, Arguments, Statuses
from tests.web.scene import Scene


def token(scene: Scene) -> dict[str, object]:
    """A token of Alice's."""
    alice = scene.people.alice
    made, _secret = create_token(user=alice, name="脚本", scopes=["me:read"], by=alice, now=scene.now)
    return {"ulid": made.ulid}


ROUTES: dict[str, Statuses] = {
    "token_list": SIGNED_IN,
    "token_create": (SIGN_IN, 302, 302, 302, 302),  # the step-up
    "token_revoke": (SIGN_IN, 404, 200, 404, 404),
    "api_docs": EVERYBODY,
    "api_nowhere": (404, 404, 404, 404, 404),
}
ARGUMENTS: dict[str, Arguments] = {"token_revoke": token}
API: dict[str, Answers] = {"GET /api/v1/me": ANYBODY}

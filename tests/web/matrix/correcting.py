"""Rows of ends of uses that were proposed. The use is Alice's; Teng manages the instrument."""

from apps.usage.correcting import propose_correction
from apps.usage.models import UsageCorrection, UsageRecord
from tests.factories.usage import Past, past_uses
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
from tests.web.scene import HOUR, MINUTE, Scene


def past_use(scene: Scene) -> UsageRecord:
    """Half an hour of Alice's two hours ago, made once."""
    use = Past(scene.now - 2 * HOUR, 1_800_000, scene.people.alice)
    return scene.once("past use", lambda: past_uses(scene.people.sem, [use])[0])


def proposed(scene: Scene) -> UsageCorrection:
    """That she left after ten minutes, open whoever answered it."""
    record = past_use(scene)
    found = UsageCorrection.objects.filter(record=record, state="open").first()
    return found or propose_correction(
        record=record,
        end=record.started_at + 10 * MINUTE,
        reason="forgot",
        by=scene.people.alice,
        now=scene.now,
    )


def correction(scene: Scene) -> dict[str, object]:
    """The open proposal."""
    return {"ulid": proposed(scene).ulid}


ROUTES: dict[str, Statuses] = {
    "usage_corrections": SIGNED_IN,
    "usage_correct": (SIGN_IN, 404, 200, 200, 200),
    "usage_correction": (SIGN_IN, 404, 200, 200, 200),
    "usage_correction_withdraw": ONLY_POST,
}
ARGUMENTS: dict[str, Arguments] = {
    "usage_correct": lambda scene: {"ulid": past_use(scene).ulid},
    "usage_correction": correction,
    "usage_correction_withdraw": correction,
}
ALSO: dict[str, Exceptions] = {
    "usage_correct": {"lin": 200},
    "usage_correction": {"lin": 200},
}
POSTS: dict[str, Statuses] = {"usage_correction_withdraw": (SIGN_IN, 404, 302, 403, 403)}
API: dict[str, Answers] = {
    "GET /api/v1/usage": ANYBODY,
    "GET /api/v1/usage/parts": ANYBODY,
    "GET /api/v1/bookings/{ulid}/cancellation": (404, 200, 200, 404, 200),
    "GET /api/v1/usage/{ulid}/evidence": (404, 200, 200, 404, 200),
    "POST /api/v1/usage/{ulid}/corrections": (404, 409, 409, 404, 409),
    "GET /api/v1/usage-corrections": ANYBODY,
    "POST /api/v1/usage-corrections/{ulid}/answer": (404, 403, 200, 404, 200),
    "POST /api/v1/usage-corrections/{ulid}/withdraw": (404, 200, 403, 404, 403),
}
CALLS: dict[str, Calls] = {
    "GET /api/v1/bookings/{ulid}/cancellation": lambda scene: Call(path={"ulid": scene.booking.ulid}),
    "GET /api/v1/usage/{ulid}/evidence": lambda scene: Call(path={"ulid": past_use(scene).ulid}),
    # One waits already, whoever asks.
    "POST /api/v1/usage/{ulid}/corrections": lambda scene: Call(
        path={"ulid": proposed(scene).record.ulid},
        body={"end": (scene.now - 2 * HOUR + 5 * MINUTE).isoformat(), "reason": "forgot"},
    ),
    "POST /api/v1/usage-corrections/{ulid}/answer": lambda scene: Call(
        path=correction(scene), body={"confirm": False, "reason": "no"}
    ),
    "POST /api/v1/usage-corrections/{ulid}/withdraw": lambda scene: Call(path=correction(scene)),
}

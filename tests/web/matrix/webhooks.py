"""Rows of webhooks. The webhook is Alice's; not even the office sees it."""

from django.test import override_settings

from apps.core import clock
from apps.webhooks.models import Delivery, Webhook
from apps.webhooks.operations import create_webhook, deliver
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


def _hook(scene: Scene) -> Webhook:
    def made() -> Webhook:
        alice = scene.people.alice
        with override_settings(NOTICES_ALLOW_LOCAL=True):
            hook, _secret = create_webhook(
                user=alice,
                label="排期程序",
                address="http://127.0.0.1:9/in",
                events=["booking.confirmed"],
                instrument=None,
                by=alice,
                now=clock.now(),
            )
        return hook

    return scene.once("webhook", made)


def webhook(scene: Scene) -> dict[str, object]:
    """Alice's webhook."""
    return {"ulid": _hook(scene).ulid}


def delivery(scene: Scene) -> dict[str, object]:
    """A line of its log."""
    hook, now = _hook(scene), clock.now()
    line = deliver(hook, "booking.confirmed", {}, now)
    Delivery.objects.filter(pk=line.pk).update(state=Delivery.State.DELIVERED, done_at=now)
    return {"ulid": line.ulid}


OWN: Statuses = (SIGN_IN, 404, 200, 404, 404)
STEP_UP: Statuses = (SIGN_IN, 404, 302, 404, 404)
ROUTES: dict[str, Statuses] = {
    "webhook_list": SIGNED_IN,
    "webhook_create": (SIGN_IN, 302, 302, 302, 302),  # the step-up
    "webhook_detail": OWN,
    "webhook_change": STEP_UP,
    "webhook_secret": STEP_UP,
    "webhook_end": OWN,
    "webhook_act": ONLY_POST,
    "webhook_again": ONLY_POST,
}
ARGUMENTS: dict[str, Arguments] = {
    "webhook_detail": webhook,
    "webhook_change": webhook,
    "webhook_secret": webhook,
    "webhook_end": webhook,
    "webhook_act": lambda scene: {**webhook(scene), "act": "pause"},
    "webhook_again": delivery,
}
POSTS: dict[str, Statuses] = {
    "webhook_act": STEP_UP,
    "webhook_again": STEP_UP,
}


def _call(scene: Scene) -> Call:
    return Call(path=webhook(scene))


def _bare(scene: Scene) -> Call:
    address = "https://93.184.215.14/in"  # public, and nobody has to be asked where it is
    return Call(body={"label": "x", "address": address, "events": ["booking.confirmed"]})


def _line(scene: Scene) -> Call:
    return Call(path=delivery(scene))


API: dict[str, Answers] = {
    "GET /api/v1/webhooks": ANYBODY,
    "POST /api/v1/webhooks": (201, 201, 201, 201, 201),
    "GET /api/v1/webhooks/{ulid}": (404, 200, 404, 404, 404),
    "DELETE /api/v1/webhooks/{ulid}": (404, 204, 404, 404, 404),
    "POST /api/v1/webhooks/{ulid}/secret": (404, 200, 404, 404, 404),
    "POST /api/v1/webhooks/{ulid}/resume": (404, 200, 404, 404, 404),
    "POST /api/v1/webhooks/{ulid}/test": (404, 202, 404, 404, 404),
    "GET /api/v1/webhooks/{ulid}/deliveries": (404, 200, 404, 404, 404),
    "POST /api/v1/webhooks/deliveries/{ulid}/again": (404, 202, 404, 404, 404),
}
API_ADMIN = {"POST /api/v1/webhooks": 403}  # not registered, so not active
CALLS: dict[str, Calls] = {
    **dict.fromkeys((key for key in API if "{ulid}" in key), _call),
    "POST /api/v1/webhooks": _bare,
    "POST /api/v1/webhooks/deliveries/{ulid}/again": _line,
}

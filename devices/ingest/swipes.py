"""A swipe becomes an answer: asked of the gate, granted or refused, stored with its signed reply, all in one
transaction under the controller's lock. This module owns that one `rid` is answered once and the same for
ever (I4); it judges nothing."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.clearances import gate
from apps.core.clock import to_ms
from devices import faultpoints
from devices.ingest.context import Caller, Handled
from devices.models import Controller, DeviceCommand, SwipeRequest
from devices.protocol import Reply, Swipe, Text
from devices.protocol.uplinks import UNSAID
from devices.signing import Outgoing, seal
from devices.terms import grant_of

LONGEST_SENTENCE = 480
MOST_CODES = 40
ASK_GRACE = timedelta(seconds=10)
_REFUSALS = {
    "device.no_such_node": Text(zh="此终端没有该节点", en="This controller has no such node"),
    "device.ask_unknown": Text(
        zh="该请求已失效。请重新发起", en="This request is no longer valid, please start again"
    ),
}


def answer(caller: Caller, swipe: Swipe, *, now: datetime) -> Handled:
    """The reply to a swipe. A repeated `rid` gets the stored bytes; a swipe of another boot is refused."""
    with transaction.atomic():
        controller = caller.locked()
        if controller.disabled_at is not None:
            return Handled(refused="device.disabled")
        if swipe.boot != controller.boot:
            return Handled(refused="replay.boot")
        stored = SwipeRequest.objects.filter(controller=controller, rid=swipe.rid).first()
        if stored is not None:
            return Handled(outgoing=(_stored_reply(caller, stored),))
        reply, gid, decision = _ask(caller, controller, swipe, now)
        outgoing = seal(caller.dev, reply)
        SwipeRequest.objects.create(
            controller=controller,
            rid=swipe.rid,
            boot=swipe.boot,
            received_at=now,
            allowed=reply.ok,
            codes=list(reply.codes),
            reply=outgoing.payload.decode("utf-8"),
            gid=gid,
            decision=decision,
        )
        faultpoints.reach("before_commit")
    faultpoints.reach("after_commit")
    return Handled(outgoing=(outgoing,), changed=True)


def _stored_reply(caller: Caller, stored: SwipeRequest) -> Outgoing:
    return Outgoing(f"iap/1/d/{caller.dev}/dn/reply", stored.reply.encode("utf-8"))


def _ask(caller: Caller, controller: Controller, swipe: Swipe, now: datetime) -> tuple[Reply, str, str]:
    """Reply, gid and decision ('' where there is none)."""
    node = caller.nodes.get(swipe.node)
    if node is None:
        return _refusal(swipe, "device.no_such_node", now), "", ""
    command = _claim_ask(controller, swipe, now)
    if swipe.ask is not None and command is None:
        return _refusal(swipe, "device.ask_unknown", now), "", ""
    result = gate.ask(
        dev=caller.dev,
        node=swipe.node,
        instrument_id=node.instrument_id,
        card_digest=swipe.card or "",
        card2_digest=swipe.card2,
        user_id=command.subject_id if command is not None else None,
        kind=swipe.kind if command is None else command.body["question"],
        purpose=command.body.get("purpose") if command is not None else None,
        lease_ms=node.lease_ms,
        off_ms=node.off_ms,
        idle_ms=node.idle_ms,
        now=now,
    )
    text = Text(zh=result.message_zh[:LONGEST_SENTENCE], en=result.message_en[:LONGEST_SENTENCE])
    grant = grant_of(result.grant) if result.allowed and result.grant is not None else None
    reply = Reply(
        boot=swipe.boot,
        rid=swipe.rid,
        now=to_ms(now),
        ok=grant is not None,
        grant=grant,
        codes=result.codes[:MOST_CODES],
        msg=text,
    )
    return reply, grant.gid if grant is not None else "", result.decision or ""


def _refusal(swipe: Swipe, code: str, now: datetime) -> Reply:
    return Reply(boot=swipe.boot, rid=swipe.rid, now=to_ms(now), ok=False, codes=(code,), msg=_REFUSALS[code])


def _claim_ask(controller: Controller, swipe: Swipe, now: datetime) -> DeviceCommand | None:
    """The order that this question answers, bound to this `rid` by compare-and-set: one order leads to one
    question.
    """
    if swipe.ask is None:
        return None
    # The device may take the whole waiting time to ask, after it has accepted the order at the last moment.
    orders = DeviceCommand.objects.filter(
        controller=controller,
        ulid=swipe.ask,
        kind="ask",
        expires_at__gt=now - ASK_GRACE,
        subject__isnull=False,
    )
    command = orders.first()
    if command is None or command.body.get("node") != swipe.node:
        return None
    # The order says what is asked; a device need not repeat it, but must not make something else of it.
    if swipe.kind not in (UNSAID, command.body.get("question")):
        return None
    if command.rid not in ("", swipe.rid):
        return None
    DeviceCommand.objects.filter(pk=command.pk).update(rid=swipe.rid)
    return command

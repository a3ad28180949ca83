"""What people order from a distance: lock a node, let a node ask for somebody who stands before it. It owns
that such an order is permitted, recorded and sent; whether the person may use the instrument is judged when
the node asks, by the gate, as for every card."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.clearances import gate
from apps.core import audit
from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from devices.downlink import order
from devices.models import ControlledNode, Controller, DeviceCommand

ASK_LIVES = timedelta(seconds=30)
LOCK_LIVES = timedelta(seconds=60)
TEST_LIVES = timedelta(seconds=60)


@transaction.atomic
def remote_unlock(
    *, dev: str, node: int, subject: Any, by: Any, now: datetime, reason: str, purpose: str | None = None
) -> DeviceCommand:
    """Let a node ask for `subject`, who stands before it without a card. The grant follows only when the
    rules permit this person.

    Raises NotPermitted devices.may_not_operate, Invalid devices.reason_missing, NotFound
    devices.no_such_node, WrongState devices.disabled or devices.offline.
    """
    place = _place(dev, node)
    _permit(by, place, now)
    _require(reason)
    return _ask(place, kind="remote", subject=subject, by=by, now=now, reason=reason, purpose=purpose)


@transaction.atomic
def check_in(*, dev: str, node: int, by: Any, now: datetime, purpose: str | None = None) -> DeviceCommand:
    """Let a node ask for the person who has just scanned its code. Raises NotFound, WrongState as
    `remote_unlock`.
    """
    return _ask(_place(dev, node), kind="checkin", subject=by, by=by, now=now, reason="", purpose=purpose)


@transaction.atomic
def ask_extension(*, dev: str, node: int, by: Any, now: datetime) -> DeviceCommand:
    """Let a running node ask for more time for its own user; the gate refuses it to anybody else. Raises
    NotFound, WrongState as `remote_unlock`.
    """
    return _ask(_place(dev, node), kind="extend", subject=by, by=by, now=now, reason="", purpose=None)


@transaction.atomic
def lock_node(*, dev: str, node: int, by: Any, now: datetime, reason: str) -> DeviceCommand:
    """Switch a node off now, whatever its class, and take back the grant under which it runs: without an
    answer to the order its lease ends. The next swipe is judged as ever: whoever wants the instrument out of
    use locks the instrument.

    Raises NotPermitted devices.may_not_operate, Invalid devices.reason_missing, NotFound
    devices.no_such_node.
    """
    place = _place(dev, node)
    _permit(by, place, now)
    _require(reason)
    gid = gate.stop_session(dev=dev, node=node, now=now)
    # No gid in the order: whatever runs goes off, also what the server does not know of yet.
    command = order(
        controller=place.controller, kind="lock", node=node, now=now, lives=LOCK_LIVES, asked_by_id=by.pk
    )
    _note("devices.locked", place, by, now, reason, command, session=gid)
    return command


@transaction.atomic
def run_self_test(*, dev: str, node: int, by: Any, now: datetime) -> DeviceCommand:
    """Let a controller test itself; how it went is told by `devices.self_test_seen`. It switches nothing.

    Raises NotPermitted devices.may_not_operate, NotFound devices.no_such_node, WrongState devices.disabled or
    devices.offline.
    """
    place = _place(dev, node)
    _permit(by, place, now)
    _require_there(place.controller)
    command = order(
        controller=place.controller,
        kind="self_test",
        node=place.node,
        now=now,
        lives=TEST_LIVES,
        asked_by_id=by.pk,
    )
    _note("devices.self_test_asked", place, by, now, "", command)
    return command


def _ask(
    place: ControlledNode,
    *,
    kind: str,
    subject: Any,
    by: Any,
    now: datetime,
    reason: str,
    purpose: str | None,
) -> DeviceCommand:
    controller = place.controller
    _require_there(controller)
    command = order(
        controller=controller,
        kind="ask",
        node=place.node,
        now=now,
        lives=ASK_LIVES,
        asked_by_id=by.pk,
        subject_id=subject.pk,
        purpose=purpose,
        # A device that has started anew in the meantime must not act on what was meant for the last boot.
        boot=controller.boot,
        # `kind` names the question, the row's own kind is 'ask'.
        question=kind,
    )
    _note(f"devices.{kind}_asked", place, by, now, reason, command)
    return command


def _require_there(controller: Controller) -> None:
    if controller.disabled_at is not None:
        raise WrongState(_("This controller was taken out of service."), code="devices.disabled")
    if not controller.online:
        raise WrongState(_("This controller is not connected just now."), code="devices.offline")


def _note(
    action: str,
    place: ControlledNode,
    by: Any,
    now: datetime,
    reason: str,
    command: DeviceCommand,
    **more: object,
) -> None:
    audit.record(
        action=action,
        object_ref=f"controller:{place.controller.dev}",
        now=now,
        actor=by,
        reason=reason,
        node=place.node,
        command=command.ulid,
        **more,
    )


def _place(dev: str, node: int) -> ControlledNode:
    found = ControlledNode.objects.select_related("controller").filter(controller__dev=dev, node=node).first()
    if found is None:
        raise NotFound(_("There is no such node."), code="devices.no_such_node")
    # Under the controller's lock, as everything about a device.
    found.controller = Controller.objects.select_for_update().get(pk=found.controller_id)
    return found


def _permit(by: Any, place: ControlledNode, now: datetime) -> None:
    if not gate.may_operate(user_id=by.pk, instrument_id=place.instrument_id, at=now):
        raise NotPermitted(_("You do not operate this instrument."), code="devices.may_not_operate")


def _require(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Please give a reason."), code="devices.reason_missing", field="reason")

"""Controllers come and go: enrolment, new keys, taking out of service. It owns what a controller is handed
once (its private key and its broker password are shown to whoever enrols it and kept nowhere) and the
broker's list of users; it grants nothing."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import audit
from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.outbox import publish
from devices import broker
from devices.address import broker_address
from devices.configuration import configure
from devices.downlink import order
from devices.models import ControlledNode, Controller
from devices.protocol import DEVICE_ID, Ed25519Signer, FrameError, b64url_encode, generate_seed
from devices.signing import server_keys

MOST_NODES = 64
LAST_ORDER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Everything a controller's configuration file needs; the only copy of its private key and password."""

    dev: str
    kid: str
    private_key: str = field(repr=False)
    server_keys: Mapping[str, str]
    mqtt: Mapping[str, str | int] = field(repr=False)
    nodes: tuple[Mapping[str, str | int], ...]
    card_key: str = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The configuration file's content."""
        return {**asdict(self), "nodes": [dict(node) for node in self.nodes]}


@transaction.atomic
def enrol_controller(
    *,
    dev: str,
    asset_no: str,
    now: datetime,
    node: int = 1,
    by: Any = None,
    periods: Mapping[str, int] | None = None,
    **node_terms: Any,
) -> Enrolment:
    """Enrol a new controller whose node `node` gates the instrument with this asset number.

    `periods` (ms) and `node_terms` (lease_ms, off_ms, hold_while_busy, idle_ms, gates) differ from the
    defaults where given. Raises Invalid devices.name, devices.node or devices.period; NotFound
    devices.instrument_unknown; WrongState devices.already_enrolled.
    """
    _check_name(dev, node)
    instrument = _instrument(asset_no)
    if Controller.objects.filter(dev=dev).exists():
        raise WrongState(
            _("A controller of this name is already enrolled."), code="devices.already_enrolled", field="dev"
        )
    seed, kid = _new_key()
    controller = Controller.objects.create(
        dev=dev, kid=kid, public_key=_public(kid, seed), enrolled_at=now, desired_ver=1
    )
    ControlledNode.objects.create(controller=controller, node=node, instrument=instrument, **node_terms)
    _configure(controller, periods)
    return _hand_over(controller, seed, now=now, by=by, action="devices.enrolled")


@transaction.atomic
def rotate_key(
    *, dev: str, now: datetime, by: Any = None, asset_no: str | None = None, node: int = 1
) -> Enrolment:
    """Give an enrolled controller a new key and a new password; the old ones count no more from this moment.
    With `asset_no`, a node that the controller does not have yet is added.

    Boots and connections are counted afresh, because nothing signed by the old key is believed any longer.
    Raises NotFound devices.unknown or devices.instrument_unknown, Invalid devices.node, WrongState
    devices.node_taken or devices.disabled.
    """
    controller = _locked(dev)
    if controller.disabled_at is not None:
        raise WrongState(_("This controller was taken out of service."), code="devices.disabled")
    if asset_no is not None:
        _add_node(controller, node, _instrument(asset_no))
    seed, kid = _new_key()
    controller.kid, controller.public_key = kid, _public(kid, seed)
    controller.boot, controller.bootn, controller.conn, controller.online = "", 0, 0, False
    controller.save(update_fields=["kid", "public_key", "boot", "bootn", "conn", "online"])
    controller.nodes.update(hb=0)
    _configure(controller, None)
    return _hand_over(controller, seed, now=now, by=by, action="devices.key_rotated")


@transaction.atomic
def disable_controller(*, dev: str, reason: str, now: datetime, by: Any = None) -> Controller:
    """Take a controller out of service: its frames are refused from now on, its stand-by grants are
    withdrawn, it is told to lock, and its leases are not renewed, so that everything behind it is off within
    one lease at the latest. Its history stays.

    Raises NotFound devices.unknown, WrongState devices.disabled.
    """
    controller = _locked(dev)
    if controller.disabled_at is not None:
        raise WrongState(_("This controller was taken out of service."), code="devices.disabled")
    controller.disabled_at, controller.online = now, False
    controller.standby, controller.standby_due = [], False
    controller.desired_ver += 1
    controller.save(update_fields=["disabled_at", "online", "standby", "standby_due", "desired_ver"])
    for node in controller.nodes.all():
        order(
            controller=controller, kind="lock", node=node.node, now=now, lives=LAST_ORDER, asked_by_id=_id(by)
        )
    folder = Path(settings.BROKER_DIR)
    if folder.is_dir():
        broker.remove_user(folder, dev)
    audit.record(action="devices.disabled", object_ref=f"controller:{dev}", now=now, actor=by, reason=reason)
    return controller


def _hand_over(controller: Controller, seed: bytes, *, now: datetime, by: Any, action: str) -> Enrolment:
    password = broker.new_password()
    address = broker_address(settings.MQTT_URL)
    enrolment = Enrolment(
        dev=controller.dev,
        kid=controller.kid,
        private_key=b64url_encode(seed),
        server_keys=server_keys(),
        mqtt={
            "host": address.host,
            "port": address.port,
            "username": controller.dev,
            "password": password,
        },
        nodes=tuple(
            {"node": row.node, "instrument": row.instrument.asset_no}
            for row in controller.nodes.select_related("instrument").order_by("node")
        ),
        card_key=settings.CARD_KEY,
    )
    audit.record(
        action=action, object_ref=f"controller:{controller.dev}", now=now, actor=by, kid=controller.kid
    )
    publish("devices.controller_enrolled", now=now, dev=controller.dev)
    _tell_broker(controller.dev, password)
    return enrolment


def _tell_broker(dev: str, password: str) -> None:
    """Last, because files do not roll back: a user too many can do nothing, no row believes its frames."""
    folder = Path(settings.BROKER_DIR)
    if not folder.is_dir():
        return
    try:
        broker.set_password(folder, dev, password)
    except broker.BrokerError as problem:
        raise Invalid(str(problem), code=problem.code) from problem


def _check_name(dev: str, node: int) -> None:
    if not DEVICE_ID.fullmatch(dev):
        raise Invalid(
            _("A controller's name is 4 to 26 lower-case letters and digits."),
            code="devices.name",
            field="dev",
        )
    _check_node(node)


def _check_node(node: int) -> None:
    if not 1 <= node <= MOST_NODES:
        raise Invalid(_("A node has a number from 1 to 64."), code="devices.node", field="node")


def _add_node(controller: Controller, number: int, instrument: Any) -> None:
    _check_node(number)
    row, made = ControlledNode.objects.get_or_create(
        controller=controller, node=number, defaults={"instrument": instrument}
    )
    if not made and row.instrument_id != instrument.pk:
        raise WrongState(
            _("This node already gates another instrument."), code="devices.node_taken", field="node"
        )


def _configure(controller: Controller, periods: Mapping[str, int] | None) -> None:
    try:
        configure(controller, periods=periods)
    except FrameError as problem:
        raise Invalid(
            _("A period is unknown or out of its bounds."), code="devices.period", field=problem.detail
        ) from problem


def _instrument(asset_no: str) -> Any:
    """By its asset number, through the relation: this room does not import the instruments' room."""
    found = ControlledNode._meta.get_field("instrument").related_model
    row = found._default_manager.filter(asset_no=asset_no).first()
    if row is None:
        raise NotFound(
            _("There is no instrument with this asset number."),
            code="devices.instrument_unknown",
            field="instrument",
        )
    return row


def _locked(dev: str) -> Controller:
    controller = Controller.objects.select_for_update().filter(dev=dev).first()
    if controller is None:
        raise NotFound(_("No controller of this name is enrolled."), code="devices.unknown", field="dev")
    return controller


def _new_key() -> tuple[bytes, str]:
    return generate_seed(), f"k{secrets.token_hex(4)}"


def _public(kid: str, seed: bytes) -> str:
    return b64url_encode(Ed25519Signer(kid=kid, seed=seed).public)


def _id(user: Any) -> int | None:
    return user.pk if user is not None else None

"""What goes down to devices: the retained configuration and desired state, and commands. It owns composing
and signing them, that `ver` only rises (I8), and when a command is sent again; it never publishes, that is
the gateway's part, and decides no permission."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from apps.clearances import gate
from apps.core.clock import to_ms
from apps.core.outbox import publish
from devices.configuration import configuration_of
from devices.models import Controller, DeviceCommand
from devices.protocol import Cmd, Desired, FrameError, Grant, Text
from devices.protocol.downlinks import MAX_REVOKED, MAX_STANDBY
from devices.signing import Outgoing, seal, server_keys
from devices.terms import grant_of

FIRST_RESEND = timedelta(seconds=1)
LAST_RESEND = timedelta(seconds=8)
LOCK_ALARM = timedelta(seconds=5)
STANDBY_AGE = timedelta(minutes=15)
CONCERN_LOCKING = ("lock", "drain")


@dataclass(frozen=True, slots=True)
class Publication:
    """Retained frames of one device; once the broker has them, `ver` counts as published."""

    controller_id: int
    ver: int
    frames: tuple[Outgoing, ...]


def raise_version(*, dev: str) -> None:
    """What a device should be has changed: its next desired state carries a higher `ver`. One statement,
    inside the caller's transaction.
    """
    Controller.objects.filter(dev=dev).update(desired_ver=F("desired_ver") + 1)


def retained(controller: Controller, *, now: datetime) -> list[Outgoing]:
    """The configuration and the desired state of a controller as its rows have them, signed. Never raises
    `ver`.
    """
    cfg = configuration_of(controller)
    return [seal(controller.dev, cfg), _fit(controller, now)]


def _fit(controller: Controller, now: datetime) -> Outgoing:
    """The desired state in a frame of at most 8 KiB: the stand-by grants that begin last are left out first,
    revocations never.
    """
    standby = [grant for grant in map(Grant.parse, controller.standby) if grant.exp > to_ms(now)]
    standby.sort(key=lambda grant: grant.nbf)
    revoked = _revoked(controller, now)
    while True:
        try:
            return seal(controller.dev, _desired(controller, standby, revoked, now))
        except FrameError:
            if not standby:
                raise
            standby.pop()


def _revoked(controller: Controller, now: datetime) -> dict[str, int | None]:
    """What the device must hold for revoked: gid -> epoch ms until which it may still finish, or None."""
    listed: dict[str, int | None] = dict.fromkeys(gate.revoked(dev=controller.dev, at=now))
    for node in controller.nodes.all():
        view = gate.session_view(dev=controller.dev, node=node.node)
        if view is not None and view.drain_until is not None and view.leases(now):
            listed[view.gid] = to_ms(view.drain_until)
    return dict(list(listed.items())[-MAX_REVOKED:])


def _desired(
    controller: Controller, standby: list[Grant], revoked: dict[str, int | None], now: datetime
) -> Desired:
    keys = server_keys()
    return Desired(
        ver=controller.desired_ver,
        now=to_ms(now),
        estop=controller.estop,
        standby=tuple(grant for grant in standby if grant.gid not in revoked)[:MAX_STANDBY],
        revoked=tuple(revoked),
        drain=tuple((gid, until) for gid, until in revoked.items() if until is not None),
        cfg_hash=controller.config_hash or None,
        kids=tuple(keys),
        keys=tuple(sorted(keys.items())),
    )


def dirty(*, now: datetime, limit: int = 200) -> list[Publication]:
    """Controllers whose desired state is newer than what was published, composed and signed. One query when
    there is none.
    """
    rows = Controller.objects.exclude(published_ver=F("desired_ver")).order_by("id")[:limit]
    return [
        Publication(controller.pk, controller.desired_ver, tuple(retained(controller, now=now)))
        for controller in rows
    ]


def published(publication: Publication) -> None:
    """The broker has it. Compare-and-set: a version that was overtaken in the meantime stays to be
    published.
    """
    Controller.objects.filter(pk=publication.controller_id, published_ver__lt=publication.ver).update(
        published_ver=publication.ver
    )


def order(
    *,
    controller: Controller,
    kind: str,
    node: int,
    now: datetime,
    lives: timedelta,
    asked_by_id: int | None = None,
    subject_id: int | None = None,
    **body: object,
) -> DeviceCommand:
    """Write an order; the gateway sends it at its next turn and until it is answered or over. Inside the
    caller's transaction.
    """
    return DeviceCommand.objects.create(
        controller=controller,
        kind=kind,
        body={"node": node, **body},
        asked_by_id=asked_by_id,
        subject_id=subject_id,
        created_at=now,
        next_at=now,
        expires_at=now + lives,
    )


# Written out because every gateway asks it ten times a second, and mostly hears no.
_ANYTHING_DUE = (
    "SELECT EXISTS (SELECT 1 FROM devices_devicecommand"
    " WHERE acked_at IS NULL AND next_at <= %(now)s AND expires_at > %(now)s)"
    " OR EXISTS (SELECT 1 FROM devices_controller WHERE NOT (published_ver = desired_ver))"
)


def anything_due(*, now: datetime) -> bool:
    """Whether an order is to be sent or a desired state to be published. One cheap query."""
    with connection.cursor() as cursor:
        cursor.execute(_ANYTHING_DUE, {"now": connection.ops.adapt_datetimefield_value(now)})
        return bool(cursor.fetchone()[0])


def due_commands(*, now: datetime, limit: int = 200) -> list[Outgoing]:
    """Unanswered orders that are to be sent (again), signed; each is put off by a growing pause first, in
    the same transaction, so that two gateways do not send it twice at once.
    """
    open_orders = DeviceCommand.objects.filter(acked_at__isnull=True, next_at__lte=now, expires_at__gt=now)
    outgoing: list[Outgoing] = []
    with transaction.atomic():
        chosen = open_orders.order_by("next_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            chosen = chosen.select_for_update(skip_locked=True, of=("self",))
        for command in chosen.select_related("controller")[:limit]:
            outgoing.append(seal(command.controller.dev, _spell(command)))
            _put_off(command, now)
    return outgoing


def _spell(command: DeviceCommand) -> Cmd:
    body = command.body
    msg = body.get("msg")
    return Cmd(
        id=command.ulid,
        exp=to_ms(command.expires_at),
        k=command.kind,
        node=body["node"],
        kind=body.get("question"),
        gid=body.get("gid"),
        until=body.get("until"),
        boot=body.get("boot"),
        msg=Text(zh=msg["zh"], en=msg["en"]) if msg else None,
    )


def _put_off(command: DeviceCommand, now: datetime) -> None:
    command.sent_at = command.sent_at or now
    command.next_at = now + min(FIRST_RESEND * 2**command.attempts, LAST_RESEND)
    command.attempts += 1
    _alarm_when_late(command, now)
    command.save(update_fields=["sent_at", "next_at", "attempts", "alarmed_at"])


def _alarm_when_late(command: DeviceCommand, now: datetime) -> None:
    late = command.kind in CONCERN_LOCKING and now - command.created_at >= LOCK_ALARM
    if late and command.alarmed_at is None and command.controller.disabled_at is None:
        command.alarmed_at = now
        publish("devices.alarm", now=now, dev=command.controller.dev, code="command.unanswered")


def mark_standby(*, now: datetime, share: int = 15) -> int:
    """Let the rosters that were looked at longest ago be looked at again: one in `share` each time, so that
    a fleet costs the same in every minute. Changes of bookings mark theirs at once. Returns how many were
    marked.
    """
    stale = Controller.objects.filter(disabled_at__isnull=True, standby_due=False).exclude(
        standby_at__gt=now - STANDBY_AGE
    )
    total = Controller.objects.filter(disabled_at__isnull=True).count()
    chosen = list(stale.order_by("standby_at").values_list("pk", flat=True)[: -(-total // share)])
    return Controller.objects.filter(pk__in=chosen).update(standby_due=True)


def sync_rosters(*, now: datetime, limit: int = 2) -> int:
    """Ask the gate for the stand-by grants of marked controllers; a roster that changed raises `ver`.
    Returns how many were looked at. Few at once: a card at a reader waits behind them.
    """
    due = list(
        Controller.objects.filter(standby_due=True, disabled_at__isnull=True).values_list("pk", flat=True)[
            :limit
        ]
    )
    for pk in due:
        _sync_roster(pk, now)
    return len(due)


def _sync_roster(pk: int, now: datetime) -> None:
    with transaction.atomic():
        controller = Controller.objects.select_for_update().get(pk=pk)
        roster = []
        for node in controller.nodes.order_by("node"):
            terms = gate.sync_standby(
                dev=controller.dev,
                node=node.node,
                instrument_id=node.instrument_id,
                lease_ms=node.lease_ms,
                off_ms=node.off_ms,
                now=now,
            )
            roster += [grant_of(one).to_json() for one in terms]
        roster = sorted(roster, key=lambda grant: grant["nbf"])[:MAX_STANDBY]
        if roster != controller.standby:
            controller.standby = roster
            controller.desired_ver = F("desired_ver") + 1
        controller.standby_due, controller.standby_at = False, now
        controller.save(update_fields=["standby", "desired_ver", "standby_due", "standby_at"])

"""The real ingest, worker and rows behind the seam of the chaos model: simulated transport and time,
everything else as in production. A crash is an exception at a named point; what was not committed is then
gone, and so is the worker's memory."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from apps.clearances import gate
from apps.core.clock import from_ms, to_ms
from apps.core.errors import WrongState
from apps.core.ids import new_ulid
from apps.core.outbox import publish
from apps.decisions.models import DecisionRecord
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.operations import reinstate_user, suspend_user
from apps.usage import meter
from apps.usage.models import UsageSession
from apps.usage.operations import grant_session, revoke_session
from devices import downlink, faultpoints
from devices.configuration import configure
from devices.models import ControlledNode, Controller, JournalEntry, SwipeRequest
from devices.protocol import Grant, b64url_encode, parse_json, parse_topic
from devices.protocol.config import PERIOD_FLOORS
from devices.signing import Outgoing as Signed
from devices.worker import Worker
from tests.devices.chaos.server import GrantRecord, Outgoing, ServerCrash, ServerRecords, SliceRecord
from tests.devices.chaos.world import CFG, World

RELAY_MS = 1_000
END_OVERDUE_MS = 2_000
STANDBY_OFF_MS = 20_000
STANDBY_FOR = timedelta(seconds=60)


def enrol_world(world: World, instruments: dict[str, Instrument], now: datetime) -> None:
    """Controllers of the world's devices with the world's keys and periods."""
    for dev, device in world.devices.items():
        controller = Controller.objects.create(
            dev=dev,
            kid=device.signer.kid,
            public_key=b64url_encode(device.signer.public),
            enrolled_at=now,
            standby_due=False,
        )
        ControlledNode.objects.create(
            controller=controller,
            node=1,
            instrument=instruments[dev],
            lease_ms=CFG.lease_ms,
            off_ms=STANDBY_OFF_MS,
        )
        configure(controller, periods={name: getattr(CFG, name) for name in PERIOD_FLOORS})


class RealServer:
    """All of `ServerUnderTest`. `holders` are the people behind the world's cards."""

    def __init__(self, *, holders: dict[str, User], now_ms: int) -> None:
        self._holders = holders
        self._now_ms = now_ms
        self._out: list[Outgoing] = []
        self._worker = self._new_worker()
        self._relay_at = self._end_at = now_ms
        self._suspended: set[str] = set()
        self._ended: dict[str, int] = {}
        self._live: set[str] = set()
        self._stops: dict[str, dict[int, bool]] = {
            dev: {0: False} for dev in Controller.objects.values_list("dev", flat=True)
        }

    def _new_worker(self) -> Worker:
        return Worker(send=self._send, deliver=self._send)

    def _send(self, outgoing: Signed) -> bool:
        self._out.append(Outgoing(outgoing.topic, outgoing.payload, outgoing.retain))
        if outgoing.topic.endswith("/dn/desired"):
            body = parse_json(outgoing.payload.partition(b"\n")[2])
            self._stops[parse_topic(outgoing.topic).dev][body["ver"]] = body["estop"]
        return True

    def _published(self) -> list[Outgoing]:
        out, self._out = self._out, []
        return out

    def handle(self, topic: str, payload: bytes, now_ms: int) -> list[Outgoing]:
        """Ingest one frame; what a crash kept from being published is lost."""
        self._now_ms = now_ms
        try:
            handled = self._worker.take(topic, payload, now=from_ms(now_ms))
        except ServerCrash:
            self._out.clear()
            self._note_ends(now_ms)
            raise
        if handled.changed:
            self._note_ends(now_ms)
            self._wake()
        return self._published()

    def _wake(self) -> None:
        """Something was committed: the gateway's next turn is at once."""
        self._relay_at = 0

    def tick(self, now_ms: int) -> list[Outgoing]:
        """The gateway's turn: after every change at the model's next step, else once a second, so that runs
        do not spend their time on polling.
        """
        self._now_ms = now_ms
        now = from_ms(now_ms)
        if now_ms >= self._relay_at:
            self._relay_at = now_ms + RELAY_MS
            if self._worker.relay(now=now):
                self._note_ends(now_ms)
                self._wake()
        if now_ms >= self._end_at:
            self._end_at = now_ms + END_OVERDUE_MS
            meter.end_overdue(now=now)
            self._worker.flush(now=now)
            self._note_ends(now_ms)
        return self._published()

    def crash_at(self, point: str) -> None:
        """Arm one crash."""
        faultpoints.set_hook(self._killer(point))

    def _killer(self, point: str) -> Callable[[str], None]:
        def hook(name: str) -> None:
            if name == point:
                faultpoints.set_hook(None)
                raise ServerCrash(point)

        return hook

    def restart(self, now_ms: int) -> list[Outgoing]:
        """A new process on the same rows."""
        faultpoints.set_hook(None)
        self._worker = self._new_worker()
        self._worker.republish_all()
        while self._worker.republish_some(now=from_ms(now_ms)):
            pass
        return self._published()

    def allow(self, card: str, *, allowed: bool) -> None:
        """The holder is suspended or reinstated."""
        self._wake()
        now = from_ms(self._now_ms)
        user = self._holders[card]
        if allowed and card in self._suspended:
            reinstate_user(user=user, by=None, now=now)
            self._suspended.discard(card)
        elif not allowed and card not in self._suspended:
            suspend_user(user=user, reason="chaos", by=None, now=now)
            self._suspended.add(card)

    def live(self, dev: str, node: int, now_ms: int) -> str | None:
        """The live session grant of a node."""
        view = gate.session_view(dev=dev, node=node)
        return view.gid if view is not None and view.leases(from_ms(now_ms)) else None

    def revoke(self, gid: str, now_ms: int) -> list[Outgoing]:
        """Withdraw a grant as a re-evaluation does; the gateway's next turn tells the device."""
        self._wake()
        now = from_ms(now_ms)
        with suppress(WrongState), transaction.atomic():
            session = UsageSession.objects.get(ulid=gid)
            revoke_session(session=session, codes=["chaos.withdrawn"], now=now)
            publish(
                "clearances.revoked",
                now=now,
                session=gid,
                dev=session.dev,
                node=session.node,
                mode=gate.CUT,
                codes=["chaos.withdrawn"],
            )
        self._note_ends(now_ms)
        return []

    def stop(self, dev: str, now_ms: int, *, on: bool) -> list[Outgoing]:
        """Raise or clear the software stop."""
        self._wake()
        Controller.objects.filter(dev=dev).update(estop=on)
        downlink.raise_version(dev=dev)
        return []

    def offer_standby(self, dev: str, node: int, card: str, now_ms: int) -> list[Outgoing]:
        """A stand-by session on a decision of its own, put on the controller's roster."""
        self._wake()
        now = from_ms(now_ms)
        with transaction.atomic():
            place = ControlledNode.objects.select_related("controller", "instrument").get(
                controller__dev=dev, node=node
            )
            user = self._holders[card]
            verdict = gate.check(
                user=user, instrument=place.instrument, at=now, now=now, asked_by="chaos", purpose="walk_in"
            )
            if not verdict.allowed:
                return []
            session = grant_session(
                gid=new_ulid(),
                dev=dev,
                node=node,
                instrument_id=place.instrument_id,
                user_id=user.pk,
                second_user_id=None,
                booking_id=None,
                fund_id=None,
                fee_version_id=None,
                tier="internal",
                decision=DecisionRecord.objects.get(ulid=verdict.decision),
                kind="standby",
                state="standby",
                purpose="walk_in",
                card_digest=card,
                not_before=now,
                expires_at=now + STANDBY_FOR,
                off_ms=STANDBY_OFF_MS,
                lease_ms=CFG.lease_ms,
                now=now,
            )
            self._enter(place.controller, session, now)
        return []

    def _enter(self, controller: Controller, session: UsageSession, now: datetime) -> None:
        grant = Grant(
            gid=session.ulid,
            node=session.node,
            card=session.card_digest,
            nbf=to_ms(session.not_before),
            exp=to_ms(session.expires_at),
            lease=session.lease_ms,
            off=session.off_ms,
            kind="standby",
        )
        kept = [old for old in controller.standby if old["exp"] > to_ms(now)]
        controller.standby = [*kept, grant.to_json()][-8:]
        controller.save(update_fields=["standby"])
        downlink.raise_version(dev=controller.dev)

    def _note_ends(self, now_ms: int) -> None:
        """Rows do not say when a session stopped being live; whoever watches does."""
        live = set(
            UsageSession.objects.filter(state__in=UsageSession.LIVE, revoked_at__isnull=True).values_list(
                "ulid", flat=True
            )
        )
        for gid in self._live - live:
            self._ended.setdefault(gid, now_ms)
        self._live = live

    def records(self) -> ServerRecords:
        """Everything committed."""
        self._worker.flush(now=from_ms(self._now_ms), everything=True)
        records = ServerRecords(stops={dev: dict(seen) for dev, seen in self._stops.items()})
        rids = dict(SwipeRequest.objects.exclude(gid="").values_list("gid", "rid"))
        for session in UsageSession.objects.order_by("pk"):
            if session.odo0 is not None:
                records.slices.append(
                    SliceRecord(session.dev, session.node, session.gid or None, session.odo0, session.odo1)
                )
            if session.ulid == session.gid and session.kind in ("session", "standby"):
                records.grants.append(self._grant(session, rids.get(session.ulid)))
                if session.revoked_at is not None:
                    records.revoked_at[session.ulid] = to_ms(session.revoked_at)
        for dev in self._stops:
            entries = JournalEntry.objects.filter(controller__dev=dev).order_by("pk")
            records.journal[dev] = list(entries.values_list("n", flat=True))
        for node in ControlledNode.objects.select_related("controller"):
            records.views[(node.controller.dev, node.node)] = (node.odo, node.gid or None)
        return records

    def _grant(self, session: UsageSession, rid: str | None) -> GrantRecord:
        return GrantRecord(
            gid=session.ulid,
            dev=session.dev,
            node=session.node,
            card=session.card_digest,
            rid=rid,
            nbf=to_ms(session.not_before),
            exp=to_ms(session.expires_at),
            lease=session.lease_ms,
            off=session.off_ms,
            standby=session.kind == "standby",
            decided=session.decision_id is not None,
            granted_at=to_ms(session.granted_at),
            ended_at=self._ended.get(session.ulid),
        )

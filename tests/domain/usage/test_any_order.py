"""Any true history of a node, reported in any order and any number of times, among sweeps, reboots and
revocations, ends in the same rows and the same total (I3).
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.core.errors import WrongState
from apps.core.ids import new_ulid
from apps.usage import meter
from apps.usage.models import UsageRecord, UsageSession
from apps.usage.operations import revoke_session
from apps.usage.queries import gaps
from tests.domain.usage.grants import MS, NODE, Bench, set_up

DEVICES = count()


@dataclass(frozen=True)
class TrueUse:
    """What really happened: power from `odo0` to `odo1` under a grant, a strange one, or the key ('')."""

    gid: str
    odo0: int
    odo1: int
    busy: int


class Reporting(RuleBasedStateMachine):
    """A node's history told piece by piece; every run has a device of its own."""

    bench: ClassVar[Bench]

    def __init__(self) -> None:
        super().__init__()
        self.dev = f"anyorder{next(DEVICES)}"
        self.history: list[TrueUse] = []
        self.heard: set[tuple[str, int]] = set()

    @initialize(
        uses=st.lists(
            st.tuples(st.sampled_from(["grant", "grant", "strange"]), st.integers(0, 50), st.integers(0, 60)),
            min_size=1,
            max_size=5,
        ),
        key_at=st.integers(-1, 5),
    )
    def live_through(self, uses: list[tuple[str, int, int]], key_at: int) -> None:
        """What happens on the node, before anybody hears of it."""
        odo = 0
        for number, (kind, length, busy) in enumerate(uses):
            if number == key_at:
                self.history.append(TrueUse("", odo, odo + length + 1, 0))
                odo += length + 1
            gid = new_ulid()
            if kind == "grant":
                self.bench.grant(gid=gid, dev=self.dev, state="standby", kind="standby")
            self.history.append(TrueUse(gid, odo, odo + length, min(busy, length)))
            odo += length

    def report(self, which: str, number: int, late: int) -> None:
        use = self.history[number]
        odo = use.odo0 if which == "on" else use.odo1
        said: dict[str, Any] = {
            "dev": self.dev,
            "node": NODE,
            "gid": use.gid,
            "odo": odo,
            "at": self.bench.now + odo * MS,
        }
        now = self.bench.now + (odo + late) * MS
        if which == "on":
            meter.power_on(**said, busy=100, now=now, instrument_id=self.bench.instrument.pk)
        else:
            meter.power_off(
                **said, busy=100 + use.busy, why="swipe_out", now=now, instrument_id=self.bench.instrument.pk
            )
        self.heard.add((which, number))

    @rule(which=st.sampled_from(["on", "off"]), pick=st.integers(0, 20), late=st.integers(0, 9))
    def hear(self, which: str, pick: int, late: int) -> None:
        self.report(which, pick % len(self.history), late)

    @rule(hours=st.integers(0, 5))
    def sweep(self, hours: int) -> None:
        meter.end_overdue(now=self.bench.now + timedelta(hours=hours), dev=self.dev)

    @rule()
    def boot(self) -> None:
        meter.end_by_reboot(dev=self.dev, now=self.bench.now)

    @rule(pick=st.integers(0, 20))
    def revoke(self, pick: int) -> None:
        use = self.history[pick % len(self.history)]
        for session in UsageSession.objects.filter(gid=use.gid, dev=self.dev):
            with suppress(WrongState):
                revoke_session(session=session, codes=["x"], now=self.bench.now)

    @invariant()
    def what_is_known_is_recorded_and_nothing_else(self) -> None:
        known = [
            use.odo1 - use.odo0
            for number, use in enumerate(self.history)
            if {("on", number), ("off", number)} <= self.heard
        ]
        records = UsageRecord.objects.filter(session__dev=self.dev)
        assert sorted(records.values_list("powered_ms", flat=True)) == sorted(known)
        live = UsageSession.objects.filter(dev=self.dev, state__in=UsageSession.LIVE).count()
        assert live <= 1

    def teardown(self) -> None:
        for number in range(len(self.history)):
            for which in ("off", "on"):
                self.report(which, number, 0)
        assert list(self.rows()) == sorted(
            (use.odo0, use.odo1, use.gid, use.odo1 - use.odo0, use.busy) for use in self.history
        )
        if self.history:
            assert gaps(self.dev, NODE, upto=self.history[-1].odo1) == ()

    def rows(self) -> Iterator[tuple[object, ...]]:
        sessions = UsageSession.objects.filter(dev=self.dev, state="closed").select_related("record")
        for session in sessions.order_by("odo0", "odo1", "gid"):
            record = session.record
            yield (session.odo0, session.odo1, session.gid, record.powered_ms, record.effective_ms)


@pytest.mark.django_db
def test_reports_in_any_order_end_in_the_same_rows(now: datetime) -> None:
    on_this_bench = type("OnThisBench", (Reporting,), {"bench": set_up(now)})
    run_state_machine_as_test(
        on_this_bench,
        settings=settings(
            max_examples=16,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )

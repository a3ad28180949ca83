"""A small school behind the pages: the people of tests/people.py, money, a price, a booking of Alice's that
holds now, and one controller that is connected. Made by operations; only what a device says of itself is
written to its rows directly.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from apps.bookings.models import Booking
from apps.bookings.operations import book
from apps.clearances import gate
from apps.core.clock import school_time
from apps.decisions.operations import install_defaults
from apps.fees.models import FeeVersion
from apps.funding.models import FundAccount
from apps.usage.meter import power_off, power_on
from apps.usage.models import UsageRecord
from devices.models import ControlledNode, Controller, RefusedFrame
from devices.provisioning import enrol_controller
from tests.factories.money import funded, priced
from tests.people import ALICES_UID, YEAR, People, digest, gather
from tests.remembering import remembered

DEV = "websem1"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
Made = TypeVar("Made")


@dataclass
class Scene:
    """What the tests of the pages meet."""

    people: People
    fund: FundAccount
    fee: FeeVersion
    booking: Booking
    now: datetime
    _kept: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What a test adds to the scene, made when it is first asked for."""
        if name not in self._kept:
            self._kept[name] = make()
        kept: Made = self._kept[name]
        return kept

    def connect(self, *, state: str = "locked", at: datetime | None = None) -> None:
        """What the controller says of itself."""
        heard = at or self.now
        Controller.objects.filter(dev=DEV).update(online=True, last_seen_at=heard)
        ControlledNode.objects.filter(controller__dev=DEV).update(state=state, state_at=heard)

    def refuse(self, code: str, number: int, *, dev: str = DEV, days_ago: int = 0) -> None:
        """Frames were refused at the door."""
        at = self.now - timedelta(days=days_ago)
        RefusedFrame.objects.create(day=school_time(at).date(), dev=dev, code=code, count=number, last_at=at)

    def unlock(self, at: datetime | None = None) -> gate.Answer:
        """Alice holds her card to the reader, and the machine goes on."""
        moment = at or self.now
        answer = gate.ask(
            dev=DEV,
            node=1,
            instrument_id=self.people.sem.pk,
            card_digest=digest(ALICES_UID),
            lease_ms=45_000,
            off_ms=900_000,
            now=moment,
        )
        assert answer.grant is not None, answer.codes
        power_on(dev=DEV, node=1, gid=answer.grant.gid, odo=0, busy=0, at=moment, now=moment)
        self.connect(state="unlocked", at=moment)
        return answer

    def use(self, minutes: int) -> UsageRecord:
        """Alice uses the machine and it goes off again."""
        answer = self.unlock()
        assert answer.grant is not None
        ended = self.now + minutes * MINUTE
        ms = minutes * 60_000
        record = power_off(
            dev=DEV, node=1, gid=answer.grant.gid, odo=ms, busy=ms // 2, at=ended, why="card", now=ended
        )
        assert record is not None
        return record


@remembered
def build(now: datetime) -> Scene:
    """The school as of `now`, which has to be the product's present."""
    install_defaults(now=now - YEAR)
    people = gather(now)
    fund = funded(people.group, now - YEAR)
    fee = priced(people.sem, now - YEAR)
    start = now.replace(second=0, microsecond=0) - 30 * MINUTE
    booking = book(
        user=people.alice,
        instrument=people.sem,
        start=start,
        end=start + 3 * HOUR,
        fund=fund,
        by=people.alice,
        now=start - HOUR,
    )
    enrol_controller(dev=DEV, asset_no=people.sem.asset_no, now=now - HOUR)
    scene = Scene(people, fund, fee, booking, now)
    scene.connect()
    return scene

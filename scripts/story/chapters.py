"""The chapters: a price is judged; a stranger comes in; the price comes into force, to the second; she is
refused for four reasons one by one and all at once, mended, unlocked, revoked, a gateway killed while the
relay is on; the account proven against arithmetic done here, independently, from the relay's own trace; she
hands samples in, and does not come to a booking; an instrument of another group is hosted, opened, used by
her, stated and scored; and she leaves while the instrument runs.
"""

import io
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.management import call_command

from apps.billing.models import Charge
from apps.bookings.operations import cancel_booking
from apps.core.clock import now as clock_now
from apps.core.money import format_yuan
from apps.core.tables import make_tables
from apps.decisions.models import DecisionRecord
from apps.fees.operations import end_version
from apps.funding.operations import freeze_fund, unfreeze_fund
from apps.ledger.queries import prove
from apps.panels.models import Round
from apps.training.operations import withdraw_certificate
from apps.usage.models import UsageSession
from devices.models import Controller
from scripts.story.absent import stay_away
from scripts.story.coming import come_in, train
from scripts.story.door import decisions, refused
from scripts.story.hosting import host
from scripts.story.judging import judge
from scripts.story.leaving import leave
from scripts.story.pricing import come_into_force
from scripts.story.samples import hand_samples_in
from scripts.story.school import CARD, HOUR_FEN, School, approve_fee, book_now, found
from scripts.story.stage import CAST, Stage, StoryBroken, Switch
from scripts.story.teller import Teller

DEV = "qy000004a"
FOUNDED_AGO = timedelta(days=60)


@dataclass(frozen=True)
class Obstacle:
    """One way to be refused: how it comes about, the code the reader must show, and the operation that mends
    it.
    """

    words: str
    code: str
    arise: Callable[[School, datetime], object]
    mend: Callable[[Stage, School, datetime], object]


def _lose_certificate(school: School, now: datetime) -> None:
    withdraw_certificate(certificate=school.certificate, reason="story", by=school.trainer, now=now)


def _train_again(stage: Stage, school: School, now: datetime) -> None:
    train(stage, school)


def _cancel(school: School, now: datetime) -> None:
    cancel_booking(booking=school.booking, by=school.student, reason="story", now=now)


def _book(_stage: Stage, school: School, now: datetime) -> None:
    school.booking = book_now(school.student, school.instrument, school.fund, now)


def _end_fee(school: School, now: datetime) -> None:
    end_version(version=school.fee, reason="story", by=None, now=now)


def _approve(_stage: Stage, school: School, now: datetime) -> None:
    school.fee = approve_fee(school.instrument, now)


def _freeze(school: School, now: datetime) -> None:
    freeze_fund(fund=school.fund, reason="story", by=None, now=now)


def _unfreeze(_stage: Stage, school: School, now: datetime) -> None:
    unfreeze_fund(fund=school.fund, reason="story", by=None, now=now)


# In the order in which they can be mended: a booking needs all the others.
OBSTACLES = (
    Obstacle("the fee standard has ended", "fee.none", _end_fee, _approve),
    Obstacle("the fund is frozen", "fund.blocked", _freeze, _unfreeze),
    Obstacle("the certificate is withdrawn", "training.none", _lose_certificate, _train_again),
    Obstacle("the booking is cancelled", "booking.none", _cancel, _book),
)


def tell(stage: Stage) -> None:
    """The whole story. Raises StoryBroken at the first step that does not come true."""
    began = time.monotonic()
    teller = Teller()
    make_tables()
    school = found(clock_now() - FOUNDED_AGO)
    case = judge(school, teller)
    stage.start(*CAST)
    stage.plug_in(_enrol())
    stage.wait(_controller_is_known, "the controller to be known to the server")
    teller.say("A school, a broker, a gateway, a worker and one controller are running. Alice is a stranger.")
    come_in(stage, school, teller)
    decision = come_into_force(stage, school, case, teller)
    opened = _unlock(stage, teller, "swipe_to_on_first_ms")
    _swipe_out(stage)
    _refusals(stage, school, teller)
    first = _unlock(stage, teller, "swipe_to_on_ms")
    _revocation(stage, school, teller)
    second = _crash(stage, school, teller)
    _reckoning(teller, [opened, first, second], stage)
    samples_fen = hand_samples_in(stage, school, teller)
    stay_away(school, teller)
    owner_fen, hosted_score = host(stage, school, teller)
    leave(stage, school, teller, unlock=lambda: _unlock(stage, teller, "swipe_to_on_third_ms"))
    proof = prove()
    if not proof.ok:
        raise StoryBroken(f"the ledger does not prove: {proof.problems}")
    teller.say(f"The ledger proves: {proof.transactions} transactions, {proof.entries} entries, sum zero.")
    engines = sorted(set(DecisionRecord.objects.values_list("engine", flat=True)))
    summary = {
        "story": "ok",
        **teller.timings,
        "refusals": len(OBSTACLES) + 3,
        "decision": decision.number,
        "rounds": Round.objects.count(),
        "decisions": decisions().count(),
        "engines": engines,
        "samples_fen": samples_fen,
        "owner_fen": owner_fen,
        "hosted_score": hosted_score,
        "charged_fen": sum(Charge.objects.values_list("amount_fen", flat=True)),
        "ledger": {"ok": proof.ok, "transactions": proof.transactions, "entries": proof.entries},
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(summary) + "\n")


def _swipe_out(stage: Stage) -> None:
    time.sleep(1.2)  # a use long enough to be charged
    stage.hold_card(CARD)
    stage.wait(lambda: not stage.is_on, "the relay to open at the holder's own card")
    stage.wait(lambda: Charge.objects.count() == 1, "the first use to be charged", seconds=20)


def _enrol() -> dict[str, object]:
    out = io.StringIO()
    call_command("enrol_controller", DEV, instrument="QY000004", json=True, stdout=out)
    enrolment: dict[str, object] = json.loads(out.getvalue())
    return enrolment


def _refusals(stage: Stage, school: School, teller: Teller) -> None:
    for obstacle in OBSTACLES:
        obstacle.arise(school, clock_now())
        _expect_refusal(stage, teller, {obstacle.code}, obstacle.words)
        obstacle.mend(stage, school, clock_now())
        if obstacle.code == "fee.none":  # the booking was priced by the version that ended
            _cancel(school, clock_now())
            _book(stage, school, clock_now())
    for obstacle in reversed(OBSTACLES):
        obstacle.arise(school, clock_now())
    _expect_refusal(stage, teller, {o.code for o in OBSTACLES}, "all four at once")
    for obstacle in OBSTACLES:
        obstacle.mend(stage, school, clock_now())
    teller.say("Each of the four is mended in its own way; the certificate by another training.")


def _expect_refusal(stage: Stage, teller: Teller, codes: set[str], words: str) -> None:
    record = refused(stage, words)
    if set(record.codes) != codes:
        raise StoryBroken(f"{words}: expected {sorted(codes)}, got {record.codes}")
    reasons = "; ".join(reason["en"] for reason in record.reasons)
    teller.say(f"Refused, because {words}. The reader says: {reasons} [{', '.join(sorted(codes))}]")


def _unlock(stage: Stage, teller: Teller, name: str) -> Switch:
    before = len(stage.trace())
    swiped = stage.hold_card(CARD)
    stage.wait(lambda: len(stage.trace()) > before and stage.is_on, "the relay to close after the swipe")
    switch = stage.trace()[-1]
    stage.wait(
        lambda: UsageSession.objects.filter(state=UsageSession.State.OPEN).exists(), "the session to be open"
    )
    session = UsageSession.objects.get(state=UsageSession.State.OPEN)
    teller.say(
        f"Swipe: unlocked in {teller.time(name, switch.wall_ms - swiped)}, session {session.ulid}, "
        f"decided by {session.decision.engine if session.decision else 'nobody'}."
    )
    return switch


def _revocation(stage: Stage, school: School, teller: Teller) -> None:
    time.sleep(1.5)  # a use long enough to be charged
    _lose_certificate(school, clock_now())
    committed = time.time() * 1000
    stage.wait(lambda: not stage.is_on, "the relay to open after the certificate was withdrawn", seconds=5)
    took = stage.trace()[-1].wall_ms - committed
    if took > 2000:
        raise StoryBroken(f"locked only after {took:.0f} ms")
    teller.say(
        "The certificate is withdrawn while the instrument runs: locked in "
        f"{teller.time('withdrawn_to_off_ms', took)} ({stage.trace()[-1].why})."
    )
    train(stage, school)


def _crash(stage: Stage, school: School, teller: Teller) -> Switch:
    stage.wait(
        lambda: not UsageSession.objects.filter(state__in=UsageSession.LIVE).exists(),
        "the first session to be closed",
    )
    switch = _unlock(stage, teller, "swipe_to_on_again_ms")
    time.sleep(1.2)
    stage.kill("gateway")
    teller.say("The gateway is killed with -9 while the instrument is on.")
    time.sleep(1.0)
    if not stage.is_on:
        raise StoryBroken("the relay opened although its lease had not ended")
    stage.hold_card(CARD)
    stage.wait(lambda: not stage.is_on, "the relay to open at the holder's own card, without any server")
    teller.say(f"Alice swipes out while no server is there: power off ({stage.trace()[-1].why}).")
    started = time.monotonic()
    stage.start("gateway")
    stage.wait(lambda: Charge.objects.count() == 3, "all uses to be recorded and charged", seconds=30)
    teller.say(
        "The gateway is back; the controller's journal arrived: recorded and charged in "
        f"{teller.time('restart_to_charged_ms', (time.monotonic() - started) * 1000)}."
    )
    return switch


def _reckoning(teller: Teller, switches: list[Switch], stage: Stage) -> None:
    trace = stage.trace()
    sessions = UsageSession.objects.filter(state=UsageSession.State.CLOSED).order_by("odo0")
    for number, (on, session) in enumerate(zip(switches, sessions, strict=True), 1):
        off = trace[trace.index(on) + 1]
        trace_ms = off.mono_ms - on.mono_ms
        session_ms = (session.odo1 or 0) - (session.odo0 or 0)
        seconds = -(-session_ms // 1000)
        if -(-trace_ms // 1000) != seconds:
            raise StoryBroken(
                f"use {number}: the relay was on for {trace_ms} ms, the session says {session_ms} ms"
            )
        fen = (seconds * HOUR_FEN * 2 + 3600) // 7200  # half up, in whole numbers, and by nobody else's code
        charge = Charge.objects.get(record__session=session, replaced_by__isnull=True)
        if charge.amount_fen != fen or charge.transaction is None:
            raise StoryBroken(f"use {number}: charged {charge.amount_fen} fen, arithmetic says {fen}")
        teller.say(
            f"Use {number}: relay on for {trace_ms / 1000:.3f} s = session = {seconds} s charged = "
            f"{format_yuan(fen)}, to the second and the fen."
        )


def _controller_is_known() -> bool:
    return Controller.objects.filter(dev=DEV, online=True).exists()

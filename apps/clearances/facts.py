"""Everything the gate knows at one moment, gathered in at most six queries, each fact with its source.

It gathers and never decides. Facts of rooms that do not exist yet answer so that nothing opens: see
`standing.facts` for hosting and commissioning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.clearances import ends
from apps.clearances.bookings import Slot, say_slot, slot_of
from apps.clearances.money import Purse, estimate, purse_of, say_purse
from apps.clearances.questions import AGAIN, EXTEND, Question
from apps.clearances.statements import SITUATION
from apps.core import parameters
from apps.standing.facts import OPERATORS, SERVICE, Standing, standing_of, takes_part
from apps.standing.facts import PARAMETERS as STANDING_PARAMETERS
from apps.standing.people import Person, Present, identify
from apps.standing.reading import Row, Rows, read
from apps.standing.sources import Gathered, Source
from apps.usage.meter import END_MARGIN
from rules.facts import facts_json, facts_load
from rules.points.access_unlock import UnlockFacts, situation

PARAMETERS = (
    *STANDING_PARAMETERS,
    "access.early_minutes",
    "access.walk_in_max_minutes",
    "access.minimum_grant_seconds",
    "access.extension_minutes",
    "access.drain_minutes",
    "access.standby_horizon_hours",
    "billing.arrears_days",
    "usage.unused_grant_seconds",
)
OWN_USE = frozenset({"booking", "walk_in"})


@dataclass(frozen=True, slots=True)
class Situation:
    """What was gathered for a question, ready to be decided, and what a grant would be made of."""

    question: Question
    present: Present
    facts: UnlockFacts
    sources: dict[str, dict[str, Any]]
    parameters: dict[str, Any]
    standing: Standing | None = None
    slot: Slot | None = None
    purse: Purse | None = None
    live: Row | None = None
    until: datetime | None = None
    until_reason: str = ""
    tier: str = "internal"
    used_before: bool = False

    @property
    def person(self) -> Person | None:
        return self.present.person

    @property
    def purpose(self) -> str:
        return str(self.facts.purpose)

    @property
    def needs_second(self) -> bool:
        """Power only after a second card: an own use at night whose second person has not badged in yet."""
        wanted = self.facts.night and self.facts.second_person_required and self.purpose in OWN_USE
        return wanted and self.present.second is None and self.question.collects_second

    @property
    def overdue(self) -> bool:
        """The session on the node is over by the clock but nobody has closed it yet."""
        row, at = self.live, self.question.at
        if row is None or row.t0 is None or row.t1 is None:
            return False
        if row.a == "granted":
            unused = timedelta(seconds=self.parameters["usage.unused_grant_seconds"])
            return row.t1 <= at or row.t0 <= at - unused
        return row.t1 <= at - END_MARGIN


def gather(question: Question) -> Situation:
    """The situation of a question, in at most five queries beside the instrument's row. A person who is not
    known is told nothing else.
    """
    found = parameters.values(PARAMETERS, at=question.at)
    present = identify(
        at=question.at,
        seen=question.seen,
        user_id=question.user_id,
        card=question.card,
        card2=question.card2,
        second_id=question.second_id,
    )
    if present.person is None:
        return _nobody(question, present, found)
    return _gathered(question, present, present.person, found)


def _gathered(question: Question, present: Present, person: Person, found: dict[str, Any]) -> Situation:
    at, running = question.at, question.running
    standing = standing_of(
        person=person, instrument=question.instrument, at=at, seen=question.seen, parameters=found
    )
    rows = read(
        SITUATION,
        user=person.id,
        instrument=question.instrument.pk,
        at=at,
        horizon=at + timedelta(hours=24),
        dev=question.dev,
        node=question.node,
        booking=running.booking_id if running else None,
    )
    slot = slot_of(question, person, rows, timedelta(minutes=found["access.early_minutes"]))
    purpose = question.purpose or infer_purpose(standing, slot)
    purse = purse_of(standing, slot.row if purpose == "booking" else None)
    live = next(iter(rows.get("live", ())), None)
    facts = standing.facts
    facts.say(Source("question", "", "使用目的", "Purpose of the use"), purpose=purpose)
    say_purse(facts, standing, purse, rows, found)
    _say_presence(facts, question, present, standing, purpose)
    say_slot(facts, slot, at, purpose)
    _say_node(facts, question, person, live)
    _say_running(facts, question)
    _say_sample(facts, question, rows)
    _end_by_rule(facts, question, standing, present, found)
    until = ends.first_end(facts.ends, _reasons(question, standing, slot, purpose), at)
    _say_price(facts, question, standing, purse, purpose, until[0] if until else at)
    base = running.expires_at if question.kind == EXTEND and running else at
    minimum = timedelta(seconds=found["access.minimum_grant_seconds"])
    facts.say(
        Source("parameter", "access.minimum_grant_seconds", "最短授权时间", "Shortest clearance"),
        clearance_too_short=question.kind != AGAIN and until is not None and until[0] - base < minimum,
    )
    return Situation(
        question=question,
        present=present,
        facts=UnlockFacts(**facts.values),
        sources={name: source.to_json() for name, source in facts.sources.items()},
        parameters=found,
        standing=standing,
        slot=slot,
        purse=purse,
        live=live,
        until=until[0] if until else None,
        until_reason=until[1] if until else "",
        tier=standing.tier,
        used_before=any(row.n for row in rows.get("used", ())),
    )


def infer_purpose(standing: Standing, slot: Slot) -> str:
    """The purpose nobody named: own booking open now, guided session now, maintenance by those who may,
    walk-in where allowed.
    """
    if slot.is_open:
        return slot.purpose
    guided = [row for row in standing.guided if takes_part(row, standing.person)]
    if guided:
        return guided[0].a
    servicing = any(row.n == standing.person.id for row in standing.work_orders)
    if standing.work_orders and (standing.roles & (OPERATORS | {SERVICE}) or servicing):
        return "maintenance"
    return "walk_in" if standing.instrument.walk_in_allowed else "booking"


def _nobody(question: Question, present: Present, found: dict[str, Any]) -> Situation:
    """A card that the school does not know: only that is told and recorded, nothing about instrument or
    bookings.

    The other facts are neutral, which their source says. Whatever a table makes of them, the gate never
    grants to nobody.
    """
    neutral = situation(
        question.purpose or "booking", card_state=present.card.state, crew_member=False, opening_level=5
    )
    facts = facts_load(UnlockFacts, neutral)
    card = Source("card", present.card.ref, "卡片登记", "Card register")
    nobody = Source("nobody", "", "卡片未知", "Unknown card: not looked up")
    sources = {name: nobody.to_json() for name in facts_json(facts)}
    return Situation(question, present, facts, {**sources, "card_state": card.to_json()}, found)


def _say_presence(
    facts: Gathered, question: Question, present: Present, standing: Standing, purpose: str
) -> None:
    card = present.card
    facts.say(Source("card", card.ref, "卡片登记", "Card register", card.ends), card_state=card.state)
    if card.state == "active":
        facts.end("card_end", card.ends)
    if present.second is not None:
        facts.say(Source("card", "", "第二人的卡", "Second person's card"), people_present=1)
    elif question.collects_second and asks_second(facts.values, purpose):
        facts.say(
            Source("reader", "", "通电前刷第二张卡", "Second card demanded before power"), people_present=1
        )
    else:
        facts.say(Source("reader", "", "没有第二张卡", "No second card"), people_present=0)
    there = {person.id for person in (present.person, present.second) if person is not None}
    leaders = [row for row in standing.guided if row.a == "training" and row.n in there]
    facts.say(
        Source("guided_session", leaders[0].ulid if leaders else "", "培训教师刷卡", "Trainer badged in"),
        supervisor_present=bool(leaders),
    )


def asks_second(values: Mapping[str, Any], purpose: str) -> bool:
    """Whether this hour, instrument and purpose want a second person."""
    return bool(values["night"] and values["second_person_required"] and purpose in OWN_USE)


def _say_node(facts: Gathered, question: Question, person: Person, live: Row | None) -> None:
    own = live is not None and live.n == person.id
    if live is None:
        state = "unknown" if question.kind == EXTEND else "free"
    elif own:
        state = "own" if question.is_running or live.a == "granted" else "own_use"
    else:
        state = "in_use"
    source = Source(
        "session", live.ulid if live else "", "当前使用", "Session on the node", live.t1 if live else None
    )
    facts.say(source, node_state=state)


def _say_sample(facts: Gathered, question: Question, rows: Rows) -> None:
    """Whether a sample is here that may be run on this instrument. A run that goes on stands on the
    sample with which it began: recording its result does not switch the instrument off.
    """
    running, found = question.running, next(iter(rows.get("sample", ())), None)
    if question.kind == AGAIN and running is not None and running.purpose == "sample_run":
        source = Source("session", running.gid, "开始运行时的样品", "The sample with which the run began")
        facts.say(source, sample_state="testing")
    elif found is None or not found.n:
        facts.say(Source("samples", "", "没有可测试的样品", "No sample waits here"), sample_state="none")
    else:
        facts.say(Source("sample", found.ulid, "送样队列", "Queue of samples"), sample_state=found.a)


def _say_running(facts: Gathered, question: Question) -> None:
    """What only concerns new uses: an incident that refuses them does not end the one that runs, and a use
    keeps the price under which it began.
    """
    running = question.running
    if question.is_running and facts.values["incident"] == "refuse_new":
        incident = facts.sources["incident"].ref
        facts.say(Source("incident", incident, "只拒绝新的使用", "Refuses new uses only"), incident="none")
    if question.kind == AGAIN and running is not None and running.fee_version_id is not None:
        facts.say(
            Source("session", running.gid, "开始使用时的价格", "Price at the beginning"), fee_in_force=True
        )


def _say_price(
    facts: Gathered,
    question: Question,
    standing: Standing,
    purse: Purse,
    purpose: str,
    until: datetime,
) -> None:
    """The estimate until the end of the clearance. A use that runs already is not asked for its money
    again: a debt is settled later.
    """
    charged = purpose in OWN_USE and facts.values["use_charged"]
    start = question.running.expires_at if question.kind == EXTEND and question.running else question.at
    cost = estimate(standing, start, until) if charged else 0
    source = facts.sources["fee_in_force"]
    facts.say(source, estimated_cost_fen=cost)
    facts.say(
        facts.sources["fund_state"],
        fund_covers_estimate=question.kind == AGAIN or cost <= purse.available_fen,
    )


def _end_by_rule(
    facts: Gathered, question: Question, standing: Standing, present: Present, found: dict[str, Any]
) -> None:
    """Ends that follow from limits and parameters, not from rows."""
    running, instrument = question.running, question.instrument
    begun = running.granted_at if question.kind == EXTEND and running else question.at
    facts.end("max_session", begun + timedelta(minutes=instrument.max_session_minutes))
    facts.end("walk_in_max", begun + timedelta(minutes=found["access.walk_in_max_minutes"]))
    if question.kind == EXTEND and running:
        facts.end("extension", running.expires_at + timedelta(minutes=found["access.extension_minutes"]))
    for row in standing.guided:
        if takes_part(row, standing.person):
            facts.end("session_end", row.t1)
    covered = facts.values["night_endorsed"] and facts.values["night_self_use"]
    company = not facts.values["second_person_required"] or present.second is not None
    if covered and company:
        facts.ends.pop("night_start", None)


def _reasons(question: Question, standing: Standing, slot: Slot, purpose: str) -> frozenset[str]:
    reasons = ends.BY_PURPOSE[purpose]
    if slot.row is not None and slot.carries(purpose):
        reasons |= {"booking_end"}
    if purpose in OWN_USE:
        reasons |= ends.DAY
        reasons |= ends.CHARGED if standing.facts.values["use_charged"] else frozenset()
        reasons |= ends.NIGHT if _rests_on_the_night(standing) else frozenset()
    if question.kind == EXTEND:
        reasons = (reasons - {"booking_end"}) | ends.EXTENDED
    return reasons


def _rests_on_the_night(standing: Standing) -> bool:
    """The night endorsement carries the use: now, or because no end at nightfall was set."""
    return standing.is_night or "night_start" not in standing.facts.ends

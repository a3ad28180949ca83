"""A person's standing towards an instrument at a moment: training, safety, crew, purses, the instrument's
own state, its price.

Shared by booking admission and the gate. It gathers facts with their sources and never decides, never
writes, never caches. What an agreement about hosting says is read from the rows that it pushed down. Rooms
that do not exist yet answer so that nothing opens: `onboarding` will supply `commissioning_open`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.core.clock import school_month_start, school_time
from apps.fees.assembling import FALLS_BACK
from apps.instruments.models import DEDICATED, HOSTED, HOSTING_ENDED, Instrument
from apps.standing.people import INACTIVE, SUSPENDED, Person
from apps.standing.reading import Row, Rows, read
from apps.standing.sources import Gathered, Source
from apps.standing.statements import INSTRUMENT, QUALIFICATIONS

PARAMETERS = ("access.night_start_hour", "access.night_end_hour", "access.fee_transition")
LEVELS = ("none", "assisted", "basic", "advanced", "trainer")
OPERATORS = frozenset({"manager", "operator", "trainer"})
SERVICE = "service"
SELF_OPERATED = "|self"  # how the fee items of self-operated time end, see the leg 'item'
ENDLESS_DAYS = 36_500  # what a table sees of something that never ends
NOT_HOSTED = frozenset({"", "own", "candidate"})
# What the gate is told of an instrument that is, or was, hosted; anything else is unknown and never opens.
_HOSTING = {**dict.fromkeys(NOT_HOSTED, "none"), HOSTED: "active", HOSTING_ENDED: "ended"}
_FREE_DAYS = frozenset({5, 6})  # Saturday and Sunday, unless the calendar says otherwise


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person and an instrument at `at`, and the rows that the caller goes on with."""

    at: datetime
    person: Person
    instrument: Instrument
    facts: Gathered
    roles: frozenset[str]
    guided: tuple[Row, ...]
    work_orders: tuple[Row, ...]
    tier: str
    fee: Row | None
    fee_items: tuple[Row, ...]
    funds: tuple[Row, ...]
    limits: dict[int, int]
    claimed: dict[int, int]
    memberships: dict[int, Row]
    owner: Row | None = None

    @property
    def is_night(self) -> bool:
        return bool(self.facts.values["night"])


def standing_of(
    *, person: Person, instrument: Instrument, at: datetime, seen: datetime, parameters: dict[str, Any]
) -> Standing:
    """Gather the standing at `at`, with revocations known up to `seen`. `parameters` holds at least
    PARAMETERS. Two queries.
    """
    month = school_month_start(at)
    mine = read(QUALIFICATIONS, user=person.id, instrument=instrument.pk, at=at, seen=seen, month=month)
    its = read(
        INSTRUMENT,
        instrument=instrument.pk,
        user=person.id,
        at=at,
        seen=seen,
        day=school_time(at).date().isoformat(),
    )
    facts = Gathered()
    _of_the_person(facts, person)
    _of_the_instrument(facts, instrument, its, at)
    _of_training(facts, instrument, mine, at)
    _of_the_hour(facts, instrument, mine, its, at, parameters)
    roles = frozenset(row.a for row in mine.get("crew", ()))
    _of_the_crew(facts, instrument, person, roles, its)
    owner = next(iter(its.get("owner", ())), None) if instrument.hosting == HOSTED else None
    owns = owner is not None and any(row.id == owner.id for row in mine.get("membership", ()))
    facts.say(_agreement(instrument, owner), hosted_owner=owns)
    tier = tier_of(person, instrument, mine, owns=owns)
    items = _priced_items(its, tier)
    _of_the_price(facts, instrument, its, parameters, priced=bool(items))
    return Standing(
        at=at,
        person=person,
        instrument=instrument,
        facts=facts,
        roles=roles,
        guided=tuple(its.get("guided", ())),
        work_orders=tuple(its.get("order", ())),
        tier=tier,
        fee=next(iter(its.get("fee", ())), None),
        fee_items=items,
        funds=tuple(mine.get("fund", ())),
        limits={row.id: row.n for row in mine.get("limit", ())},
        claimed=_claimed(mine),
        memberships={row.id: row for row in mine.get("membership", ())},
        owner=owner,
    )


def _claimed(mine: Rows) -> dict[int, int]:
    """What the person spent this month and has on hold, by fund, in fen: both count against a limit."""
    found: dict[int, int] = {}
    for row in (*mine.get("spent", ()), *mine.get("held", ())):
        found[row.id] = found.get(row.id, 0) + row.n
    return found


def _register(instrument: Instrument) -> Source:
    return Source("instrument", instrument.ulid, "仪器档案", "Instrument register")


def _agreement(instrument: Instrument, owner: Row | None) -> Source:
    """Where it is known from whether somebody is of the hosted owner's group: it opens nothing by itself."""
    if owner is None:
        return _register(instrument)
    return Source("owner_term", owner.ulid, "托管协议", "Hosting agreement", owner.t1)


def _of_the_person(facts: Gathered, person: Person) -> None:
    register = Source("user", person.ulid, "用户登记", "User register", person.ends)
    kind = "visitor" if person.visitor else person.kind
    facts.say(register, user_kind=kind, external_user=person.is_external, user_state=person.state)
    if person.state == SUSPENDED:
        facts.say(Source("suspension", person.suspension, "暂停使用", "Suspension"), user_state=SUSPENDED)
    if person.state != INACTIVE:
        facts.end("user_end", person.ends)


def _of_the_instrument(facts: Gathered, instrument: Instrument, its: Rows, at: datetime) -> None:
    register = _register(instrument)
    facts.say(
        register,
        opening_level=instrument.opening_level,
        walk_in_allowed=instrument.walk_in_allowed,
        night_self_use=instrument.night_self_use,
        second_person_required=instrument.night_people >= 2,
        customs_supervised=_customs(instrument, at),
        external_use_registered=instrument.external_use_registered,
        hosting_state=_HOSTING.get(instrument.hosting, "unknown"),
    )
    state, source = _instrument_state(instrument, its, at)
    facts.say(source, instrument_state=state)
    facts.end("retirement", instrument.retired_at)
    facts.end("outage", _earliest([row.t0 for row in its.get("outage", ()) if row.t0 and row.t0 > at]))
    incidents = sorted(its.get("incident", ()), key=_locking_first)
    facts.say(
        Source("incident", incidents[0].ulid, "事件报告", "Incident report")
        if incidents
        else Source("incident", "", "没有未结的事件", "No open incident"),
        incident=incidents[0].a if incidents else "none",
    )


def _locking_first(row: Row) -> bool:
    return row.a != "locked"


def _customs(instrument: Instrument, at: datetime) -> bool:
    until = instrument.customs_until
    return instrument.customs_supervised and (until is None or school_time(at).date() < until)


def _instrument_state(instrument: Instrument, its: Rows, at: datetime) -> tuple[str, Source]:
    if locks := its.get("lock"):
        return "locked", Source("lock", locks[0].ulid, "仪器锁定", "Instrument lock")
    retired = instrument.retired_at is not None and instrument.retired_at <= at
    if retired or instrument.valid_from > at:
        return "out_of_service", _register(instrument)
    outages = [row for row in its.get("outage", ()) if row.t0 is not None and row.t0 <= at]
    if outages:
        return "out_of_service", Source("outage", outages[0].ulid, "停机安排", "Outage", outages[0].t1)
    return "in_service", _register(instrument)


def _of_training(facts: Gathered, instrument: Instrument, mine: Rows, at: datetime) -> None:
    required = instrument.required_level
    facts.say(_register(instrument), required_level=required)
    held = mine.get("certificate", ())
    best = max(held, key=lambda row: _worth(row, required, at)) if held else None
    facts.say(
        Source("certificate", best.ulid, "操作证", "Certificate", best.t1, best.b)
        if best
        else Source("certificate", "", "没有操作证", "No certificate"),
        certificate_level=best.a if best else "none",
        certificate_level_ok=best is not None and LEVELS.index(best.a) >= LEVELS.index(required),
        certificate_days_left=_days_left(best, at),
        certificate_suspended=bool(best and best.c),
    )
    facts.end("certificate_end", best.t1 if best else None)
    cleared = max(mine.get("safety", ()), key=_last_moment, default=None)
    facts.say(
        Source("safety_clearance", cleared.ulid, "安全准入", "Safety clearance", cleared.t1, cleared.a)
        if cleared
        else Source("safety_clearance", "", "没有安全准入", "No safety clearance"),
        safety_clearance_days_left=_days_left(cleared, at),
    )
    facts.end("safety_end", cleared.t1 if cleared else None)


def _worth(row: Row, required: str, at: datetime) -> tuple[bool, bool, bool, float]:
    """In force before ended, free before suspended, high enough before too low, and then the one that lasts
    longest.
    """
    until = _last_moment(row)
    return until > at.timestamp(), not row.c, LEVELS.index(row.a) >= LEVELS.index(required), until


def _last_moment(row: Row) -> float:
    return row.t1.timestamp() if row.t1 is not None else float("inf")


def _days_left(row: Row | None, at: datetime) -> int | None:
    """Whole days until the end; negative once it is over."""
    if row is None:
        return None
    return ENDLESS_DAYS if row.t1 is None else (row.t1 - at).days if row.t1 != at else -1


def _of_the_hour(
    facts: Gathered,
    instrument: Instrument,
    mine: Rows,
    its: Rows,
    at: datetime,
    parameters: dict[str, Any],
) -> None:
    begins, ends = parameters["access.night_start_hour"], parameters["access.night_end_hour"]
    local = school_time(at)
    night = begins <= local.hour < ends if begins < ends else local.hour >= begins or local.hour < ends
    facts.say(Source("parameter", "access.night_start_hour", "夜间时段", "Night hours"), night=night)
    special = next(iter(its.get("day", ())), None)
    facts.say(
        Source("calendar", str(local.date()), special.a, special.b)
        if special
        else Source("calendar", str(local.date()), "工作日历", "Working calendar"),
        holiday=not special.n if special else local.weekday() in _FREE_DAYS,
    )
    endorsed = max(mine.get("night", ()), key=_last_moment, default=None)
    facts.say(
        Source(
            "night_endorsement", endorsed.ulid, "夜间使用许可", "Night endorsement", endorsed.t1, endorsed.a
        )
        if endorsed
        else Source("night_endorsement", "", "没有夜间使用许可", "No night endorsement"),
        night_endorsed=endorsed is not None,
    )
    facts.end("endorsement_end", endorsed.t1 if endorsed else None)
    if not night:
        start = local.replace(hour=begins, minute=0, second=0, microsecond=0)
        facts.end(
            "night_start", (start if start > local else start + timedelta(days=1)).astimezone(at.tzinfo)
        )


def _of_the_crew(
    facts: Gathered, instrument: Instrument, person: Person, roles: frozenset[str], its: Rows
) -> None:
    orders = its.get("order", ())
    facts.say(
        Source("crew", instrument.ulid, "机组名单", "Crew"),
        crew_member=bool(roles & OPERATORS),
        service_engineer=SERVICE in roles or any(row.n == person.id for row in orders),
    )
    facts.say(
        Source("work_order", orders[0].ulid, "维修工单", "Work order")
        if orders
        else Source("work_order", "", "没有未结的工单", "No open work order"),
        work_order_open=bool(orders),
    )
    facts.say(
        Source("onboarding", "", "没有进行中的入网步骤", "No commissioning step is open"),
        commissioning_open=False,
    )
    for kind, names in _GUIDED.items():
        session = next(
            (row for row in its.get("guided", ()) if row.a == kind and takes_part(row, person)), None
        )
        facts.say(
            Source("guided_session", session.ulid, "培训或教学安排", "Guided session", session.t1)
            if session
            else Source("guided_session", "", "现在没有安排", "None scheduled now"),
            **dict.fromkeys(names, session is not None),
        )


_GUIDED = {"training": ("training_session_now",), "teaching": ("teaching_slot_now", "responsible_teacher")}


def takes_part(session: Row, person: Person) -> bool:
    """Whether the person leads a guided session or is one of its participants."""
    return bool(session.m) or session.n == person.id


def tier_of(person: Person, instrument: Instrument, mine: Rows, *, owns: bool = False) -> str:
    """The price tier of a person: hosted owner, own group in the lab in which a dedicated instrument stands,
    else by their kind. The same as `fees.queries.tier_of`.
    """
    if person.is_external:
        return person.kind
    if owns:
        return "hosted_owner"
    dedicated = instrument.management_mode == DEDICATED
    own = dedicated and any(row.m == instrument.unit_id for row in mine.get("membership", ()))
    return "own_group" if own else "internal"


def _priced_items(its: Rows, tier: str) -> tuple[Row, ...]:
    """The self-operated prices of a tier, else those that it falls back to."""
    items = [row for row in its.get("item", ()) if row.c.endswith(SELF_OPERATED)]
    named = tuple(row for row in items if row.b == tier)
    return named or tuple(row for row in items if row.b == FALLS_BACK.get(tier))


def _of_the_price(
    facts: Gathered, instrument: Instrument, its: Rows, parameters: dict[str, Any], *, priced: bool
) -> None:
    """A fee standard is in force for a person only when it names a price for people of their kind."""
    fee = next(iter(its.get("fee", ())), None)
    if fee is None:
        source = Source("fee_version", "", "没有生效的收费标准", "No fee standard in force")
    elif not priced:
        source = Source(
            "fee_version", fee.ulid, "收费标准没有此类用户的价格", "No price for this kind of user"
        )
    else:
        source = Source("fee_version", fee.ulid, f"收费标准 {fee.a}", f"Fee standard {fee.a}", fee.t1)
    transition = bool(parameters["access.fee_transition"])
    facts.say(source, fee_in_force=priced)
    facts.say(
        Source("parameter", "access.fee_transition", "收费过渡期", "Fee transition"),
        fee_transition=transition,
    )
    facts.say(_register(instrument), use_charged=instrument.use_charged and (priced or not transition))
    facts.end("fee_end", fee.t1 if fee else None)


def _earliest(moments: list[datetime]) -> datetime | None:
    return min(moments, default=None)

# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Hosted instruments of the demonstration school, one in every state of an agreement. All of it is done by
the services that pages use; only the uses of past months are written below operations, as an import would,
and charged by billing like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from apps.billing.operations import charge_record
from apps.bookings.priority import Hours
from apps.core.clock import school_midnight, school_month_start, school_time
from apps.decisions.models import DecisionRecord
from apps.fees.operations import ItemDraft, approve_version
from apps.fees.queries import tier_of, version_in_force
from apps.hosting.content import Band, Terms
from apps.hosting.inspecting import checklist
from apps.hosting.inventory import Thing
from apps.hosting.models import Agreement
from apps.hosting.negotiating import accept_terms, propose_terms
from apps.hosting.repairs import bear_cost
from apps.instruments.models import Facility, Instrument
from apps.instruments.operations import close_work_order, open_work_order
from apps.people.models import OrgUnit, ResearchGroup, User
from apps.people.operations import create_group, register_user
from apps.portal.demo.activity import deliver
from apps.portal.demo.school import DAY, School, instrument
from apps.usage.models import UsageRecord, UsageSession
from workflows import services
from workflows.beginning import begin
from workflows.hosting.ending import complain, leave
from workflows.hosting.stating import state_month
from workflows.models import Case, Step

HOUR = timedelta(hours=1)
SHARES = (("owner", 250), ("host", 550), ("school", 100), ("repair", 100))
THINGS = (Thing("主机", 1), Thing("控制计算机", 1), Thing("样品台", 3, "worn", "其中一件边缘磨损"))


@dataclass
class Play:
    """One agreement as it comes about: who acts for which side, and the moment of the last act."""

    owner: User
    host: User
    office: User
    manager: User
    at: datetime
    case: Case | None = None
    people: dict[str, User] = field(default_factory=dict)

    def pause(self, length: timedelta = HOUR) -> datetime:
        """A while later."""
        self.at += length
        return self.at

    def answer(self, node: str, by: User, outcome: str = "approve", opinion: str = "", **data: Any) -> None:
        """Somebody answers the step at a node."""
        if self.case is None:
            raise LookupError("nothing is played")
        step = Step.objects.select_related("task__owner", "case").get(
            case=self.case, node=node, answered_at__isnull=True
        )
        services.answer(step=step, by=by, now=self.pause(), outcome=outcome, opinion=opinion, data=data)
        self.case.refresh_from_db()

    @property
    def agreement(self) -> Agreement:
        """The agreement as it is now."""
        if self.case is None:
            raise LookupError("nothing is played")
        rows = Agreement.objects.select_related("group__pi", "facility__lab", "terms", "instrument")
        return rows.get(ulid=self.case.subject_ref.partition(":")[2])


def host_instruments(school: School, *, now: datetime) -> int:
    """Eight agreements, from an offer of this morning to one that has ended; returns how many."""
    they = school.people
    facility = Facility.objects.get(code="MCC")
    stages: tuple[tuple[str, str, int, Callable[[Play, datetime], None]], ...] = (
        ("QYU-running", "QY000081", 130, _run),
        ("suspended", "QY000054", 120, _suspend),
        ("leaving", "QY000056", 110, _leave),
        ("ended", "QY000077", 190, _end),
        ("offered", "QY000083", 1, _nothing),
        ("negotiated", "QY000080", 12, _negotiate),
        ("signed", "QY000082", 14, _sign_one),
        ("handed over", "QY000084", 16, _countersign),
    )
    for _name, asset_no, days, play in stages:
        machine = instrument(asset_no)
        at = now - days * DAY
        owner, group = _owner(school, machine, at)
        on = Play(owner, they["facility"], they["office"], they["teng"], at)
        on.case = begin(
            "hosting",
            by=owner,
            now=at,
            raw={
                "asset_no": asset_no,
                "group": group.ulid,
                "facility": facility.ulid,
                "why": "每周只使用两天，希望交由平台统一管理、对全校开放",
            },
        )
        deliver(at)
        play(on, now)
        deliver(now)
    return len(stages)


def _owner(school: School, machine: Instrument, at: datetime) -> tuple[User, ResearchGroup]:
    """Professor Wang where it is of Materials; elsewhere somebody of the department, with a group."""
    department = machine.unit
    while department.kind != OrgUnit.Kind.DEPARTMENT and department.parent is not None:
        department = department.parent
    wang = school.people["wang"]
    if wang.unit_id == department.pk:
        return wang, ResearchGroup.objects.get(pi=wang)
    login = f"pi-{machine.asset_no.lower()}"
    owner = register_user(
        username=login,
        name_zh=f"{department.name_zh[:2]}负责人",
        name_en=f"Owner at {department.code}",
        kind=User.Kind.STAFF,
        unit=department,
        now=at - DAY,
    )
    name = f"{machine.name_zh}课题组"
    group = create_group(
        name_zh=name, name_en=f"{machine.name_en} Group", pi=owner, unit=machine.unit, now=at - DAY
    )
    return owner, group


def _terms(at: datetime, **changes: Any) -> Terms:
    today = school_time(at).date()
    said: dict[str, Any] = {
        "since": today,
        "until": date(today.year + 3, today.month, min(today.day, 28)),
        "place": "材料表征中心 A203",
        "windows": (Hours("12", 8 * 60, 12 * 60, 24),),
        "owner_pays_permille": 500,
        "shares": SHARES,
        "repairs": (Band(0, 0), Band(500_000, 300), Band(3_000_000, 600)),
        "insurer": "host",
        "insured_fen": 500_000_000,
        "exit_days": 60,
        "consumables": "user",
        "relocation": "由管理单位搬迁，费用双方各半",
    }
    return Terms(**{**said, **changes})


def _nothing(play: Play, now: datetime) -> None:
    """The offer waits for its inspection."""


def _inspect(play: Play) -> None:
    data = {one.key: "pass" for one in checklist(play.at)}
    data["manuals"], data["note_manuals"] = "fail", "缺一份维修记录，已约定补交"
    play.answer("inspect", play.host, "complete", "整体状况良好", **data)


def _negotiate(play: Play, now: datetime) -> None:
    """Two versions are on the table; the owner's waits for an answer."""
    _inspect(play)
    propose_terms(agreement=play.agreement, terms=_terms(play.at), by=play.host, now=play.pause(), base=0)
    propose_terms(
        agreement=play.agreement,
        terms=_terms(play.at, owner_pays_permille=400, exit_days=90),
        by=play.owner,
        now=play.pause(DAY),
        base=1,
        note="希望优惠力度更大，退出期更长",
    )
    deliver(play.at)


def _agree(play: Play) -> None:
    _negotiate(play, play.at)
    accept_terms(agreement=play.agreement, number=2, by=play.host, now=play.pause())
    deliver(play.at)


def _digest(play: Play) -> dict[str, Any]:
    version = play.agreement.terms
    if version is None:
        raise LookupError("nothing is agreed")
    return {"digest": version.digest, "read": True}


def _sign_one(play: Play, now: datetime) -> None:
    """The owner has signed, the host is asked."""
    _agree(play)
    play.answer("owner_signs", play.owner, **_digest(play))


def _countersign(play: Play, now: datetime) -> None:
    """All have signed; the handover waits."""
    _sign_one(play, now)
    play.answer("host_signs", play.host, **_digest(play))
    play.answer("countersign", play.office, "approve", "同意", **_digest(play))


def _hand_over(play: Play) -> None:
    _countersign(play, play.at)
    play.answer("hand_over", play.host, "complete", "", things=list(THINGS), manager=play.manager)
    play.answer("confirm", play.owner)
    deliver(play.at)


def _run(play: Play, now: datetime) -> None:
    """It runs, is used and repaired, and every month has its statement."""
    _hand_over(play)
    machine = play.agreement.instrument
    if machine is None:
        raise LookupError("it is run, so it is there")
    _priced(machine, play.at)
    months = _months(play.at, now)
    for start, end in months:
        _uses(machine, play, max(start, play.at), end)
    order = open_work_order(instrument=machine, summary="更换真空泵", by=play.manager, now=play.pause(DAY))
    bear_cost(work_order=order, cost_fen=860_000, by=play.host, now=play.pause(DAY))
    close_work_order(work_order=order, by=play.manager, now=play.pause())
    for _start, end in months:
        state_month(play.agreement, month=f"{school_time(_start):%Y-%m}", now=end + HOUR)
        deliver(end + HOUR)


def _suspend(play: Play, now: datetime) -> None:
    """The owner has taken parts away, and did not bring them back in time."""
    _hand_over(play)
    play.case = complain(
        agreement=play.agreement,
        side="owner",
        what="未经同意取走样品台一件，影响开放",
        by=play.host,
        now=now - 40 * DAY,
    )
    play.at = now - 5 * DAY
    play.answer("mended", play.office, "reject", "催告后仍未归还")


def _leave(play: Play, now: datetime) -> None:
    """The owner gives it up; the notice runs."""
    _hand_over(play)
    leave(agreement=play.agreement, reason="课题组新项目需要专用", by=play.owner, now=now - 7 * DAY)


def _end(play: Play, now: datetime) -> None:
    """It was given up long ago, and is back with its owner."""
    _hand_over(play)
    play.case = leave(agreement=play.agreement, reason="设备更新", by=play.host, now=now - 120 * DAY)
    play.at = now - 20 * DAY
    services.sweep(now=play.at)
    play.answer("give_back", play.host, "complete", "", things=list(THINGS))
    play.answer("confirm", play.owner)


def _months(start: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
    """The months of the school's calendar since a moment that are over, as [start, end)."""
    found, first = [], school_month_start(start)
    while (last := school_month_start(first + 32 * DAY)) <= now:
        found.append((first, last))
        first = last
    return found


def _priced(machine: Instrument, at: datetime) -> None:
    if version_in_force(machine.pk, at) is not None:
        return
    prices = {"internal": 120_00, "external_academic": 260_00, "enterprise": 400_00}
    items = [
        ItemDraft(
            code="HOUR",
            name_zh="自主上机",
            name_en="Self-operated use",
            service_mode="self",
            unit="hour",
            tier=tier,
            price_fen=fen,
        )
        for tier, fen in prices.items()
    ]
    approve_version(
        instrument=machine,
        approval_no=f"DEMO-{machine.asset_no}",
        items=items,
        valid_from=at,
        source_case=f"import:{machine.asset_no}",
        now=at,
    )


def _uses(machine: Instrument, play: Play, start: datetime, end: datetime) -> None:
    """Every third day somebody used it for some hours: below operations, as an import writes them."""
    users = [play.owner, play.manager]
    day, number = school_midnight(school_time(start).date()) + DAY, 0
    while day + 20 * HOUR < end:
        who = users[number % len(users)]
        begun, hours = day + (9 + number % 5) * HOUR, 2 + number % 3
        _use(machine, who, begun, begun + hours * HOUR, play)
        day, number = day + 3 * DAY, number + 1


def _use(machine: Instrument, user: User, begun: datetime, ended: datetime, play: Play) -> None:
    ms = round((ended - begun).total_seconds() * 1000)
    fund = ResearchGroup.objects.get(pi=play.owner).funds.first()
    decision = DecisionRecord.objects.filter(point="hosting.terms").latest("id")
    odometer = UsageSession.objects.filter(dev="hosted", node=1).count() * 10**9
    session = UsageSession.objects.create(
        dev="hosted",
        node=1,
        instrument=machine,
        user=user,
        fund=fund,
        fee_version=version_in_force(machine.pk, begun),
        decision=decision,
        kind="session",
        state="closed",
        purpose="booking",
        tier=tier_of(user, machine, begun),
        not_before=begun,
        expires_at=ended + HOUR,
        lease_ms=45_000,
        granted_at=begun,
        opened_at=begun,
        closed_at=ended,
        odo0=odometer,
        odo1=odometer + ms,
        busy0=0,
        busy1=ms,
    )
    record = UsageRecord.objects.create(
        session=session,
        instrument=machine,
        user=user,
        purpose="booking",
        started_at=begun,
        ended_at=ended,
        powered_ms=ms,
        effective_ms=ms * 9 // 10,
        idle_ms=ms - ms * 9 // 10,
    )
    charge_record(record=record, now=ended)

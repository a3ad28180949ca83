"""Agreements about hosting for tests: Wang's group owns the FE-SEM A, the public platform hosts it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from apps.bookings.priority import Hours
from apps.core.clock import school_time
from apps.hosting.breaches import report_breach
from apps.hosting.content import Band, Terms
from apps.hosting.inspecting import Found, checklist, inspect
from apps.hosting.inventory import Thing, confirm_inventory, write_inventory
from apps.hosting.models import Agreement, Breach
from apps.hosting.negotiating import accept_terms, propose_terms
from apps.hosting.offering import offer_instrument
from apps.hosting.running import take_in
from apps.hosting.signing import countersign, sign
from apps.instruments.models import Facility, Instrument
from apps.people.models import User
from apps.people.operations import grant_authorization, register_user
from tests.people import PASSWORD, People

SPLIT = (("owner", 200), ("host", 600), ("school", 100), ("repair", 100))
THINGS = (Thing("主机", 1), Thing("样品台", 3, "worn"))


@dataclass
class House:
    """Everybody of tests/people.py, the hosting facility, Hana who acts for it, and Hugo who will run it."""

    they: People
    facility: Facility
    hana: User
    hugo: User
    now: datetime
    machine: Instrument

    @property
    def owner(self) -> User:
        return self.they.wang


def house(they: People, now: datetime, machine: Instrument | None = None) -> House:
    """The public platform stands beside the school's people; what is hosted is the FE-SEM A, or another."""
    before = now - timedelta(days=300)
    assert they.lab.parent is not None
    facility = Facility.objects.create(
        code="HOST", name_zh="公共测试平台", name_en="Public Platform", level="school", lab=they.lab.parent
    )
    hana = staff("hana", "韩娜", before)
    hugo = staff("hugo", "胡果", before)
    grant_authorization(
        user=hana, kind="manage", scope=f"facility:{facility.ulid}", grantor=they.office, now=before
    )
    return House(they, facility, hana, hugo, now, machine or they.sem)


def staff(login: str, name_zh: str, now: datetime) -> User:
    """A registered member of the staff."""
    return register_user(
        username=login,
        name_zh=name_zh,
        name_en=login.title(),
        kind="staff",
        unit=None,
        password=PASSWORD,
        now=now,
    )


def terms(now: datetime, **changes: Any) -> Terms:
    """Terms within every limit: Monday morning first, half the price, a fifth of the income."""
    today = school_time(now).date()
    said: dict[str, Any] = {
        "since": today,
        "until": date(today.year + 3, today.month, today.day),
        "place": "A201",
        "windows": (Hours("1", 8 * 60, 12 * 60, 24),),
        "owner_pays_permille": 500,
        "shares": SPLIT,
        "repairs": (Band(0, 0), Band(500_000, 500)),
        "insurer": "owner",
        "insured_fen": 10**9,
        "exit_days": 60,
        "consumables": "user",
        "relocation": "",
    }
    return Terms(**{**said, **changes})


def offered(home: House, *, now: datetime | None = None, **more: Any) -> Agreement:
    """Wang offers the FE-SEM A."""
    asked: dict[str, Any] = {
        "group": home.they.group,
        "facility": home.facility,
        "asset_no": home.machine.asset_no,
        "why": "used two days a week",
        "by": home.owner,
        "now": now or home.now,
    }
    return offer_instrument(**{**asked, **more})


def in_order(now: datetime) -> dict[str, Found]:
    """Every line of the check-list in order."""
    return {one.key: Found("pass") for one in checklist(now)}


def inspected(home: House) -> Agreement:
    """Hana finds it in order."""
    agreement = offered(home)
    inspect(agreement=agreement, found=in_order(home.now), by=home.hana, now=home.now)
    return fresh(agreement)


def agreed(home: House, **changes: Any) -> Agreement:
    """Hana proposes, Wang accepts."""
    agreement = inspected(home)
    said = terms(home.now, **changes)
    made = propose_terms(agreement=agreement, terms=said, by=home.hana, now=home.now, base=0)
    accept_terms(agreement=agreement, number=made.number, by=home.owner, now=home.now)
    return fresh(agreement)


def countersigned(home: House, **changes: Any) -> Agreement:
    """Both sides and the office have signed."""
    agreement = agreed(home, **changes)
    assert agreement.terms is not None
    digest = agreement.terms.digest
    sign(agreement=agreement, side="owner", digest=digest, by=home.owner, now=home.now)
    sign(agreement=agreement, side="host", digest=digest, by=home.hana, now=home.now)
    countersign(agreement=agreement, digest=digest, by=home.they.office, now=home.now)
    return fresh(agreement)


def running(home: House, **changes: Any) -> Agreement:
    """Handed over, and run by Hugo."""
    agreement = countersigned(home, **changes)
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    take_in(agreement=agreement, manager=home.hugo, by=home.owner, now=home.now)
    home.machine.refresh_from_db()
    return fresh(agreement)


def breached(home: House, agreement: Agreement, *, side: str = "owner") -> Breach:
    """The office says that a side does not keep it."""
    return report_breach(
        agreement=agreement, side=side, what="takes parts away", by=home.they.office, now=home.now
    )


def fresh(agreement: Agreement) -> Agreement:
    """The agreement as it is now."""
    rows = Agreement.objects.select_related("group__pi", "facility__lab", "terms", "instrument")
    return rows.get(pk=agreement.pk)

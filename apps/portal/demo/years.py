"""Three past years of use at the demonstration school, about 120,000 records: an import, as a school brings
it from the system before. It writes below the operations, in bulk, the same rows on every run.

What such an import knows is written, what it cannot know is not made up. Sessions of a node tile its
odometer, on meters that were taken down since; their decision is the one by which the import was allowed.
Nobody has to look into a record that was believed then. The people are those of these years, who have left
since: nobody signs in as them. Bookings of the time are not taken over.

Money: the system before settled by the month. So each month of an instrument and tier has one charge that
carries the whole sum and one transaction of the ledger from `takeover` to the income of the facility; the
other records cost nothing more and say so in their line. No fund of today is touched, every transaction sums
to zero, and the ledger proves. The fee standard that a charge names is the first that is known here.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any

from django.db import connection
from django.db.models import Model

from apps.billing.models import Charge
from apps.billing.operations import CHARGED_PURPOSES, income_of
from apps.core.clock import SCHOOL_ZONE, school_midnight
from apps.core.statistics import refresh_statistics
from apps.decisions.models import DecisionRecord, RuleSetVersion
from apps.fees.content import EXTERNAL, HOUR
from apps.fees.models import FeeItem
from apps.instruments.models import Instrument
from apps.ledger.models import Account, Entry, Period, Transaction
from apps.ledger.operations import ensure_account
from apps.people.models import OrgUnit, User
from apps.portal.demo import year_rows as rows
from apps.portal.demo.fees import demo_hours
from apps.usage.models import UsageRecord, UsageSession

YEARS = 3
TAKEN_UNTIL_AGO = timedelta(days=40)  # from then on the school lives by its own operations
NODE = 1
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_BATCH = 5000
_FIRST_MONTH = 9  # academic years begin in September
# Ids that are the same on every run: 26 characters of their alphabet.
_SESSION, _RECORD, _CHARGE, _MONEY = "00pasts", "00pastr", "00pastc", "00pastm"
_SETTLED = {
    "code": "billing.taken_over",
    "name_zh": "已在原系统按月结算",
    "name_en": "Settled by the month in the system before",
    "quantity": "1",
    "unit": "use",
    "price_fen": 0,
    "rate": "1",
    "amount_fen": 0,
}


@dataclass(frozen=True, slots=True)
class Use:
    """One use as it will be written."""

    instrument: int
    user: int
    purpose: str
    tier: str
    start: datetime
    minutes: int
    busy: int


@dataclass
class Past:
    """Who and what the years need."""

    insiders: list[int]
    outsiders: list[tuple[int, str]]
    operators: list[int]
    decision: int
    sums: dict[tuple[int, str, str], int] = field(default_factory=lambda: defaultdict(int))
    last: dict[tuple[int, str, str], int] = field(default_factory=dict)


def past_years(*, founded: datetime, now: datetime) -> int:
    """All of it, from the September three academic years ago until lately; returns how many records."""
    until, first = now - TAKEN_UNTIL_AGO, first_day(now)
    local = until.astimezone(SCHOOL_ZONE).date()
    machines = list(Instrument.objects.select_related("facility").order_by("asset_no"))
    past = _people(machines, founded, school_midnight(first), until)
    number = 0
    for machine in machines:
        uses = list(_uses(machine, past, first, local))
        _write(machine, uses, past, number)
        number += len(uses)
    _records()
    refresh_statistics(UsageSession, UsageRecord)
    _charge(machines, past)
    refresh_statistics(Charge, Entry, Transaction)
    return number


def first_day(now: datetime) -> date:
    """The September three whole academic years before."""
    local = (now - TAKEN_UNTIL_AGO).astimezone(SCHOOL_ZONE).date()
    return date(local.year - YEARS - (local.month < _FIRST_MONTH), _FIRST_MONTH, 1)


def takeover() -> Account:
    """Where money comes from that was settled in the system before."""
    return ensure_account(
        code="takeover", kind=Account.Kind.OUTSIDE, name_zh="原系统结算", name_en="Settled before"
    )


def accounts_of(machines: Sequence[Instrument]) -> dict[int, Account]:
    """The accounts on which facilities earn, by the key of the facility."""
    return {key: income_of(one) for key, one in {one.facility_id: one for one in machines}.items()}


def _people(machines: Sequence[Instrument], founded: datetime, since: datetime, until: datetime) -> Past:
    """The people of these years, ended with them, and the decision that let the import in."""
    dice = Random("people of past years")  # noqa: S311 - nothing is kept secret by it
    units = list(OrgUnit.objects.filter(kind=OrgUnit.Kind.DEPARTMENT).order_by("code"))
    kinds = (
        *(User.Kind.STUDENT,) * rows.STUDENTS,
        *(User.Kind.EXTERNAL_ACADEMIC,) * rows.ACADEMICS,
        *(User.Kind.ENTERPRISE,) * rows.COMPANIES,
    )
    made = User.objects.bulk_create(
        User(
            username=f"past{number:04d}",
            name_zh=dice.choice(rows.SURNAMES) + "".join(dice.sample(rows.GIVEN, 2)),
            kind=kind,
            unit=dice.choice(units) if kind is User.Kind.STUDENT else None,
            valid_from=since,
            valid_until=until,
            full_from=since,
            is_active=False,
            password="!",  # noqa: S106 - nobody signs in with it
        )
        for number, kind in enumerate(kinds)
    )
    crew = {one.pk: one.crew.order_by("pk").values_list("user_id", flat=True).first() for one in machines}
    operators = sorted({key for key in crew.values() if key is not None})
    ruleset = RuleSetVersion.objects.filter(point="access.unlock").order_by("version").first()
    decision = DecisionRecord.objects.create(
        point="access.unlock",
        ruleset=ruleset,
        engine="import",
        outcome="permit" if ruleset else "deny",
        codes=[],
        reasons=[],
        fired=[],
        nearest=[],
        facts={},
        facts_schema=1,
        facts_digest="0" * 64,
        sources={},
        object_ref="import:past-years",
        asked_by="import",
        decided_at=founded,
    )
    return Past(
        insiders=[one.pk for one in made if one.kind == User.Kind.STUDENT],
        outsiders=[(one.pk, str(one.kind)) for one in made if one.kind in EXTERNAL],
        operators=operators or [made[0].pk],
        decision=decision.pk,
    )


def _uses(machine: Instrument, past: Past, first: date, until: date) -> Iterator[Use]:
    """The uses of one instrument, one after the other: each day owes hours by season and weekday, and what it
    cannot hold it leaves to the next.
    """
    dice = Random(f"uses of {machine.asset_no}")  # noqa: S311 - nothing is kept secret by it
    profile = rows.profile_of(machine.class6)
    who = dice.sample(past.insiders, rows.POOL)
    others = dice.sample(past.outsiders, rows.EXTERNAL_POOL)
    purposes = _purposes(machine)
    yearly = demo_hours().get(machine.asset_no, 0) * 60
    owed, day = 0.0, max(first, machine.commissioned)
    names, weights = [name for name, _part in purposes], [part for _name, part in purposes]
    while day < until:
        year = min((day - first).days // 365, len(rows.GROWTH) - 1)
        season = rows.MONTHS[day.month - 1] * rows.WEEKDAYS[day.weekday()]
        owed += yearly * rows.GROWTH[year] * season / 298  # what the weights of a year add up to
        minute = profile.first_hour * 60 + dice.randrange(40)
        while owed > 0 and minute < 22 * 60:
            busy = dice.choice(profile.minutes) + dice.randrange(-10, 11)
            idle = dice.randrange(2, 16)
            purpose = dice.choices(names, weights)[0]
            user, tier = _whose(dice, purpose, who, others, past)
            at = datetime.combine(day, time(), SCHOOL_ZONE) + timedelta(minutes=minute)
            yield Use(machine.pk, user, purpose, tier, at.astimezone(UTC), busy + idle, busy)
            owed -= busy
            minute += busy + idle + dice.randrange(3, 20)
        day += timedelta(days=1)


def _purposes(machine: Instrument) -> tuple[tuple[str, int], ...]:
    modes = machine.service_modes.split()
    if "T" not in modes:
        return rows.SELF
    return rows.BOTH if "S" in modes or "A" in modes else rows.SAMPLES_ONLY


def _whose(
    dice: Random, purpose: str, who: Sequence[int], others: Sequence[tuple[int, str]], past: Past
) -> tuple[int, str]:
    if purpose not in CHARGED_PURPOSES:
        return dice.choice(past.operators), "internal"
    if dice.randrange(100) < rows.EXTERNAL_PERCENT:
        return dice.choice(others)
    return dice.choice(who), "internal"


def _write(machine: Instrument, uses: Sequence[Use], past: Past, number: int) -> None:
    """The sessions of an instrument; what each month used at which tier is added up on the way."""
    dev, columns = (
        f"past{machine.asset_no.lower()}",
        (
            *("ulid", "gid", "dev", "node", "instrument_id", "user_id", "decision_id", "kind", "state"),
            *("purpose", "tier", "card_digest", "not_before", "expires_at"),
            *("off_ms", "lease_ms", "granted_at"),
            *("opened_at", "closed_at", "odo0", "odo1", "busy0", "busy1", "close_reason", "revoke_codes"),
        ),
    )
    _insert(UsageSession, columns, _sessions(dev, uses, past, number))


def _sessions(dev: str, uses: Sequence[Use], past: Past, number: int) -> Iterator[tuple[Any, ...]]:
    adapt = connection.ops.adapt_datetimefield_value
    odo = busy = 0
    for place, use in enumerate(uses, start=number):
        if use.purpose in CHARGED_PURPOSES:
            month = (use.instrument, f"{use.start.astimezone(SCHOOL_ZONE):%Y-%m}", use.tier)
            past.sums[month] += use.minutes
            past.last[month] = place
        start = adapt(use.start)
        end = adapt(use.start + timedelta(minutes=use.minutes))
        last = adapt(use.start + timedelta(minutes=use.minutes + 60))
        odo1, busy1 = odo + use.minutes * _MINUTE_MS, busy + use.busy * _MINUTE_MS
        yield (
            *(
                deterministic(_SESSION, place),
                "",
                dev,
                NODE,
                use.instrument,
                use.user,
                past.decision,
                "session",
            ),
            *("closed", use.purpose, use.tier, "", start, last, 0, 45_000, start),
            *(start, end, odo, odo1, busy, busy1, "swipe", "[]"),
        )
        odo, busy = odo1, busy1


def _records() -> None:
    """A record from each session, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_usagerecord (ulid, session_id, instrument_id, user_id, purpose, started_at,"
            " ended_at, powered_ms, effective_ms, idle_ms, samples, held, verdict)"
            " SELECT %s || substr(ulid, 8), id, instrument_id, user_id, purpose, opened_at, closed_at,"
            " odo1 - odo0, busy1 - busy0, odo1 - odo0 - busy1 + busy0, 0, '', ''"
            " FROM usage_usagesession WHERE ulid LIKE %s ORDER BY id",
            [_RECORD, f"{_SESSION}%"],
        )


def _charge(machines: Sequence[Instrument], past: Past) -> None:
    """The settled sums of each month, and that nothing more is owed for the other records."""
    bills = list(_bills(machines, past))
    outside, accounts = takeover(), accounts_of(machines)
    for key in sorted({bill.month for bill in bills}):
        Period.objects.get_or_create(key=key)
    # Entries stand before their transaction: the database checks the sum when that arrives.
    _insert(
        Entry,
        ("transaction_id", "account_id", "amount_fen"),
        (
            (bill.ulid, account, fen)
            for bill in bills
            for account, fen in ((outside.pk, -bill.fen), (accounts[bill.facility].pk, bill.fen))
        ),
    )
    adapt = connection.ops.adapt_datetimefield_value
    _insert(
        Transaction,
        ("ulid", "kind", "period", "source", "memo", "posted_at"),
        (
            (bill.ulid, "charge", bill.month, f"import:{bill.ulid}", bill.month, adapt(bill.at))
            for bill in bills
        ),
    )
    _charges(bills)


@dataclass(frozen=True, slots=True)
class Bill:
    """What one month of an instrument cost at one tier; `record` is the number of its last use."""

    ulid: str
    month: str
    facility: int
    tier: str
    fen: int
    version: int
    record: int
    at: datetime


def _bills(machines: Sequence[Instrument], past: Past) -> Iterator[Bill]:
    prices = {}
    items = FeeItem.objects.filter(unit=HOUR).order_by(
        "version__instrument_id", "-version__version", "position"
    )
    for instrument, tier, fen, version in items.values_list(
        "version__instrument_id", "tier", "price_fen", "version_id"
    ):
        prices[instrument, tier] = fen, version
    facilities = {one.pk: one.facility_id for one in machines}
    for number, ((instrument, month, tier), minutes) in enumerate(sorted(past.sums.items())):
        found = prices.get((instrument, tier))
        if found is None or not found[0]:
            continue
        year, of_year = (int(part) for part in month.split("-"))
        ends = school_midnight(date(year + of_year // 12, of_year % 12 + 1, 1)) - timedelta(hours=1)
        fen, last = found[0] * minutes // 60, past.last[instrument, month, tier]
        if fen:
            place = deterministic(_MONEY, number)
            yield Bill(place, month, facilities[instrument], tier, fen, found[1], last, ends)


def _charges(bills: Sequence[Bill]) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    columns = "ulid, record_id, fee_version_id, tier, lines, amount_fen, transaction_id, charged_at"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO billing_charge ({columns}) SELECT %s, id, %s, %s, %s, %s, %s, %s"  # noqa: S608
            " FROM usage_usagerecord WHERE ulid = %s",
            [
                (
                    *(
                        deterministic(_CHARGE, bill.record),
                        bill.version,
                        bill.tier,
                        _lines(bill.fen),
                        bill.fen,
                    ),
                    *(bill.ulid, adapt(bill.at), deterministic(_RECORD, bill.record)),
                )
                for bill in bills
            ],
        )
        refresh_statistics(Charge)
        as_json = "::jsonb" if connection.vendor == "postgresql" else ""
        cursor.execute(
            f"INSERT INTO billing_charge ({columns}) SELECT %s || substr(r.ulid, 8), r.id, NULL, s.tier,"  # noqa: S608
            f" %s{as_json}, 0, NULL, r.ended_at FROM usage_usagerecord r"
            " JOIN usage_usagesession s ON s.id = r.session_id WHERE r.ulid LIKE %s"
            " AND NOT EXISTS (SELECT 1 FROM billing_charge c WHERE c.record_id = r.id)",
            [_CHARGE, _lines(0), f"{_RECORD}%"],
        )


def _lines(fen: int) -> str:
    return json.dumps([{**_SETTLED, "price_fen": fen, "amount_fen": fen}], ensure_ascii=False)


def _insert(model: type[Model], columns: Sequence[str], values: Iterable[tuple[Any, ...]]) -> None:
    """Rows by one prepared statement, or by COPY. Django's own way would put the text of each batch together
    anew.
    """
    table, names = model._meta.db_table, ", ".join(f'"{one}"' for one in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
            return
        marks, waiting = ", ".join(["%s"] * len(columns)), iter(values)
        while batch := list(islice(waiting, _BATCH)):
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", batch)  # noqa: S608


def deterministic(prefix: str, number: int) -> str:
    """An id that is the same on every run, of a seven-letter prefix."""
    return f"{prefix}{number:019d}"

"""The dossier on one database: 500 peers and a year of uses, both written in bulk, around a case that really
runs at the demonstration school. Its people are an import.
"""

import time
from datetime import datetime, timedelta
from http import HTTPStatus
from statistics import median

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.clock import now
from apps.decisions.models import DecisionRecord
from apps.fees.content import EXTERNAL, PARTS, Item
from apps.fees.models import FeeItem, FeeVersion, OutsidePrice
from apps.funding.models import FundAccount
from apps.funding.operations import open_fund, top_up
from apps.instruments.models import Instrument
from apps.people.operations import create_group
from apps.portal.demo.committee import seat_committee
from apps.portal.demo.review_cases import OPEN
from apps.portal.demo.reviews import FOUNDED_AGO, LATELY, play_review
from apps.portal.demo.school import School, found_school
from apps.usage.models import UsageRecord, UsageSession
from bench.browsing import browser_of
from bench.byhand import ByHand
from bench.lines import say, spread
from bench.school import crowd
from workflows.fee_review import asked
from workflows.models import Case

BAR, QUERIES_BAR = 3.0, 15
GROUPS = 24
TIERS = ("internal", *EXTERNAL)
MEMBER = "ma"  # has not voted yet
BATCH = 2000
EVERY = timedelta(minutes=5)


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    peers, uses, times = (20, 500, 3) if quick else (500, 100_000, 20)
    at = now()
    school = found_school(founded=at - FOUNDED_AGO, now=at)
    seat_committee(school, founded=at - FOUNDED_AGO)
    case = play_review(school, next(one for one in OPEN if one.stage == "first"), at - LATELY).case
    if case is None:
        raise RuntimeError("nothing is judged")
    instrument = asked.instruments_of(asked.proposal_of(case))[0]
    item = asked.content_of(case).sheets[0].items[0]
    _have_peers(instrument, item, peers, at)
    _use(instrument, _funds(school, at), uses, at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _compare(case, instrument, browser_of(school.people[MEMBER]), peers=peers, uses=uses, times=times)


def _compare(
    case: Case, instrument: Instrument, client: Client, *, peers: int, uses: int, times: int
) -> None:
    """The page with its part about last year, and both statements by hand, in turn."""
    by_hand = ByHand(case, instrument)
    by_hand.explain()
    pages = {
        "dossier": reverse("fee_review_dossier", args=[case.ulid]),
        "dossier_effect": reverse("fee_review_effect", args=[case.ulid, instrument.asset_no]),
    }
    parts = {"dossier": by_hand.peers, "dossier_effect": by_hand.uses}
    ours: dict[str, list[float]] = {name: [] for name in pages}
    theirs: dict[str, list[float]] = {name: [] for name in pages}
    queries: dict[str, set[int]] = {name: set() for name in pages}
    for turn in range(times + 1):
        for name, page in pages.items():
            took, asked_for = _ask(client, page)
            begin = time.perf_counter()
            rows = parts[name]()
            by_sql = (time.perf_counter() - begin) * 1000
            if turn:  # the first one loads templates and translations
                ours[name].append(took)
                theirs[name].append(by_sql)
                queries[name].add(asked_for)
        _require_all(rows, uses)
    whole = [sum(pair) for pair in zip(*ours.values(), strict=True)]
    hand = [sum(pair) for pair in zip(*theirs.values(), strict=True)]
    for name in pages:
        say(
            name,
            database=connection.vendor,
            **spread(ours[name]),
            queries=max(queries[name]),
            queries_vary=len(queries[name]) > 1,
            baseline_p50_ms=round(median(theirs[name]), 3),
        )
    ratio, most = median(whole) / median(hand), max(map(max, queries.values()))
    say(
        "dossier_with_effect",
        database=connection.vendor,
        peers=peers,
        uses=uses,
        **spread(whole),
        queries=most,
        baseline_p50_ms=round(median(hand), 3),
        ratio=round(ratio, 2),
        bar=f"ratio <= {BAR:g}, queries <= {QUERIES_BAR}",
        meets_bar=ratio <= BAR and most <= QUERIES_BAR,
    )


def _ask(client: Client, page: str) -> tuple[float, int]:
    with CaptureQueriesContext(connection) as captured:
        begin = time.perf_counter()
        response = client.get(page)
        took = (time.perf_counter() - begin) * 1000
    if response.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{page} answered {response.status_code}")
    return took, len(captured)


def _require_all(rows: list[tuple[object, ...]], uses: int) -> None:
    """The statement by hand has counted every use."""
    counted = sum(int(str(row[2])) for row in rows)
    if counted != uses:
        raise RuntimeError(f"{counted} of {uses} uses were counted by hand")


def _have_peers(instrument: Instrument, item: Item, count: int, at: datetime) -> None:
    """A fifth are machines of the school with a standard of their own, the others are published elsewhere."""
    own = count // 5
    before = at - timedelta(days=100)
    versions = FeeVersion.objects.bulk_create(
        FeeVersion(
            instrument=machine,
            version=1,
            approval_no=f"BENCH-{machine.asset_no}",
            valid_from=before,
            source_case="bench",
        )
        for machine in crowd(instrument, own)
    )
    FeeItem.objects.bulk_create(
        FeeItem(
            version=version,
            position=0,
            code="HOUR",
            name_zh=item.name_zh,
            name_en=item.name_en,
            service_mode=item.service_mode,
            unit=item.unit,
            function=item.function,
            tier=tier,
            **_price(item, tier, number),
        )
        for number, version in enumerate(versions)
        for tier in TIERS
    )
    OutsidePrice.objects.bulk_create(
        OutsidePrice(
            institution_zh=f"学校{number}",
            institution_en=f"School {number}",
            name_zh="电镜",
            name_en="SEM",
            class6=instrument.class6,
            grade=instrument.grade,
            function=item.function,
            service_mode=item.service_mode,
            unit=item.unit,
            tier=tier,
            source="bench",
            valid_from=before,
            entered_at=before,
            **_price(item, tier, number),
        )
        for number in range(count - own)
        for tier in TIERS
    )


def _price(item: Item, tier: str, number: int) -> dict[str, int]:
    """A price within a fifth of the item's, and costs."""
    percent = 80 + number * 7919 % 41
    costs = item.cost.stated if item.cost else None
    found = {f"{part}_e4": costs.of(part) * percent // 100 for part in PARTS} if costs else {}
    return {"price_fen": (item.prices.of(tier) or 100_00) * percent // 100, **found}


def _funds(school: School, at: datetime) -> list[FundAccount]:
    """A fund for each of so many groups."""
    pi, unit = school.people["wang"], school.people["wang"].unit
    if unit is None:
        raise RuntimeError("nobody leads these groups")
    funds = []
    for number in range(GROUPS):
        group = create_group(
            name_zh=f"课题组{number}", name_en=f"Group {number}", pi=pi, unit=unit, now=at - FOUNDED_AGO
        )
        fund = open_fund(
            number=f"BENCH-{number}",
            name_zh="测试费",
            name_en="Test fund",
            group=group,
            valid_from=at - FOUNDED_AGO,
            now=at,
        )
        top_up(fund=fund, amount_fen=1_000_000_00, source=f"bench:{number}", now=at)
        funds.append(fund)
    return funds


def _use(instrument: Instrument, funds: list[FundAccount], count: int, at: datetime) -> None:
    """So many uses of ten minutes to four hours, one begun every five minutes, day and night."""
    decision = DecisionRecord.objects.order_by("id")[0]
    for first in range(0, count, BATCH):
        sessions = UsageSession.objects.bulk_create(
            _session(instrument, funds, decision, number, at)
            for number in range(first, min(first + BATCH, count))
        )
        UsageRecord.objects.bulk_create(_record(session) for session in sessions)


def _session(
    instrument: Instrument, funds: list[FundAccount], decision: DecisionRecord, number: int, at: datetime
) -> UsageSession:
    begin = at - EVERY * (number + 1)
    powered = 600_000 + number * 7919 % 13_800_000
    start = number * 20_000_000
    return UsageSession(
        dev="bench",
        node=1,
        instrument=instrument,
        fund=funds[number % len(funds)],
        decision=decision,
        state=UsageSession.State.CLOSED,
        purpose="booking",
        tier="internal" if number % 10 < 8 else TIERS[1 + number % 2],
        not_before=begin,
        expires_at=begin + timedelta(hours=6),
        lease_ms=45_000,
        granted_at=begin,
        opened_at=begin,
        closed_at=begin + timedelta(milliseconds=powered),
        odo0=start,
        odo1=start + powered,
        busy0=0,
        busy1=powered,
    )


def _record(session: UsageSession) -> UsageRecord:
    powered = (session.odo1 or 0) - (session.odo0 or 0)
    return UsageRecord(
        session=session,
        instrument=session.instrument,
        purpose=session.purpose,
        started_at=session.granted_at,
        ended_at=session.granted_at + timedelta(milliseconds=powered),
        powered_ms=powered,
        effective_ms=powered,
        idle_ms=0,
    )

"""The price list of the demonstration school: each seeded fault is found and said in words, nothing is found
where nothing is wrong, and it takes the same few queries however long the list.
"""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apps.fees.content import Content
from apps.fees.findings import NOTE
from apps.fees.looking import Look, look
from apps.fees.models import MeasuredYear, OutsidePrice
from apps.fees.wording import say
from apps.instruments.importing import import_instruments
from apps.instruments.layout import DATA
from apps.instruments.models import Instrument
from apps.portal.demo.fee_rows import rows, sheet_of
from apps.portal.demo.fees import approve_fees, demo_hours, publish_outside_prices, record_hours
from tests.factories.fees import fee_content, sheet
from tests.people import People

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SEEDED = {
    "FEE003": ("fees.price.outlier_high", "2.14"),
    "FEE005": ("fees.peers.lower_grade", "80"),
    "FEE018": ("fees.price.below_consumables", "41"),
    "FEE025": ("fees.customs.unregistered", "海关"),
    "FEE028": ("fees.cost.sum_mismatch", "100.00"),
    "FEE029": ("fees.unit.core_hours", "65700000"),
}
# Planned with far more hours than were used (effective hours of the year before).
DRIFTING = {"FEE009", "FEE012", "FEE013", "FEE014", "FEE015", "FEE016", "FEE023", "FEE025", "FEE027"}
# What belongs to a seeded fault besides: a price far too high is above cost, one far too low below its peers.
BESIDE = {"FEE003": {"fees.price.external_above_cost"}, "FEE018": {"fees.price.outlier_low"}}


@pytest.fixture
def school(now: datetime) -> dict[str, Instrument]:
    import_instruments(source=DATA / "demo_instruments.csv", now=now - 300 * DAY)
    approve_fees(now=now - 200 * DAY)
    publish_outside_prices(now=now - 200 * DAY)
    record_hours(now=now)
    return {instrument.asset_no: instrument for instrument in Instrument.objects.all()}


def seen(school: dict[str, Instrument], now: datetime, codes: set[str] | None = None) -> Look:
    chosen = [row for row in rows() if codes is None or row["fee_code"] in codes]
    sheets = tuple(sheet_of(row, school[row["asset_no"]].ulid) for row in chosen)
    hours = {school[asset_no].ulid: hours for asset_no, hours in demo_hours().items()}
    return look(Content("fee", sheets), at=now, real_hours=hours)


def test_every_seeded_fault_is_found_and_said_and_nothing_else(
    school: dict[str, Instrument], now: datetime
) -> None:
    whole = seen(school, now)
    told: dict[str, set[str]] = {}
    for row in rows():
        code = row["fee_code"]
        findings = whole.sheets[school[row["asset_no"]].ulid].findings
        told[code] = {finding.code for finding in findings}
        if code in SEEDED:
            fault, words = SEEDED[code]
            with translation.override("zh-hans"):
                assert any(words in say(finding) for finding in findings if finding.code == fault), code
    expected = {
        row["fee_code"]: ({SEEDED[row["fee_code"]][0]} if row["fee_code"] in SEEDED else set())
        | ({"fees.hours.drift"} if row["fee_code"] in DRIFTING else set())
        | BESIDE.get(row["fee_code"], set())
        for row in rows()
    }
    assert told == expected


def test_with_peers_of_other_schools_quartiles_mean_something(
    school: dict[str, Instrument], now: datetime
) -> None:
    whole = seen(school, now)
    for one in whole.sheets.values():
        for (_item, _tier), peers in one.peers.items():
            assert peers.summary is not None
            assert len(peers.same) >= 4
            own = {peer.instrument for peer in peers.same}
            assert one.asset.instrument not in own
        for gap in one.gaps.values():
            assert gap is not None
            assert sum(step.fen for step in gap.steps) == gap.gap_fen


def test_the_demonstration_is_the_same_on_every_machine(school: dict[str, Instrument], now: datetime) -> None:
    prices = OutsidePrice.objects.filter(function="SEM", grade="research", tier="internal")
    found = dict(prices.values_list("institution_zh", "price_fen"))
    assert found == {
        "海陵大学": 237_00,
        "云岭理工大学": 233_00,
        "江畔师范大学": 228_00,
        "北原大学": 198_00,
        "南屿科技大学": 189_00,
    }
    assert OutsidePrice.objects.count() % 15 == 0
    assert MeasuredYear.objects.count() == 84


def test_few_queries_however_many_items(school: dict[str, Instrument], now: datetime) -> None:
    counts = []
    for codes in ({"FEE001"}, None):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            seen(school, now, codes)
        counts.append(len(queries))
    assert counts == [7, 7]


def test_what_changes_is_seen_against_what_is_in_force(people: People, now: datetime) -> None:
    whole = look(fee_content(sheet(people.sem), sheet("01STRANGE00000000000000000")), at=now)
    assert whole.sheets.keys() == {people.sem.ulid}
    one = whole.sheets[people.sem.ulid]
    assert one.before is None
    assert one.changes[0].kind == "added"
    assert one.gaps["SEM1", "internal"] is None
    assert {finding.code for finding in whole.findings} == {"fees.peers.few"}
    assert all(finding.severity == NOTE for finding in whole.findings)

"""Money for tests: a group's fund that pays, and a fee standard in force."""

from datetime import datetime

from apps.fees.models import FeeVersion
from apps.fees.operations import ItemDraft, approve_version
from apps.funding.models import FundAccount
from apps.funding.operations import open_fund, top_up
from apps.instruments.models import Instrument
from apps.people.models import ResearchGroup

HOUR_FEN = {"internal": 260_00, "external_academic": 620_00, "enterprise": 900_00}  # as the FE-SEM A costs


def funded(
    group: ResearchGroup, now: datetime, *, number: str = "QY-F-1001", amount_fen: int = 10_000_00
) -> FundAccount:
    """A fund of the group with money on it."""
    fund = open_fund(
        number=number, name_zh="测试经费", name_en="Test fund", group=group, valid_from=now, now=now
    )
    if amount_fen:
        top_up(fund=fund, amount_fen=amount_fen, source=f"opening:{number}", now=now)
    return fund


def priced(
    instrument: Instrument, now: datetime, *, service_mode: str = "self", function: str = ""
) -> FeeVersion:
    """A fee standard by the hour, in force from now on, for every kind of user."""
    items = [
        ItemDraft(
            code="HOUR",
            name_zh="自主上机",
            name_en="Self-operated use",
            service_mode=service_mode,
            unit="hour",
            tier=tier,
            price_fen=price,
            function=function,
        )
        for tier, price in HOUR_FEN.items()
    ]
    return approve_version(
        instrument=instrument,
        approval_no=f"QY-FEE-{instrument.asset_no}",
        items=items,
        valid_from=now,
        source_case=f"fees:{instrument.asset_no}",
        now=now,
    )

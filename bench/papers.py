# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Papers of ordinary size for the bench of documents: a certificate of one page, a decision on fees with
forty items, two rounds and five signatures.
"""

from datetime import UTC, datetime, timedelta

from documents.contexts import CertificateContext, Context, Countersign, Words
from documents.fee_papers import FeeDecisionContext, PriceRow, PriceSheet
from documents.official import VoteCount, VoteFigures

BEGINS = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # midnight at the school
SCHOOL = Words("青屿大学", "Qingyu University")
OFFICE = Words("大型仪器设备管理办公室", "Office of Large Instruments")
SEM = Words("场发射扫描电子显微镜", "Field-emission scanning electron microscope")
ITEMS, SIGNATURES = 40, 5

CERTIFICATE = CertificateContext(
    institution=SCHOOL,
    office=OFFICE,
    holder=Words("艾丽", "Alice"),
    holder_number="2025310042",
    instrument=SEM,
    instrument_number="QY000004",
    instrument_model="FE-SEM A",
    level=Words("基本操作", "basic"),
    valid_from=BEGINS,
    valid_until=BEGINS + timedelta(days=730),
    trainer=Words("滕老师", "Teng"),
    conditions=(Words("仅限工作日 8:00–22:00", "working days 8:00–22:00 only"),),
)


def _row(number: int) -> PriceRow:
    return PriceRow(
        item=Words(f"常规测试第{number}项", f"Routine measurement no. {number}"),
        mode=Words("自主上机", "Self-operated"),
        unit=Words("元/机时", "per hour"),
        prices=(f"¥{200 + number}.00", f"¥{500 + number}.00", f"¥{900 + number}.00"),
    )


def _round(number: int) -> VoteFigures:
    return VoteFigures(
        title=Words(f"第{number}轮", f"Round {number}"),
        seats=7,
        counts=(
            VoteCount(choice=Words("同意", "Approve"), votes=4),
            VoteCount(choice=Words("不同意", "Reject"), votes=3),
        ),
        result=Words("通过", "Approved"),
    )


def _signature(number: int) -> Countersign:
    return Countersign(
        step=Words(f"第{number}步", f"Step {number}"),
        person=Words("魏院长", "Wei"),
        role=Words("材料科学与工程学院", "School of Materials Science"),
        opinion="经审议，测算依据充分，各项成本单列清楚，同意按所列标准执行。",
        decision=Words("同意", "Approved"),
        approves=True,
        at=BEGINS - timedelta(days=number),
    )


DECISION = FeeDecisionContext(
    institution=SCHOOL,
    office=OFFICE,
    addressees=Words("电镜中心", "Electron microscopy centre"),
    basis=(
        Words("《青屿大学大型仪器设备开放共享管理办法》", "University regulations on sharing instruments"),
    ),
    sheets=(
        PriceSheet(
            instrument=SEM,
            asset_no="QY000004",
            tiers=(
                Words("校内", "Internal"),
                Words("校外学术", "External academic"),
                Words("企业", "Enterprise"),
            ),
            rows=tuple(_row(number) for number in range(1, ITEMS + 1)),
        ),
    ),
    valid_from=BEGINS,
    votes=(_round(1), _round(2)),
    countersigns=tuple(_signature(number) for number in range(1, SIGNATURES + 1)),
)
PAPERS: dict[str, Context] = {"certificate": CERTIFICATE, "fee_decision": DECISION}

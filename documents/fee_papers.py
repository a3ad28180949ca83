"""Papers about prices: the public notice of a fee standard (公示), the decision that brings it into force
(批复), and the decision that an instrument is not open to sharing (不开放).
"""

# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from documents.contexts import NOTHING, Pair, Text, Words
from documents.official import OfficialContext, first_of


@dataclass(frozen=True, kw_only=True)
class PriceRow:
    """One fee item of an instrument: a price for each tier of its sheet, in their order, written with its
    currency ('¥260.00'); '' where the tier is not served.
    """

    item: Words  # 'Powder, routine'
    unit: Words  # 'per hour', 'per sample'
    prices: tuple[str, ...]
    mode: Words = NOTHING  # 'Self-operated'
    former: tuple[str, ...] = ()  # the prices in force until now; shown where they differ
    note: Words = NOTHING


@dataclass(frozen=True, kw_only=True)
class PriceSheet:
    """The prices of one instrument. A row with another number of prices than there are tiers is a
    ValueError.
    """

    instrument: Words
    asset_no: str
    tiers: tuple[Words, ...]  # 'Internal', 'External academic', 'Enterprise'
    rows: tuple[PriceRow, ...]
    model: str = ""
    place: Words = NOTHING  # facility
    version: int = 1
    terms: tuple[Words, ...] = ()  # minimum, cap, night, weekend, rush, tiers, own group: a sentence each
    facts: tuple[Pair, ...] = ()  # 'Full cost ¥762.78 per hour', 'Opening hours'
    former_number: str = ""  # approval number of the version that ends

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.prices) != len(self.tiers) or len(row.former) not in (0, len(self.tiers)):
                raise ValueError("every row of a price sheet has one price for each tier")


@dataclass(frozen=True, kw_only=True)
class FeeNoticeContext(OfficialContext):
    """Public notice of prices before they are decided: until when anybody may object, and how."""

    kind: ClassVar[str] = "fee_notice"

    sheets: tuple[PriceSheet, ...]
    opens_at: datetime
    closes_at: datetime  # exclusive: the paper shows the last day
    working_days: int  # as the notice period is counted
    proposed_from: datetime | None = None  # when the prices are meant to come into force
    applicant_unit: Words = NOTHING  # facility or lab that proposes them
    address: str = ""  # absolute address of the notice's page, where objections are entered

    @property
    def about(self) -> Words:
        """The instruments in a few words."""
        return first_of(tuple(sheet.instrument for sheet in self.sheets))

    @property
    def heading(self) -> Words:
        about = self.about
        return Words(f"关于{about.zh}开放共享收费标准的公示", f"Public notice: proposed fees for {about.en}")

    @property
    def public(self) -> tuple[Pair, ...]:
        return public_prices(self.sheets)

    @property
    def period(self) -> tuple[datetime, datetime | None]:
        return self.opens_at, self.closes_at

    @property
    def is_about_something(self) -> bool:
        return any(sheet.rows for sheet in self.sheets)


@dataclass(frozen=True, kw_only=True)
class FeeDecisionContext(OfficialContext):
    """Decision that prices come into force on a day, with the votes in figures and the countersign table."""

    kind: ClassVar[str] = "fee_decision"

    sheets: tuple[PriceSheet, ...]
    valid_from: datetime
    valid_until: datetime | None = None  # exclusive; None: until the next decision
    review_by: date | None = None  # the day by which the prices are judged again
    simplified: bool = False  # re-approved by the simplified way, without a panel
    modified: bool = False  # the panel changed prices, and the applicant accepted
    applicant_unit: Words = NOTHING
    notice_number: str = ""  # of the public notice
    notice_from: datetime | None = None
    notice_until: datetime | None = None  # exclusive
    objections: int = 0  # that were entered during the notice
    sustained: int = 0  # of these, the ones that changed something

    @property
    def replaced(self) -> tuple[str, ...]:
        """The approval numbers of the prices that end, each once."""
        return tuple(dict.fromkeys(one.former_number for one in self.sheets if one.former_number))

    @property
    def about(self) -> Words:
        """The instruments in a few words."""
        return first_of(tuple(sheet.instrument for sheet in self.sheets))

    @property
    def heading(self) -> Words:
        about = self.about
        return Words(f"关于{about.zh}开放共享收费标准的批复", f"Decision on the fees for {about.en}")

    @property
    def public(self) -> tuple[Pair, ...]:
        return public_prices(self.sheets)

    @property
    def period(self) -> tuple[datetime, datetime | None]:
        return self.valid_from, self.valid_until

    @property
    def is_about_something(self) -> bool:
        return any(sheet.rows for sheet in self.sheets)


@dataclass(frozen=True, kw_only=True)
class ClosedInstrument:
    """An instrument that is not opened, and why."""

    instrument: Words
    asset_no: str
    reason: Text  # in the applicant's words, or a published ground in both languages
    model: str = ""
    place: Words = NOTHING


class _AboutClosed:
    """What papers about instruments that are not shared have in common."""

    instruments: tuple[ClosedInstrument, ...]

    @property
    def about(self) -> Words:
        """The instruments in a few words."""
        return first_of(tuple(one.instrument for one in self.instruments))

    @property
    def public(self) -> tuple[Pair, ...]:
        return tuple(Pair(Words("仪器", "Instrument"), named(one)) for one in self.instruments)

    @property
    def is_about_something(self) -> bool:
        return bool(self.instruments)


@dataclass(frozen=True, kw_only=True)
class NotOpenNoticeContext(_AboutClosed, OfficialContext):
    """Public notice that instruments are not to be shared: until when anybody may object, and how."""

    kind: ClassVar[str] = "not_open_notice"

    instruments: tuple[ClosedInstrument, ...]
    opens_at: datetime
    closes_at: datetime  # exclusive: the paper shows the last day
    working_days: int  # as the notice period is counted
    applicant_unit: Words = NOTHING
    address: str = ""  # absolute address of the notice's page, where objections are entered

    @property
    def heading(self) -> Words:
        about = self.about
        return Words(
            f"关于{about.zh}拟暂不开放共享的公示",
            f"Public notice: {about.en} is proposed not to be shared for the time being",
        )

    @property
    def period(self) -> tuple[datetime, datetime | None]:
        return self.opens_at, self.closes_at


@dataclass(frozen=True, kw_only=True)
class NotOpenContext(_AboutClosed, OfficialContext):
    """Decision that instruments are not open to sharing until a day."""

    kind: ClassVar[str] = "not_open"

    instruments: tuple[ClosedInstrument, ...]
    valid_from: datetime
    valid_until: datetime  # exclusive: the exemption ends by itself
    applicant_unit: Words = NOTHING

    @property
    def heading(self) -> Words:
        about = self.about
        return Words(
            f"关于同意{about.zh}暂不开放共享的批复",
            f"Decision that {about.en} need not be shared for the time being",
        )

    @property
    def period(self) -> tuple[datetime, datetime | None]:
        return self.valid_from, self.valid_until


def named(one: PriceSheet | ClosedInstrument) -> Words:
    """An instrument with its asset number."""
    return Words(f"{one.instrument.zh}（{one.asset_no}）", f"{one.instrument.said('en')} ({one.asset_no})")


def public_prices(sheets: tuple[PriceSheet, ...]) -> tuple[Pair, ...]:
    """Every price, for the check page: prices are public, and they are what somebody would alter."""
    return tuple(
        Pair(_labelled(sheet, row), _priced(sheet.tiers, row)) for sheet in sheets for row in sheet.rows
    )


def _labelled(sheet: PriceSheet, row: PriceRow) -> Words:
    return Words(
        f"{sheet.instrument.zh}（{sheet.asset_no}）：{row.item.zh}，{row.unit.zh}",
        f"{sheet.instrument.said('en')} ({sheet.asset_no}): {row.item.said('en')}, {row.unit.said('en')}",
    )


def _priced(tiers: tuple[Words, ...], row: PriceRow) -> Words:
    each = [(tier, price) for tier, price in zip(tiers, row.prices, strict=True) if price]
    return Words(
        "；".join(f"{tier.zh} {price}" for tier, price in each),
        "; ".join(f"{tier.said('en')} {price}" for tier, price in each),
    )

# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The papers of hosting: the agreement of owner and host, and the owner's monthly statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from documents.contexts import NOTHING, Context, Pair, Words
from documents.official import NAME_ROOM_EN, NAME_ROOM_ZH, OfficialContext, shortened


@dataclass(frozen=True, kw_only=True)
class AgreedClause:
    """One clause: its heading and what it says."""

    title: Words
    text: Words


@dataclass(frozen=True, kw_only=True)
class HostingAgreementContext(OfficialContext):
    """The agreement about an instrument that stays its owner's and is run by a host."""

    kind: ClassVar[str] = "hosting_agreement"

    instrument: Words
    instrument_number: str
    owner: Words  # the research group
    owner_head: Words  # its principal investigator
    owner_unit: Words = NOTHING
    host: Words
    version: int  # of the terms
    terms_digest: str  # SHA-256 of the terms, in hexadecimal
    clauses: tuple[AgreedClause, ...]
    valid_from: datetime
    valid_until: datetime  # exclusive

    @property
    def heading(self) -> Words:
        zh, en = self.instrument.zh, self.instrument.said("en")
        return Words(
            f"{shortened(zh, NAME_ROOM_ZH)}托管协议",
            f"Agreement on hosting: {shortened(en, NAME_ROOM_EN)}",
        )

    @property
    def about(self) -> tuple[Words, ...]:
        return (self.instrument,)

    @property
    def named(self) -> Words:
        return self.owner

    @property
    def public(self) -> tuple[Pair, ...]:
        return (
            Pair(
                Words("仪器", "Instrument"),
                Words(
                    f"{self.instrument.zh}（{self.instrument_number}）",
                    f"{self.instrument.said('en')} ({self.instrument_number})",
                ),
            ),
            Pair(Words("管理单位", "Host"), self.host),
        )

    @property
    def period(self) -> tuple[datetime, datetime | None]:
        return self.valid_from, self.valid_until

    @property
    def is_about_something(self) -> bool:
        return bool(self.clauses)


@dataclass(frozen=True, kw_only=True)
class StatedFigure:
    """A figure of the month, written with its unit, and what it stands on."""

    name: Words
    value: str
    records: int


@dataclass(frozen=True, kw_only=True)
class StatedShare:
    """What a party got: its name, per cent and money, written."""

    party: Words
    name: Words
    percent: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class StatedRepair:
    """A repair of the month: what it cost and what the owner bears of it, written."""

    what: str
    cost: str
    owner: str


@dataclass(frozen=True, kw_only=True)
class HostingStatementContext(Context):
    """What the owner is told of a month."""

    kind: ClassVar[str] = "hosting_statement"

    institution: Words
    host: Words
    owner: Words
    owner_head: Words
    instrument: Words
    instrument_number: str
    agreement_number: str  # of the paper that it is made under
    month: str  # '2026-11'
    figures: tuple[StatedFigure, ...]
    shares: tuple[StatedShare, ...]
    repairs: tuple[StatedRepair, ...]
    income: str
    owner_share: str
    owner_repairs: str
    balance: str  # the share less the repairs

    @property
    def heading(self) -> Words:
        return Words("托管仪器月度对账单", "Monthly Statement of a Hosted Instrument")

    @property
    def authority(self) -> Words:
        return Words(
            f"{self.institution.zh}{self.host.zh}", f"{self.institution.said('en')}, {self.host.said('en')}"
        )

    @property
    def named(self) -> Words:
        return self.owner

    @property
    def public(self) -> tuple[Pair, ...]:
        return (
            Pair(Words("仪器", "Instrument"), self.instrument),
            Pair(Words("月份", "Month"), Words(self.month, self.month)),
        )

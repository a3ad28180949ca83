"""What documents say: one frozen dataclass for each kind, filled by whoever issues it and never read from
a database here. A context holds every word that the paper shows but its number, its check code and its
date of issue, and it holds both languages of every published noun, so that one frozen content gives a
paper in either.

Adding a kind: docs/how-to/add-a-document.md.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from documents.canonical import canonical, digest, encode


@dataclass(frozen=True)
class Words:
    """The same thing said in both languages. `en` may be empty, as with a name that has no English form:
    the Chinese then stands in both.
    """

    zh: str
    en: str = ""

    def said(self, language: str) -> str:
        """The words in a language ('zh-hans', 'en')."""
        return (self.en or self.zh) if language.startswith("en") else self.zh


NOTHING = Words("")  # what a member says that is not there
# Letters that a certificate holds, measured on the page: in its ordinary and in its closer setting.
ROOMY, DENSE = 240, 700
# A text that has one language (what somebody wrote) or both (what the school publishes).
Text = str | Words


@dataclass(frozen=True, kw_only=True)
class Context:
    """The base of all contexts. `kind` is stored and printed: never rename it. `schema` counts up when a
    member changes its meaning; a new member gets a default instead, so that what was frozen before
    still reads.
    """

    kind: ClassVar[str]
    schema: ClassVar[int] = 1

    @property
    def heading(self) -> Words:
        """The document's title in both languages, as it stands on the paper and in lists."""
        raise NotImplementedError

    @property
    def authority(self) -> Words:
        """In whose name the paper speaks."""
        raise NotImplementedError

    @property
    def named(self) -> Words | None:
        """The person whom the paper is about; the public check page shows the name partly masked."""
        return None

    @property
    def public(self) -> "tuple[Pair, ...]":
        """What the check page shows of the content to everybody who holds the paper: enough to see that
        the paper was not altered, and no personal data.
        """
        return ()

    @property
    def period(self) -> "tuple[datetime, datetime | None] | None":
        """From when until when (exclusive; None: for ever) the content claims to count; None where time
        plays no part.
        """
        return None

    def refuse_unfit(self) -> None:
        """Raises Invalid when the content does not make a sound paper; asked before a number is taken."""

    def content(self) -> str:
        """The canonical JSON that is frozen, digested and stored."""
        return canonical({"kind": self.kind, "schema": self.schema, "content": encode(self)})

    def digest(self) -> str:
        """SHA-256 of `content()`: the same for the same words, whenever and wherever it is asked."""
        return digest(self.content())


@dataclass(frozen=True)
class Pair:
    """A label and its value."""

    label: Words
    value: Text


@dataclass(frozen=True, kw_only=True)
class CertificateContext(Context):
    """An operator's certificate (上机证): this person may operate this instrument at this level for this
    period.
    """

    kind: ClassVar[str] = "certificate"

    institution: Words  # the school, at the head of the paper
    office: Words  # who issues and seals it
    holder: Words
    holder_number: str  # school number or external login
    instrument: Words
    instrument_number: str  # asset number
    instrument_model: str
    level: Words
    valid_from: datetime
    valid_until: datetime  # exclusive: the paper shows the last day on which it counts
    trainer: Words
    holder_unit: Words = Words("")
    place: Words = Words("")  # facility or room where the instrument stands
    countersigned: Words = Words("")  # the lab head, for levels that need one
    conditions: tuple[Words, ...] = ()  # what the holder may not do, or only so
    source_case: str = ""  # the case that it follows from

    @property
    def letters(self) -> int:
        """How much there is to print where the paper gives way, in the language that takes more room; a
        Chinese letter counts twice.
        """
        said = (self.holder, self.holder_unit, self.instrument, self.place, *self.conditions)
        chinese = sum(2 * len(words.zh) for words in said)
        english = sum(len(words.en) or 2 * len(words.zh) for words in said)
        return max(chinese, english)

    @property
    def is_long(self) -> bool:
        """Whether the page is set closer, so that nothing meets the foot."""
        return self.letters > ROOMY

    def refuse_unfit(self) -> None:
        if self.letters > DENSE:
            raise Invalid(
                _("A certificate is one sheet, and this is more than it holds. Shorten the conditions."),
                code="documents.too_long",
                field="conditions",
            )

    @property
    def heading(self) -> Words:
        return Words("大型仪器设备上机证", "Instrument Operator Certificate")

    @property
    def authority(self) -> Words:
        return self.institution

    @property
    def named(self) -> Words:
        return self.holder

    @property
    def public(self) -> tuple[Pair, ...]:
        return (
            Pair(
                Words("仪器", "Instrument"),
                Words(
                    f"{self.instrument.zh}（{self.instrument_number}）",  # noqa: RUF001 - Chinese brackets
                    f"{self.instrument.said('en')} ({self.instrument_number})",
                ),
            ),
            Pair(Words("等级", "Level"), self.level),
        )

    @property
    def period(self) -> tuple[datetime, datetime | None]:
        return self.valid_from, self.valid_until


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table. `numeric` ones are set to the right in figures of equal width."""

    title: Words
    numeric: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a section. Every row has one text for each column; figures come written ('¥1,234.50',
    '3.5 h').
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]
    caption: Words = Words("")
    note: Words = Words("")  # below it: what a column counts, or that nothing was entered

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("every row of a table has one text for each column")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the frozen dossier: pairs first, then tables, then plain text."""

    title: Words
    pairs: tuple[Pair, ...] = ()
    tables: tuple[Table, ...] = ()
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason of the decision, as the rule's explanation gives it. `favours` is None for a mere remark."""

    code: str
    words: Words
    favours: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Countersign:
    """One line of the countersign table (会签栏), in the order of the steps; also a step that still waits."""

    step: Words
    person: Words = Words("")  # who signed, or who is asked; empty while nobody is named
    role: Words = Words("")  # unit or office in which they signed
    on_behalf_of: Words = Words("")  # whom a substitute stood in for
    opinion: str = ""  # in their own words
    decision: Words = Words("")  # 'Approved', 'Sent back'; empty while it waits
    approves: bool | None = None  # None: neither, or not yet
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of the history."""

    at: datetime
    person: Words
    what: Words
    note: str = ""
    files: tuple[str, ...] = ()  # names of attachments


@dataclass(frozen=True, kw_only=True)
class CaseContext(Context):
    """A case of a workflow as it stood at one moment: what was asked, the dossier as it was frozen, why
    it was decided so, who signed, and everything that happened. Any process fills it; nothing in it is
    particular to one.
    """

    kind: ClassVar[str] = "case"

    institution: Words  # the school, at the head of the paper
    process: Words  # 'Training authorisation'
    title: Words  # what this case is about, in one line
    case_number: str
    state: Words  # 'Approved', 'Waiting for the lab head'
    applicant: Words
    submitted_at: datetime
    printed_at: datetime
    applicant_number: str = ""
    applicant_unit: Words = Words("")
    printed_by: Words = Words("")
    settled_at: datetime | None = None
    settled: bool | None = None  # True: granted, False: refused, None: neither
    asked: str = ""  # the applicant's own words
    facts: tuple[Pair, ...] = ()  # further pairs for the head of the sheet (instrument, period, unit)
    sections: tuple[Section, ...] = ()
    dossier_digest: str = ""  # SHA-256 of the frozen dossier, where the process keeps one
    rule: str = ""  # 'training.level, version 3', where a rule decided
    cites: tuple[str, ...] = ()  # regulations with clause and date
    reasons: tuple[Reason, ...] = ()
    countersigns: tuple[Countersign, ...] = ()
    history: tuple[Happening, ...] = ()
    address: str = ""  # absolute address of the case's page, printed as a QR code for those who may open it

    @property
    def heading(self) -> Words:
        return Words(f"{self.process.zh}审批单", f"{self.process.said('en')}: record of approval")

    @property
    def authority(self) -> Words:
        return self.institution

    @property
    def named(self) -> Words:
        return self.applicant

    @property
    def public(self) -> tuple[Pair, ...]:
        return (
            Pair(Words("事项", "Case"), Words(self.case_number)),
            Pair(Words("状态", "State"), self.state),
        )

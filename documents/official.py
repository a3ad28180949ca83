"""What official papers (公文) share: who speaks, to whom, on what ground, with which figures, signed by
whom. A kind adds what it is about in a module of its own: `fee_papers`, `appointments`.

Prices, hours and shares come written, as everywhere on papers ('¥1,234.50', '3.5 h'); figures that the paper
adds up itself (votes) are whole numbers.
"""

# ruff: noqa: RUF001, RUF002, RUF003  # the full-width punctuation is Chinese and meant

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from documents.contexts import NOTHING, Context, Countersign, Text, Words

NAME_ROOM_ZH, NAME_ROOM_EN = 36, 70  # letters of a name that a heading shows
# What the columns of an issued document hold (documents.models): a heading that does not fit is refused
# before there is a number.
HEADING_ZH, HEADING_EN = 200, 300


@dataclass(frozen=True, kw_only=True)
class Enclosure:
    """A line of the list of attachments: a file that was before those who decided."""

    name: Text
    sha256: str = ""  # of the file; the paper shows its first digits


@dataclass(frozen=True, kw_only=True)
class VoteCount:
    """How many voted for one choice: 'Approve', 'Approve with ¥280.00'."""

    choice: Words
    votes: int


@dataclass(frozen=True, kw_only=True)
class VoteFigures:
    """A round of a ballot in figures; never who voted how. `counts` adds up to the votes cast, at most the
    seats: whoever builds it otherwise gets a ValueError.
    """

    title: Words  # 'First round'
    seats: int  # members of the panel who could vote
    counts: tuple[VoteCount, ...]
    recused: int = 0  # members who stood aside and are not among `seats`
    needed: Words = NOTHING  # the rule of the round: 'two thirds for one price, quorum two thirds'
    question: Words = NOTHING  # what was asked, where it was not the price as submitted
    result: Words = NOTHING  # 'Approved', 'Not conclusive', 'Approved by the chair's vote'
    closed_at: datetime | None = None

    @property
    def cast(self) -> int:
        """Votes cast, abstentions among them."""
        return sum(one.votes for one in self.counts)

    def __post_init__(self) -> None:
        if any(one.votes < 0 for one in self.counts) or not 0 <= self.cast <= self.seats or self.recused < 0:
            raise ValueError("votes are counted from 0 and never more than there are seats")


@dataclass(frozen=True, kw_only=True)
class OfficialContext(Context):
    """The base of official papers. The paper's date is the day of issue, its number the next of its kind's
    yearly series.
    """

    institution: Words  # the school, in red at the head
    office: Words  # in whose name it is issued, over the date
    addressees: Words = NOTHING  # 主送: 'All schools and facilities'
    basis: tuple[Words, ...] = ()  # regulations: '《…管理办法》（校发〔2025〕18号）'
    conditions: tuple[Words, ...] = ()  # further numbered sentences of the body
    votes: tuple[VoteFigures, ...] = ()  # one for each round, in their order
    countersigns: tuple[Countersign, ...] = ()  # 会签栏, in the order of the steps
    enclosures: tuple[Enclosure, ...] = ()
    copies_to: Words = NOTHING  # 抄送
    contact: Words = NOTHING  # whom to ask: office, telephone or mail of the office, no person
    case_number: str = ""  # the case that it follows from
    submission_digest: str = ""  # SHA-256 of the frozen submission that was judged

    @property
    def authority(self) -> Words:
        return Words(
            f"{self.institution.zh}{self.office.zh}",
            f"{self.institution.said('en')}, {self.office.said('en')}",
        )

    def refuse_unfit(self) -> None:
        """Raises Invalid `documents.too_long` for a heading that lists cannot keep, `documents.too_little`
        for a paper about nothing.
        """
        if len(self.heading.zh) > HEADING_ZH or len(self.heading.said("en")) > HEADING_EN:
            raise Invalid(
                _("The title of this paper is too long. Shorten the names in it."), code="documents.too_long"
            )
        if not self.is_about_something:
            raise Invalid(
                _("This paper would be about nothing: what it decides is not listed."),
                code="documents.too_little",
            )

    @property
    def is_about_something(self) -> bool:
        """Whether anything is decided, noticed or appointed."""
        raise NotImplementedError


def shortened(name: str, room: int) -> str:
    """A name for a heading: what is longer than its room ends with '…'."""
    return name if len(name) <= room else f"{name[: room - 1].rstrip()}…"


def first_of(names: tuple[Words, ...]) -> Words:
    """What a heading says of several: '场发射扫描电镜等3台（套）仪器设备', 'FE-SEM A and 2 more
    instruments'.
    """
    if not names:
        return Words("仪器设备", "instruments")
    zh, en = shortened(names[0].zh, NAME_ROOM_ZH), shortened(names[0].said("en"), NAME_ROOM_EN)
    if len(names) == 1:
        return Words(zh, en)
    more = len(names) - 1
    return Words(
        f"{zh}等{len(names)}台（套）仪器设备", f"{en} and {more} more instrument{'s' if more > 1 else ''}"
    )

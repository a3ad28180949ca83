"""The paper by which a committee is formed or its members are appointed (成立, 聘任)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from documents.contexts import NOTHING, Pair, Words
from documents.official import OfficialContext


@dataclass(frozen=True, kw_only=True)
class Appointed:
    """One seat. Dates only where they differ from the paper's own."""

    person: Words
    role: Words  # 'Chair', 'Secretary', 'Member'
    unit: Words = NOTHING
    valid_from: datetime | None = None
    valid_until: datetime | None = None  # exclusive
    note: Words = NOTHING  # 'in place of …'


@dataclass(frozen=True, kw_only=True)
class AppointmentContext(OfficialContext):
    """Appointment to a committee: who takes which seat from when until when, and whose seat ends."""

    kind: ClassVar[str] = "appointment"

    committee: Words
    seats: tuple[Appointed, ...]
    valid_from: datetime
    valid_until: datetime | None = None  # exclusive; None: until further notice
    founding: bool = False  # the committee begins with this paper
    duties: tuple[Words, ...] = ()  # what the committee does, a sentence each
    leaving: tuple[Appointed, ...] = ()  # seats that end with this paper
    approved_by: Words = NOTHING  # who approved: 'the head of the equipment office'
    approved_at: datetime | None = None

    @property
    def heading(self) -> Words:
        zh, en = self.committee.zh, self.committee.said("en")
        if self.founding:
            return Words(f"关于成立{zh}的通知", f"Founding of the {en}")
        return Words(f"关于聘任{zh}委员的通知", f"Appointments to the {en}")

    @property
    def public(self) -> tuple[Pair, ...]:
        return (
            Pair(Words("委员会", "Committee"), self.committee),
            Pair(Words("席位", "Seats"), Words(str(len(self.seats)))),
        )

    @property
    def period(self) -> tuple[datetime, datetime | None]:
        return self.valid_from, self.valid_until

    @property
    def is_about_something(self) -> bool:
        return bool(self.seats or self.leaving)

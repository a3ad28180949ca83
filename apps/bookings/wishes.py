"""What somebody asks for when they want an instrument, and what is known about it. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.bookings.models import Booking, GroupQuota
from apps.bookings.quotas import quotas_of
from apps.bookings.terms import PARAMETERS, Terms, terms_of
from apps.core import parameters
from apps.fees.models import FeeVersion
from apps.fees.queries import version_in_force
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.instruments.queries import crew_roles
from apps.people.models import User
from apps.people.queries import groups_of
from apps.standing.facts import OPERATORS, SERVICE

_PARAMETERS = (
    "access.fee_transition",
    "access.night_end_hour",
    "access.night_start_hour",
    "billing.arrears_days",
    "bookings.crew_horizon_days",
    "bookings.points_limit",
    *PARAMETERS,
)


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, and what is known about it: parameters and terms as of `now`, the fee version
    as of `start`. `standing` is the booking itself where it is asked about one that is made already: its
    time and money are its own, it counts for the group of then, and nobody makes it anew. `instead_of` is a
    booking that would go: its time is free, its hours and its money are there.
    """

    user: User
    instrument: Instrument
    start: datetime
    end: datetime
    fund: FundAccount | None
    purpose: str
    now: datetime
    settings: dict[str, Any]
    terms: Terms
    fee: FeeVersion | None
    group_id: int | None
    quotas: list[GroupQuota]
    standing: Booking | None = None
    instead_of: Booking | None = None

    @property
    def is_use(self) -> bool:
        """Whether the person uses the instrument for themselves."""
        return self.purpose == Booking.Purpose.USE

    @property
    def held_fen(self) -> int:
        """What the booking that would go holds on the fund that would pay."""
        held = self.instead_of.hold if self.instead_of is not None else None
        if held is None or held.released_at is not None or self.fund is None:
            return 0
        return held.amount_fen if held.fund_id == self.fund.pk else 0

    @property
    def is_maintenance(self) -> bool:
        return self.purpose == Booking.Purpose.MAINTENANCE

    @property
    def is_charged(self) -> bool:
        """Whether the use will cost money: a fee standard is in force, or there should be one."""
        if not self.instrument.use_charged or not self.is_use:
            return False
        return self.fee is not None or not self.settings["access.fee_transition"]


def wish(
    *,
    user: User,
    instrument: Instrument,
    start: datetime,
    end: datetime,
    fund: FundAccount | None,
    now: datetime,
    purpose: str = Booking.Purpose.USE,
    standing: Booking | None = None,
    instead_of: Booking | None = None,
) -> Wish:
    """The wish with what decides about it. At most five queries."""
    settings = parameters.values(_PARAMETERS, at=now)
    terms = terms_of(instrument, now, school=settings)
    charged = instrument.use_charged and purpose == Booking.Purpose.USE
    fee = version_in_force(instrument.pk, start) if charged else None
    is_use = purpose == Booking.Purpose.USE
    group_id = (standing.group_id if standing else _group_of(user, fund, now)) if is_use else None
    quotas = quotas_of(instrument, now) if group_id is not None else []
    return Wish(
        user,
        instrument,
        start,
        end,
        fund,
        purpose,
        now,
        settings,
        terms,
        fee,
        group_id,
        quotas,
        standing,
        instead_of,
    )


def _group_of(user: User, fund: FundAccount | None, now: datetime) -> int | None:
    """Whose hours it counts for: the group whose fund pays, else the first of the person's."""
    if fund is not None:
        return fund.group_id
    return groups_of(user, now).values_list("pk", flat=True).first()


def purposes_of(user: User, instrument: Instrument, now: datetime) -> list[str]:
    """What else than their own use somebody may book the instrument for: its crew all, a service engineer
    maintenance. One query.
    """
    roles = crew_roles(user, instrument, now)
    if roles & OPERATORS:
        return [purpose for purpose in Booking.Purpose.values if purpose != Booking.Purpose.USE]
    return [Booking.Purpose.MAINTENANCE.value] if SERVICE in roles else []

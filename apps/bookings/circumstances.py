"""What else is known of a wish, beside the terms: the money of the fund that would pay and its debts, and who
would be there at night. Gathered once for the conditions and for the rule. Changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.bookings.nights import touches_night
from apps.bookings.wishes import Wish
from apps.funding.queries import debts_of, means_of
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.training.queries import night_buddies, safety_until
from rules.points.booking_admission import SecondPerson

_DAY = timedelta(days=1)
COMPANY = 2  # so many people at night are no longer alone


@dataclass(frozen=True)
class Circumstances:
    """`estimated_fen` is None where no price is known, `available_fen` where nothing is charged or no fund is
    chosen. Debts are told in whole days since the oldest spending that the money does not cover, of the fund
    and of whichever fund of its group is worst; 0 without one.
    """

    is_night: bool
    second_person: SecondPerson
    estimated_fen: int | None
    available_fen: int | None = None
    debt_days: int = 0
    group_debt_days: int = 0


def circumstances_of(asked: Wish, estimated_fen: int | None) -> Circumstances:
    """What is known. One query where it is charged, one more for a group in debt; at night where company is
    asked for, one and up to three for each person who was named.
    """
    is_night = touches_night(
        asked.start,
        asked.end,
        night_start=asked.settings["access.night_start_hour"],
        night_end=asked.settings["access.night_end_hour"],
    )
    company = _second_person(asked) if is_night else SecondPerson.NOT_NEEDED
    if not asked.is_charged or asked.fund is None:
        return Circumstances(is_night, company, estimated_fen)
    available, group_owes = means_of(asked.fund)
    debts = debts_of(asked.fund.group_id) if group_owes else {}
    return Circumstances(
        is_night,
        company,
        estimated_fen,
        available + asked.held_fen,
        _days(debts.get(asked.fund.pk), asked.now),
        _days(min(debts.values(), default=None), asked.now),
    )


def _second_person(asked: Wish) -> SecondPerson:
    machine = asked.instrument
    if not asked.is_use or not machine.night_self_use or machine.night_people < COMPANY:
        return SecondPerson.NOT_NEEDED
    named = night_buddies(asked.user, machine, asked.start, asked.end)
    if not named:
        return SecondPerson.UNKNOWN
    able = any(_may_be_there(one, asked) for one in named)
    return SecondPerson.NAMED if able else SecondPerson.UNABLE


def _may_be_there(buddy: User, asked: Wish) -> bool:
    """Registered and with a safety clearance for the whole of the time. A suspension is asked of now, as for
    the person themselves.
    """
    if user_state(buddy, asked.now) != ACTIVE:
        return False
    if buddy.valid_until is not None and buddy.valid_until < asked.end:
        return False
    safe_until = safety_until(buddy, asked.start)
    return safe_until is not None and safe_until >= asked.end


def _days(since: datetime | None, now: datetime) -> int:
    return 0 if since is None else max(0, (now - since) // _DAY)

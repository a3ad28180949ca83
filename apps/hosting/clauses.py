"""The clauses that run: rows pushed down to bookings, fees and billing when the agreement comes into force,
and ended by suspension and exit. No clause touches certificates: everybody needs the host's, the owner's
people too.
"""

from datetime import datetime

from apps.billing.allocating import Part, divide_income, end_division
from apps.bookings.priority import free_hours, reserve_hours
from apps.core.clock import school_midnight
from apps.fees.owners import end_favour, favour_owner
from apps.hosting.content import DEPARTMENT, HOST, OWNER, REPAIR, SCHOOL, Terms
from apps.hosting.models import Agreement
from apps.instruments.models import Instrument

_OTHERS = {
    DEPARTMENT: ("院系", "Department"),
    SCHOOL: ("学校", "School"),
    REPAIR: ("维修基金", "Repair fund"),
}


def push(agreement: Agreement, instrument: Instrument, terms: Terms, now: datetime) -> None:
    """Everything that the terms promise counts from now on, but not before their first day. Asked again,
    nothing changes.
    """
    push_privileges(agreement, instrument, terms, now)
    divide_income(
        instrument=instrument,
        parts=parts_of(agreement, terms),
        source=agreement.source,
        now=now,
        begins=first_moment(terms),
    )


def push_privileges(agreement: Agreement, instrument: Instrument, terms: Terms, now: datetime) -> None:
    """The owner's hours and discount alone: what a suspension takes away."""
    reserve_hours(
        instrument=instrument,
        group=agreement.group,
        hours=terms.windows,
        source=agreement.source,
        now=now,
        begins=first_moment(terms),
    )
    favour_owner(
        instrument=instrument,
        group=agreement.group,
        permille=terms.owner_pays_permille,
        source=agreement.source,
        now=now,
        begins=first_moment(terms),
    )


def first_moment(terms: Terms) -> datetime:
    """When the first day of the terms begins: no clause counts before."""
    return school_midnight(terms.since)


def pull_privileges(agreement: Agreement, now: datetime) -> None:
    """The owner comes first no more and pays like others. The income is divided as before."""
    free_hours(source=agreement.source, now=now)
    end_favour(source=agreement.source, now=now)


def pull(agreement: Agreement, now: datetime) -> None:
    """Nothing that begins from now on falls under the agreement; what began before stays divided as it
    was.
    """
    pull_privileges(agreement, now)
    end_division(source=agreement.source, now=now)


def parts_of(agreement: Agreement, terms: Terms) -> list[Part]:
    """The shares with the names of the parties, as they are then."""
    group, facility = agreement.group, agreement.facility
    named = {
        OWNER: (group.name_zh, group.name_en),
        HOST: (facility.name_zh, facility.name_en),
        **_OTHERS,
    }
    return [Part(party, *named[party], permille) for party, permille in terms.shares]

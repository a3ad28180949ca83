"""Until when a registration lasts: the end of study, employment or contract, or earlier where somebody said
so. Reads only.
"""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core import parameters
from apps.core.clock import end_of_school_day
from apps.core.errors import Invalid
from apps.people.identities import IN_SCHOOL
from apps.people.models import HrPerson, Organisation
from apps.people.organisations import agreement_in_force


def end_of_registration(
    *, kind: str, number: str, organisation: Organisation | None, wished: date | None, at: datetime
) -> datetime | None:
    """The earliest of: the end in the personnel file, or of the agreement of the organisation; and the day
    that was wished. None where there is none of them.
    """
    ends = [end_of_school_day(wished)] if wished else []
    if kind in IN_SCHOOL:
        day = HrPerson.objects.filter(number=number).values_list("valid_until", flat=True).first()
        ends += [end_of_school_day(day)] if day else []
    elif organisation is not None:
        agreement = agreement_in_force(organisation, at)
        ends += [agreement.valid_until] if agreement is not None and agreement.valid_until else []
    return min(ends, default=None)


def require_ahead(until: date | None, at: datetime) -> None:
    """The last day that somebody allows, or that was wished, is not over. Raises Invalid `core.period`."""
    if until is not None and end_of_school_day(until) <= at:
        raise Invalid(_("This day is over."), code="core.period", field="until")


def next_renewal(valid_until: datetime | None, at: datetime) -> datetime:
    """When the registration wants to be confirmed again: after `people.renewal_days`, at its end at the
    latest.
    """
    due = at + timedelta(days=int(parameters.value("people.renewal_days", at=at)))
    return due if valid_until is None else min(due, valid_until)

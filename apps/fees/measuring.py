"""Hours that were measured before this system kept records: the year's figure of an instrument, with its
source. Where there are records, they count instead.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid
from apps.fees.models import MeasuredYear
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_office

_LONGEST_DAYS = 366


@transaction.atomic
def record_measured_year(
    *,
    instrument: Instrument,
    first: date,
    last: date,
    effective_hours: int,
    source: str,
    by: User | None,
    now: datetime,
    consumables_fen: int | None = None,
) -> MeasuredYear:
    """The effective hours of [first, last], both days included; the same beginning again takes the new
    figure.

    Raises Invalid `fees.measured` with the member that cannot be; NotPermitted `people.office_only`.
    """
    require_office(by, now)
    days = (last - first).days + 1
    wrong = {
        "last": not 0 < days <= _LONGEST_DAYS,
        "effective_hours": not 0 <= effective_hours <= max(days, 0) * 24,
        "source": not source.strip(),
        "consumables_fen": consumables_fen is not None and consumables_fen < 0,
    }
    for member, is_wrong in wrong.items():
        if is_wrong:
            raise Invalid(_("These hours cannot be."), code="fees.measured", field=member)
    row, _made = MeasuredYear.objects.update_or_create(
        instrument=instrument,
        first=first,
        defaults={
            "last": last,
            "effective_hours": effective_hours,
            "consumables_fen": consumables_fen,
            "source": source.strip(),
            "entered_at": now,
        },
    )
    audit.record(
        action="fees.record_measured_year",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        hours=effective_hours,
    )
    return row

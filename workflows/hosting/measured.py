"""What a statement says of one hosted instrument in a month: the figures of the reports with their records,
the hours that were kept for the owner, and how long the owner's group used it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, Sum

from apps.bookings.priority import kept_between
from apps.core.figures import Figure, FigureUnit, digest_of
from apps.hosting.figurewords import KEPT
from apps.hosting.models import Agreement
from apps.people.models import Membership
from apps.reports.figures import of_instruments, read_period
from apps.reports.figures.sources import uses_of

OWN = "owner_hours"
EFFECTIVE = "effective_hours"  # of these the hours of the owner's group are a part
_MS = timedelta(milliseconds=1)


def figures_of(agreement: Agreement, month: str, at: datetime) -> Mapping[str, Figure]:
    """The figures of the instrument in a month of the school's calendar, each with the digest of its records;
    none for one that is not in the register. Raises Invalid for what is no month.
    """
    machine = agreement.instrument_id
    if machine is None:
        return {}
    period = read_period(month, at)
    found = of_instruments([machine], period, at=at, digests=True).get(machine, {})
    kept = kept_between(agreement.source, period.since, period.until)
    own = uses_of(EFFECTIVE, period, [machine]).filter(by_the_owner(agreement)).order_by("started_at", "id")
    ids = list(own.values_list("ulid", flat=True))
    ms = own.order_by().aggregate(ms=Sum("effective_ms"))["ms"] or 0
    total = sum((last - first) // _MS for first, last in kept)
    return {
        **found,
        KEPT: Figure(KEPT, FigureUnit.HOURS_MS, total, "bookings.priority", len(kept)),
        OWN: Figure(OWN, FigureUnit.HOURS_MS, ms, "usage.records", len(ids), digest_of(ids)),
    }


def by_the_owner(agreement: Agreement) -> Q:
    """Uses by people who were of the owner's group when they began."""
    begun = OuterRef("started_at")
    members = Membership.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=begun),
        Q(revoked_at__isnull=True) | Q(revoked_at__gt=begun),
        user=OuterRef("user"),
        group=agreement.group_id,
        valid_from__lte=begun,
    )
    return Q(Exists(members))

"""Questions about sessions and records. Nothing here writes."""

from datetime import datetime

from django.db.models import QuerySet

from apps.people.models import User
from apps.usage.models import UsageRecord, UsageSession


def live() -> QuerySet[UsageSession]:
    """Sessions that hold their node now, granted or running."""
    return UsageSession.objects.filter(state__in=UsageSession.LIVE)


def my_usage(
    user: User, *, since: datetime | None = None, until: datetime | None = None
) -> QuerySet[UsageRecord]:
    """A person's usage records that began in [since, until), the latest first, with what a page shows of
    each.
    """
    records = UsageRecord.objects.filter(user=user).select_related("instrument", "session")
    if since is not None:
        records = records.filter(started_at__gte=since)
    if until is not None:
        records = records.filter(started_at__lt=until)
    return records.order_by("-started_at", "-id")


def gaps(*, dev: str, node: int) -> list[tuple[int, int]]:
    """Powered milliseconds of a node's odometer that no measured session explains, as half-open ranges
    between its first and its last measured session. Empty when the sessions tile (I3).
    """
    found: list[tuple[int, int]] = []
    reached: int | None = None
    slices = UsageSession.objects.filter(dev=dev, node=node, state=UsageSession.State.CLOSED).order_by(
        "odo0", "odo1"
    )
    for begin, end in slices.values_list("odo0", "odo1").iterator():
        if begin is None or end is None:
            continue
        if reached is not None and begin > reached:
            found.append((reached, begin))
        reached = end if reached is None else max(reached, end)
    return found

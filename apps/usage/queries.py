"""Questions about use: what runs now, what a person used, which slice of an odometer nobody accounts for.
Changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.instruments.queries import may_manage
from apps.people.models import User
from apps.usage.models import UsageRecord, UsageSession


@dataclass(frozen=True)
class Gap:
    """Powered milliseconds [start, end) of a node's odometer that no session measures."""

    start: int
    end: int


def gaps(dev: str, node: int, *, since: int = 0, upto: int | None = None) -> tuple[Gap, ...]:
    """The slices of the odometer, from `since` on, that no session measures: a report that is missing, or a
    power nobody granted. With `upto` (the meter reading that the device reports) also what is missing at the
    end, unless somebody is using the node.
    """
    # A session with one end only vouches for that moment of the odometer, not for the time around it.
    ends = UsageSession.objects.filter(dev=dev, node=node).annotate(
        first=Coalesce("odo0", "odo1"), last=Coalesce("odo1", "odo0")
    )
    missing: list[Gap] = []
    reached, running = since, False
    measured = ends.filter(first__isnull=False).order_by("first", "last")
    for first, last, state in measured.values_list("first", "last", "state").iterator():
        if first > reached:
            missing.append(Gap(reached, first))
        reached, running = max(reached, last), state == UsageSession.State.OPEN
    if upto is not None and upto > reached and not running:
        missing.append(Gap(reached, upto))
    return tuple(missing)


def live() -> QuerySet[UsageSession]:
    """The sessions that are granted or running, with instrument and user."""
    return (
        UsageSession.objects.filter(state__in=UsageSession.LIVE)
        .select_related("instrument", "user")
        .order_by("granted_at", "id")
    )


def my_usage(
    user: User, *, since: datetime | None = None, until: datetime | None = None
) -> QuerySet[UsageRecord]:
    """What a person used that began in [since, until), newest first, with instrument and session."""
    records = UsageRecord.objects.filter(user=user).select_related("instrument", "session")
    if since is not None:
        records = records.filter(started_at__gte=since)
    if until is not None:
        records = records.filter(started_at__lt=until)
    return records.order_by("-started_at", "-id")


def record_for(user: User, ulid: str, at: datetime) -> UsageRecord:
    """A record for its person and for who runs the instrument. Raises NotFound `usage.no_record` for
    everybody else, whether or not there is one.
    """
    joined = UsageRecord.objects.select_related(
        "instrument__facility", "session__fund__group", "session__booking", "user"
    )
    found = joined.filter(ulid=ulid).first()
    if found is None or (found.user_id != user.pk and not may_manage(user, found.instrument, at)):
        raise NotFound(_("There is no such use."), code="usage.no_record")
    return found


def unmeasured() -> QuerySet[UsageSession]:
    """Ended sessions whose power-on or power-off report is still missing, oldest first: to be looked into."""
    return (
        UsageSession.objects.filter(state=UsageSession.State.ENDED)
        .select_related("instrument", "user")
        .order_by("granted_at", "id")
    )

"""Which ways a notice takes out of the product and when it may go, as its reader prefers. It writes rows and
sends nothing: that needs the network and happens outside of any transaction (`apps.notices.sending`).
"""

from datetime import datetime, time, timedelta

from django.conf import settings

from apps.core.clock import SCHOOL_ZONE, school_time
from apps.core.parameters import value
from apps.notices.kinds import Channel, Kind, find_kind
from apps.notices.models import Dispatch, MessengerAddress, Notice, Preference
from apps.notices.queries import Wishes, wishes_of
from apps.people.models import User

DAY = timedelta(days=1)


def dispatch(notice: Notice, now: datetime) -> None:
    """Write one row for each way out; again is no change."""
    kind = find_kind(notice.kind)
    if kind is None:
        return
    rows = _for_person(notice, notice.user, kind, now) if notice.user else _for_school(notice, now)
    Dispatch.objects.bulk_create(rows, ignore_conflicts=True)


def _for_school(notice: Notice, now: datetime) -> list[Dispatch]:
    if not settings.NOTICES_SCHOOL_ADDRESSES:
        return []
    return [Dispatch(notice=notice, channel=Channel.MESSENGER, due_at=now)]


def _for_person(notice: Notice, user: User, kind: Kind, now: datetime) -> list[Dispatch]:
    wishes = wishes_of(user)
    if not wishes.rings(kind):
        Notice.objects.filter(pk=notice.pk).update(silent=True)
    rows = []
    for channel in _ways(user, kind):
        mode = wishes.mode(kind, channel)
        if mode != Preference.Mode.OFF:
            digest = mode == Preference.Mode.DAILY
            due = next_digest(now) if digest else now
            rows.append(
                Dispatch(
                    notice=notice,
                    channel=channel,
                    digest=digest,
                    due_at=due if kind.urgent else after_quiet(wishes, due),
                )
            )
    return rows


def _ways(user: User, kind: Kind) -> list[Channel]:
    """The channels through which this person can be reached. Whoever has left hears only what is urgent."""
    if not user.is_active and not kind.urgent:
        return []
    ways = [Channel.EMAIL] if user.email else []
    if MessengerAddress.objects.filter(user=user).exists():
        ways.append(Channel.MESSENGER)
    return ways


def next_digest(now: datetime) -> datetime:
    """The next moment at which the daily summary goes out: `notices.digest_hour` on the school's clock."""
    hour = value("notices.digest_hour", at=now)
    return _next(now, time(hour))


def after_quiet(wishes: Wishes, at: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in."""
    if wishes.quiet_until is None or not wishes.is_quiet(at):
        return at
    return _next(at, wishes.quiet_until)


def _next(after: datetime, clock: time) -> datetime:
    """The next time at which the school's clock shows `clock`, strictly after a moment."""
    local = school_time(after)
    found = datetime.combine(local.date(), clock, tzinfo=SCHOOL_ZONE)
    return found if found > local else found + DAY

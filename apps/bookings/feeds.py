"""Addresses of calendars: made, renewed and revoked by their person, found again by whoever knows the secret,
which leaves here once and is kept nowhere.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.bookings.models import CalendarFeed
from apps.core import audit, clock
from apps.core.errors import NotFound, NotPermitted, TooMany, WrongState
from apps.instruments.models import Instrument
from apps.instruments.queries import managed_by
from apps.people.models import User
from apps.people.queries import ACTIVE, left_behind, user_state
from apps.people.requirements import require_active

COARSE = timedelta(minutes=10)
READS_PER_HOUR = 60
_HOUR_S = 3600
_HOUR_MS = 1000 * _HOUR_S
_BYTES = 32  # 256 random bits
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Place:
    """What a person may have an address for, and the address that counts, if there is one."""

    instrument: Instrument | None
    feed: CalendarFeed | None


def feed_digest(secret: str) -> str:
    """The SHA-256 of a secret, 64 hexadecimal digits. A fast one is enough: the secret is random."""
    return hashlib.sha256(secret.encode()).hexdigest()


def places_of(user: User, at: datetime) -> list[Place]:
    """A person's own calendar first, then those of the instruments that they run, by asset number. Two
    queries.
    """
    feeds = {feed.instrument_id: feed for feed in user.calendar_feeds.filter(revoked_at__isnull=True)}
    run = managed_by(user, at)
    return [Place(None, feeds.get(None)), *(Place(one, feeds.get(one.pk)) for one in run)]


def own_feed(user: User, ulid: str) -> CalendarFeed:
    """A person's address that counts. Raises NotFound `bookings.no_feed` for anybody else's."""
    found = user.calendar_feeds.filter(ulid=ulid, revoked_at__isnull=True).select_related("instrument")
    feed = found.first()
    if feed is None:
        raise _no_feed()
    return feed


def feed_of(secret: str, at: datetime) -> CalendarFeed:
    """The feed behind a secret, with its person and instrument. Two queries, three for an instrument.

    The secret itself is compared with nothing: it is looked up by its digest, and how long that takes tells
    nothing of another one. Raises NotFound `bookings.no_feed`, always the same: for what was never one, was
    revoked, or whose person is suspended, gone or no longer of the crew.
    """
    if not _SHAPE.fullmatch(secret):
        raise _no_feed()
    counting = CalendarFeed.objects.filter(digest=feed_digest(secret), revoked_at__isnull=True)
    feed = counting.select_related("user", "instrument__facility").first()
    if feed is None or user_state(feed.user, at) != ACTIVE or not _covers(feed, at):
        raise _no_feed()
    return feed


def count_read(feed: CalendarFeed) -> None:
    """Raises TooMany `bookings.feed_too_often` above 60 readings of one feed in an hour of the clock: a
    program's loop, not an attack.
    """
    key = f"calendar:{feed.pk}:{clock.to_ms(clock.now()) // _HOUR_MS}"
    cache.add(key, 0, timeout=2 * _HOUR_MS // 1000)
    try:
        number = cache.incr(key)
    except ValueError:  # evicted in between: one reading more does no harm
        return
    if number > READS_PER_HOUR:
        raise TooMany(
            _("This calendar is read too often."),
            code="bookings.feed_too_often",
            retry_after=clock.seconds_left(_HOUR_S),
        )


def note_read(feed: CalendarFeed, now: datetime) -> None:
    """Remember when it was last read, to ten minutes: no write for every reading."""
    if feed.last_read_at is None or feed.last_read_at <= now - COARSE:
        stale = Q(last_read_at__isnull=True) | Q(last_read_at__lte=now - COARSE)
        CalendarFeed.objects.filter(stale, pk=feed.pk).update(last_read_at=now)


@transaction.atomic
def create_feed(
    *, user: User, instrument: Instrument | None, language: str, by: User, now: datetime
) -> tuple[CalendarFeed, str]:
    """An address for the person's own bookings or, for its crew, for those of an instrument; and its secret,
    shown this once. Its texts are in `language`.

    Raises NotPermitted `bookings.feed_not_yours`, `people.not_active`, `bookings.feed_crew_only`; WrongState
    `bookings.feed_exists`.
    """
    _require_own(user, by)
    require_active(by, now)
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if instrument is not None and not managed_by(user, now).filter(pk=instrument.pk).exists():
        raise NotPermitted(
            _("Only the crew of an instrument reads its calendar."), code="bookings.feed_crew_only"
        )
    if user.calendar_feeds.filter(instrument=instrument, revoked_at__isnull=True).exists():
        raise WrongState(
            _("There is an address already. Renew it to see a new one."), code="bookings.feed_exists"
        )
    feed, secret = _made(user, instrument, language, now)
    _record("bookings.create_feed", feed, by, now)
    return feed, secret


@transaction.atomic
def renew_feed(*, feed: CalendarFeed, language: str, by: User, now: datetime) -> tuple[CalendarFeed, str]:
    """Another address in the place of this one, which opens nothing from now on; and its secret.

    Raises NotPermitted `bookings.feed_not_yours`, `people.not_active`, `bookings.feed_crew_only`; WrongState
    `bookings.feed_ended`.
    """
    _end(feed, by, now)
    _record("bookings.renew_feed", feed, by, now)
    return create_feed(user=feed.user, instrument=feed.instrument, language=language, by=by, now=now)


@transaction.atomic
def revoke_feed(*, feed: CalendarFeed, by: User, now: datetime) -> CalendarFeed:
    """The address opens nothing from now on. Raises NotPermitted `bookings.feed_not_yours`; WrongState
    `bookings.feed_ended`.
    """
    _end(feed, by, now)
    _record("bookings.revoke_feed", feed, by, now)
    return feed


@transaction.atomic
def revoke_left_behind(*, user: User, now: datetime) -> int:
    """What an ended registration leaves behind is revoked, so that a later one revives no address; returns
    how many were.
    """
    return _revoke_each(user.calendar_feeds.filter(left_behind(user, now, begun="created_at")), now)


@transaction.atomic
def revoke_of_crew(*, user: User, instrument: Instrument, now: datetime) -> int:
    """Whoever no longer runs an instrument has no address of its calendar; returns how many were revoked."""
    if managed_by(user, now).filter(pk=instrument.pk).exists():
        return 0
    return _revoke_each(user.calendar_feeds.filter(instrument=instrument), now)


def _revoke_each(feeds: QuerySet[CalendarFeed], now: datetime) -> int:
    counting = feeds.select_for_update(no_key=True, of=("self",)).filter(revoked_at__isnull=True)
    ended = list(counting.select_related("instrument").order_by("id"))
    for feed in ended:
        feed.revoked_at = now
        feed.save(update_fields=["revoked_at"])
        _record("bookings.revoke_feed", feed, None, now)
    return len(ended)


def _made(
    user: User, instrument: Instrument | None, language: str, now: datetime
) -> tuple[CalendarFeed, str]:
    secret = secrets.token_urlsafe(_BYTES)
    feed = CalendarFeed.objects.create(
        user=user, instrument=instrument, digest=feed_digest(secret), language=language, created_at=now
    )
    return feed, secret


def _end(feed: CalendarFeed, by: User, now: datetime) -> None:
    _require_own(feed.user, by)
    if not CalendarFeed.objects.filter(pk=feed.pk, revoked_at__isnull=True).update(revoked_at=now):
        raise WrongState(_("This address has already ended."), code="bookings.feed_ended")
    feed.refresh_from_db(fields=["revoked_at"])


def _covers(feed: CalendarFeed, at: datetime) -> bool:
    if feed.instrument_id is None:
        return True
    return managed_by(feed.user, at).filter(pk=feed.instrument_id).exists()


def _require_own(user: User, by: User) -> None:
    if by.pk != user.pk:
        raise NotPermitted(_("An address is its person's own matter."), code="bookings.feed_not_yours")


def _record(action: str, feed: CalendarFeed, by: User | None, now: datetime) -> None:
    about = feed.instrument.ulid if feed.instrument is not None else ""
    audit.record(action=action, object_ref=f"calendarfeed:{feed.ulid}", now=now, actor=by, instrument=about)


def _no_feed() -> NotFound:
    return NotFound(_("There is no such calendar."), code="bookings.no_feed")

"""Telling people: the one way in for every room, and what a reader does with a notice."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.notices.kinds import Kind, keys_of, kind_of
from apps.notices.models import Dispatch, Notice
from apps.people.models import User

PURGED_AT_ONCE = 2000


@transaction.atomic
def notify(
    *,
    user: User,
    kind: str,
    now: datetime,
    args: dict[str, Any],
    url: str = "",
    case: str = "",
    dedupe: str = "",
) -> Notice:
    """Tell one person something, in the transaction in which it became true; the mail and the messenger
    follow from the outbox as they prefer. `args` are exactly those of the kind (see `apps.notices.kinds`),
    `url` is an address on this site, `case` the reference of the case ('flow:ulid'). With a `dedupe` that
    this person has heard already, that notice is returned and nothing is sent.

    Raises UnknownKind, TypeError or ValueError: the caller is wrong, not the person.
    """
    return _tell(user, kind_of(kind), now, args, url, case, dedupe)


@transaction.atomic
def announce(
    *, kind: str, now: datetime, args: dict[str, Any], url: str = "", case: str = "", dedupe: str = ""
) -> Notice:
    """Tell the school's own channels (NOTICES_SCHOOL_ADDRESSES) something; as `notify`, but to nobody in
    particular.
    """
    return _tell(None, kind_of(kind), now, args, url, case, dedupe)


def mark_read(*, notice: Notice, by: User, now: datetime) -> Notice:
    """The reader has seen it; again is no change. Raises NotFound `notices.not_found` for somebody else's."""
    if notice.user_id != by.pk:
        raise NotFound(_("There is no such notice."), code="notices.not_found")
    Notice.objects.filter(pk=notice.pk, read_at__isnull=True).update(read_at=now)
    notice.refresh_from_db()
    return notice


def mark_all_read(*, by: User, now: datetime, group: str = "") -> int:
    """The reader has seen everything that waits, or everything of one group; returns how many that were."""
    waiting = Notice.objects.filter(user=by, read_at__isnull=True)
    if group:
        waiting = waiting.filter(kind__in=keys_of(group))
    return waiting.update(read_at=now)


def settle(
    *, case: str, now: datetime, user: User | None = None, kinds: tuple[str, ...] = (), url: str = ""
) -> int:
    """What these notices asked for is done: nobody needs to be told any more. For one person or for all, for
    some kinds or all of them, for one address or all of the case's. Returns how many still waited.
    """
    waiting = Notice.objects.filter(case=case, read_at__isnull=True).exclude(case="")
    if user is not None:
        waiting = waiting.filter(user=user)
    if kinds:
        waiting = waiting.filter(kind__in=kinds)
    if url:
        waiting = waiting.filter(url=url)
    return waiting.update(read_at=now)


def purge(*, now: datetime) -> int:
    """Remove notices older than `notices.retention_days` with what was sent of them, at most PURGED_AT_ONCE
    in one call; returns how many. Facts, audit and cases keep what has to be kept.
    """
    oldest = now - timedelta(days=value("notices.retention_days", at=now))
    with transaction.atomic():
        old = list(
            Notice.objects.filter(created_at__lt=oldest)
            .order_by("created_at")
            .values_list("pk", flat=True)[:PURGED_AT_ONCE]
        )
        Dispatch.objects.filter(notice__in=old).delete()
        Notice.objects.filter(pk__in=old).delete()
    return len(old)


def _tell(
    user: User | None, kind: Kind, now: datetime, args: dict[str, Any], url: str, case: str, dedupe: str
) -> Notice:
    kind.check_args(args)
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError(f"{kind.key}: {url!r} is no address on this site")
    made = Notice(user=user, kind=kind.key, args=args, url=url, case=case, dedupe=dedupe, created_at=now)
    if dedupe:
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            return Notice.objects.get(user=user, dedupe=dedupe)
    else:
        made.save(force_insert=True)
    publish("notices.created", now=now, notice=made.ulid)
    return made

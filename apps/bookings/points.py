"""Points: given once for each booking and kind, counted for a dated number of days, lifted by an appeal that
is upheld.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.bookings.models import Booking, PointAppeal, PointEntry
from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.periods import in_force
from apps.instruments.models import CrewMember
from apps.instruments.queries import manages
from apps.instruments.scopes import instruments_within
from apps.people.models import User
from apps.people.queries import counting_rights
from apps.people.requirements import require_reason


def counts_at(given: datetime, at: datetime, window: timedelta) -> bool:
    """Whether points given at one moment count at another: in [given, given + window). Pure."""
    return given <= at < given + window


def falls_under(entries: Sequence[tuple[datetime, int]], limit: int, window: timedelta) -> datetime | None:
    """The moment from which the points of counting entries (when, how many; the oldest first) are fewer than
    the limit, if none are added; None where they are already. Pure.
    """
    left = sum(points for _given, points in entries)
    moment = None
    for given, points in entries:
        if left < limit:
            break
        left -= points
        moment = given + window
    return moment


def counting_entries(user: User, now: datetime) -> Sequence[PointEntry]:
    """The person's entries that count now, the oldest first. Two queries."""
    window = timedelta(days=value("bookings.points_days", at=now))
    lifted = Q(appeal__state=PointAppeal.State.UPHELD) | came_after_all()
    found = PointEntry.objects.filter(user=user, at__gt=now - window).exclude(lifted)
    return [entry for entry in found.order_by("at", "pk") if counts_at(entry.at, now, window)]


def came_after_all(prefix: str = "") -> Q:
    """Points for not coming of people who had come, as the journal told later: they count no more."""
    said = {f"{prefix}kind": PointEntry.Kind.NO_SHOW, f"{prefix}booking__used_at__isnull": False}
    return Q(**said)


def refusal_by_points(user: User, now: datetime, limit: int) -> WrongState | None:
    """Why somebody with so many points or more books nothing now, `bookings.points`, with the moment from
    which they may; None below the limit, or where it is 0. Two queries.
    """
    if limit < 1:
        return None
    entries = [(entry.at, entry.points) for entry in counting_entries(user, now)]
    until = falls_under(entries, limit, timedelta(days=value("bookings.points_days", at=now)))
    if until is None:
        return None
    total = sum(points for _given, points in entries)
    return WrongState(
        _("Points that count against you: %(points)d. You may book again from %(day)s.")
        % {"points": total, "day": f"{school_time(until):%Y-%m-%d %H:%M}"},
        code="bookings.points",
        points=total,
        limit=limit,
        until=until.isoformat(),
    )


@transaction.atomic
def give_points(*, booking: Booking, kind: str, points: int, now: datetime) -> PointEntry | None:
    """The booking's person has these points, once for each kind; None where there are none to give, or they
    were given before.
    """
    if points < 1:
        return None
    entry, made = PointEntry.objects.get_or_create(
        booking=booking, kind=kind, defaults={"user_id": booking.user_id, "points": points, "at": now}
    )
    if not made:
        return None
    audit.record(
        action="bookings.give_points",
        object_ref=f"booking:{booking.ulid}",
        now=now,
        kind=kind,
        points=points,
    )
    publish(
        "bookings.points_given",
        now=now,
        entry=entry.ulid,
        booking=booking.ulid,
        user=booking.user.ulid,
    )
    return entry


@transaction.atomic
def appeal(*, entry: PointEntry, by: User, reason: str, now: datetime) -> PointAppeal:
    """The person says why the points should not count; they do until somebody decides.

    Raises NotPermitted `bookings.not_your_points`; Invalid `core.reason_required`; WrongState
    `bookings.appeal_late` (after `bookings.appeal_days`), `bookings.appealed`,
    `bookings.points_lifted`.
    """
    if by.pk != entry.user_id:
        raise NotPermitted(_("You may only appeal for yourself."), code="bookings.not_your_points")
    reason = require_reason(reason)[:500]
    if entry.came_after_all:
        raise WrongState(_("These points count no more already."), code="bookings.points_lifted")
    until = appeal_until(entry)
    if now >= until:
        raise WrongState(
            _("The time for an appeal is over."), code="bookings.appeal_late", until=until.isoformat()
        )
    try:
        with transaction.atomic():
            made = PointAppeal.objects.create(entry=entry, reason=reason, appealed_at=now)
    except IntegrityError as exc:
        raise WrongState(
            _("You have already appealed against these points."), code="bookings.appealed"
        ) from exc
    audit.record(
        action="bookings.appeal", object_ref=f"point_entry:{entry.ulid}", now=now, actor=by, reason=reason
    )
    publish(
        "bookings.appealed",
        now=now,
        appeal=made.ulid,
        user=by.ulid,
        instrument=entry.booking.instrument.ulid,
    )
    return made


@transaction.atomic
def decide_appeal(*, found: PointAppeal, by: User, uphold: bool, why: str, now: datetime) -> PointAppeal:
    """Whoever is responsible for the instrument, or the office, decides, with a reason, once; never about
    themselves. Upheld, the points count no more from now on.

    Raises NotPermitted `bookings.own_appeal`, `bookings.not_manager`; Invalid `core.reason_required`;
    WrongState `bookings.appeal_decided`.
    """
    entry = PointEntry.objects.select_related("user", "booking__instrument").get(pk=found.entry_id)
    if by.pk == entry.user_id:
        raise NotPermitted(_("Nobody decides about themselves."), code="bookings.own_appeal")
    if not manages(by, entry.booking.instrument, now):
        raise NotPermitted(
            _("Only who is responsible for the instrument decides."), code="bookings.not_manager"
        )
    why = require_reason(why)[:500]
    state = PointAppeal.State.UPHELD if uphold else PointAppeal.State.REJECTED
    decided = PointAppeal.objects.filter(pk=found.pk, state=PointAppeal.State.OPEN).update(
        state=state, decided_by=by, decided_at=now, why=why
    )
    if not decided:
        raise WrongState(_("This appeal is already decided."), code="bookings.appeal_decided")
    found.refresh_from_db()
    audit.record(
        action="bookings.decide_appeal",
        object_ref=f"point_entry:{entry.ulid}",
        now=now,
        actor=by,
        reason=why,
        state=found.state,
    )
    publish("bookings.appeal_decided", now=now, appeal=found.ulid, user=entry.user.ulid, upheld=uphold)
    return found


def my_points(user: User) -> QuerySet[PointEntry]:
    """All entries of a person with booking, instrument and appeal, the latest first."""
    rows = user.point_entries.select_related("booking__instrument", "appeal")
    return rows.order_by("-at", "-pk")


def appeal_until(entry: PointEntry) -> datetime:
    """Until when the person may appeal. One query."""
    return entry.at + timedelta(days=value("bookings.appeal_days", at=entry.at))


def appeals_for(user: User, now: datetime) -> QuerySet[PointAppeal]:
    """The appeals that the user may decide on, with what they are about, the oldest first; decided ones
    too. Nobody sees their own here. One query more for the rights.
    """
    scopes = list(counting_rights(now).filter(user=user, kind="manage").values_list("scope", flat=True))
    crew = CrewMember.objects.filter(in_force(now), user=user, role=CrewMember.Role.MANAGER)
    mine = Q(entry__booking__instrument__in=instruments_within(scopes)) | Q(
        entry__booking__instrument__in=crew.values("instrument")
    )
    found = PointAppeal.objects.filter(mine).exclude(entry__user=user).exclude(came_after_all("entry__"))
    return found.select_related("entry__user", "entry__booking__instrument").order_by("appealed_at", "pk")

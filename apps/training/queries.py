"""Questions about training: who may operate what, at which level, and who may certify it. Changes nothing."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force, overlaps
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import crew_roles, holds_manage
from apps.people.models import User
from apps.people.queries import active_users
from apps.training.models import (
    Certificate,
    CertificateSuspension,
    GuidedSession,
    NightEndorsement,
    NightRequest,
    SafetyClearance,
)

LEVELS = ("none", "assisted", "basic", "advanced", "trainer")


def rank(level: str) -> int:
    """The order of levels: none 0, assisted 1, basic 2, advanced 3, trainer 4. Raises ValueError for any
    other.
    """
    return LEVELS.index(level)


def days_left(end: datetime, at: datetime) -> int:
    """Whole days until an end; negative once it is over, also at the very instant."""
    return -1 if end == at else (end - at).days


def counting(at: datetime) -> QuerySet[Certificate]:
    """Certificates that count at a moment: in force and not suspended."""
    suspended = CertificateSuspension.objects.filter(in_force(at), certificate=OuterRef("pk"))
    return Certificate.objects.filter(in_force(at)).exclude(Exists(suspended))


def level_of(user: User, instrument: Instrument, at: datetime) -> str:
    """The highest level that the user's certificates for the instrument give at a moment; 'none'
    without one.
    """
    held = counting(at).filter(user=user, instrument=instrument).values_list("level", flat=True)
    return max(held, key=rank, default="none")


def certified_throughout(
    user: User, instrument: Instrument, level: str, start: datetime, end: datetime
) -> bool:
    """Whether one certificate of at least `level` counts now or then at `start` and runs to
    `end`. One query.
    """
    if level == "none":
        return True
    enough = [name for name in LEVELS if rank(name) >= rank(level)]
    held = counting(start).filter(user=user, instrument=instrument, level__in=enough)
    return held.filter(valid_until__gte=end).exists()


def certificates_held(user: User, instrument: Instrument, at: datetime) -> list[Certificate]:
    """What a person holds for an instrument and is not over, suspended or not begun too; the highest first,
    of equals the one that lasts longest.
    """
    held = Certificate.objects.filter(
        user=user, instrument=instrument, revoked_at__isnull=True, valid_until__gt=at
    )
    rows = held.select_related("user", "instrument__unit", "instrument__facility").order_by(
        "-valid_until", "-id"
    )
    return sorted(rows, key=lambda one: -rank(one.level))


def held_by_case(user: User, instrument: Instrument, at: datetime) -> bool:
    """Whether a case that is open decides about what a person holds for an instrument. One query."""
    of_cases = CertificateSuspension.objects.filter(
        in_force(at),
        certificate__user=user,
        certificate__instrument=instrument,
        certificate__revoked_at__isnull=True,
        certificate__valid_until__gt=at,
    )
    return of_cases.exclude(source_case="").exists()


def certificates_of(user: User) -> QuerySet[Certificate]:
    """All certificates of a user with their instruments, the latest end first."""
    return user.certificates.select_related("instrument", "instrument__facility").order_by(
        "-valid_until", "-id"
    )


def holders(instrument: Instrument, at: datetime) -> QuerySet[Certificate]:
    """The certificates of an instrument that count at a moment, with their people."""
    return counting(at).filter(instrument=instrument).select_related("user").order_by("user__username")


def safety_until(user: User, at: datetime) -> datetime | None:
    """When the safety clearance in force ends (the latest of several); None without one. An endless one ends
    in 9999.
    """
    ends = list(user.safety_clearances.filter(in_force(at)).values_list("valid_until", flat=True))
    return max((end or datetime.max.replace(tzinfo=at.tzinfo) for end in ends), default=None)


def safety_clearances_of(user: User) -> QuerySet[SafetyClearance]:
    """All safety clearances of a user, the latest first."""
    return user.safety_clearances.order_by("-valid_from", "-id")


def night_endorsed(user: User, instrument: Instrument, start: datetime, end: datetime) -> bool:
    """Whether one night endorsement covers the whole of [start, end). One query."""
    endless = Q(valid_until__isnull=True) | Q(valid_until__gte=end)
    return NightEndorsement.objects.filter(
        in_force(start), endless, user=user, instrument=instrument
    ).exists()


def night_buddies(user: User, instrument: Instrument, start: datetime, end: datetime) -> list[User]:
    """Who was named to be there at night when an endorsement that covers the whole of [start, end) was asked
    for; empty where it came without anybody's name. One query.
    """
    endless = Q(endorsement__valid_until__isnull=True) | Q(endorsement__valid_until__gte=end)
    asked = NightRequest.objects.filter(
        in_force(start, "endorsement__"),
        endless,
        endorsement__user=user,
        endorsement__instrument=instrument,
    )
    return [one.buddy for one in asked.select_related("buddy").order_by("pk")]


def guided_between(instrument_id: int, start: datetime, end: datetime) -> QuerySet[GuidedSession]:
    """Guided sessions of an instrument that meet [start, end) and were not cancelled, the earliest first."""
    meets = overlaps(start, end, first="starts_at", last="ends_at")
    return GuidedSession.objects.filter(
        meets, instrument_id=instrument_id, cancelled_at__isnull=True
    ).order_by("starts_at")


def may_train(user: User, instrument: Instrument, at: datetime) -> bool:
    """Whether the user trains on the instrument: trainer or manager of its crew, or holder of the right to
    manage.
    """
    roles = crew_roles(user, instrument, at)
    return bool(roles & {CrewMember.Role.TRAINER, CrewMember.Role.MANAGER}) or holds_manage(
        user, instrument, at
    )


def trainers_of(instrument: Instrument, at: datetime) -> QuerySet[User]:
    """The active people of the crew who train on the instrument, by login."""
    roles = (CrewMember.Role.TRAINER, CrewMember.Role.MANAGER)
    crew = CrewMember.objects.filter(in_force(at), instrument=instrument, role__in=roles)
    return active_users(at).filter(pk__in=crew.values("user")).order_by("username")


def may_certify(user: User, instrument: Instrument, level: str, at: datetime) -> bool:
    """Whether the user may give this level: the crew's manager and whoever holds the right to manage may give
    any level; a trainer gives no more than the level they hold themselves.
    """
    roles = crew_roles(user, instrument, at)
    if CrewMember.Role.MANAGER in roles or holds_manage(user, instrument, at):
        return True
    return CrewMember.Role.TRAINER in roles and rank(level) <= rank(level_of(user, instrument, at))

"""Which instruments somebody trains on, manages, or keeps questions for. Reads only; the operations ask for
each object again.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Facility, Instrument
from apps.instruments.scopes import instruments_within
from apps.people.models import Authorization, User
from apps.people.queries import SCHOOL, active_users, counting_rights, is_office
from apps.training.coverage import covered_by
from apps.training.models import Course, Topic

MANAGES = (CrewMember.Role.MANAGER,)
TRAINS = (CrewMember.Role.TRAINER, CrewMember.Role.MANAGER)


def instruments_of(
    user: User, at: datetime, *, roles: Iterable[str] = TRAINS, kind: str = Authorization.Kind.MANAGE
) -> frozenset[int] | None:
    """The instruments (ids; None means all of the school) in whose crew an active user has one of the roles,
    or over which they hold a right of the kind (to manage includes to see reports). At most four queries.
    """
    if not active_users(at).filter(pk=user.pk).exists():
        return frozenset()
    kinds = (kind, Authorization.Kind.MANAGE)
    held = counting_rights(at).filter(user=user, kind__in=kinds)
    scopes = list(held.values_list("scope", flat=True))
    if SCHOOL in scopes:
        return None
    crews = CrewMember.objects.filter(in_force(at), user=user, role__in=list(roles))
    own = frozenset(crews.values_list("instrument_id", flat=True))
    return own | frozenset(instruments_within(scopes).values_list("pk", flat=True)) if scopes else own


def trained_and_managed(user: User, at: datetime) -> tuple[frozenset[int] | None, frozenset[int] | None]:
    """The instruments that somebody trains on, and those of them that they manage, as `instruments_of` gives
    each. At most four queries for both.
    """
    if not active_users(at).filter(pk=user.pk).exists():
        return frozenset(), frozenset()
    held = counting_rights(at).filter(user=user, kind=Authorization.Kind.MANAGE)
    scopes = list(held.values_list("scope", flat=True))
    if SCHOOL in scopes:
        return None, None
    crews = CrewMember.objects.filter(in_force(at), user=user, role__in=TRAINS)
    roles = list(crews.values_list("instrument_id", "role"))
    given = frozenset(instruments_within(scopes).values_list("pk", flat=True)) if scopes else frozenset()
    managed = frozenset(pk for pk, role in roles if role in MANAGES)
    return given | frozenset(pk for pk, _role in roles), given | managed


def within(found: QuerySet[Instrument], reach: frozenset[int] | None) -> QuerySet[Instrument]:
    """Those of the instruments that are in reach."""
    return found if reach is None else found.filter(pk__in=reach)


def answers_somewhere(user: User, at: datetime, *, kind: str = Authorization.Kind.MANAGE) -> bool:
    """Whether the pages of trainers are for this person: an active trainer or manager of some crew, or a
    holder of a right of the kind, wherever that may be. One query.
    """
    crews = CrewMember.objects.filter(in_force(at), user=OuterRef("pk"), role__in=TRAINS)
    rights = counting_rights(at).filter(user=OuterRef("pk"), kind__in=(kind, Authorization.Kind.MANAGE))
    return active_users(at).filter(Exists(crews) | Exists(rights), pk=user.pk).exists()


def may_keep_topic(user: User, topic: Topic, at: datetime) -> bool:
    """Whether the user keeps the questions of a topic: a topic of a facility is kept by whoever manages or
    trains on one of its instruments, one of the school by the equipment office.
    """
    return _keeps_facility(user, topic.facility, at)


def may_keep_topics_of(user: User, facility: Facility | None, at: datetime) -> bool:
    """Whether the user may make topics for a facility; None is the school."""
    return _keeps_facility(user, facility, at)


def topics_kept(user: User, at: datetime) -> QuerySet[Topic]:
    """The topics that the user keeps, by code."""
    every = Topic.objects.select_related("facility").order_by("code")
    if is_office(user, at):
        return every
    reach = instruments_of(user, at)
    mine = within(Instrument.objects.all(), reach).values("facility")
    return every.filter(facility__in=mine)


def may_keep_course(user: User, course: Course, at: datetime) -> bool:
    """Whether the user sets the terms of a course: the office; for one instrument whoever manages it; for a
    class and model whoever manages every instrument that it covers.
    """
    if is_office(user, at):
        return True
    if course.is_safety:
        return False
    reach = instruments_of(user, at, roles=MANAGES)
    if reach is None:
        return True
    if course.instrument_id is not None:
        return course.instrument_id in reach
    ids = set(Instrument.objects.filter(covered_by(course)).values_list("pk", flat=True))
    return bool(ids) and ids <= reach


def may_train_on_any(user: User, course: Course, at: datetime) -> bool:
    """Whether the user trains on some instrument that the course covers."""
    reach = instruments_of(user, at)
    return within(Instrument.objects.filter(covered_by(course)), reach).exists()


def _keeps_facility(user: User, facility: Facility | None, at: datetime) -> bool:
    if is_office(user, at):
        return True
    if facility is None:
        return False
    reach = instruments_of(user, at)
    return within(Instrument.objects.filter(facility=facility), reach).exists()

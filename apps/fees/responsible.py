"""Whose fees somebody may propose: the instruments that they are responsible for. The same answer as
`instruments.queries.manages`, for many at once.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.scopes import instruments_within
from apps.people.models import Authorization, User
from apps.people.queries import active_users, counting_rights


def manageable(user: User, at: datetime) -> QuerySet[Instrument]:
    """The instruments that an active user is responsible for: manager of the crew, or holder of the right to
    manage it, its facility, a unit around it or the school. Two queries now, and the one that reads it.
    """
    if not active_users(at).filter(pk=user.pk).exists():
        return Instrument.objects.none()
    rights = counting_rights(at).filter(user=user, kind=Authorization.Kind.MANAGE)
    scopes = list(rights.values_list("scope", flat=True))
    crews = CrewMember.objects.filter(
        in_force(at), user=user, role=CrewMember.Role.MANAGER, instrument=OuterRef("pk")
    )
    mine = Q(Exists(crews))
    if scopes:
        mine |= Q(pk__in=instruments_within(scopes).values("pk"))
    return Instrument.objects.filter(mine)


def answers_somewhere(user: User, at: datetime) -> bool:
    """Whether the pages of proposals are for somebody: an active user who manages some crew, or holds a right
    to manage. One query.
    """
    crews = CrewMember.objects.filter(in_force(at), user=OuterRef("pk"), role=CrewMember.Role.MANAGER)
    rights = counting_rights(at).filter(user=OuterRef("pk"), kind=Authorization.Kind.MANAGE)
    return active_users(at).filter(Exists(crews) | Exists(rights), pk=user.pk).exists()

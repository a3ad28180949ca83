"""Who may watch the live wall, and on which instruments they may act. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.people.models import Authorization, OrgUnit, User
from apps.people.queries import SCHOOL, active_users

RUNS = (CrewMember.Role.MANAGER, CrewMember.Role.OPERATOR)
SEES = (Authorization.Kind.MANAGE, Authorization.Kind.REPORT)


@dataclass(frozen=True)
class Reach:
    """Which instruments a watcher sees by name of their user, and on which of them they may act (ids; None
    means all).
    """

    sees: frozenset[int] | None
    acts: frozenset[int] | None

    def may_see(self, instrument_id: int) -> bool:
        """Whether the names of people on this instrument are shown."""
        return self.sees is None or instrument_id in self.sees

    def may_act(self, instrument_id: int) -> bool:
        """Whether lock and unlock are offered. The operations ask again."""
        return self.acts is None or instrument_id in self.acts


def watches(user: User, at: datetime) -> bool:
    """Whether the wall is for this person: an active member of some crew, or a holder of a right to manage
    or see reports. One query.
    """
    crew = CrewMember.objects.filter(in_force(at), user=OuterRef("pk"), role__in=RUNS)
    right = Authorization.objects.filter(in_force(at), user=OuterRef("pk"), kind__in=SEES)
    return active_users(at).filter(Exists(crew) | Exists(right), pk=user.pk).exists()


def reach_of(user: User, at: datetime) -> Reach:
    """What a watcher may see and do, in at most five queries however many instruments there are."""
    crews = CrewMember.objects.filter(in_force(at), user=user, role__in=RUNS)
    own = frozenset(crews.values_list("instrument_id", flat=True))
    held = list(
        Authorization.objects.filter(in_force(at), user=user, kind__in=SEES).values_list("kind", "scope")
    )
    manages = [scope for kind, scope in held if kind == Authorization.Kind.MANAGE]
    return Reach(sees=_covered([scope for _kind, scope in held], own), acts=_covered(manages, own))


def _covered(scopes: list[str], own: frozenset[int]) -> frozenset[int] | None:
    if SCHOOL in scopes:
        return None
    if not scopes:
        return own
    return own | frozenset(_within(scopes).values_list("pk", flat=True))


def _within(scopes: list[str]) -> QuerySet[Instrument]:
    named = {
        kind: [s.partition(":")[2] for s in scopes if s.startswith(f"{kind}:")]
        for kind in ("instrument", "facility", "unit")
    }
    units = OrgUnit.objects.filter(
        Q(ulid__in=named["unit"])
        | Q(parent__ulid__in=named["unit"])
        | Q(parent__parent__ulid__in=named["unit"])
        | Q(parent__parent__parent__ulid__in=named["unit"])
    )
    return Instrument.objects.filter(
        Q(ulid__in=named["instrument"])
        | Q(facility__ulid__in=named["facility"])
        | Q(unit__in=units)
        | Q(facility__lab__in=units)
    )

"""Who may watch the live wall or look after controllers, and on which instruments. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.core.prepared import Prepared
from apps.instruments.models import CrewMember
from apps.instruments.scopes import instruments_within
from apps.panels.models import CommitteeSeat
from apps.people.models import Authorization, ResearchGroup, User
from apps.people.queries import SCHOOL, active_users, counting_rights

TRAINS = (CrewMember.Role.MANAGER, CrewMember.Role.TRAINER)
RUNS = (CrewMember.Role.MANAGER, CrewMember.Role.OPERATOR)
_of_people = Q(scope=SCHOOL) | Q(scope__startswith="unit:")
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


@dataclass(frozen=True)
class Offers:
    """Which pages the menu offers a person."""

    watches: bool
    keeps: bool
    office: bool
    trains: bool
    answers: bool
    judges: bool
    runs: bool


NOTHING = Offers(
    watches=False, keeps=False, office=False, trains=False, answers=False, judges=False, runs=False
)


def offers(user: User, at: datetime) -> Offers:
    """What is for this person. The wall: active members of some crew who run it, and holders of a right to
    manage or see reports. The controllers: managers of some crew, and holders of a right to manage. The
    office's pages: whoever manages the school. The trainers' desk: trainers too. The people: whoever manages
    a unit or leads a group. Fee reviews: who sits on a committee, and who keeps instruments. The day:
    managers and operators of some crew. One query.
    """
    found = _OFFERS.rows(at=at, user=user.pk)
    if not found:
        return NOTHING
    watch, keep, office, train, answers, judges, runs = (bool(one) for one in found[0])
    return Offers(
        watches=watch,
        keeps=keep,
        office=office,
        trains=train,
        answers=answers,
        judges=judges or keep,
        runs=runs,
    )


def _offered(at: datetime, user: int) -> QuerySet[User, Any]:
    crews = CrewMember.objects.filter(in_force(at), user=OuterRef("pk"))
    rights = counting_rights(at).filter(user=OuterRef("pk"))
    return (
        active_users(at)
        .filter(pk=user)
        .annotate(
            may_watch=Exists(crews.filter(role__in=RUNS)) | Exists(rights.filter(kind__in=SEES)),
            may_keep=Exists(crews.filter(role=CrewMember.Role.MANAGER))
            | Exists(rights.filter(kind=Authorization.Kind.MANAGE)),
            is_office=Exists(rights.filter(kind=Authorization.Kind.MANAGE, scope=SCHOOL)),
            may_train=Exists(crews.filter(role__in=TRAINS))
            | Exists(rights.filter(kind=Authorization.Kind.MANAGE)),
            answers=Exists(rights.filter(_of_people, kind=Authorization.Kind.MANAGE))
            | Exists(ResearchGroup.objects.filter(pi=OuterRef("pk"))),
            judges=Exists(CommitteeSeat.objects.filter(in_force(at), user=OuterRef("pk"))),
            may_run=Exists(crews.filter(role__in=RUNS)),
        )
        .values_list("may_watch", "may_keep", "is_office", "may_train", "answers", "judges", "may_run")
    )


_OFFERS = Prepared(_offered)  # asked by every page


def watches(user: User, at: datetime) -> bool:
    """Whether the wall is for this person. One query."""
    return offers(user, at).watches


def kept_by(user: User, at: datetime) -> frozenset[int] | None:
    """The instruments (ids; None means all) whose controllers this person looks after, in at most three
    queries.
    """
    held = counting_rights(at).filter(user=user, kind=Authorization.Kind.MANAGE)
    crews = CrewMember.objects.filter(in_force(at), user=user, role=CrewMember.Role.MANAGER)
    own = frozenset(crews.values_list("instrument_id", flat=True))
    return _covered(list(held.values_list("scope", flat=True)), own)


def reach_of(user: User, at: datetime) -> Reach:
    """What a watcher may see and do, in at most five queries however many instruments there are."""
    crews = CrewMember.objects.filter(in_force(at), user=user, role__in=RUNS)
    own = frozenset(crews.values_list("instrument_id", flat=True))
    held = list(counting_rights(at).filter(user=user, kind__in=SEES).values_list("kind", "scope"))
    manages = [scope for kind, scope in held if kind == Authorization.Kind.MANAGE]
    return Reach(sees=_covered([scope for _kind, scope in held], own), acts=_covered(manages, own))


def _covered(scopes: list[str], own: frozenset[int]) -> frozenset[int] | None:
    if SCHOOL in scopes:
        return None
    if not scopes:
        return own
    return own | frozenset(instruments_within(scopes).values_list("pk", flat=True))

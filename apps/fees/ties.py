"""What ties people to a case about instruments: the crew, the applicant, research groups, labs and
departments. Facts of `fees.panel`; reads only.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import owning_groups
from apps.people.models import Membership, OrgUnit, ResearchGroup, User


@dataclass(frozen=True)
class Ties:
    """Who and where a case is: by primary keys, with every unit's way up the tree."""

    applicant: int | None
    crew: frozenset[int]
    grouped: frozenset[int]
    owners: frozenset[int]
    labs: frozenset[int]
    departments: frozenset[int]
    chains: Mapping[int, tuple[tuple[int, str], ...]]

    @classmethod
    def of(
        cls,
        instruments: Sequence[Instrument],
        applicant: User | None,
        owners: frozenset[int],
        users: Sequence[User],
        at: datetime,
    ) -> "Ties":
        """What a case may tie these people to. Seven queries."""
        crew = CrewMember.objects.filter(in_force(at), instrument__in=list(instruments))
        people = dict.fromkeys(crew.values_list("user_id", flat=True))
        managers = set(crew.filter(role=CrewMember.Role.MANAGER).values_list("user_id", flat=True))
        near = managers | ({applicant.pk} if applicant else set())
        chains = _chains()
        units = {instrument.unit_id for instrument in instruments}
        if applicant is not None and applicant.unit_id is not None:
            units.add(applicant.unit_id)
        return cls(
            applicant=applicant.pk if applicant else None,
            crew=frozenset(people),
            grouped=frozenset(_companions(near, instruments, users, at)),
            owners=owners,
            labs=frozenset(_of_kind(units, chains, OrgUnit.LABS)),
            departments=frozenset(_of_kind(units, chains, (OrgUnit.Kind.DEPARTMENT,))),
            chains=chains,
        )

    def of_person(self, user: User) -> dict[str, bool]:
        """What ties somebody to the case."""
        units = {user.unit_id} if user.unit_id is not None else set()
        return {
            "is_applicant": user.pk == self.applicant,
            "own_crew": user.pk in self.crew,
            "own_group": user.pk in self.grouped,
            "hosted_owner": user.pk in self.owners,
            "own_lab": bool(self.labs & _of_kind(units, self.chains, OrgUnit.LABS)),
            "own_department": bool(
                self.departments & _of_kind(units, self.chains, (OrgUnit.Kind.DEPARTMENT,))
            ),
        }


def _chains() -> dict[int, tuple[tuple[int, str], ...]]:
    """Every unit with those above it, as (primary key, kind). One query: the tree of a school is small."""
    rows = {pk: (kind, parent) for pk, kind, parent in OrgUnit.objects.values_list("pk", "kind", "parent_id")}
    found: dict[int, tuple[tuple[int, str], ...]] = {}
    for pk in rows:
        chain: list[tuple[int, str]] = []
        node = pk
        while node is not None:
            kind, parent = rows[node]
            chain.append((node, kind))
            node = parent
        found[pk] = tuple(chain)
    return found


def _of_kind(
    units: Iterable[int], chains: Mapping[int, tuple[tuple[int, str], ...]], kinds: Collection[str]
) -> set[int]:
    """The units, and those above them, that are of some kinds."""
    return {node for unit in units for node, kind in chains[unit] if kind in kinds}


def _companions(
    near: set[int], instruments: Sequence[Instrument], users: Sequence[User], at: datetime
) -> set[int]:
    """Those of the people who share a research group with somebody near to the case, as member or as its PI,
    or are of a group to which one of the instruments belongs. Three queries.
    """
    groups = set(Membership.objects.filter(in_force(at), user__in=near).values_list("group_id", flat=True))
    led = ResearchGroup.objects.filter(pi__in=near).values_list("pk", flat=True)
    groups |= set(led.union(owning_groups(instruments).values_list("pk", flat=True)))
    asked = [user.pk for user in users]
    there = Membership.objects.filter(in_force(at), group__in=groups, user__in=asked)
    leading = ResearchGroup.objects.filter(pk__in=groups, pi__in=asked)
    return set(there.values_list("user_id", flat=True)) | set(leading.values_list("pi_id", flat=True))

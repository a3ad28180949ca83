"""Of what figures are shown, and to whom: the school, a unit, a facility, an instrument. A unit's figures are
those of the instruments that stand in it, a facility's those of the instruments that it runs, so that rows of
one table never share an instrument. Reads only.

Figures are seen by whoever holds a right to manage or to see reports on the scope or around it, by heads of
the department or lab, and an instrument's by the managers and operators of its crew. Names of people are
shown to those who manage the instrument.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound, Text
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Facility, Instrument, local_name
from apps.instruments.scopes import facilities_within, instruments_within
from apps.people.models import Authorization, OrgUnit, Post, User
from apps.people.queries import ACTIVE, SCHOOL, counting_rights, user_state
from apps.people.scopes import around, root_unit, scope_of, target_of, units_within

_SEES = (Authorization.Kind.MANAGE, Authorization.Kind.REPORT)
_HEADS = (Post.Kind.DEPARTMENT_HEAD, Post.Kind.LAB_HEAD)
_RUNS = (CrewMember.Role.MANAGER, CrewMember.Role.OPERATOR)
_DEPARTMENTS = Q(kind=OrgUnit.Kind.DEPARTMENT)
_LABS = Q(kind__in=OrgUnit.LABS)


Row = OrgUnit | Facility | Instrument


@dataclass(frozen=True, slots=True)
class Scope:
    """What a table is about. `text` is how it is written ('school', 'unit:ulid'...). `part` narrows it to
    what lies in another scope too.
    """

    text: str
    row: Row
    part: "Scope | None" = None

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return named(self.row)

    def instruments(self) -> QuerySet[Instrument]:
        """The instruments of which its figures are made."""
        if self.part is not None:
            return self.part.instruments().filter(self._mine())
        return Instrument.objects.filter(self._mine())

    @property
    def is_everything(self) -> bool:
        return self.text == SCHOOL and (self.part is None or self.part.is_everything)

    def _mine(self) -> Q:
        if isinstance(self.row, Instrument):
            return Q(pk=self.row.pk)
        if isinstance(self.row, Facility):
            return Q(facility=self.row)
        return Q() if self.text == SCHOOL else Q(unit__in=units_within((self.text,)))


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of the picker of scopes."""

    text: str
    name: str
    kind: Text


def named(row: Any) -> str:
    """The name of a unit, facility or instrument in the reader's language."""
    name = local_name(row.name_zh, row.name_en)
    return f"{row.asset_no} {name}" if isinstance(row, Instrument) else name


def find_scope(text: str, user: User, at: datetime, part: str = "") -> Scope:
    """The scope of which the person may see figures; an empty text is the widest that they may see. `part`
    narrows it to what lies in another scope too. Raises NotFound `figures.no_scope` for any other, whether it
    exists or not.
    """
    if not text:
        choices = scopes_for(user, at)
        text = choices[0].text if choices else ""
    row = target_of(text) if text else None
    if not isinstance(row, Row) or not may_see(user, row, at):
        raise _no_scope()
    narrowed = target_of(part) if part else None
    if part and not isinstance(narrowed, Row):
        raise _no_scope()
    inner = Scope(scope_of(narrowed), narrowed) if isinstance(narrowed, Row) else None
    return Scope(scope_of(row), row, inner)


def may_see(user: User, row: Row, at: datetime) -> bool:
    """Whether the person may see the figures of a row. Five queries at most."""
    if user_state(user, at) != ACTIVE:
        return False
    seen = _seen(user, at)
    if SCHOOL in seen or not seen.isdisjoint(around(row)):
        return True
    return isinstance(row, Instrument) and _crews(user, at).filter(instrument=row).exists()


def scopes_for(user: User, at: datetime) -> list[Choice]:
    """What the person can choose, the widest first: units and facilities, and the instruments that they run.
    Single instruments of a unit or facility are reached through its table. Six queries at most.
    """
    if user_state(user, at) != ACTIVE:
        return []
    seen = sorted(_seen(user, at))
    found: list[Choice] = []
    root = root_unit() if SCHOOL in seen else None
    if root is not None:
        found.append(Choice(SCHOOL, named(root), _("The whole school")))
    if seen:
        units = units_within(seen).exclude(kind=OrgUnit.Kind.SCHOOL).order_by("code")
        found += [Choice(scope_of(unit), named(unit), _kind(unit)) for unit in units.filter(_DEPARTMENTS)]
        found += _choices(facilities_within(seen).order_by("code"), _("Facility"))
        found += [Choice(scope_of(unit), named(unit), _kind(unit)) for unit in units.filter(_LABS)]
    own = Instrument.objects.filter(
        Q(pk__in=_crews(user, at).values("instrument"))
        | Q(ulid__in=[one.removeprefix("instrument:") for one in seen if one.startswith("instrument:")])
    )
    return found + _choices(own.order_by("asset_no"), _("Instrument"))


def sees_any(user: User, at: datetime) -> bool:
    """Whether there are figures for the person at all. Four queries at most."""
    return user_state(user, at) == ACTIVE and (bool(_seen(user, at)) or _crews(user, at).exists())


def names_shown(user: User, at: datetime) -> frozenset[int] | None:
    """The instruments (keys; None means all) whose people the viewer sees by name: those that they manage or
    whose crew they are. Three queries at most.
    """
    held = counting_rights(at).filter(user=user, kind=Authorization.Kind.MANAGE)
    scopes = list(held.values_list("scope", flat=True))
    if SCHOOL in scopes:
        return None
    own = frozenset(_crews(user, at).values_list("instrument_id", flat=True))
    return own | frozenset(instruments_within(scopes).values_list("pk", flat=True)) if scopes else own


def _seen(user: User, at: datetime) -> set[str]:
    """The scopes of which somebody sees figures by right or post."""
    rights = counting_rights(at).filter(user=user, kind__in=_SEES)
    posts = Post.objects.filter(in_force(at), user=user, kind__in=_HEADS).select_related("unit")
    return set(rights.values_list("scope", flat=True)) | {scope_of(post.unit) for post in posts}


def _crews(user: User, at: datetime) -> QuerySet[CrewMember]:
    return CrewMember.objects.filter(in_force(at), user=user, role__in=_RUNS)


def _no_scope() -> NotFound:
    return NotFound(_("There are no figures that you may see here."), code="figures.no_scope")


def _choices(rows: Iterable[Any], kind: Text) -> list[Choice]:
    return [Choice(scope_of(row), named(row), kind) for row in rows]


def _kind(unit: OrgUnit) -> Text:
    return unit.get_kind_display()

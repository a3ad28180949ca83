"""What a right can be about: the school, a unit, and whatever higher rooms register (a facility, an
instrument). A scope is written 'school' or 'kind:ulid'; this registry turns it into its row and back.

It knows no instrument: rooms above register theirs in a `scopes.py`, which is discovered like `admin.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, Text
from apps.people.models import OrgUnit, User
from apps.people.queries import SCHOOL, authorized, unit_scopes


@dataclass(frozen=True)
class ScopeKind:
    """One kind of scope.

    `around(row)` gives the scopes that contain a row, narrowest first, its own among them, ending with
    'school'; `within(scopes)` the rows that lie in any of these scopes; `find(code)` the row that people know
    under a code, or None. `hint` says what the code is.
    """

    prefix: str
    model: type[Model]
    title: Text
    hint: Text
    around: Callable[[Any], tuple[str, ...]]
    within: Callable[[Sequence[str]], QuerySet[Any]]
    find: Callable[[str], Model | None]


_KINDS: dict[str, ScopeKind] = {}


def register_scope(kind: ScopeKind) -> ScopeKind:
    """Take a kind of scope. A prefix is taken once; taking it again with another kind is a ValueError."""
    if _KINDS.setdefault(kind.prefix, kind) is not kind:
        raise ValueError(f"the scope {kind.prefix} is registered twice")
    return kind


def scope_kinds() -> tuple[ScopeKind, ...]:
    """Every kind of scope, the school's units first."""
    return tuple(_KINDS.values())


def root_unit() -> OrgUnit | None:
    """The school itself: the root of the tree, None while there is no tree."""
    return OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first()


def target_of(scope: str) -> Model | None:
    """The row that a scope names; None for what does not exist or has no such form. One query."""
    if scope == SCHOOL:
        return root_unit()
    prefix, _colon, ulid = scope.partition(":")
    kind = _KINDS.get(prefix)
    return kind.model._default_manager.filter(ulid=ulid).first() if kind is not None else None


def require_target(scope: str) -> Model:
    """The row that a scope names, else Invalid `people.scope`."""
    target = target_of(scope)
    if target is None:
        raise Invalid(_("Unknown scope."), code="people.scope", field="scope")
    return target


def kind_of(row: Model) -> ScopeKind:
    """The kind of scope of a row. Raises LookupError for a model that nobody registered."""
    for kind in _KINDS.values():
        if isinstance(row, kind.model):
            return kind
    raise LookupError(f"{row._meta.label} is nothing that a right can be about")


def scope_of(row: Model) -> str:
    """How a row is written as a scope; the root of the tree is 'school'."""
    kind = kind_of(row)
    if isinstance(row, OrgUnit) and row.kind == OrgUnit.Kind.SCHOOL:
        return SCHOOL
    return f"{kind.prefix}:{row.ulid}"  # type: ignore[attr-defined]  # every registered model is Identified


def around(row: Model) -> tuple[str, ...]:
    """The scopes that contain a row, narrowest first, ending with 'school'."""
    return kind_of(row).around(row)


def may(user: User, kind: str, row: Model, at: datetime) -> bool:
    """Whether an active person may 'manage', 'use' or see the 'report' of a row that a right can be about: a
    dated right in force on it or around it, whose object permission is there too.
    """
    return authorized(user, kind, around(row), at)


def units_within(scopes: Sequence[str]) -> QuerySet[OrgUnit]:
    """The units that lie in any of the scopes, the named ones among them; all of them for 'school'."""
    if SCHOOL in scopes:
        return OrgUnit.objects.all()
    named = [scope.removeprefix("unit:") for scope in scopes if scope.startswith("unit:")]
    return OrgUnit.objects.filter(
        Q(ulid__in=named)
        | Q(parent__ulid__in=named)
        | Q(parent__parent__ulid__in=named)
        | Q(parent__parent__parent__ulid__in=named)
    )


def _unit_by_code(code: str) -> OrgUnit | None:
    return OrgUnit.objects.filter(code__iexact=code.strip()).first()


register_scope(
    ScopeKind(
        prefix="unit",
        model=OrgUnit,
        title=_("Unit"),
        hint=_("the code of the unit"),
        around=unit_scopes,
        within=units_within,
        find=_unit_by_code,
    )
)

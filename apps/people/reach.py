"""Rights as pages list them: those that lie within what somebody manages, each with the name of what it is
about. Reads only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.people.models import Authorization, OrgUnit
from apps.people.queries import SCHOOL
from apps.people.scopes import scope_kinds


@dataclass(frozen=True)
class Right:
    """A right and what it is about, in the reader's language."""

    row: Authorization
    about: Any
    about_kind: Text


def covered_by(scopes: Sequence[str]) -> QuerySet[Authorization]:
    """Every right on what lies in any of these scopes, ended ones among them."""
    if SCHOOL in scopes:
        return Authorization.objects.all()
    within = Q()
    for kind in scope_kinds():
        content_type = ContentType.objects.get_for_model(kind.model)
        within |= Q(content_type=content_type, object_id__in=kind.within(scopes).values("pk"))
    return Authorization.objects.filter(within)


def in_words(rights: Iterable[Authorization]) -> list[Right]:
    """The rights with the rows that they are about: one query for each kind of row."""
    rights = list(rights)
    found: dict[tuple[int, int], Any] = {}
    titles: dict[int, Text] = {}
    for kind in scope_kinds():
        content_type = ContentType.objects.get_for_model(kind.model)
        wanted = [right.object_id for right in rights if right.content_type_id == content_type.pk]
        titles[content_type.pk] = kind.title
        for row in kind.model._default_manager.filter(pk__in=wanted) if wanted else ():
            found[content_type.pk, row.pk] = row
    return [_in_words(right, found, titles) for right in rights]


def _in_words(right: Authorization, found: dict[tuple[int, int], Any], titles: dict[int, Text]) -> Right:
    about = found.get((right.content_type_id or 0, right.object_id or 0))
    title = titles.get(right.content_type_id or 0, _("Unknown"))
    if isinstance(about, OrgUnit) and about.kind == OrgUnit.Kind.SCHOOL:
        title = _("The whole school")
    return Right(right, about if about is not None else right.scope, title)

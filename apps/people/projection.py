"""Object permissions as the projection of dated rights: one permission for each right in force, on the row
that it is about. The only door to django-guardian.

The dated rows are the truth; a permission alone gives nothing, and a right whose permission is missing does
not count until `settle` has put it back. It decides nothing about who may grant.
"""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Cast
from guardian.models import GroupObjectPermission, UserObjectPermission

from apps.core.periods import in_force
from apps.people.models import Authorization

KINDS = tuple(Authorization.Kind.values)
# user id, content type id, object id as text, kind
Held = tuple[int, int, str, str]


def projected() -> Exists:
    """A condition on Authorization rows: the object permission that stands for the right is there."""
    return Exists(
        UserObjectPermission.objects.filter(
            user_id=OuterRef("user_id"),
            content_type_id=OuterRef("content_type_id"),
            object_pk=Cast(OuterRef("object_id"), CharField()),
            permission__content_type_id=F("content_type_id"),
            permission__codename=OuterRef("kind"),
        )
    )


def settle(held: Held, *, at: datetime) -> str:
    """Bring one permission in step with the dated rows: 'added', 'removed', or '' when it was. The caller
    holds the lock of the user's row.
    """
    user_id, content_type_id, object_pk, kind = held
    wanted = Authorization.objects.filter(
        in_force(at), user_id=user_id, content_type_id=content_type_id, object_id=object_pk, kind=kind
    ).exists()
    there = UserObjectPermission.objects.filter(
        user_id=user_id, content_type_id=content_type_id, object_pk=object_pk, permission__codename=kind
    )
    if not wanted:
        return "removed" if there.delete()[0] else ""
    permission = Permission.objects.get(content_type_id=content_type_id, codename=kind)
    if there.filter(permission=permission).exists():
        return ""
    UserObjectPermission.objects.bulk_create(
        [
            UserObjectPermission(
                user_id=user_id, content_type_id=content_type_id, object_pk=object_pk, permission=permission
            )
        ]
    )
    return "added"


def held_by(authorization: Authorization) -> Held:
    """The permission that stands for a right."""
    assert authorization.content_type_id is not None  # noqa: S101 - granted with its target
    return (
        authorization.user_id,
        authorization.content_type_id,
        str(authorization.object_id),
        authorization.kind,
    )


def wanted_permissions(at: datetime) -> set[Held]:
    """The permissions that the dated rows in force ask for."""
    rows = Authorization.objects.filter(in_force(at), content_type__isnull=False, object_id__isnull=False)
    return {
        (user, kind_of_row, str(row), kind)
        for user, kind_of_row, row, kind in rows.values_list(
            "user_id", "content_type_id", "object_id", "kind"
        ).iterator()
        if kind_of_row is not None
    }


def present_permissions(models: list[type]) -> Iterator[Held]:
    """The permissions of our three kinds that are there, on rows of these models."""
    rows = UserObjectPermission.objects.filter(_ours(models))
    yield from rows.values_list("user_id", "content_type_id", "object_pk", "permission__codename").iterator()


def remove_group_permissions(models: list[type]) -> int:
    """Nobody holds a right through a Django group: such permissions are removed; returns how many were."""
    found: int = GroupObjectPermission.objects.filter(_ours(models)).delete()[0]
    return found


def _ours(models: list[type]) -> Q:
    types = ContentType.objects.get_for_models(*models, for_concrete_models=True)
    return Q(content_type__in=list(types.values()), permission__codename__in=KINDS)

"""Keeping the object permissions in step with the dated rights when something else did not: rights that ran
out, rows written past the operations, permissions taken away or given by hand. Run by the worker, by
`repair_permissions` and after every migrate. It grants nothing and revokes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_migrate

from apps.core import audit, clock
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.models import Authorization, User
from apps.people.projection import (
    Held,
    present_permissions,
    remove_group_permissions,
    settle,
    wanted_permissions,
)
from apps.people.scopes import scope_kinds, target_of


@dataclass(frozen=True)
class Differences:
    """What was found: permissions that are missing, permissions without a right, rights without their row,
    permissions held through a group.
    """

    missing: tuple[Held, ...]
    stale: tuple[Held, ...]
    aimless: int
    group: int

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.aimless or self.group)


def find_differences(at: datetime) -> tuple[list[Held], list[Held]]:
    """The permissions that are missing and those that no right in force stands behind, at a moment. Two
    queries, whatever the number of rights.
    """
    wanted = wanted_permissions(at)
    there = set(present_permissions(_models()))
    return sorted(wanted - there), sorted(there - wanted)


def repair_permissions(*, now: datetime) -> Differences:
    """Put missing permissions, remove stale ones; returns what was different. One short transaction for each
    difference, so that a right granted meanwhile is never undone. Publishes `people.user_changed` for
    everybody concerned.
    """
    aimless = _aim(now)
    group = remove_group_permissions(_models())
    missing, stale = find_differences(now)
    for held in (*missing, *stale):
        _repair_one(held, now)
    found = Differences(tuple(missing), tuple(stale), aimless, group)
    if found:
        audit.record(
            action="people.repair_permissions",
            object_ref="authorizations",
            now=now,
            missing=len(missing),
            stale=len(stale),
            aimless=aimless,
            group=group,
        )
    return found


@transaction.atomic
def _repair_one(held: Held, now: datetime) -> None:
    user = User.objects.select_for_update(no_key=True).get(pk=held[0])
    if settle(held, at=now):
        publish("people.user_changed", now=now, user=user.ulid)


def _aim(now: datetime) -> int:
    """Give rights of before their target's columns existed their target; one whose scope names nothing stays
    without, and counts for nothing.
    """
    aimed = 0
    without = Authorization.objects.filter(in_force(now)).filter(
        Q(content_type__isnull=True) | Q(object_id__isnull=True)
    )
    for right in without:
        target = target_of(right.scope)
        if target is not None:
            aimed += Authorization.objects.filter(pk=right.pk).update(
                content_type=ContentType.objects.get_for_model(target), object_id=target.pk
            )
    return aimed


def _models() -> list[Any]:
    return [kind.model for kind in scope_kinds()]


def repair_after_migrate(**_: Any) -> None:
    """An upgraded installation has its rights from the first request on. Connected to post_migrate, to
    guardian's turn: by then every permission that a model declares is there.
    """
    if Authorization.objects.exists():
        repair_permissions(now=clock.now())


post_migrate.connect(
    repair_after_migrate, sender=apps.get_app_config("guardian"), dispatch_uid="people.permissions"
)

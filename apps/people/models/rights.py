"""Dated rights: who may manage, use or see reports of what, from whom and until when."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.people.models.persons import User


class Authorization(Identified, Dated):
    """A dated right: to manage, to use or to see reports of one scope ('school', 'unit:ulid',
    'facility:ulid', 'instrument:ulid').

    `target` is the row that the scope names (the root unit for the school). An object permission on it is
    this row's projection: a right counts only while both are there (see `projection`).
    """

    class Kind(models.TextChoices):
        MANAGE = "manage", _("Manage")
        USE = "use", _("Use")
        REPORT = "report", _("See reports")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="authorizations")
    kind = models.CharField(max_length=8, choices=Kind)
    scope = models.CharField(max_length=80)
    content_type = models.ForeignKey(ContentType, null=True, on_delete=models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField(null=True)
    target = GenericForeignKey("content_type", "object_id")
    grantor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    revoke_reason = models.CharField(max_length=200, blank=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["user", "kind", "scope"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="people_authorization_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["scope", "kind"]),
            models.Index(fields=["content_type", "object_id"], name="people_authorization_target"),
        ]

    def __str__(self) -> str:
        return f"{self.user} may {self.kind} {self.scope}"

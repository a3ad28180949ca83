"""Dated rights: who may manage, use or see reports of what, from whom and until when."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.people.models.persons import User


class Authorization(Identified, Dated):
    """A dated right: to manage, to use or to see reports of one scope ('school', 'unit:ulid',
    'facility:ulid', 'instrument:ulid').
    """

    class Kind(models.TextChoices):
        MANAGE = "manage", _("Manage")
        USE = "use", _("Use")
        REPORT = "report", _("See reports")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="authorizations")
    kind = models.CharField(max_length=8, choices=Kind)
    scope = models.CharField(max_length=80)
    grantor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["user", "kind", "scope"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="people_authorization_one_open",
            ),
        ]
        indexes = [models.Index(fields=["scope", "kind"])]

    def __str__(self) -> str:
        return f"{self.user} may {self.kind} {self.scope}"

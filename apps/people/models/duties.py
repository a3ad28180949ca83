"""What people do for others for a time: posts of a unit, and standing in for somebody who is away."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.people.models.persons import OrgUnit, User


class Post(Identified, Dated):
    """A person holds a post of a unit for a period: its head, its safety officer, its secretary."""

    class Kind(models.TextChoices):
        DEPARTMENT_HEAD = "department_head", _("Head of department")
        LAB_HEAD = "lab_head", _("Head of lab")
        SAFETY_OFFICER = "safety_officer", _("Safety officer")
        SECRETARY = "secretary", _("Secretary")
        FINANCE_OFFICER = "finance_officer", _("Finance officer")

    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="posts")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    kind = models.CharField(max_length=16, choices=Kind)
    appointed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["unit", "user", "kind"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="people_post_one_open",
            ),
        ]
        indexes = [models.Index(fields=["unit", "kind"])]

    def __str__(self) -> str:
        return f"{self.user} {self.kind} {self.unit}"


class Absence(Identified, Dated):
    """While `user` is away, `substitute` handles their steps: of the named processes, or of all when none is
    named.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    substitute = models.ForeignKey(User, on_delete=models.PROTECT, related_name="substitutions")
    processes = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    declared_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=~Q(user=F("substitute")), name="people_absence_not_oneself"),
        ]
        indexes = [models.Index(fields=["user", "valid_until"])]

    def __str__(self) -> str:
        return f"{self.user} away, {self.substitute} stands in"

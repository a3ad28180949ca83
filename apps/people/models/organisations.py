"""External organisations as rows: who they are, until when an agreement holds, whether they are blocked."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.people.models.persons import User


class Organisation(Identified):
    """A university, institute or company outside the school. `code` is the unified social credit code
    (统一社会信用代码) or a like number of its country; empty where nobody knows it.
    """

    class Kind(models.TextChoices):
        ACADEMIC = "academic", _("University or institute")
        ENTERPRISE = "enterprise", _("Company")

    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    code = models.CharField(max_length=40, blank=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name_zh"), name="people_organisation_name"),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="people_organisation_code"),
        ]

    def __str__(self) -> str:
        english = (get_language() or "zh").startswith("en")
        return (self.name_en if english else "") or self.name_zh


class OrganisationAgreement(Identified, Dated):
    """A contract with an organisation: its people may be registered while it holds."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements")
    number = models.CharField(max_length=60)
    note = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(valid_until__isnull=False), name="people_agreement_ends"),
            models.UniqueConstraint(fields=["organisation", "number"], name="people_agreement_number"),
        ]

    def __str__(self) -> str:
        return self.number


class OrganisationBlock(Identified, Dated):
    """Nobody of the organisation is registered from `valid_from` until the block is lifted (`revoked_at`)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="blocks")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="people_block_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} blocked"

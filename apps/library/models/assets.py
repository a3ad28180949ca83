"""Assets as the register has them, with what people of this school changed here, and what a person has put on
a list or taken off it.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.instruments.models import local_name

USER = settings.AUTH_USER_MODEL


class Status(models.TextChoices):
    """What has become of an asset: the codes of the register (现状), 1 to 9."""

    IN_USE = "in_use", _("In use")
    SPARE = "spare", _("Not needed")
    REPAIR = "repair", _("Waits for repair")
    TO_SCRAP = "to_scrap", _("Waits to be scrapped")
    LOST = "lost", _("Lost")
    SCRAPPED = "scrapped", _("Scrapped")
    AWAY = "away", _("Handed on")
    LOWERED = "lowered", _("Of lower grade")
    OTHER = "other", _("Other")


class Purpose(models.TextChoices):
    """What an asset is for: the codes of the register (使用方向)."""

    TEACHING = "teaching", _("Teaching")
    RESEARCH = "research", _("Research")
    ADMINISTRATION = "admin", _("Administration")
    LIVING = "living", _("Living and logistics")
    PRODUCTION = "production", _("Production")
    DEVELOPMENT = "develop", _("Development")
    SERVICE = "service", _("Service to society")
    OTHER = "other", _("Other")


class AssetEntry(models.Model):
    """What the register says of one asset. `haystack` is where keywords are looked for (apps.library.words);
    `digest` is that of the register's own values.
    """

    asset_no = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    class_code = models.CharField(max_length=20, blank=True)
    class_name = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=120, blank=True)
    spec = models.CharField(max_length=200, blank=True)
    maker = models.CharField(max_length=120, blank=True)
    origin = models.CharField(max_length=60, blank=True)
    price_fen = models.BigIntegerField()
    acquired = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=Status)
    purpose = models.CharField(max_length=10, choices=Purpose, blank=True)
    unit_code = models.CharField(max_length=40, blank=True)
    unit_name = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=120, blank=True)
    keeper_no = models.CharField(max_length=40, blank=True)
    keeper = models.CharField(max_length=60, blank=True)
    funding = models.CharField(max_length=60, blank=True)
    customs = models.BooleanField(default=False)
    customs_until = models.DateField(null=True)
    digest = models.CharField(max_length=64)
    haystack = models.TextField(blank=True)

    class Meta:
        abstract = True


class Asset(Identified, AssetEntry):
    """An asset of the school as the last confirmed file had it, overlaid by what people changed here. Its row
    stays when the register no longer has it: `gone_at` says since when.
    """

    file = models.ForeignKey("library.AssetFile", on_delete=models.PROTECT, related_name="assets")
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset_no"], name="library_asset_number"),
            models.CheckConstraint(condition=Q(price_fen__gte=0), name="library_asset_price"),
        ]
        indexes = [
            models.Index(fields=["unit_code", "asset_no"]),
            models.Index(fields=["class_code", "asset_no"]),
            models.Index(fields=["price_fen", "asset_no"]),
            models.Index(fields=["asset_no"], condition=Q(customs=True), name="library_asset_customs"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_no} {self.name}"

    @property
    def name(self) -> str:
        return local_name(self.name_zh, self.name_en)


class AssetEdit(Identified):
    """A column that a person changed here, and what the register said then. While it is open the asset shows
    `ours`; it ends when the register says the same, or when a person takes the register's word.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="edits")
    column = models.CharField(max_length=20)
    ours = models.CharField(max_length=200, blank=True)
    theirs = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "column"], condition=Q(ended_at__isnull=True), name="library_edit_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.column}"


class AssetTag(Identified, Dated):
    """A person has put an asset on a list, or taken it off one that is computed (`included` false)."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="tags")
    kind = models.CharField(max_length=20)
    included = models.BooleanField(default=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["asset", "kind"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="library_tag_one_open",
            ),
        ]
        indexes = [models.Index(fields=["kind", "asset"])]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.kind}"

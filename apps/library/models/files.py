"""Files of the asset register: as they came, their rows, what was wrong with them, what they meet."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import Identified
from apps.library.models.assets import Asset, AssetEntry

USER = settings.AUTH_USER_MODEL


class AssetFile(Identified):
    """One file of the register. It changes the mirror only when it is confirmed, all of it at once. One file
    is live at a time: `slot` and its constraint see to it. `base` is the file that was applied last when this
    one was compared.
    """

    class State(models.TextChoices):
        ARRIVING = "arriving", _("Arriving")
        PREVIEWED = "previewed", _("Read and compared")
        APPLYING = "applying", _("Being taken over")
        APPLIED = "applied", _("Taken over")
        REJECTED = "rejected", _("Put aside")

    LIVE = (State.ARRIVING, State.PREVIEWED, State.APPLYING)

    slot = models.PositiveSmallIntegerField(default=1)
    stored = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.ARRIVING)
    form = models.CharField(max_length=10, blank=True)  # utf-8-sig, gb18030, xlsx
    rows_read = models.PositiveIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    fault_count = models.PositiveIntegerField(default=0)
    refused_code = models.CharField(max_length=60, blank=True)
    refused_details = models.JSONField(default=dict)
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)  # the worker's last sign of life
    compared_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(state__in=("arriving", "previewed", "applying")),
                name="library_file_one_live",
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False), name="library_file_applied"
            ),
        ]
        indexes = [models.Index(fields=["state", "-applied_at"])]

    def __str__(self) -> str:
        return self.stored.name


class AssetRow(AssetEntry):
    """One row of a file and what it would change. Rows of assets that the file lacks have no number. `fresh`
    is the identifier that an asset gets which is new.
    """

    class Change(models.TextChoices):
        SAME = "same", _("Unchanged")
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        RETURNING = "returning", pgettext_lazy("asset", "Came back")
        GONE = "gone", pgettext_lazy("asset", "Not in the file any more")

    fresh = models.CharField(max_length=26, blank=True)
    file = models.ForeignKey(AssetFile, on_delete=models.PROTECT, related_name="rows")
    row = models.PositiveIntegerField(null=True)
    change = models.CharField(max_length=10, choices=Change, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["file", "asset_no"]),
            models.Index(fields=["file", "change", "asset_no"]),
        ]

    def __str__(self) -> str:
        return f"{self.asset_no} {self.name_zh}"


class AssetFault(models.Model):
    """What is wrong with one cell of one row."""

    file = models.ForeignKey(AssetFile, on_delete=models.PROTECT, related_name="faults")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    value = models.CharField(max_length=60, blank=True)
    other_row = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["file", "row"])]

    def __str__(self) -> str:
        return f"row {self.row}: {self.code}"


class AssetConflict(Identified):
    """A column that a person changed here and that the register changes too: a person decides."""

    class Choice(models.TextChoices):
        OURS = "ours", _("Keep ours")
        THEIRS = "theirs", _("Take the register's")

    file = models.ForeignKey(AssetFile, on_delete=models.PROTECT, related_name="conflicts")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="conflicts")
    column = models.CharField(max_length=20)
    ours = models.CharField(max_length=200, blank=True)
    before = models.CharField(max_length=200, blank=True)
    theirs = models.CharField(max_length=200, blank=True)
    choice = models.CharField(max_length=6, choices=Choice, blank=True)
    decided_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "asset", "column"], name="library_conflict_once")
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.column}"

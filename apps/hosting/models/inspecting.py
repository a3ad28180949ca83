"""What was looked at before an instrument is taken in, and what changes hands with it, both ways;
photographs."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified
from apps.hosting.models.agreements import Agreement, Side

USER = settings.AUTH_USER_MODEL


class Inspection(Identified):
    """The host has looked at the instrument by the check-list of the day. Append-only."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="inspections")
    number = models.PositiveSmallIntegerField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    passed = models.BooleanField()
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="hosting_inspection_number")
        ]

    def __str__(self) -> str:
        return f"{self.agreement} inspection {self.number}"


class InspectionItem(models.Model):
    """One line of the check-list with what was found; the words are those of the day. Append-only."""

    class Result(models.TextChoices):
        PASS = "pass", _("In order")
        FAIL = "fail", _("Not in order")
        ABSENT = "absent", _("Does not apply")

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="items")
    place = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160)
    critical = models.BooleanField()
    result = models.CharField(max_length=6, choices=Result)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["inspection", "place"]
        constraints = [models.UniqueConstraint(fields=["inspection", "key"], name="hosting_item_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.result}"


class Inventory(Identified):
    """What changes hands: to the host at the handover, back to the owner at the end. One side writes it, the
    other confirms it; before that it may be written anew. `side` is for whom `by` wrote: who they are today
    does not tell, they may have left or handed the group over.
    """

    class Way(models.TextChoices):
        IN = "in", _("To the host")
        OUT = "out", _("Back to the owner")

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="inventories")
    way = models.CharField(max_length=3, choices=Way)
    side = models.CharField(max_length=6, choices=Side)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    confirmed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "way"], name="hosting_inventory_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_by__isnull=False),
                name="hosting_inventory_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("by")),
                name="hosting_inventory_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.way}"


class InventoryItem(models.Model):
    """A thing, how many of it, and how it is. `key` is the thing's own number in the agreement, the same in
    both inventories and whatever its line says later: photographs hold on to it.
    """

    class Condition(models.TextChoices):
        GOOD = "good", _("Good")
        WORN = "worn", _("Worn")
        DAMAGED = "damaged", _("Damaged")
        MISSING = "missing", _("Missing")

    inventory = models.ForeignKey(Inventory, on_delete=models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField()
    key = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    quantity = models.PositiveSmallIntegerField()
    condition = models.CharField(max_length=8, choices=Condition)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["inventory", "place"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="hosting_item_quantity"),
            models.UniqueConstraint(fields=["inventory", "place"], name="hosting_item_place"),
            models.UniqueConstraint(fields=["inventory", "key"], name="hosting_item_key"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.name}"


class Photo(Identified):
    """A photograph of the instrument or of something that changes hands, kept under its SHA-256. `about` says
    what it shows: 'inspection' or 'in', 'out' (the inventories); `key` which of the things there, 0 for none
    of them; `item` how that was called at the time. Append-only.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="photos")
    about = models.CharField(max_length=10)
    item = models.CharField(max_length=120, blank=True, help_text="The line of the list that it shows")
    key = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

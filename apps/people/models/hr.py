"""The personnel file (HR file): files as they were uploaded, their rows, and the register they have built."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified
from apps.people.models.persons import User


class HrFile(Identified):
    """One uploaded file. It changes the register only when it is confirmed, all of it at once; it never
    revokes anybody.

    `base` is the file that was confirmed last when this one was compared; `digest` is what the comparison
    found. Both must still hold when it is confirmed.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Being read")
        PREVIEWED = "previewed", _("Read and compared")
        CONFIRMED = "confirmed", _("Confirmed")
        REJECTED = "rejected", _("Rejected")

    LIVE = (State.UPLOADED, State.PREVIEWED)

    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    content = models.BinaryField(null=True)
    encoding = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    rows_read = models.PositiveIntegerField(default=0)
    rows_expected = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    fault_count = models.PositiveIntegerField(default=0)
    refused_code = models.CharField(max_length=60, blank=True)
    refused_details = models.JSONField(default=dict)
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    read_from = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=Q(state__in=("uploaded", "previewed")),
                name="people_hrfile_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("uploaded", "previewed"), decided_at__isnull=True)
                | Q(state__in=("confirmed", "rejected"), decided_at__isnull=False),
                name="people_hrfile_decided",
            ),
        ]
        indexes = [models.Index(fields=["state", "-decided_at"])]

    def __str__(self) -> str:
        return self.name


class HrKind(models.TextChoices):
    """The kinds of people whom the personnel office knows."""

    STUDENT = "student", _("Student")
    STAFF = "staff", _("Staff")


class HrStatus(models.TextChoices):
    """Whether the personnel office counts a person among the school's."""

    ACTIVE = "active", _("At the school")
    LEFT = "left", _("Left")


class HrEntry(models.Model):
    """What a personnel file says of one person."""

    number = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=8, choices=HrKind)
    unit_code = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=8, choices=HrStatus)
    valid_until = models.DateField(null=True)
    email = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True


class HrRow(HrEntry):
    """One row of a file, with what it would change in the register."""

    class Change(models.TextChoices):
        SAME = "same", _("Unchanged")
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        RETURNING = "returning", _("Came back")
        LEFT = "left", _("Left")

    file = models.ForeignKey(HrFile, on_delete=models.PROTECT, related_name="rows")
    row = models.PositiveIntegerField()
    change = models.CharField(max_length=10, choices=Change, blank=True)

    class Meta:
        indexes = [models.Index(fields=["file", "number"]), models.Index(fields=["file", "change", "row"])]

    def __str__(self) -> str:
        return f"{self.number} {self.name_zh}"


class HrFault(models.Model):
    """What is wrong with one cell of one row."""

    file = models.ForeignKey(HrFile, on_delete=models.PROTECT, related_name="faults")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    value = models.CharField(max_length=60, blank=True)
    other_row = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["file", "row"])]

    def __str__(self) -> str:
        return f"row {self.row}: {self.code}"


class HrPerson(HrEntry):
    """A person as the last confirmed file had them. `left_at` is when a confirmed file no longer did."""

    file = models.ForeignKey(HrFile, on_delete=models.PROTECT, related_name="people")
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number"], name="people_hrperson_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.name_zh}"


class HrLeaver(models.Model):
    """An account whose person a file no longer has: told to the office with the preview, and when the file is
    confirmed by the fact `people.left_school`, which begins a deregistration.
    """

    file = models.ForeignKey(HrFile, on_delete=models.PROTECT, related_name="leavers")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "user"], name="people_hrleaver_once")]

    def __str__(self) -> str:
        return self.number

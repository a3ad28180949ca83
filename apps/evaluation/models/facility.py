"""The yearly table of facilities (年度考核): one review a calendar year, a table for each facility, a cell
for each column. Cells are numbers with a unit and their provenance, or a note where a number would mislead.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class FacilityReview(Identified):
    """The review of all facilities for one calendar year."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("facility review", "Under way")
        PUBLISHED = "published", pgettext_lazy("facility review", "Published")

    year = models.PositiveSmallIntegerField(unique=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", published_at__isnull=True)
                | Q(state="published", published_at__isnull=False),
                name="evaluation_facility_published",
            )
        ]

    def __str__(self) -> str:
        return str(self.year)


class FacilityTable(Identified):
    """The table of one facility. It can be completed until it is confirmed; `panel` (its ULID) is the one of
    `apps.panels` that scores it, `score` (hundredths of a point) what it gave.
    """

    class State(models.TextChoices):
        COLLECTING = "collecting", pgettext_lazy("facility table", "Being completed")
        CONFIRMED = "confirmed", pgettext_lazy("facility table", "Confirmed, waits for the panel")
        SCORED = "scored", pgettext_lazy("facility table", "Scored")
        PUBLISHED = "published", pgettext_lazy("facility table", "Published")

    review = models.ForeignKey(FacilityReview, on_delete=models.PROTECT, related_name="tables")
    facility = models.ForeignKey(
        "instruments.Facility", on_delete=models.PROTECT, related_name="yearly_tables"
    )
    state = models.CharField(max_length=10, choices=State, default=State.COLLECTING)
    generated_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    panel = models.CharField(max_length=26, blank=True)
    score = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["facility__code"]
        constraints = [
            models.UniqueConstraint(fields=["review", "facility"], name="evaluation_facility_table_once"),
            models.CheckConstraint(
                condition=Q(state="collecting", confirmed_at__isnull=True)
                | ~Q(state="collecting") & Q(confirmed_at__isnull=False),
                name="evaluation_facility_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=10_000), name="evaluation_facility_score"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} {self.review}"


class FacilityCell(Identified):
    """One cell: a number in the smallest step of its unit, or a note. `measured` is what the records said
    when the table was generated, empty for what only the facility knows; a note in its place hides nothing.
    """

    table = models.ForeignKey(FacilityTable, on_delete=models.PROTECT, related_name="cells")
    key = models.CharField(max_length=40)
    unit = models.CharField(max_length=20)
    value = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)
    measured = models.BigIntegerField(null=True)
    source = models.CharField(max_length=40, blank=True)
    records = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "key"], name="evaluation_facility_cell_once"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(note=""), name="evaluation_facility_number_or_note"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0) | Q(unit="fen"),
                name="evaluation_facility_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"

    @property
    def is_open(self) -> bool:
        """Whether it says nothing yet."""
        return self.value is None and not self.note

    @property
    def is_entered(self) -> bool:
        """Whether only the facility knows its number: no record was there to be measured."""
        return self.measured is None


class FacilityScore(models.Model):
    """What one of the panel gave a table, once: 0 to 100 points, and why. Append-only."""

    table = models.ForeignKey(FacilityTable, on_delete=models.PROTECT, related_name="scores")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField()
    opinion = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "user"], name="evaluation_facility_score_once"),
            models.CheckConstraint(condition=Q(points__lte=100), name="evaluation_facility_points"),
        ]

    def __str__(self) -> str:
        return f"{self.table}: {self.points}"

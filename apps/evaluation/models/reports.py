"""What crews report beside the records: items with evidence, corrections by the laboratory, publications and
which instrument claims them.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class ReportItem(Identified):
    """One thing that counts towards a figure of a sheet: a prize, a new function. `amount` is what was
    reported, `counted` what counts after the laboratory looked at it; both in what people read.
    """

    sheet = models.ForeignKey("evaluation.Sheet", on_delete=models.PROTECT, related_name="items")
    key = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    counted = models.DecimalField(max_digits=12, decimal_places=2)
    what = models.CharField(max_length=300)
    by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sheet", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0, counted__gte=0), name="evaluation_item_amount"),
            models.CheckConstraint(condition=~Q(what=""), name="evaluation_item_named"),
        ]

    def __str__(self) -> str:
        return self.what


class Correction(Identified):
    """The laboratory counts an item otherwise, with a reason; never changed."""

    item = models.ForeignKey(ReportItem, on_delete=models.PROTECT, related_name="corrections")
    before = models.DecimalField(max_digits=12, decimal_places=2)
    after = models.DecimalField(max_digits=12, decimal_places=2)
    reason = models.TextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="evaluation_correction_reason")]

    def __str__(self) -> str:
        return f"correction {self.ulid}"


class Evidence(Identified):
    """A file that shows what an item says."""

    item = models.ForeignKey(ReportItem, on_delete=models.PROTECT, related_name="evidence")
    file = models.OneToOneField(
        "files.StoredFile", on_delete=models.PROTECT, related_name="evaluation_evidence"
    )
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.file)


class Publication(Identified):
    """A paper, once for the whole school: by its DOI where it has one, else by title and year. `doi` and
    `title_key` are normalised (`apps.evaluation.bibliography`).
    """

    doi = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=500)
    title_key = models.CharField(max_length=500)
    year = models.PositiveSmallIntegerField()
    journal = models.CharField(max_length=200, blank=True)
    core = models.BooleanField(default=True)
    added_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "id"]
        constraints = [
            models.UniqueConstraint(fields=["doi"], condition=~Q(doi=""), name="evaluation_doi_once"),
            models.UniqueConstraint(fields=["title_key", "year"], name="evaluation_title_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Claim(Identified):
    """A sheet says that a paper was made with its instrument."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="claims")
    sheet = models.ForeignKey("evaluation.Sheet", on_delete=models.PROTECT, related_name="claims")
    by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    refused = models.CharField(max_length=300, blank=True, help_text="Why the laboratory does not count it")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sheet", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "sheet"],
                condition=Q(withdrawn_at__isnull=True),
                name="evaluation_claim_once",
            )
        ]
        indexes = [
            models.Index(fields=["sheet"], condition=Q(withdrawn_at__isnull=True), name="evaluation_claims")
        ]

    def __str__(self) -> str:
        return f"claim {self.ulid}"

"""Issued documents: their frozen content and number, the sealed files, their voiding. Only ever added to; the
database itself keeps that and the gapless numbers (guards.py).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Sequence(models.Model):
    """The last number given to a kind in a year. Its row lock makes those who number wait for each other."""

    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="documents_sequence_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class Document(Identified):
    """A numbered document: what it says is frozen in `content`, canonical JSON whose SHA-256 is
    `content_digest`.
    """

    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    number = models.CharField(max_length=40, unique=True)
    check_code = models.CharField(max_length=16, unique=True)  # printed; opens the public check page
    subject_ref = models.CharField(max_length=80)  # 'certificate:ulid': what the paper is about
    edition = models.PositiveSmallIntegerField(default=1)  # counts up when a voided one is replaced
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=300)
    content = models.TextField()
    content_digest = models.CharField(max_length=64)
    language = models.CharField(max_length=10)  # in which it was issued; others are rendered on demand
    holder = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="documents")
    issued_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "serial"], name="documents_number_once"),
            models.UniqueConstraint(fields=["kind", "subject_ref", "edition"], name="documents_subject_once"),
            models.CheckConstraint(
                condition=Q(edition=1, supersedes__isnull=True) | Q(edition__gt=1, supersedes__isnull=False),
                name="documents_edition",
            ),
        ]
        indexes = [models.Index(fields=["holder", "-issued_at"])]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return self.title_en if (get_language() or "zh").startswith("en") else self.title_zh

    @property
    def grouped_code(self) -> str:
        """The check code as it is printed and typed: '7K3M-9QXT-2B4C-H8WD'."""
        return "-".join(self.check_code[start : start + 4] for start in range(0, 16, 4))


class Rendition(models.Model):
    """The sealed file of a document in one language: a PDF kept under its SHA-256. `signer` names whose
    electronic signature it carries; empty for none.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="renditions")
    language = models.CharField(max_length=10)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()  # bytes
    signer = models.CharField(max_length=200, default="", blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "language"], name="documents_rendition_once")
        ]

    def __str__(self) -> str:
        return f"{self.document} ({self.language})"


class Voiding(Identified):
    """A document counts no longer, whatever it says. There is no way back: a right one is issued instead."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="voiding")
    reason = models.TextField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.document} void"

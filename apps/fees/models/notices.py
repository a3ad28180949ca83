"""Public notices of prices that are to be approved, and what was objected to them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class PublicNotice(Identified):
    """The public notice (公示) of one submission, with the prices as decided, in [opens_at, closes_at). One
    that an objection upset is withdrawn; what is decided anew is noticed anew.
    """

    submission = models.ForeignKey("fees.Submission", on_delete=models.PROTECT, related_name="notices")
    prices = models.TextField(help_text="Canonical JSON of the price set that is noticed")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    number = models.CharField(max_length=60, blank=True)
    document = models.CharField(max_length=26, blank=True, help_text="The document of the notice (ULID)")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source_case = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="fees_notice_period"),
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(withdrawn_at__isnull=True),
                name="fees_notice_once",
            ),
        ]
        indexes = [models.Index(fields=["-opens_at"])]

    def __str__(self) -> str:
        return f"{self.submission} {self.number}"


class Objection(Identified):
    """Somebody objects to noticed prices, with a reason; it is answered once, and sustained or not."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.PROTECT, related_name="objections")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="fee_objections")
    reason = models.TextField()
    raised_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    sustained = models.BooleanField(null=True, blank=True)
    answered_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "by"], name="fees_objection_once"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, sustained__isnull=True)
                | Q(answered_at__isnull=False, sustained__isnull=False),
                name="fees_objection_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["notice"], condition=Q(answered_at__isnull=True), name="fees_objection_open")
        ]

    def __str__(self) -> str:
        return f"objection {self.ulid}"

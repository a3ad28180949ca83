"""Proposals: what a manager drafts for one instrument or several, and what was frozen of it each time it was
submitted. Drafts change and vanish; submissions never.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified
from apps.fees.content import FEE, NOT_OPEN

USER = settings.AUTH_USER_MODEL


class Proposal(Identified):
    """A fee proposal or an application not to open. `content` is the canonical JSON of `content.Content`;
    `revision` counts its saves, so that nobody writes over what they have not seen.
    """

    class Kind(models.TextChoices):
        FEE = FEE, _("Fee standard")
        NOT_OPEN = NOT_OPEN, _("Not open")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        REVISING = "revising", _("In revision")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OVERTAKEN = "overtaken", _("Overtaken")

    EDITABLE = (State.DRAFT, State.REVISING)
    ENDED = (State.APPROVED, State.REJECTED, State.WITHDRAWN, State.OVERTAKEN)

    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    content = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="fee_proposals")
    created_at = models.DateTimeField()
    saved_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)
    source_case = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=("approved", "rejected", "withdrawn", "overtaken"), ended_at__isnull=False
                )
                | Q(state__in=("draft", "submitted", "revising"), ended_at__isnull=True),
                name="fees_proposal_ended",
            )
        ]
        indexes = [
            models.Index(fields=["created_by", "-saved_at"]),
            models.Index(fields=["state", "-saved_at"]),
        ]

    def __str__(self) -> str:
        return self.title


class ProposalInstrument(models.Model):
    """An instrument that a proposal is about. `open` from the first submission until the proposal ends: one
    open case per instrument, by constraint.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="about")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="fee_proposals"
    )
    position = models.PositiveSmallIntegerField(default=0)
    open = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "instrument"], name="fees_proposal_instrument_once"),
            models.UniqueConstraint(fields=["instrument"], condition=Q(open=True), name="fees_one_open_case"),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.instrument_id}"


class EarlierSheet(Identified):
    """What a sheet of a draft said before it was replaced as a whole, so that it can be brought back.
    `content` is canonical JSON of a content with this one sheet; `revision` is the draft's that said it.
    """

    class Cause(models.TextChoices):
        WORKBOOK = "workbook", _("Excel file taken over")
        COPY = "copy", _("Begun again with what is in force")
        RESTORED = "restored", _("Earlier state brought back")

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="earlier_sheets")
    instrument = models.ForeignKey("instruments.Instrument", on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    content = models.TextField()
    cause = models.CharField(max_length=8, choices=Cause)
    replaced_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["proposal", "instrument", "-replaced_at"])]

    def __str__(self) -> str:
        return f"{self.proposal} r{self.revision}"


class ProposalFile(Identified):
    """A file of a proposal (evidence, a quotation). The bytes lie under their SHA-256, outside the web
    root.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Submission(Identified):
    """What was submitted, frozen: the canonical text and its SHA-256. Append-only (database)."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    findings = models.JSONField(default=list, help_text="What the checks said at that moment")
    submitted_at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="fees_submission_once"),
        ]

    def __str__(self) -> str:
        return f"{self.proposal} #{self.number}"

"""What viewflow does not keep: the case behind a process, the question behind a human task, who may answer
it, what was shown to them, and the append-only history. Only `workflows.services` writes here.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class FlowVersion(Identified):
    """The shape of a flow as cases ran through it. Pinned by a case at its start; never changed."""

    flow = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    description = models.JSONField()  # workflows.diagram.describe: nodes, edges, layout
    first_used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="workflows_version_number"),
            models.UniqueConstraint(fields=["flow", "digest"], name="workflows_version_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.flow} v{self.number}"


class Case(Identified):
    """One run of a process: who applied, for what, how it stands, how it ended. One open run per object is
    a law of the database.
    """

    class State(models.TextChoices):
        OPEN = "open", _("in progress")
        DONE = "done", _("decided")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CANCELLED = "cancelled", _("cancelled")
        OVERTAKEN = "overtaken", _("overtaken")

    process = models.OneToOneField("viewflow.Process", on_delete=models.PROTECT, related_name="case")
    number = models.CharField(max_length=32, unique=True)
    flow = models.CharField(max_length=40)
    version = models.ForeignKey(FlowVersion, on_delete=models.PROTECT, related_name="cases")
    title = models.CharField(max_length=200)  # an English msgid with {names}, written out by the reader
    title_args = models.JSONField(default=dict)
    subject_ref = models.CharField(max_length=80)  # 'noun:ulid' of what the case is about
    applicant = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="cases")
    started_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        "people.OrgUnit", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    urged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["flow", "subject_ref"], condition=Q(state="open"), name="workflows_case_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="workflows_case_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["applicant", "-id"]),
            models.Index(fields=["subject_ref", "-id"]),
            models.Index(fields=["flow", "state", "-id"]),
            models.Index(fields=["unit", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Dossier(models.Model):
    """What the deciders saw: frozen, numbered, hashed. A revision is a new one; an opinion points at the
    one it is about.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="dossiers")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="workflows_dossier_number")]

    def __str__(self) -> str:
        return f"{self.case} dossier {self.number}"


class Step(Identified):
    """The question behind one human task: until when, and how it was answered. Whether it waits and whose
    it is says viewflow's task.
    """

    task = models.OneToOneField("viewflow.Task", on_delete=models.PROTECT, related_name="step")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    flow = models.CharField(max_length=40)
    node = models.CharField(max_length=60)
    dossier = models.ForeignKey(Dossier, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    urged_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    opinion = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["case", "id"]),
            models.Index(
                fields=["due_at"],
                condition=Q(answered_at__isnull=True, escalated_at__isnull=True),
                name="workflows_step_due",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(answered_at__isnull=True, reminded_at__isnull=True),
                name="workflows_step_remind",
            ),
            models.Index(  # what went up to the superior role waits for anybody of it
                fields=["task"],
                condition=Q(answered_at__isnull=True, escalated_at__isnull=False),
                name="workflows_step_risen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.node}"


class Candidate(models.Model):
    """A person who may answer a step, resolved once when the step was made; `via` is the role that they
    have in it, `instead_of` whom they substitute.
    """

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="candidates")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="candidacies")
    via = models.CharField(max_length=40)
    instead_of = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "user"], name="workflows_candidate_once")]
        indexes = [models.Index(fields=["user", "-step"])]

    def __str__(self) -> str:
        return f"{self.user} for {self.step}"


class TaskEvent(Identified):
    """Something that happened in a case. Append-only: this is the history that people read and auditors
    trust.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="events")
    node = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20)
    actor = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    opinion = models.TextField(blank=True)
    details: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    decision = models.CharField(max_length=26, blank=True)  # the recorded rule decision's ULID
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "id"])]

    def __str__(self) -> str:
        return f"{self.case} {self.kind}"


class Attachment(Identified):
    """A file given with an answer or an application. The bytes lie under their SHA-256, outside the web
    root.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    event = models.ForeignKey(TaskEvent, null=True, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Copy(models.Model):
    """A person was shown a case for information (抄送): may read it, may do nothing in it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="copies")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="copied_cases")
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="workflows_copy_once")]
        indexes = [models.Index(fields=["user", "-id"])]

    def __str__(self) -> str:
        return f"{self.case} copied to {self.user}"

"""Somebody wants to be trained, and the supervised use that counted for it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import Identified
from apps.training.models.certificates import Certificate

USER = settings.AUTH_USER_MODEL


class TrainingRequest(Identified):
    """A person on the way to one level of one course, on one instrument or (while `instrument` is empty) on
    any that the course covers. The thing that the training flow moves.

    What is done of the way (exam, minutes, assessment) is never stored here: `progress` asks the rows. The
    terms are those of `version`, kept from acceptance on, with what was let go or asked for besides:
    `exam_waived` to who renews and uses the instrument; `extra_minutes` of supervised use; another assessment
    (`reassess`), for which those up to `reassess_after` do not count.
    """

    class Kind(models.TextChoices):
        NEW = "new", pgettext_lazy("training", "New")
        RENEWAL = "renewal", _("Renewal")
        DIFFERENCE = "difference", _("Difference training")
        UPGRADE = "upgrade", _("Upgrade")

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        ACCEPTED = "accepted", _("In training")
        CERTIFIED = "certified", _("Certified")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OVERTAKEN = "overtaken", _("Overtaken")

    OPEN = (State.REQUESTED, State.ACCEPTED)

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="training_requests")
    course = models.ForeignKey("training.Course", on_delete=models.PROTECT, related_name="requests")
    version = models.ForeignKey(
        "training.CourseVersion", null=True, on_delete=models.PROTECT, related_name="requests"
    )
    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="training_requests"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.TextField(blank=True)
    source_case = models.CharField(max_length=80, blank=True)
    exam_waived = models.BooleanField(default=False)
    extra_minutes = models.PositiveIntegerField(default=0)
    reassess = models.BooleanField(default=False)
    reassess_after = models.ForeignKey(
        "training.Assessment", null=True, on_delete=models.PROTECT, related_name="+"
    )
    certificate = models.OneToOneField(
        Certificate, null=True, on_delete=models.PROTECT, related_name="request"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "course"],
                condition=Q(state__in=("requested", "accepted")),
                name="training_request_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("requested", "accepted"), closed_at__isnull=True)
                | ~Q(state__in=("requested", "accepted")) & Q(closed_at__isnull=False),
                name="training_request_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(accepted_at__isnull=False, version__isnull=False),
                name="training_request_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(state="certified") | Q(certificate__isnull=False),
                name="training_request_certified",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-requested_at"]),
            models.Index(
                fields=["course", "accepted_at"],
                condition=Q(state="accepted"),
                name="training_request_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.course} {self.state}"


class SupervisedUse(models.Model):
    """So many seconds of one usage record count for one trainee, because they sat in the session in which it
    was made. A record counts once for a place, and of [started_at, ended_at) only what no other record of the
    place had covered: an instrument of several nodes makes several. Void when they turned out not to have
    been there. Without an end (kept by earlier versions) all of the seconds follow the start.
    """

    place = models.ForeignKey("training.TrainingPlace", on_delete=models.PROTECT, related_name="uses")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    record = models.CharField(max_length=26, help_text="The usage record, by its public identifier")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField()
    counted_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "record"], name="training_record_counts_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.seconds} s"

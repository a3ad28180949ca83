"""What makes a person able and allowed: certificates with levels, their suspensions, safety clearances, night
endorsements, and when somebody last used an instrument.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import Dated, Identified

USER = settings.AUTH_USER_MODEL


class Certificate(Identified, Dated):
    """A person may operate an instrument at a level for a period; ended early when `revoked_at` is set.

    `disuse_days` without a use end it too (none: never). `warned_at` and `lapsed_at` keep that the holder was
    told, once each.
    """

    class Level(models.TextChoices):
        ASSISTED = "assisted", _("assisted")
        BASIC = "basic", _("basic")
        ADVANCED = "advanced", _("advanced")
        TRAINER = "trainer", _("trainer")

    class Ending(models.TextChoices):
        WITHDRAWN = "withdrawn", pgettext_lazy("certificate", "Withdrawn")
        REPLACED = "replaced", _("Replaced by a newer certificate")
        DOWNGRADED = "downgraded", _("Lowered")
        LAPSED = "lapsed", _("Lapsed")

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="certificates")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="certificates"
    )
    level = models.CharField(max_length=10, choices=Level)
    issued_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    source_case = models.CharField(max_length=80)
    withdrawn_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.TextField(blank=True)
    course_version = models.ForeignKey(
        "training.CourseVersion", null=True, on_delete=models.PROTECT, related_name="certificates"
    )
    countersigned_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    disuse_days = models.PositiveIntegerField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=10, choices=Ending, blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(valid_until__isnull=False), name="training_certificate_ends"),
        ]
        indexes = [
            models.Index(fields=["user", "instrument", "-valid_until"]),
            models.Index(fields=["instrument", "-valid_until"]),
            models.Index(fields=["valid_from", "instrument", "user"], name="training_certificate_begun"),
            models.Index(
                fields=["valid_until", "id"],
                condition=Q(revoked_at__isnull=True, lapsed_at__isnull=True),
                name="training_certificate_lapse",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.level} {self.instrument}"


class CertificateSuspension(Identified, Dated):
    """A certificate does not count from `valid_from` until lifted (`revoked_at`) or `valid_until`. One that
    belongs to a case (`source_case`) is lifted by that case only; others may stand beside it.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="suspensions")
    reason = models.TextField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    source_case = models.CharField(max_length=80, blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["certificate", "source_case"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="training_suspension_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate} suspended"


class SafetyClearance(Identified, Dated):
    """The person passed the laboratory safety exam (实验室准入)."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="safety_clearances")
    source_case = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        constraints = [*Dated.Meta.constraints]
        indexes = [models.Index(fields=["user", "-valid_until"])]

    def __str__(self) -> str:
        return f"{self.user} safety clearance"


class NightEndorsement(Identified, Dated):
    """The person may use this instrument at night and on holidays (夜间使用许可)."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="night_endorsements")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="night_endorsements"
    )
    source_case = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        constraints = [*Dated.Meta.constraints]
        indexes = [models.Index(fields=["user", "instrument"])]

    def __str__(self) -> str:
        return f"{self.user} night endorsement"


class NightRequest(Identified):
    """Somebody asks to use an instrument at night with a buddy, who has to be there (夜间使用申请)."""

    class State(models.TextChoices):
        OPEN = "open", _("Under way")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OVERTAKEN = "overtaken", _("Overtaken")

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="night_requests")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="night_requests"
    )
    buddy = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    purpose = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    requested_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.TextField(blank=True)
    source_case = models.CharField(max_length=80, blank=True)
    endorsement = models.OneToOneField(
        NightEndorsement, null=True, on_delete=models.PROTECT, related_name="request"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "instrument"], condition=Q(state="open"), name="training_night_one_open"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="training_night_period"),
            models.CheckConstraint(condition=~Q(buddy=F("user")), name="training_night_buddy"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | ~Q(state="open") & Q(closed_at__isnull=False),
                name="training_night_closed",
            ),
        ]
        indexes = [models.Index(fields=["user", "-requested_at"])]

    def __str__(self) -> str:
        return f"{self.user} at night on {self.instrument}"


class LastUse(models.Model):
    """When somebody last used an instrument under a certificate: pushed down by the room that records use,
    never earlier than before.
    """

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey("instruments.Instrument", on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "instrument"], name="training_last_use_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.instrument} {self.used_at:%Y-%m-%d}"

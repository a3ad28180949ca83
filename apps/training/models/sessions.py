"""Guided sessions and the places in them: a trainer beside several trainees, or a teacher beside a course."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class GuidedSession(Identified):
    """A supervised training session with its trainer, or a course slot with its responsible teacher, on one
    instrument.

    `participants` are the people whom the gate lets in: those with a seat. `places` keeps who asked when; the
    operations in `places` keep both in step. `capacity` is the number of seats; a session without one takes
    exactly the people named when it was scheduled.
    """

    class Kind(models.TextChoices):
        TRAINING = "training", _("Supervised training")
        TEACHING = "teaching", _("Teaching")

    kind = models.CharField(max_length=10, choices=Kind)
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="guided_sessions"
    )
    leader = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    participants: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        USER, related_name="guided_sessions", blank=True
    )
    capacity = models.PositiveSmallIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="training_guided_period"),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gt=0), name="training_guided_capacity"
            ),
        ]
        indexes = [
            models.Index(fields=["instrument", "starts_at"]),
            models.Index(fields=["leader", "starts_at"], name="training_guided_leader"),
            models.Index(fields=["starts_at", "kind"], name="training_guided_begun"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.instrument} {self.starts_at:%Y-%m-%d %H:%M}"


class TrainingPlace(Identified):
    """Somebody's place in a guided session: a seat, or a position on its waiting list. The order is
    `asked_at`, then the row's own.

    `left_at` ends it. `absent_at` says that the seat stayed empty: nothing of the session counts for them.
    """

    class State(models.TextChoices):
        SEATED = "seated", _("Has a seat")
        WAITING = "waiting", _("On the waiting list")
        LEFT = "left", pgettext_lazy("place in a session", "Left")

    session = models.ForeignKey(GuidedSession, on_delete=models.PROTECT, related_name="places")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="training_places")
    request = models.ForeignKey(
        "training.TrainingRequest", null=True, on_delete=models.PROTECT, related_name="places"
    )
    state = models.CharField(max_length=8, choices=State)
    asked_at = models.DateTimeField()
    seated_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    absent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "user"], condition=~Q(state="left"), name="training_place_once"
            ),
            models.CheckConstraint(
                condition=Q(state="left", left_at__isnull=False) | ~Q(state="left") & Q(left_at__isnull=True),
                name="training_place_left",
            ),
            models.CheckConstraint(
                condition=~Q(state="seated") | Q(seated_at__isnull=False), name="training_place_seated"
            ),
        ]
        indexes = [
            models.Index(fields=["session", "state", "asked_at"]),
            models.Index(fields=["user", "-asked_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.state} {self.session}"

"""Rows that belong to no noun: facts and their deliveries (the outbox), the audit log, dated parameters, the
working calendar.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.ids import new_ulid


class Identified(models.Model):
    """Anything that has a public identifier."""

    ulid = models.CharField(max_length=26, unique=True, default=new_ulid, editable=False)

    class Meta:
        abstract = True


class Dated(models.Model):
    """Anything valid for a half-open period [valid_from, valid_until) unless revoked earlier."""

    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="%(app_label)s_%(class)s_period",
            )
        ]


class Fact(Identified):
    """Something that happened, written in the transaction in which it happened."""

    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField(default=1)
    payload = models.JSONField()
    happened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "happened_at"])]

    def __str__(self) -> str:
        return f"{self.name} {self.ulid}"


class Delivery(models.Model):
    """One fact for one subscriber. The unique pair, closed in the subscriber's own transaction, makes the
    effect happen once.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        DEAD = "dead"

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="deliveries")
    subscriber = models.CharField(max_length=80)
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fact", "subscriber"], name="core_delivery_once")]
        indexes = [
            models.Index(
                fields=["channel", "due_at", "id"], condition=Q(state="pending"), name="core_delivery_due"
            ),
            models.Index(fields=["due_at"], condition=Q(state="dead"), name="core_delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.fact} -> {self.subscriber} ({self.state})"


class AuditEntry(Identified):
    """Who did what to which object, when, and why. Append-only; never holds secrets."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=80)
    object_ref = models.CharField(max_length=80)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["object_ref", "-at"]), models.Index(fields=["-at"])]

    def __str__(self) -> str:
        return f"{self.action} {self.object_ref}"


class ParameterValue(Identified):
    """One value of one parameter from one moment on, with the reason and the regulation it follows. The
    latest `valid_from` wins.
    """

    key = models.CharField(max_length=80)
    value = models.JSONField()
    valid_from = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    cites = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "valid_from"], name="core_parameter_once")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class CalendarDay(models.Model):
    """A day that differs from the ordinary week: a holiday, or a weekend day that is worked instead."""

    day = models.DateField(unique=True)
    is_working = models.BooleanField()
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.day} {self.name_zh}"

"""Whose program hears of what, and how each telling went."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Webhook(Identified):
    """A program of `user` hears of what concerns them or, with an instrument, of what concerns the instrument
    for as long as `user` is of its crew. `events` are keys of `apps.webhooks.catalogue`.

    Address and secrets are sealed; `shown` is the address without what may be secret in it. After a new
    secret was made, `old_sealed` signs as well until `old_until`. `dropped` counts what waited for it for too
    long while it was paused.
    """

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="webhooks")
    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="webhooks"
    )
    label = models.CharField(max_length=60)
    address_sealed = models.TextField()
    shown = models.CharField(max_length=200)
    secret_sealed = models.TextField()
    old_sealed = models.TextField(blank=True)
    old_until = models.DateTimeField(null=True)
    events: "models.JSONField[list[str], list[str]]" = models.JSONField()
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=20, blank=True)  # person, failing, unreadable
    dropped = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["user"],
                condition=Q(revoked_at__isnull=True, instrument__isnull=True),
                name="webhooks_own",
            ),
            models.Index(fields=["instrument"], condition=Q(revoked_at__isnull=True), name="webhooks_crew"),
        ]

    def __str__(self) -> str:
        return self.label


class Delivery(Identified):
    """One happening for one webhook. `body` is written once, so that every attempt sends the same bytes; the
    ULID is its `webhook-id`, by which a receiver knows a repetition.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"  # given up
        SKIPPED = "skipped"  # the webhook ended first

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # while it is being sent: when the attempt counts as lost
    attempts = models.PositiveSmallIntegerField(default=0)  # since it was made or sent again
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="pending"), name="webhooks_due"),
            models.Index(fields=["webhook", "-id"], name="webhooks_log"),
            models.Index(fields=["created_at"], name="webhooks_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="pending", done_at__isnull=True)
                | (~Q(state="pending") & Q(done_at__isnull=False)),
                name="webhooks_delivery_done",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.ulid}"


class Attempt(models.Model):
    """One request. `status` is what was answered, None where nothing was; `problem` says why in a word."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=20, blank=True)
    took_ms = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["delivery", "id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status or self.problem}"

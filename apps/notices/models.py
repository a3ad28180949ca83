"""What people were told and how they want to be told. A notice keeps a key and arguments, never words; what
left the product is one row a channel.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified
from apps.notices.kinds import Channel, Group


class Notice(Identified):
    """Something that one person is told; without a person, something that the school's own channels are told.

    `url` is an address on this site, `case` the reference of the case that it is about ('flow:ulid').
    `dedupe` makes a notice unique for its person. A silent one is kept, and not counted at the bell.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="notices"
    )
    kind = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    case = models.CharField(max_length=80, blank=True)
    dedupe = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    silent = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "dedupe"],
                condition=~Q(dedupe="") & Q(user__isnull=False),
                name="notices_notice_once",
            ),
            models.UniqueConstraint(
                fields=["dedupe"],
                condition=~Q(dedupe="") & Q(user__isnull=True),
                name="notices_announced_once",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notices_of_user"),
            models.Index(
                fields=["user"], condition=Q(read_at__isnull=True, silent=False), name="notices_unread"
            ),
            models.Index(fields=["case"], condition=~Q(case=""), name="notices_of_case"),
            models.Index(fields=["created_at"], name="notices_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ulid}"


class Dispatch(models.Model):
    """One notice on its way out through one channel. The unique pair makes a repeated fact send nothing
    twice; `due_at` is when it may go, or, while somebody is sending it, when that attempt is given up for
    lost.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"
        SENT = "sent"
        SKIPPED = "skipped"  # read before it was due, or nowhere to send it any more
        FAILED = "failed"  # refused for good, or tried too often

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="dispatches")
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    digest = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="notices_dispatch_once")]
        indexes = [
            models.Index(
                fields=["channel", "due_at", "id"],
                condition=Q(state__in=["pending", "sending"]),
                name="notices_dispatch_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} by {self.channel} ({self.state})"


class Profile(models.Model):
    """How one person wants to be written to. `language` is their choice; `page_language` the one they last
    switched the pages to, which counts while they have chosen none. Quiet hours may span midnight.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.PROTECT, related_name="notice_profile"
    )
    language = models.CharField(max_length=10, blank=True)
    page_language = models.CharField(max_length=10, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until"))),
                name="notices_profile_quiet",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.language}"


class Preference(models.Model):
    """One person's choice for one group of kinds and one way of telling. Where there is none, the kinds' own
    hold.
    """

    class Way(models.TextChoices):
        IN_APP = "in_app", _("The bell in the product")
        EMAIL = Channel.EMAIL.value, Channel.EMAIL.label
        MESSENGER = Channel.MESSENGER.value, Channel.MESSENGER.label

    class Mode(models.TextChoices):
        OFF = "off", _("Off")
        NOW = "now", _("At once")
        DAILY = "daily", _("Once a day")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notice_preferences"
    )
    group = models.CharField(max_length=10, choices=Group)
    way = models.CharField(max_length=10, choices=Way)
    mode = models.CharField(max_length=6, choices=Mode)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "group", "way"], name="notices_preference_once"),
            models.CheckConstraint(
                condition=~Q(way="in_app", mode="daily"), name="notices_preference_bell_has_no_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.group} {self.way}: {self.mode}"


class MessengerAddress(Identified):
    """Where one person's messenger is. The address holds a secret: it is sealed (`apps.notices.sealing`), and
    only `masked` is ever shown.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messenger_address"
    )
    sealed = models.TextField()
    scheme = models.CharField(max_length=16)
    masked = models.CharField(max_length=120)
    set_at = models.DateTimeField()
    tested_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.masked


class EmailSuppression(models.Model):
    """An address that refused mail for good: nothing is sent there until its owner says that it is mended."""

    address = models.CharField(max_length=254, unique=True)
    since = models.DateTimeField()
    reason = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.address

"""The IoT side: controllers and their nodes, what they asked, what they journalled, what was commanded, and
what was refused at the door.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified


class Controller(models.Model):
    """A controller beside an instrument. Its row is the lock under which everything about it happens."""

    class Algorithm(models.TextChoices):
        ED25519 = "ed25519"
        HMAC = "hmac-sha256"

    dev = models.CharField(max_length=26, unique=True)
    kid = models.CharField(max_length=40)
    algorithm = models.CharField(max_length=12, choices=Algorithm, default=Algorithm.ED25519)
    public_key = models.CharField(max_length=64, help_text="base64url raw Ed25519 public key")
    enrolled_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)
    config = models.JSONField(default=dict)
    config_hash = models.CharField(max_length=64, blank=True)
    desired_ver = models.BigIntegerField(default=1)
    published_ver = models.BigIntegerField(default=0)
    estop = models.BooleanField(default=False)
    evt_upto = models.BigIntegerField(default=0)
    online = models.BooleanField(default=False)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    boot = models.CharField(max_length=16, blank=True)
    bootn = models.BigIntegerField(default=0)
    conn = models.BigIntegerField(default=0)
    reported_ver = models.BigIntegerField(default=0)
    reported_eseq = models.BigIntegerField(default=0)
    standby = models.JSONField(default=list, help_text="the stand-by grants of `desired`, as signed")
    standby_due = models.BooleanField(default=True)
    standby_at = models.DateTimeField(null=True, blank=True)
    firmware = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(published_ver__lte=models.F("desired_ver")), name="devices_published_ver"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=~Q(published_ver=models.F("desired_ver")), name="devices_to_publish"
            ),
            models.Index(fields=["id"], condition=Q(standby_due=True), name="devices_standby_due"),
        ]

    def __str__(self) -> str:
        return self.dev


class ControlledNode(models.Model):
    """One gated thing (workstation, beam, pump, door) of one instrument behind one controller."""

    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="nodes")
    node = models.PositiveSmallIntegerField()
    instrument = models.ForeignKey("instruments.Instrument", on_delete=models.PROTECT, related_name="nodes")
    gates = models.CharField(max_length=12, default="workstation")
    lease_ms = models.BigIntegerField(default=45_000)
    off_ms = models.BigIntegerField(default=900_000)
    hold_while_busy = models.BooleanField(default=False)
    idle_ms = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, default="unknown")
    state_at = models.DateTimeField(null=True, blank=True)
    odo = models.BigIntegerField(default=0)
    busy = models.BigIntegerField(default=0)
    gid = models.CharField(max_length=26, blank=True)
    hb = models.BigIntegerField(default=0, help_text="number of the last heartbeat that changed something")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["controller", "node"], name="devices_node_once")]

    def __str__(self) -> str:
        return f"{self.controller}/{self.node}"


class SwipeRequest(models.Model):
    """A question of a device, answered once: the same `rid` gets the same stored answer for ever (I4)."""

    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="swipes")
    rid = models.CharField(max_length=26)
    boot = models.CharField(max_length=16)
    received_at = models.DateTimeField()
    allowed = models.BooleanField()
    codes = models.JSONField()
    reply = models.TextField()
    gid = models.CharField(max_length=26, blank=True)
    decision = models.CharField(max_length=26, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["controller", "rid"], name="devices_rid_once")]
        indexes = [models.Index(fields=["-received_at"])]

    def __str__(self) -> str:
        return f"{self.rid} {'yes' if self.allowed else 'no'}"


class JournalEntry(models.Model):
    """One numbered line of a device's own journal, applied once."""

    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="journal")
    n = models.BigIntegerField()
    boot = models.CharField(max_length=16, help_text="the boot that sent it")
    bootn = models.BigIntegerField(default=0, help_text="the boot in which it happened, where known")
    kind = models.CharField(max_length=16)
    node = models.PositiveSmallIntegerField()
    gid = models.CharField(max_length=26, blank=True)
    odo = models.BigIntegerField()
    busy = models.BigIntegerField()
    mono = models.BigIntegerField()
    wall_lo = models.BigIntegerField(null=True)
    wall_hi = models.BigIntegerField(null=True)
    why = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["controller", "n"], name="devices_journal_once")]

    def __str__(self) -> str:
        return f"{self.controller_id} #{self.n} {self.kind}"


class DeviceCommand(Identified):
    """A signed order with an end: lock, drain, ask. Sent until acknowledged or expired."""

    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="commands")
    kind = models.CharField(max_length=12)
    body = models.JSONField(default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    next_at = models.DateTimeField(help_text="when it is sent (again)")
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    alarmed_at = models.DateTimeField(null=True, blank=True)
    rid = models.CharField(max_length=26, blank=True, help_text="the one question that an ask led to")
    acked_at = models.DateTimeField(null=True, blank=True)
    ok = models.BooleanField(null=True)
    code = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], condition=Q(acked_at__isnull=True), name="devices_unacked")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.controller_id}"


class RefusedFrame(models.Model):
    """How often frames of one topic name were refused for one reason on one day; never their content."""

    day = models.DateField()
    dev = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "dev", "code"], name="devices_refused_once")]

    def __str__(self) -> str:
        return f"{self.dev} {self.code} x{self.count}"

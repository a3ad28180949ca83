"""Sessions of use, and the one record made from each. A session row is the server's side of an unlock grant:
committed before the grant leaves, opened by the power-on report, closed once. Sessions of a node tile its
powered-time odometer without gap or overlap.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class UsageSession(Identified):
    """One slice [odo0, odo1) of one node's odometer under one grant. `dev`/`node` name the controlled node
    without knowing the devices room.

    `gid` is the grant. The row that was granted has it as its `ulid` too; a stand-by grant that is used again
    off line gets a further row of the same `gid`, and a use by the manual key has none.
    """

    class Kind(models.TextChoices):
        SESSION = "session", _("Session")
        STANDBY = "standby", _("Stand-by")
        OVERRIDE = "override", _("Manual override")
        UNKNOWN = "unknown", _("Unaccounted use")

    class State(models.TextChoices):
        STANDBY = "standby", _("Stand-by")
        GRANTED = "granted", _("Granted")
        OPEN = "open", _("Running")
        ENDED = "ended", _("Ended, measurement outstanding")
        CLOSED = "closed", _("Closed")
        UNUSED = "unused", _("Unused")

    LIVE = (State.GRANTED, State.OPEN)

    gid = models.CharField(max_length=26, blank=True)
    dev = models.CharField(max_length=26)
    node = models.PositiveSmallIntegerField()
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="sessions"
    )
    user = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="sessions")
    second_user = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    booking = models.ForeignKey(
        "bookings.Booking", null=True, on_delete=models.PROTECT, related_name="sessions"
    )
    fund = models.ForeignKey("funding.FundAccount", null=True, on_delete=models.PROTECT, related_name="+")
    fee_version = models.ForeignKey("fees.FeeVersion", null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(
        "decisions.DecisionRecord", null=True, on_delete=models.PROTECT, related_name="sessions"
    )
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SESSION)
    state = models.CharField(max_length=8, choices=State)
    purpose = models.CharField(max_length=16)
    tier = models.CharField(max_length=20, default="internal")
    card_digest = models.CharField(max_length=22, blank=True)
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    off_ms = models.BigIntegerField(default=0)
    lease_ms = models.BigIntegerField()
    granted_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    odo0 = models.BigIntegerField(null=True, blank=True)
    odo1 = models.BigIntegerField(null=True, blank=True)
    busy0 = models.BigIntegerField(null=True, blank=True)
    busy1 = models.BigIntegerField(null=True, blank=True)
    close_reason = models.CharField(max_length=20, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_codes = models.JSONField(default=list, blank=True)
    drain_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dev", "node"],
                condition=Q(state__in=("granted", "open")),
                name="usage_one_live_session",
            ),
            models.UniqueConstraint(
                fields=["dev", "node", "odo0"], condition=Q(odo1__gt=F("odo0")), name="usage_slice_once"
            ),
            models.CheckConstraint(
                condition=Q(odo1__isnull=True) | Q(odo1__gte=F("odo0")), name="usage_odometer_rises"
            ),
            models.CheckConstraint(
                condition=Q(busy1__isnull=True) | Q(busy1__gte=F("busy0")), name="usage_busy_rises"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("not_before")), name="usage_grant_period"),
            models.CheckConstraint(
                condition=Q(decision__isnull=False) | Q(kind__in=("override", "unknown")),
                name="usage_no_grant_without_decision",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(odo1__isnull=False, closed_at__isnull=False),
                name="usage_closed_is_measured",
            ),
        ]
        indexes = [
            models.Index(fields=["dev", "node", "odo0"]),
            models.Index(fields=["gid"]),
            models.Index(fields=["instrument", "-granted_at"]),
            models.Index(fields=["user", "-granted_at"]),
            models.Index(
                fields=["state", "expires_at"],
                condition=Q(state__in=("standby", "granted", "open", "ended")),
                name="usage_not_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.state} {self.ulid}"


class UsageRecord(Identified):
    """What was used, by whom, for how long: made once from a closed session, the base of every report and of
    the charge.

    `held` is the code of what makes the measurement incredible: nothing is charged until somebody judges it.
    `verdict` is how that ended; both are empty for a record that was believed.

    The times are those that count now. The database lets them be changed by a `RecordChange` only, which
    keeps what stood before.
    """

    class Verdict(models.TextChoices):
        RELEASED = "released", _("Released as measured")
        DISMISSED = "dismissed", _("Dismissed")

    session = models.OneToOneField(UsageSession, on_delete=models.PROTECT, related_name="record")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="usage_records"
    )
    user = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="usage_records")
    purpose = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    powered_ms = models.BigIntegerField()
    effective_ms = models.BigIntegerField()
    idle_ms = models.BigIntegerField()
    samples = models.PositiveIntegerField(default=0)
    held = models.CharField(max_length=40, blank=True)
    verdict = models.CharField(max_length=9, choices=Verdict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(powered_ms__gte=0, effective_ms__gte=0, idle_ms__gte=0),
                name="usage_record_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(powered_ms=F("effective_ms") + F("idle_ms")), name="usage_record_split"
            ),
            models.CheckConstraint(condition=Q(held="") | Q(verdict=""), name="usage_record_held_or_judged"),
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("started_at")), name="usage_record_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-started_at"]),
            models.Index(fields=["instrument", "-started_at"]),
            models.Index(fields=["held"], condition=~Q(held=""), name="usage_record_held"),
            # The figures of a period are read from this index alone: the table is not touched.
            models.Index(
                fields=[
                    "started_at",
                    "instrument",
                    "purpose",
                    "user",
                    "effective_ms",
                    "powered_ms",
                    "held",
                    "verdict",
                ],
                name="usage_record_figures",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.powered_ms} ms"


class Wait(models.Model):
    """A begun booking whose person has not come yet: since when they are waited for, when that ends, when
    somebody last looked, and what kept them meanwhile. Once excused, they are not judged again for the like.
    """

    booking = models.OneToOneField("bookings.Booking", on_delete=models.PROTECT, related_name="wait")
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    is_offline = models.BooleanField(default=False)
    is_taken = models.BooleanField(default=False)
    excused_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(due_at__gt=F("since")), name="usage_wait_period")]

    def __str__(self) -> str:
        return f"{self.booking_id} since {self.since:%Y-%m-%d %H:%M}"


class MeterReading(models.Model):
    """How far a node's two odometers (ms) had come when it was last heard in the five minutes from `at`. What
    is known of load beside the two ends of a session; kept for a dated number of days.
    """

    dev = models.CharField(max_length=26)
    node = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    heard_at = models.DateTimeField()
    odo = models.BigIntegerField()
    busy = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dev", "node", "at"], name="usage_reading_once")]
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.dev}/{self.node} {self.at:%Y-%m-%d %H:%M}"


class UsageCorrection(Identified):
    """What somebody says of a use whose person forgot to log off: that it ended at `ended_at`, and why.

    `effective_ms` and `load_after_ms` (load that was measured after that end), the chart (`evidence`) and
    what the record said at first (`measured_*`) are kept as they were when it was proposed. The manager is
    asked until `due_at`, then those above are too, until `expires_at`.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waits for an answer")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Nobody answered")

    record = models.ForeignKey(UsageRecord, on_delete=models.PROTECT, related_name="corrections")
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    ended_at = models.DateTimeField()
    effective_ms = models.BigIntegerField()
    load_after_ms = models.BigIntegerField()
    measured_end = models.DateTimeField()
    measured_powered_ms = models.BigIntegerField()
    measured_effective_ms = models.BigIntegerField()
    evidence = models.JSONField(default=list)
    remind_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(state="open"), name="usage_one_open_correction"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__lt=F("measured_end"), load_after_ms__gte=0, effective_ms__gte=0),
                name="usage_correction_shorter",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | ~Q(state="open") & Q(decided_at__isnull=False),
                name="usage_correction_decided",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="open"), name="usage_open_corrections")]

    def __str__(self) -> str:
        return f"{self.record_id} until {self.ended_at:%Y-%m-%d %H:%M}: {self.state}"


class RecordChange(Identified):
    """What a record said before a confirmed correction, and what it says since; append-only. The original is
    the `before` of number 1.
    """

    record = models.ForeignKey(UsageRecord, on_delete=models.PROTECT, related_name="changes")
    number = models.PositiveSmallIntegerField()
    correction = models.OneToOneField(UsageCorrection, on_delete=models.PROTECT, related_name="change")
    at = models.DateTimeField()
    before_end = models.DateTimeField()
    before_powered_ms = models.BigIntegerField()
    before_effective_ms = models.BigIntegerField()
    after_end = models.DateTimeField()
    after_powered_ms = models.BigIntegerField()
    after_effective_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="usage_change_once")]
        ordering = ("record", "number")

    def __str__(self) -> str:
        return f"{self.record_id} #{self.number}"

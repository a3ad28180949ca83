"""Instruments and what concerns them: the facility that runs them, the crew, locks, outages, incidents, work
orders.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.people.models import RIGHTS

USER = settings.AUTH_USER_MODEL


def local_name(name_zh: str, name_en: str) -> str:
    """The name in the reader's language."""
    return (name_en if (get_language() or "zh").startswith("en") else "") or name_zh


DEDICATED = "dedicated"  # managed by the group whose lab it stands in
HOSTED = "agreed"  # run for its owner by another facility, under an agreement that is in force
HOSTING_ENDED = "ended"  # was hosted; not taken back yet


class Facility(Identified):
    """A core facility or a stand-alone crew; belongs to one lab of the organisation tree by an explicit
    mapping.
    """

    class Level(models.TextChoices):
        SCHOOL = "school", _("School facility")
        DEPARTMENT = "department", _("Departmental facility")
        INDEPENDENT = "independent", _("Stand-alone crew")

    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    level = models.CharField(max_length=12, choices=Level)
    lab = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="facilities")

    class Meta:
        permissions = RIGHTS

    def __str__(self) -> str:
        return local_name(self.name_zh, self.name_en)


class Instrument(Identified):
    """A large scientific instrument. Whether it may be used now is never stored here: it is asked of
    `clearances`.
    """

    class CertificateLevel(models.TextChoices):
        NONE = "none", _("none")
        ASSISTED = "assisted", _("assisted")
        BASIC = "basic", _("basic")
        ADVANCED = "advanced", _("advanced")
        TRAINER = "trainer", _("trainer")

    class AccessNode(models.TextChoices):
        INTERLOCK = "interlock", _("Interlock")
        AGENT = "agent", _("Workstation agent")
        QR = "qr", _("QR check-in")
        SENSOR = "sensor", _("Sensor only")
        SCHEDULER = "scheduler", _("Its own scheduler")
        NONE = "none", _("None")

    class RevocationClass(models.TextChoices):
        CUT = "cut", _("Cut at once")
        FINISH_SAFELY = "finish_safely", _("Finish safely, refuse the next")
        NEVER_CUT = "never_cut", _("Never cut, refuse the next")

    asset_no = models.CharField(max_length=20, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    class6 = models.CharField(max_length=6)
    class_name = models.CharField(max_length=60)
    grade = models.CharField(max_length=10)
    model = models.CharField(max_length=80)
    maker = models.CharField(max_length=80)
    origin = models.CharField(max_length=40)
    price_fen = models.BigIntegerField()
    commissioned = models.DateField()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="instruments")
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="instruments")
    management_mode = models.CharField(
        max_length=10, choices=[("pooled", _("Pooled")), (DEDICATED, _("Dedicated"))]
    )
    hosting = models.CharField(max_length=12)
    service_modes = models.CharField(
        max_length=10, help_text="S self-operated, A assisted, T commissioned sample test"
    )
    required_level = models.CharField(max_length=10, choices=CertificateLevel)
    night_self_use = models.BooleanField()
    night_people = models.PositiveSmallIntegerField(default=2)
    access_node = models.CharField(max_length=10, choices=AccessNode)
    customs_supervised = models.BooleanField()
    customs_until = models.DateField(null=True, blank=True)
    external_use_registered = models.BooleanField(default=False)
    quota_hours = models.PositiveIntegerField()
    opening_level = models.PositiveSmallIntegerField(
        default=0, help_text="1 listed, 2 samples, 3 booking, 4 workstation agent, 5 interlock; 0 not open"
    )
    walk_in_allowed = models.BooleanField(default=False)
    use_charged = models.BooleanField(default=True)
    max_session_minutes = models.PositiveIntegerField(default=720)
    revocation_class = models.CharField(max_length=16, choices=RevocationClass, default=RevocationClass.CUT)
    valid_from = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asset_no"]
        permissions = RIGHTS
        indexes = [models.Index(fields=["class6"]), models.Index(fields=["facility", "asset_no"])]
        constraints = [
            models.CheckConstraint(condition=Q(price_fen__gte=0), name="instruments_price_not_negative"),
            models.CheckConstraint(condition=Q(opening_level__lte=5), name="instruments_opening_level"),
            models.CheckConstraint(condition=Q(max_session_minutes__gt=0), name="instruments_max_session"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return local_name(self.name_zh, self.name_en)


class CrewMember(Identified, Dated):
    """A member of an instrument's crew (机组): manages it, operates it for others, trains on it, or services
    it.
    """

    class Role(models.TextChoices):
        MANAGER = "manager", _("Manager")
        OPERATOR = "operator", _("Operator")
        TRAINER = "trainer", _("Trainer")
        SERVICE = "service", _("Service engineer")

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="crew")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="crews")
    role = models.CharField(max_length=10, choices=Role)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["instrument", "user", "role"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="instruments_crew_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.instrument}"


class InstrumentLock(Identified):
    """Somebody locked the instrument at once because something is wrong. One open lock per instrument."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="locks")
    locked_at = models.DateTimeField()
    locked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["instrument"], condition=Q(released_at__isnull=True), name="instruments_one_open_lock"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} locked: {self.reason}"


class Outage(Identified):
    """The instrument is out of service for a period, planned or not; open-ended while `ends_at` is empty."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="outages")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    reason_zh = models.CharField(max_length=200)
    reason_en = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="instruments_outage_period",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} out of service"


class Incident(Identified):
    """A safety or equipment event that refuses new uses, or locks, until it is closed."""

    class Effect(models.TextChoices):
        REFUSE_NEW = "refuse_new", _("New uses refused")
        LOCKED = "locked", _("Locked")

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="incidents")
    effect = models.CharField(max_length=12, choices=Effect)
    description = models.TextField()
    reported_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["instrument"], condition=Q(closed_at__isnull=True), name="instruments_open_incident"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} incident"


class WorkOrder(Identified):
    """Maintenance work on an instrument: while open, crew or the named engineer may run it for
    maintenance.
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="work_orders")
    engineer = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    summary = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["instrument"], condition=Q(closed_at__isnull=True), name="instruments_open_work_order"
            )
        ]

    def __str__(self) -> str:
        return self.summary


class OpeningChange(Identified):
    """The level of opening of an instrument changed: from when, by whom, why, and what was found to be there.
    Rows are only ever added; the latest is what holds.
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="openings")
    before = models.PositiveSmallIntegerField()
    after = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    found = models.JSONField(default=list)  # keys of the ladder that were met
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    source_case = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(after__lte=5) & ~Q(before=F("after")), name="instruments_opening_moves"
            )
        ]
        indexes = [models.Index(fields=["instrument", "-at"])]

    def __str__(self) -> str:
        return f"{self.instrument} {self.before} > {self.after}"


class SelfTest(models.Model):
    """A controller tested itself at an instrument, and somebody or something saw how it went."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="self_tests")
    dev = models.CharField(max_length=40)
    node = models.PositiveSmallIntegerField()
    ok = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["instrument", "-at"])]

    def __str__(self) -> str:
        return f"{self.dev}/{self.node} at {self.instrument}"

"""Machine-time bookings. The database itself refuses two live bookings of one instrument that overlap
(PostgreSQL: exclusion constraint; SQLite: trigger inside an immediate transaction).
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Booking(Identified):
    """One person has one instrument for the half-open period [start, end): for their own use, or somebody of
    the crew for something else, which they lead.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLED = "cancelled", _("Cancelled")

    class Purpose(models.TextChoices):
        USE = "use", _("Own use")
        SAMPLE_RUN = "sample_run", _("Sample run")
        TRAINING = "training", _("Training")
        TEACHING = "teaching", _("Teaching")
        MAINTENANCE = "maintenance", _("Maintenance")

    LIVE = (State.REQUESTED, State.CONFIRMED)

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="bookings"
    )
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="bookings")
    group = models.ForeignKey(
        "people.ResearchGroup",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bookings",
        help_text="Whose hours it counts for: the group whose fund pays, else the person's",
    )
    fund = models.ForeignKey(
        "funding.FundAccount", null=True, blank=True, on_delete=models.PROTECT, related_name="bookings"
    )
    hold = models.OneToOneField(
        "funding.FundHold", null=True, blank=True, on_delete=models.PROTECT, related_name="booking"
    )
    fee_version = models.ForeignKey(
        "fees.FeeVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.USE)
    start = models.DateTimeField()
    end = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State)
    estimated_fen = models.BigIntegerField(default=0)
    requested_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(
        null=True, blank=True, help_text="When the instrument was first switched on under it, told by usage"
    )
    no_show_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was found that nobody had come; the rest was freed"
    )
    route = models.CharField(
        max_length=16,
        blank=True,
        help_text="Who is asked about it, an outcome of booking.route; empty: nobody",
    )
    refused_at = models.DateTimeField(null=True, blank=True, help_text="Somebody who was asked said no")
    at_risk = models.JSONField(
        default=list,
        blank=True,
        help_text="What would speak against it as things are now: code, zh, en, mender",
    )
    at_risk_at = models.DateTimeField(null=True, blank=True)
    expected_fen = models.BigIntegerField(
        null=True, blank=True, help_text="What it would cost by the prices in force now, where that differs"
    )
    checked_in_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person first said at the instrument that they were here"
    )
    cancel_reason = models.CharField(max_length=200, blank=True)
    source_case = models.CharField(max_length=80, blank=True)
    waiting = models.ForeignKey(
        "bookings.Waiting",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offers",
        help_text="Whose turn it is: the time is offered to them, and booked anew when they accept",
    )
    offered_until = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replacements",
        help_text="The booking in whose place it was made: another time, or another person",
    )
    moved_at = models.DateTimeField(null=True, blank=True, help_text="When another took its place")
    series = models.ForeignKey(
        "bookings.Series", null=True, blank=True, on_delete=models.PROTECT, related_name="bookings"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(waiting__isnull=True, offered_until__isnull=True)
                | Q(
                    waiting__isnull=False,
                    offered_until__isnull=False,
                    offered_until__lte=F("start"),
                    state__in=("requested", "cancelled"),
                    hold__isnull=True,
                ),
                name="bookings_offer",
            ),
            models.CheckConstraint(
                condition=Q(moved_at__isnull=True) | Q(state="cancelled"), name="bookings_moved"
            ),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=Q(state__in=("requested", "confirmed")),
                name="bookings_one_successor",
            ),
            models.UniqueConstraint(
                fields=["waiting"], condition=Q(state="requested"), name="bookings_one_open_offer"
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="bookings_period"),
            models.CheckConstraint(condition=Q(estimated_fen__gte=0), name="bookings_estimate"),
            models.CheckConstraint(
                condition=Q(state="cancelled") | Q(cancelled_at__isnull=True), name="bookings_cancelled_at"
            ),
        ]
        indexes = [
            models.Index(
                fields=["instrument", "end"],
                condition=Q(state__in=("requested", "confirmed")),
                name="bookings_live",
            ),
            models.Index(fields=["user", "-start"]),
            models.Index(
                fields=["start"],
                condition=Q(at_risk_at__isnull=False, state__in=("requested", "confirmed")),
                name="bookings_at_risk",
            ),
            models.Index(
                fields=["start"],
                condition=Q(state="confirmed", purpose="use", used_at__isnull=True, no_show_at__isnull=True),
                name="bookings_not_begun",
            ),
            models.Index(
                fields=["group", "end"],
                condition=Q(state__in=("requested", "confirmed"), purpose="use"),
                name="bookings_of_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.start:%Y-%m-%d %H:%M}"

    @property
    def is_at_risk(self) -> bool:
        """Whether something would speak against it now, though it is booked."""
        return self.state in self.LIVE and self.at_risk_at is not None

    @property
    def is_offer(self) -> bool:
        """Whether it only keeps the time for somebody of the waiting list until they answer."""
        return self.offered_until is not None

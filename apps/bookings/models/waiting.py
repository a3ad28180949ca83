"""Who waits for time on an instrument, in the order in which they came. What is offered to them is a booking
that is only requested, so that the law against overlaps guards it.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.bookings.models.booking import Booking
from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Waiting(Identified):
    """Somebody waits for so many minutes within [earliest, latest). Their place is the order of the rows; it
    is kept when an offer is declined or when they are passed over, and lost when an offer is not answered.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Time is offered")
        TAKEN = "taken", pgettext_lazy("waiting", "Booked")
        LAPSED = "lapsed", _("Over")
        LEFT = "left", pgettext_lazy("waiting", "Left")

    OPEN = (State.WAITING, State.OFFERED)

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="waiting_list"
    )
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="waiting_list")
    fund = models.ForeignKey(
        "funding.FundAccount", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField(max_length=12, choices=Booking.Purpose, default=Booking.Purpose.USE)
    earliest = models.DateTimeField()
    latest = models.DateTimeField()
    minutes = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    joined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(
        null=True, blank=True, help_text="When free time was last looked for: who was longest ago comes first"
    )
    passed_at = models.DateTimeField(null=True, blank=True)
    passed_start = models.DateTimeField(null=True, blank=True)
    passed_code = models.CharField(
        max_length=60, blank=True, help_text="Why they were last passed over: the code of the refusal"
    )
    booking = models.OneToOneField(
        Booking, null=True, blank=True, on_delete=models.PROTECT, related_name="waited"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(latest__gt=F("earliest")), name="bookings_waiting_window"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="bookings_waiting_minutes"),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "offered"), ended_at__isnull=True)
                | Q(state__in=("taken", "lapsed", "left"), ended_at__isnull=False),
                name="bookings_waiting_ended",
            ),
            models.CheckConstraint(
                condition=Q(state="taken", booking__isnull=False)
                | (~Q(state="taken") & Q(booking__isnull=True)),
                name="bookings_waiting_taken",
            ),
        ]
        indexes = [
            models.Index(
                fields=["instrument", "id"],
                condition=Q(state__in=("waiting", "offered")),
                name="bookings_open_waiting",
            ),
            models.Index(fields=["user", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.user} waits for {self.instrument} ({self.state})"

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

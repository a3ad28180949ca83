"""Points for what takes time on an instrument away from others, and appeals against them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class PointEntry(Identified):
    """Points for one booking, once for each kind. Append-only: an appeal that is upheld lifts an entry and
    never changes it.
    """

    class Kind(models.TextChoices):
        LATE_CANCEL = "late_cancel", _("Cancelled late")
        NO_SHOW = "no_show", _("Did not come")

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="point_entries")
    booking = models.ForeignKey("bookings.Booking", on_delete=models.PROTECT, related_name="point_entries")
    kind = models.CharField(max_length=12, choices=Kind)
    points = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "kind"], name="bookings_points_once"),
            models.CheckConstraint(condition=Q(points__gte=1), name="bookings_points_some"),
        ]
        indexes = [models.Index(fields=["user", "-at"])]

    def __str__(self) -> str:
        return f"{self.user}: {self.points} ({self.kind})"

    @property
    def came_after_all(self) -> bool:
        """Whether it was given for not coming and the instrument's journal told later that the person came:
        then it counts no more.
        """
        return self.kind == self.Kind.NO_SHOW and self.booking.used_at is not None


class PointAppeal(Identified):
    """The person's one appeal against an entry; upheld, the entry counts no more."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Upheld")
        REJECTED = "rejected", _("Rejected")

    entry = models.OneToOneField(PointEntry, on_delete=models.PROTECT, related_name="appeal")
    reason = models.CharField(max_length=500)
    appealed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=("upheld", "rejected"), decided_at__isnull=False, decided_by__isnull=False),
                name="bookings_appeal_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["appealed_at"], condition=Q(state="open"), name="bookings_open_appeals")
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.state}"

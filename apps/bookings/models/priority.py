"""When the owner of a hosted instrument comes first: dated rows, made and ended by their agreement."""

from django.db import models
from django.db.models import F, Q

from apps.bookings.models.terms import MINUTES_OF_A_DAY
from apps.core.models import Dated, Identified


class PriorityWindow(Identified, Dated):
    """On these weekdays (ISO digits, '15' is Monday and Friday) in [from_minute, until_minute) of the
    school's day the group comes first: others book time that meets the window only once it begins within
    `others_hours`; 0 means never. `source` is the agreement, 'hosting:ulid'.
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="priority_windows"
    )
    group = models.ForeignKey(
        "people.ResearchGroup", on_delete=models.PROTECT, related_name="priority_windows"
    )
    weekdays = models.CharField(max_length=7)
    from_minute = models.PositiveSmallIntegerField()
    until_minute = models.PositiveSmallIntegerField()
    others_hours = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(until_minute__gt=F("from_minute"), until_minute__lte=MINUTES_OF_A_DAY),
                name="bookings_priority_minutes",
            ),
            models.CheckConstraint(condition=~Q(weekdays=""), name="bookings_priority_days"),
        ]
        indexes = [models.Index(fields=["source"])]

    def __str__(self) -> str:
        return (
            f"{self.group} first on {self.instrument}: {self.weekdays} {self.from_minute}-{self.until_minute}"
        )

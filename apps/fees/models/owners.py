"""What the owner of a hosted instrument pays: a dated row, made and ended by their agreement."""

from django.db import models
from django.db.models import Q

from apps.core.models import Dated, Identified


class OwnerTerm(Identified, Dated):
    """While it is in force, the group pays `permille` of the internal price of the instrument, as its hosted
    owner. A fee standard that names a price for hosted owners is not touched by it. `source` is the
    agreement, 'hosting:ulid'.
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="owner_terms"
    )
    group = models.ForeignKey("people.ResearchGroup", on_delete=models.PROTECT, related_name="owner_terms")
    permille = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(permille__lte=1000), name="fees_owner_part"),
        ]
        indexes = [models.Index(fields=["source"])]

    def __str__(self) -> str:
        return f"{self.group} pays {self.permille} per mille on {self.instrument}"

"""Services: what is asked about each sample, what is taken, how long it takes and how it is paid."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.instruments.models import local_name


class Tolerance(models.TextChoices):
    """What becomes of a sample with a property: taken, taken after a question, or not taken."""

    ACCEPT = "accept", _("Taken without a question")
    ASK = "ask", _("Asked about first")
    REFUSE = "refuse", _("Not taken")


class ServiceTemplate(Identified, Dated):
    """One service of an instrument, or of every instrument of a class. Never changed in place: the next
    version ends this one, and requests keep theirs.

    `fields` is what is asked about each sample (`apps.samples.fields`); `hazards_accepted` and
    `hazards_refused` are values of `Hazard`, any other is asked about. `fee_item` is the code of the
    price by the sample where the fee standard has several. A sample takes `minutes_per_sample` of the
    instrument, which has `day_minutes` for samples on a working day.
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, blank=True, on_delete=models.PROTECT, related_name="services"
    )
    class6 = models.CharField(max_length=6, blank=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    fields = models.JSONField(default=list)
    max_samples = models.PositiveSmallIntegerField(default=50)
    max_size_mm = models.PositiveIntegerField(null=True, blank=True)
    magnetic = models.CharField(max_length=6, choices=Tolerance, default=Tolerance.ASK)
    volatile = models.CharField(max_length=6, choices=Tolerance, default=Tolerance.ASK)
    hazards_accepted = models.JSONField(default=list)
    hazards_refused = models.JSONField(default=list)
    fee_item = models.CharField(max_length=40, blank=True)
    minutes_per_sample = models.PositiveIntegerField(default=60)
    day_minutes = models.PositiveIntegerField(default=240)
    margin_days = models.PositiveSmallIntegerField(default=1)
    needs_check = models.BooleanField(default=False)
    payment_first = models.BooleanField(default=False)
    rush_allowed = models.BooleanField(default=False)
    keep_days = models.PositiveSmallIntegerField(default=30)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(instrument__isnull=False, class6="")
                | (Q(instrument__isnull=True) & ~Q(class6="")),
                name="samples_service_of_one",
            ),
            models.CheckConstraint(
                condition=Q(minutes_per_sample__gte=1, day_minutes__gte=1, max_samples__gte=1),
                name="samples_service_numbers",
            ),
        ]
        indexes = [models.Index(fields=["class6"])]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return local_name(self.name_zh, self.name_en)

"""What a running agreement brings forth: who bears which repair, and the owner's monthly statements."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Identified
from apps.hosting.models.agreements import Agreement

USER = settings.AUTH_USER_MODEL


class RepairCost(Identified):
    """What a work order has cost and who bears it, as the terms of its day say. Written again, the latest
    number counts. Append-only.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="repairs")
    work_order = models.ForeignKey(
        "instruments.WorkOrder", on_delete=models.PROTECT, related_name="hosting_costs"
    )
    number = models.PositiveSmallIntegerField()
    terms = models.ForeignKey("hosting.TermsVersion", on_delete=models.PROTECT, related_name="+")
    cost_fen = models.BigIntegerField()
    owner_permille = models.PositiveSmallIntegerField()
    owner_fen = models.BigIntegerField()
    host_fen = models.BigIntegerField()
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["work_order", "number"], name="hosting_cost_number"),
            models.CheckConstraint(
                condition=Q(cost_fen__gte=0, owner_fen__gte=0, host_fen__gte=0)
                & Q(cost_fen=F("owner_fen") + F("host_fen")),
                name="hosting_cost_borne",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cost_fen} fen of {self.work_order}"


class Statement(Identified):
    """What the owner is told of a month: the figures as they were given and frozen then, what each party got
    of the income, repairs. Once a month, never changed: what is corrected later stands in a later month.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="statements")
    month = models.CharField(max_length=7)
    at = models.DateTimeField()
    income_fen = models.BigIntegerField()
    owner_fen = models.BigIntegerField()
    repairs_fen = models.BigIntegerField()
    content = models.JSONField()

    class Meta:
        ordering = ["agreement", "-month"]
        constraints = [models.UniqueConstraint(fields=["agreement", "month"], name="hosting_statement_once")]

    def __str__(self) -> str:
        return f"{self.agreement} {self.month}"

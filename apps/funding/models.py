"""Fund accounts (经费本) of research groups, what each member may spend from them, what they spent, and money
held for bookings.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Dated, Identified

USER = settings.AUTH_USER_MODEL


class FundAccount(Identified, Dated):
    """A purse of a group, backed by one ledger account; frozen when `frozen_at` is set."""

    number = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    group = models.ForeignKey("people.ResearchGroup", on_delete=models.PROTECT, related_name="funds")
    account = models.OneToOneField("ledger.Account", on_delete=models.PROTECT, related_name="fund")
    frozen_at = models.DateTimeField(null=True, blank=True)
    held_fen = models.BigIntegerField(
        default=0, help_text="Sum of open holds, kept under the row lock and proven by tests"
    )

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(held_fen__gte=0), name="funding_held_not_negative"),
        ]
        indexes = [models.Index(fields=["group", "number"])]

    def __str__(self) -> str:
        return f"{self.number} {self.name_zh}"


class SpendingLimit(Identified, Dated):
    """The PI's limit for one member on one fund: at most this many fen per school month."""

    fund = models.ForeignKey(FundAccount, on_delete=models.PROTECT, related_name="limits")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="spending_limits")
    monthly_fen = models.BigIntegerField()
    set_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(monthly_fen__gte=0), name="funding_limit_not_negative"),
            models.UniqueConstraint(
                fields=["fund", "user"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="funding_limit_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.monthly_fen} fen a month"


class FundHold(Identified):
    """Money set aside for one purpose ('booking:ulid'); released or turned into a charge, once."""

    fund = models.ForeignKey(FundAccount, on_delete=models.PROTECT, related_name="holds")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=80, unique=True)
    amount_fen = models.BigIntegerField()
    held_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="funding_hold_not_negative")
        ]
        indexes = [
            models.Index(
                fields=["fund", "user"], condition=Q(released_at__isnull=True), name="funding_open_holds"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.amount_fen} fen"


class Spending(models.Model):
    """What one member spent from one fund by one ledger transaction: the ledger knows accounts, this row
    knows the person. Append-only; a spending whose transaction was reversed no longer counts.
    """

    fund = models.ForeignKey(FundAccount, on_delete=models.PROTECT, related_name="spendings")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    transaction = models.OneToOneField(
        "ledger.Transaction", to_field="ulid", on_delete=models.PROTECT, related_name="spending"
    )
    amount_fen = models.BigIntegerField()
    spent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="funding_spending_positive")
        ]
        indexes = [models.Index(fields=["fund", "user", "spent_at"])]

    def __str__(self) -> str:
        return f"{self.amount_fen} fen by {self.user_id}"

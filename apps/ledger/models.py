"""The double-entry ledger. Rows are only ever added: triggers on both databases refuse update and delete,
refuse a transaction whose entries do not sum to zero, and refuse anything that falls into a closed period.

Sign convention: a positive amount moves money into the account, a negative one out of it; every transaction
sums to zero. Entries are inserted before their transaction row (the foreign key is deferred), so that the
database can check the sum when the transaction row arrives.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified


class Account(Identified):
    """A purse: a fund, a facility's income, or the outside world. `balance_fen` is kept by the insert trigger
    and proven by `prove`.
    """

    class Kind(models.TextChoices):
        FUND = "fund"
        INCOME = "income"
        OUTSIDE = "outside"

    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    balance_fen = models.BigIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return self.code


class Period(models.Model):
    """A month of the school's calendar ('2026-11'). Closed once, never reopened."""

    key = models.CharField(max_length=7, unique=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return self.key


class Transaction(Identified):
    """One movement of money: a charge, a receipt, a balancing entry, an allocation. `source` makes it
    happen at most once.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge"
        RECEIPT = "receipt"
        BALANCING = "balancing"
        ALLOCATION = "allocation"

    kind = models.CharField(max_length=10, choices=Kind)
    period = models.ForeignKey(
        Period, to_field="key", on_delete=models.PROTECT, related_name="transactions", db_column="period"
    )
    source = models.CharField(max_length=80, unique=True)
    memo = models.CharField(max_length=200)
    reverses = models.OneToOneField(
        "self", to_field="ulid", null=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    posted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-posted_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class Entry(models.Model):
    """One leg of a transaction, in signed fen, never zero."""

    transaction = models.ForeignKey(
        Transaction, to_field="ulid", on_delete=models.PROTECT, related_name="entries"
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_fen=0), name="ledger_entry_not_zero")]

    def __str__(self) -> str:
        return f"{self.amount_fen} -> {self.account_id}"

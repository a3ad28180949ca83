"""Charges: one for a usage record, with its lines, posted to the ledger at the price in force when the use
began; and one in its place for each time that the record was corrected.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified


class Charge(Identified):
    """`lines` is what the user reads: code, name_zh, name_en, quantity, unit, price_fen, rate, amount_fen;
    they add up to `amount_fen`. Quantity and rate are decimal strings.

    A charge that `replaces` another was made after a correction (`change`); `reversal` is what took back the
    money of that other one. The charge that nothing replaces is the one that counts.
    """

    record = models.ForeignKey("usage.UsageRecord", on_delete=models.PROTECT, related_name="charges")
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    change = models.OneToOneField(
        "usage.RecordChange", null=True, on_delete=models.PROTECT, related_name="charge"
    )
    reversal = models.OneToOneField(
        "ledger.Transaction", to_field="ulid", null=True, on_delete=models.PROTECT, related_name="+"
    )
    fund = models.ForeignKey(
        "funding.FundAccount", null=True, on_delete=models.PROTECT, related_name="charges"
    )
    fee_version = models.ForeignKey(
        "fees.FeeVersion", null=True, on_delete=models.PROTECT, related_name="charges"
    )
    tier = models.CharField(max_length=20)
    lines = models.JSONField()
    amount_fen = models.BigIntegerField()
    transaction = models.OneToOneField(
        "ledger.Transaction", to_field="ulid", null=True, on_delete=models.PROTECT, related_name="charge"
    )
    charged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="billing_charge_not_negative"),
            models.CheckConstraint(
                condition=Q(amount_fen=0) | Q(transaction__isnull=False, fee_version__isnull=False),
                name="billing_charge_posted",
            ),
            models.UniqueConstraint(
                fields=["record"], condition=Q(replaces__isnull=True), name="billing_first_charge_once"
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=False) | Q(reversal__isnull=True), name="billing_reversal_of"
            ),
        ]
        indexes = [models.Index(fields=["fund", "-charged_at"])]

    def __str__(self) -> str:
        return f"{self.amount_fen} fen for {self.record_id}"


class SampleCharge(Identified):
    """What the samples of a request cost, once, when the last of them is tested; `lines` as in `Charge`.
    Tests that are repeated cost nothing more.

    A charge that `replaces` another was made after what had been needed was corrected; `reversal` is what
    took back the money of that other one. The charge that nothing replaces is the one that counts.
    """

    request = models.ForeignKey("samples.SampleRequest", on_delete=models.PROTECT, related_name="charges")
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    reversal = models.OneToOneField(
        "ledger.Transaction", to_field="ulid", null=True, on_delete=models.PROTECT, related_name="+"
    )
    fund = models.ForeignKey(
        "funding.FundAccount", null=True, on_delete=models.PROTECT, related_name="sample_charges"
    )
    fee_version = models.ForeignKey(
        "fees.FeeVersion", null=True, on_delete=models.PROTECT, related_name="sample_charges"
    )
    tier = models.CharField(max_length=20)
    sample_count = models.PositiveSmallIntegerField()
    lines = models.JSONField()
    amount_fen = models.BigIntegerField()
    transaction = models.OneToOneField(
        "ledger.Transaction",
        to_field="ulid",
        null=True,
        on_delete=models.PROTECT,
        related_name="sample_charge",
    )
    charged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="billing_samples_not_negative"),
            models.CheckConstraint(
                condition=Q(amount_fen=0) | Q(transaction__isnull=False, fee_version__isnull=False),
                name="billing_samples_posted",
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(replaces__isnull=True), name="billing_first_samples_once"
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=False) | Q(reversal__isnull=True),
                name="billing_samples_reversal_of",
            ),
        ]
        indexes = [models.Index(fields=["fund", "-charged_at"])]

    def __str__(self) -> str:
        return f"{self.amount_fen} fen for {self.request}"


class BookingCharge(Identified):
    """A part of the fee for a booking that was cancelled late or to which nobody came, once for each entry of
    points: `per_mille` of `base_fen`, as the rule said. Append-only; it goes back whole by a `BookingRefund`.
    """

    entry = models.OneToOneField("bookings.PointEntry", on_delete=models.PROTECT, related_name="part")
    booking = models.ForeignKey("bookings.Booking", on_delete=models.PROTECT, related_name="parts")
    fund = models.ForeignKey("funding.FundAccount", on_delete=models.PROTECT, related_name="booking_charges")
    base_fen = models.BigIntegerField()
    per_mille = models.PositiveSmallIntegerField()
    amount_fen = models.BigIntegerField()
    transaction = models.OneToOneField(
        "ledger.Transaction", to_field="ulid", on_delete=models.PROTECT, related_name="booking_charge"
    )
    charged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, amount_fen__lte=F("base_fen"), per_mille__gte=1),
                name="billing_part_of_base",
            ),
        ]
        indexes = [models.Index(fields=["fund", "-charged_at"])]

    def __str__(self) -> str:
        return f"{self.amount_fen} fen for {self.booking_id}"


class IncomeSplit(Identified, Dated):
    """Among whom the income of a hosted instrument is divided, from a moment on; its shares make a thousand.
    `source` is the agreement, 'hosting:ulid'. It counts for uses that begin while it is in force,
    whenever they are charged or corrected.
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="income_splits"
    )
    source = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        indexes = [models.Index(fields=["source"])]

    def __str__(self) -> str:
        return f"income of {self.instrument} since {self.valid_from:%Y-%m-%d}"


class IncomeShare(Identified):
    """What one party gets of a split, in parts of a thousand. `place` is the order in which equal remainders
    are rounded up. Append-only.
    """

    split = models.ForeignKey(IncomeSplit, on_delete=models.PROTECT, related_name="shares")
    place = models.PositiveSmallIntegerField()
    party = models.CharField(max_length=20)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    permille = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["split", "place"]
        constraints = [
            models.CheckConstraint(condition=Q(permille__lte=1000), name="billing_share_of_all"),
            models.UniqueConstraint(fields=["split", "place"], name="billing_share_place"),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.permille}"


class Allocation(Identified):
    """What a party gets of the income that was booked in one month under a split, as far as it was not
    allocated before: a first run, then a correcting one whenever the income of the month has changed.
    `base_fen` is what the run divides (negative where money went back); the amounts of a run sum to it.
    Append-only. It moves no money: the quarterly allocation does.
    """

    share = models.ForeignKey(IncomeShare, on_delete=models.PROTECT, related_name="allocations")
    month = models.CharField(max_length=7)
    run = models.PositiveSmallIntegerField()
    base_fen = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["share", "month", "run"], name="billing_allocation_once"),
            models.CheckConstraint(condition=Q(run__gte=1), name="billing_allocation_run"),
        ]
        indexes = [models.Index(fields=["month"])]

    def __str__(self) -> str:
        return f"{self.amount_fen} fen of {self.month} for {self.share}"


class BookingRefund(Identified):
    """A part of a fee that went back whole, once, and why. Append-only."""

    class Why(models.TextChoices):
        UPHELD = "upheld", _("The appeal was upheld")
        CAME = "came", _("The person had come: the instrument's journal told it later")

    charge = models.OneToOneField(BookingCharge, on_delete=models.PROTECT, related_name="refund")
    why = models.CharField(max_length=8, choices=Why)
    transaction = models.OneToOneField(
        "ledger.Transaction", to_field="ulid", on_delete=models.PROTECT, related_name="booking_refund"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.charge}: {self.why}"

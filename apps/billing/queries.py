"""Questions about charges. Changes nothing."""

from django.db.models import QuerySet

from apps.billing.models import Charge
from apps.people.models import User
from apps.usage.models import UsageRecord


def charges_of(user: User) -> QuerySet[Charge]:
    """What a person's uses cost, newest first, with record, instrument and fund. What was replaced after a
    correction is left out.
    """
    return (
        Charge.objects.filter(record__user=user, replaced_by__isnull=True)
        .select_related("record__instrument", "fund")
        .order_by("-charged_at", "-id")
    )


def uncharged() -> QuerySet[UsageRecord]:
    """Usage records without a charge, oldest first: in flight, held for review, or stuck in a dead letter."""
    return UsageRecord.objects.filter(charges__isnull=True).order_by("id")

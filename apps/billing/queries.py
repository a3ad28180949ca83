"""Questions about charges. Changes nothing."""

from django.db.models import Q, QuerySet

from apps.billing.models import Charge, SampleCharge
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


def sample_charges_for(user: User) -> QuerySet[SampleCharge]:
    """What samples cost that a person handed in, or that were paid from a fund of a group that they lead,
    newest first, with request, service, instrument and fund. What was replaced after a correction is left
    out.
    """
    concerns = Q(request__requester=user) | Q(fund__group__pi=user)
    joined = ("request__requester", "request__template", "request__instrument", "fund", "fee_version")
    return (
        SampleCharge.objects.filter(concerns, replaced_by__isnull=True)
        .select_related(*joined)
        .order_by("-charged_at", "-id")
        .distinct()
    )


def uncharged() -> QuerySet[UsageRecord]:
    """Usage records without a charge, oldest first: in flight, held for review, or stuck in a dead letter."""
    return UsageRecord.objects.filter(charges__isnull=True).order_by("id")

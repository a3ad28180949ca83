"""From tested samples to one charge that counts: by the fee standard of the offer, never above the most that
was agreed to, posted to the ledger. What was held for them goes back. What the crew corrects afterwards is
charged again: the first charge goes back whole, another takes its place.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.billing.models import SampleCharge
from apps.billing.operations import income_of
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.funding.operations import refund, spend
from apps.ledger.models import Transaction
from apps.samples.ending import note_charge
from apps.samples.locking import lock_request
from apps.samples.models import SampleRequest
from apps.samples.pricing import cost_of
from apps.samples.queries import billable


@transaction.atomic
def charge_samples(*, request: SampleRequest, now: datetime) -> SampleCharge:
    """The charge of a request whose samples are tested; asked again, the one that counts, or another in its
    place where the first tests say something else by now.

    It is a debt for work that was done, so nothing stops it. Raises WrongState `billing.not_tested`,
    `ledger.period_closed`.
    """
    request = lock_request(request)
    old = request.charges.filter(replaced_by__isnull=True).select_related("fund", "transaction").first()
    offer = request.quote
    if offer is None or (request.tested_at is None and old is None):
        raise WrongState(_("These samples are not tested yet."), code="billing.not_tested")
    count, extras = billable(request)
    amount_fen, lines = cost_of(request, offer, count=count, extras=extras)
    if old is not None and (count, _sums(lines)) == (old.sample_count, _sums(old.lines)):
        return old
    reversal = _take_back(old, now)
    charge = SampleCharge.objects.create(
        request=request,
        fund=request.fund,
        fee_version=offer.fee_version,
        tier=offer.tier,
        sample_count=count,
        lines=list(lines),
        amount_fen=amount_fen,
        transaction=_post(request, amount_fen, now),
        charged_at=now,
        replaces=old,
        reversal=reversal,
    )
    note_charge(request=request, charge=charge.ulid, amount_fen=amount_fen, now=now)
    publish("billing.samples_charged", now=now, charge=charge.ulid, request=request.ulid)
    return charge


def _sums(lines: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """What was charged for, without the words for it."""
    return [(one["code"], one["quantity"], one["amount_fen"]) for one in lines]


def _take_back(old: SampleCharge | None, now: datetime) -> Transaction | None:
    if old is None or old.transaction is None or old.fund is None:
        return None
    return refund(fund=old.fund, transaction=old.transaction, reason=f"corrected:{old.ulid}", now=now)


def _post(request: SampleRequest, amount_fen: int, now: datetime) -> Transaction | None:
    offer, fund = request.quote, request.fund
    if not amount_fen or fund is None or offer is None:
        return None
    earlier = request.charges.count()
    return spend(
        fund=fund,
        user=request.requester,
        amount_fen=amount_fen,
        to=income_of(offer.instrument),
        source=f"sample_charge:{request.ulid}" + (f":{earlier + 1}" if earlier else ""),
        memo=request.number,
        now=now,
    )

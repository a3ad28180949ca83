"""From tested samples to one charge: by the fee standard of the offer, never above the most that was
agreed to, posted to the ledger. What was held for them goes back.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.billing.models import SampleCharge
from apps.billing.operations import income_of
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.funding.operations import spend
from apps.ledger.models import Transaction
from apps.samples.ending import note_charge
from apps.samples.locking import lock_request
from apps.samples.models import SampleRequest
from apps.samples.pricing import cost_of
from apps.samples.queries import billable


@transaction.atomic
def charge_samples(*, request: SampleRequest, now: datetime) -> SampleCharge:
    """The one charge of a request whose samples are tested; asked again, the one that exists.

    It is a debt for work that was done, so nothing stops it. Raises WrongState `billing.not_tested`,
    `ledger.period_closed`.
    """
    request = lock_request(request)
    charge = SampleCharge.objects.filter(request=request).first()
    if charge is not None:
        return charge
    offer = request.quote
    if request.tested_at is None or offer is None:
        raise WrongState(_("These samples are not tested yet."), code="billing.not_tested")
    count, extras = billable(request)
    amount_fen, lines = cost_of(request, offer, count=count, extras=extras)
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
    )
    note_charge(request=request, charge=charge.ulid, amount_fen=amount_fen, now=now)
    publish("billing.samples_charged", now=now, charge=charge.ulid, request=request.ulid)
    return charge


def _post(request: SampleRequest, amount_fen: int, now: datetime) -> Transaction | None:
    offer, fund = request.quote, request.fund
    if not amount_fen or fund is None or offer is None:
        return None
    return spend(
        fund=fund,
        user=request.requester,
        amount_fen=amount_fen,
        to=income_of(offer.instrument),
        source=f"sample_charge:{request.ulid}",
        memo=request.number,
        now=now,
    )

"""What is known of a wish to be trained once money is looked at too: the facts of `training.eligibility` with
the purse of the person's groups. It gathers and never decides.
"""

from datetime import datetime

from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.training.coverage import covered_by
from apps.training.eligibility import Asked, Wish, gather
from rules.points.training_eligibility import TrainingFund


def fund_of(wish: Wish, now: datetime) -> str:
    """Whether the person's groups could pay for supervised use; not needed where use is free. Two queries."""
    if wish.instrument is not None:
        charged = wish.instrument.use_charged
    else:
        charged = Instrument.objects.filter(covered_by(wish.course), use_charged=True).exists()
    if not charged:
        return TrainingFund.NOT_NEEDED
    return TrainingFund.USABLE if usable_funds(wish.user, now).exists() else TrainingFund.NONE


def asked_of(wish: Wish, *, now: datetime) -> Asked:
    """The wish with everything that is known about it. At most fourteen queries."""
    return gather(wish, fund=fund_of(wish, now), now=now)

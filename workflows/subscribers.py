"""What this room does with facts. Processes declare theirs in `workflows/<process>/subscribers.py`; each is
imported here, because only this module is discovered.
"""

from workflows import notifying
from workflows.booking import subscribers as booking
from workflows.committee import subscribers as committee
from workflows.deregistration import subscribers as deregistration
from workflows.evaluation import subscribers as evaluation
from workflows.evaluation_hearing import subscribers as evaluation_hearing
from workflows.fee_review import subscribers as fee_review
from workflows.hosting import subscribers as hosting
from workflows.onboarding import subscribers as onboarding
from workflows.registration import subscribers as registration
from workflows.sample import subscribers as sample
from workflows.training import subscribers as training

__all__ = [
    "booking",
    "committee",
    "deregistration",
    "evaluation",
    "evaluation_hearing",
    "fee_review",
    "hosting",
    "notifying",
    "onboarding",
    "registration",
    "sample",
    "training",
]

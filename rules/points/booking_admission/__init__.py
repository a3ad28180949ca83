"""``booking.admission``: may this person have this instrument for this period?

Deny overrides: everything of the gate that can be known ahead and the booking terms, each condition a row, so
that a refusal names all that failed at once, with who can mend it. Nothing here fetches facts
(``apps.bookings.admission``).
"""

from __future__ import annotations

from rules.points.booking_admission.examples import EXAMPLES, GOOD, situation
from rules.points.booking_admission.facts import (
    FACTS_SCHEMA,
    AdmissionFacts,
    AdmissionPurpose,
    ApplicantKind,
    SecondPerson,
)
from rules.points.booking_admission.rows import CONDITIONS, FACT_OF, PERMITS
from rules.registry import PointSpec
from rules.rows import DENY, PERMIT, HitPolicy
from rules.table import RuleSet

__all__ = [
    "DEFAULT",
    "FACT_OF",
    "GOOD",
    "KEY",
    "SPEC",
    "AdmissionFacts",
    "AdmissionPurpose",
    "ApplicantKind",
    "SecondPerson",
    "situation",
]

KEY = "booking.admission"

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.DENY_OVERRIDES,
    facts=AdmissionFacts,
    rows=(*CONDITIONS, *PERMITS),
    default=DENY,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
    discriminator="purpose",
)

SPEC = PointSpec(
    key=KEY,
    facts=AdmissionFacts,
    outcomes=(PERMIT, DENY),
    default=DEFAULT,
    title_zh="预约准入",
    title_en="Admission of a booking",
)

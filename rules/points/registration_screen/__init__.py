"""``registration.screen``: is this application accepted for sponsorship, looked at by the office, or
rejected?

It owns the facts, outcomes, default table and examples. The first row that fits decides. Nothing here reads
the personnel file or makes a user.
"""

from __future__ import annotations

from rules.points.registration_screen.examples import EXAMPLES, GOOD, situation
from rules.points.registration_screen.facts import (
    FACTS_SCHEMA,
    AccountFound,
    ApplicantKind,
    EmailFound,
    HrMatch,
    OrganisationFound,
    ScreenFacts,
    SponsorFound,
    Terms,
)
from rules.points.registration_screen.rows import ACCEPT, ASK_OFFICE, REJECT, ROWS, SILENT
from rules.registry import PointSpec
from rules.rows import HitPolicy
from rules.table import RuleSet

__all__ = [
    "ACCEPT",
    "ASK_OFFICE",
    "DEFAULT",
    "GOOD",
    "KEY",
    "REJECT",
    "SILENT",
    "SPEC",
    "AccountFound",
    "ApplicantKind",
    "EmailFound",
    "HrMatch",
    "OrganisationFound",
    "ScreenFacts",
    "SponsorFound",
    "Terms",
    "situation",
]

KEY = "registration.screen"

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=ScreenFacts,
    rows=ROWS,
    default=ASK_OFFICE,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
    discriminator="applicant_kind",
)

SPEC = PointSpec(
    key=KEY,
    facts=ScreenFacts,
    outcomes=(ACCEPT, ASK_OFFICE, REJECT),
    default=DEFAULT,
    title_zh="筛查注册申请",
    title_en="Screen an application for registration",
)

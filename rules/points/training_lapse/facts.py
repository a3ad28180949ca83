"""The facts of ``training.lapse``, schema version 1: one certificate at one moment.

It owns the schema only and fetches nothing. ``days_to_expiry`` is negative once the certificate is over;
``disuse_days_left`` counts down to the day on which not using the instrument ends it, null where it never
does.
"""

from __future__ import annotations

import dataclasses

from rules.points.access_unlock.facts import CertificateLevel

FACTS_SCHEMA = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class LapseFacts:
    """What a certificate's end is judged by. ``better_held``: another one of the same or a higher level lasts
    longer.
    """

    level: CertificateLevel
    days_to_expiry: int
    days_since_use: int
    disuse_days_left: int | None
    warned: bool
    better_held: bool

"""The facts of ``hosting.terms``, schema version 1: terms to which the owner of an instrument and its host
have both agreed.

It owns the schema only and fetches nothing. The provider compares with the parameters of the day and says
each condition as a fact that is true when it fails; the originals stand beside them. Shares and discounts
are in parts of a thousand, money in fen, the owner's hours in minutes a week.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 1


class PriceClass(enum.StrEnum):
    """What the instrument has cost: below the school's threshold of large instruments, above it, or so much
    that its purchase was reviewed for duplicates.
    """

    SMALL = "small"
    LARGE = "large"
    REVIEWED = "reviewed"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, kw_only=True)
class TermsFacts:
    """What an agreement about hosting is judged by."""

    price_class: PriceClass
    price_fen: int
    shares_permille: int
    owner_permille: int
    host_permille: int
    owner_pays_permille: int
    priority_minutes: int
    exit_days: int
    period_days: int
    insured_fen: int
    # what fails
    not_inspected: bool
    shares_not_whole: bool
    owner_share_high: bool
    host_share_low: bool
    discount_deep: bool
    priority_large: bool
    notice_short: bool
    period_short: bool
    uninsured: bool
    repair_open: bool
    host_is_owner: bool

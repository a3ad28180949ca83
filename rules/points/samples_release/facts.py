"""The facts of ``samples.release``, schema version 1: results that are there and not handed over yet.

It owns the schema only and fetches nothing. Money is integer fen.
"""

from __future__ import annotations

import dataclasses

FACTS_SCHEMA = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """What a release is judged by. ``checked``: a second person passed every one of these results;
    ``charged``: the cost of the request was settled, at nothing too; ``debt_fen`` is what the fund that paid
    owes now.
    """

    check_needed: bool
    checked: bool
    payment_first: bool
    charged: bool
    charged_fen: int
    fund_in_debt: bool
    debt_fen: int
    external: bool
    complete: bool

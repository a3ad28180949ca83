"""Stored examples of ``samples.release``: situations with the answer that every version should still give."""

from __future__ import annotations

from rules.points.samples_release.outcomes import RELEASE, WAIT_CHECK, WAIT_PAYMENT
from rules.rows import Example

# Everything checked and paid.
GOOD: dict[str, object] = {
    "check_needed": True,
    "checked": True,
    "payment_first": True,
    "charged": True,
    "charged_fen": 24000,
    "fund_in_debt": False,
    "debt_fen": 0,
    "external": False,
    "complete": True,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


EXAMPLES: tuple[Example, ...] = (
    Example("checked and paid", situation(), RELEASE, ()),
    Example("no check wanted", situation(check_needed=False, checked=False), RELEASE, ()),
    Example("not checked", situation(checked=False), WAIT_CHECK, ("release.unchecked",)),
    Example("not settled", situation(charged=False, charged_fen=0), WAIT_PAYMENT, ("release.uncharged",)),
    Example(
        "settled from a fund in debt",
        situation(fund_in_debt=True, debt_fen=1200),
        WAIT_PAYMENT,
        ("release.unpaid",),
    ),
    Example(
        "paid later, where that is so",
        situation(payment_first=False, charged=False, charged_fen=0),
        RELEASE,
        (),
    ),
    Example(
        "part of the results, paid later",
        situation(payment_first=False, charged=False, charged_fen=0, complete=False),
        RELEASE,
        (),
    ),
)

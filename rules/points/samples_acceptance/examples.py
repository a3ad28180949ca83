"""Stored examples of ``samples.acceptance``: situations with the answer that every version should give."""

from __future__ import annotations

from rules.points.samples_acceptance.outcomes import ACCEPT, ASK, REFUSE, SPECIAL
from rules.rows import Example

# Three harmless samples of a student.
GOOD: dict[str, object] = {
    "sample_count": 3,
    "hazards": [],
    "hazard_refused": False,
    "hazard_controlled": False,
    "hazard_unlisted": False,
    "hazard_accepted": False,
    "magnetic": False,
    "magnetic_rule": "ask",
    "volatile": False,
    "volatile_rule": "ask",
    "too_large": False,
    "size_unknown": False,
    "largest_mm": 10,
    "limit_mm": 50,
    "rush": False,
    "external": False,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


EXAMPLES: tuple[Example, ...] = (
    Example("harmless", situation(), ACCEPT, ()),
    Example(
        "harmless and magnetic where that is taken",
        situation(magnetic=True, magnetic_rule="accept"),
        ACCEPT,
        (),
    ),
    Example(
        "magnetic where it is asked about",
        situation(magnetic=True),
        ASK,
        ("acceptance.magnetic_asked",),
    ),
    Example(
        "magnetic powder under an electron lens",
        situation(magnetic=True, magnetic_rule="refuse"),
        REFUSE,
        ("acceptance.magnetic_refused",),
    ),
    Example(
        "volatile in a vacuum",
        situation(volatile=True, volatile_rule="refuse"),
        REFUSE,
        ("acceptance.volatile_refused",),
    ),
    Example(
        "volatile where it is asked about",
        situation(volatile=True),
        ASK,
        ("acceptance.volatile_asked",),
    ),
    Example("too large", situation(too_large=True, largest_mm=80), REFUSE, ("acceptance.too_large",)),
    Example(
        "no size given",
        situation(size_unknown=True, largest_mm=None),
        ASK,
        ("acceptance.size_unknown",),
    ),
    Example(
        "toxic where that is taken",
        situation(hazards=["toxic"], hazard_accepted=True),
        SPECIAL,
        ("acceptance.special_handling",),
    ),
    Example(
        "toxic where nothing is said of it",
        situation(hazards=["toxic"], hazard_unlisted=True),
        ASK,
        ("acceptance.hazard_unlisted",),
    ),
    Example(
        "biological where that is refused",
        situation(hazards=["biological"], hazard_refused=True),
        REFUSE,
        ("acceptance.hazard_refused",),
    ),
    Example(
        "explosive where nothing is said of it",
        situation(hazards=["explosive"], hazard_unlisted=True, hazard_controlled=True),
        REFUSE,
        ("acceptance.hazard_controlled",),
    ),
)

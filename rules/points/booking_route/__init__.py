# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""``booking.route``: who is asked before an admitted booking is confirmed?

The first row that fires decides; where nothing speaks for asking somebody it is confirmed at once. By night
the head of the lab is asked after the others, where anybody is. Nothing here fetches facts
(``apps.bookings.routing``) or asks anybody (``workflows.booking``).
"""

from __future__ import annotations

from rules.points.booking_route.facts import FACTS_SCHEMA, RouteFacts, RoutePurpose, TermsRoute
from rules.registry import PointSpec
from rules.rows import Cell, Example, HitPolicy, Row, is_true
from rules.table import RuleSet

__all__ = [
    "ASKED",
    "AUTO",
    "DEFAULT",
    "GOOD",
    "KEY",
    "OUTCOMES",
    "SPEC",
    "RouteFacts",
    "RoutePurpose",
    "TermsRoute",
    "situation",
]

KEY = "booking.route"
AUTO = "auto"
# Who is asked, in this order, by the outcome.
ASKED: dict[str, tuple[str, ...]] = {
    AUTO: (),
    "manager": ("manager",),
    "pi": ("pi",),
    "both": ("pi", "manager"),
    "lab_head": ("lab_head",),
    "manager_night": ("manager", "lab_head"),
    "pi_night": ("pi", "lab_head"),
    "both_night": ("pi", "manager", "lab_head"),
}
OUTCOMES = tuple(ASKED)

GOOD: dict[str, object] = {
    "purpose": "use",
    "terms_route": "auto",
    "by_crew": False,
    "user_is_crew": False,
    "external_user": False,
    "touches_night": False,
    "length_minutes": 120,
    "minutes_ahead": 2880,
    "estimated_fen": 40000,
    "earlier_bookings": 3,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


_WORDS: dict[str, tuple[str, str]] = {
    "manager": ("由仪器负责人同意", "The manager of the instrument agrees"),
    "pi": ("由课题组负责人同意", "The principal investigator agrees"),
    "both": ("由课题组负责人和仪器负责人同意", "The principal investigator and the manager agree"),
    "manager_night": (
        "夜间：由仪器负责人和实验室主任同意",
        "By night: the manager and the head of the lab agree",
    ),
    "pi_night": (
        "夜间：由课题组负责人和实验室主任同意",
        "By night: the principal investigator and the head of the lab agree",
    ),
    "both_night": (
        "夜间：由课题组负责人、仪器负责人和实验室主任同意",
        "By night: the principal investigator, the manager and the head of the lab agree",
    ),
}


def _asks(outcome: str) -> Row:
    terms = outcome.removesuffix("_night")
    night = (is_true("touches_night"),) if outcome.endswith("_night") else ()
    zh, en = _WORDS[outcome]
    return Row(
        id=outcome.replace("_", "-"),
        cells=(Cell("terms_route", "eq", terms), *night),
        outcome=outcome,
        code=f"route.{outcome}",
        zh=zh,
        en=en,
    )


ROWS: tuple[Row, ...] = (
    Row(
        id="other-purpose",
        cells=(Cell("purpose", "neq", "use"),),
        outcome=AUTO,
        code="route.other_purpose",
        zh="机组人员为其他用途预约，直接确认",
        en="The crew books for another purpose: confirmed at once",
    ),
    Row(
        id="by-crew",
        cells=(is_true("by_crew"),),
        outcome=AUTO,
        code="route.by_crew",
        zh="机组人员代为预约，直接确认",
        en="Booked by the crew: confirmed at once",
    ),
    Row(
        id="is-crew",
        cells=(is_true("user_is_crew"),),
        outcome=AUTO,
        code="route.is_crew",
        zh="机组人员本人上机，直接确认",
        en="Somebody of the crew: confirmed at once",
    ),
    *(_asks(name) for name in ("manager_night", "pi_night", "both_night", "manager", "pi", "both")),
    Row(
        id="lab-head",
        cells=(Cell("terms_route", "eq", "lab_head"),),
        outcome="lab_head",
        code="route.lab_head",
        zh="由实验室主任同意",
        en="The head of the lab agrees",
    ),
)

EXAMPLES: tuple[Example, ...] = (
    Example("nobody is asked", situation(), AUTO, ()),
    Example("at night where nobody is asked", situation(touches_night=True), AUTO, ()),
    *(Example(f"terms say {name}", situation(terms_route=name), name) for name in ("manager", "pi", "both")),
    *(
        Example(
            f"terms say {name}, at night",
            situation(terms_route=name, touches_night=True),
            f"{name}_night",
        )
        for name in ("manager", "pi", "both")
    ),
    Example("the head of the lab", situation(terms_route="lab_head", touches_night=True), "lab_head"),
    Example("booked by the crew", situation(terms_route="both", by_crew=True), AUTO),
    Example("of the crew", situation(terms_route="both", user_is_crew=True), AUTO),
    Example("maintenance", situation(terms_route="both", purpose="maintenance"), AUTO),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=RouteFacts,
    rows=ROWS,
    default=AUTO,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=RouteFacts,
    outcomes=OUTCOMES,
    default=DEFAULT,
    title_zh="预约审批路线",
    title_en="Who agrees to a booking",
)

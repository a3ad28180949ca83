"""A fee review walked along every edge, and at random: it ends, somebody is always asked, and proposal,
panel, notice and prices agree with the case.
"""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.workflows.fee_review.walks import Way, begin
from tests.workflows.fee_reviews import School
from tests.workflows.walking import Choose, Edge, edges_of, walked_edges
from workflows.fee_review.flow import FeeReviewFlow
from workflows.models import Case

pytestmark = [pytest.mark.django_db, pytest.mark.once]

STRAIGHT = (
    *("answer look approve", "answer explain meant", "answer revise complete"),
    *("answer department approve", "answer finance approve", "answer form_panel complete"),
    *("answer invitation complete", "answer expert complete", "answer stand_in complete"),
    *("answer vote complete", "answer name_chair complete", "answer name_price complete"),
    *("answer stand_in_again complete", "answer vote_again complete", "answer ruling complete"),
    *("answer stranded approve", "answer accept accept", "answer objection dismiss", "clock"),
    "answer issue complete",
)
# What a walk does when it may, one after the other; the rest is the straight way.
Planned = tuple[str, ...]
LONG: tuple[tuple[str, dict[str, Any], Planned], ...] = (
    ("full", {"votes": "mmmmm"}, ("answer accept appeal", "more object")),
    (
        "full",
        {"votes": "mm"},
        ("expire accept", "more object_late", "more record", "answer department reject"),
    ),
    ("full", {"votes": "arn"}, ("expire name_price", "expire ruling")),
    (
        "full",
        {"votes": "arn"},
        (
            "more recuse_now",
            "more extend",
            "clock",
            "more chair_goes",
            "more recuse_again",
            "more extend_again",
            "clock",
        ),
    ),
    (
        "full",
        {"votes": "arn", "reserve": 0},
        (
            *("more chair_leaves", "answer name_chair impossible", "answer form_panel impossible"),
            "answer stranded reject",
        ),
    ),
    ("full", {"reserve": 0}, ("clock", "answer stranded approve", "answer finance reject")),
    (
        "full",
        {"votes": "arn", "reserve": 0},
        ("answer name_price complete", "clock", "answer stranded reject"),
    ),
    ("strange", {"familiarity": 0}, ("more recuse",)),
    ("simple", {"votes": "r"}, ("more object", "answer objection sustain")),
    ("warned", {}, ("answer explain correct", "answer finance reject")),
    ("warned", {}, ("answer explain meant", "answer department reject")),
    ("blocked", {}, ("answer department reject",)),
    ("broken", {}, ("answer look approve", "back department revise", "answer department reject")),
    ("broken", {}, ("answer look reject",)),
    ("not_open", {"reserve": 0}, ("answer invitation decline",)),
    ("reopened", {}, ("answer department reject",)),
)


def long_way(planned: Planned) -> Choose:
    """Straight on, but for what is planned."""
    left = list(planned)

    def choose(turns: list[str]) -> str:
        if left and left[0] in turns:
            return left.pop(0)
        return next(turn for turn in (*STRAIGHT, *turns) if turn in turns)

    return choose


def walked(who: School, kind: str, now: datetime, choose: Choose, settings: Any, **how: Any) -> Counter[Edge]:
    """One way to the end, undone afterwards; gives the edges that it took."""
    engine = settings.RULES_ENGINE
    with transaction.atomic():
        settings.RULES_ENGINE = "broken" if kind == "broken" else engine
        case = begin(who, kind, now)
        settings.RULES_ENGINE = engine
        Way(who, case, now, choose, **how).to_the_end()
        edges = walked_edges(Case.objects.get(pk=case.pk))
        transaction.set_rollback(True)
    return edges


def test_every_edge_is_walked(who: School, now: datetime, settings: Any) -> None:
    edges: Counter[Edge] = Counter()
    for kind, how, planned in LONG:
        edges += walked(who, kind, now, long_way(planned), settings, **how)
    assert edges_of(FeeReviewFlow) - edges.keys() == set()


@hypothesis_settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
    database=None,
)
@given(data=st.data())
def test_any_way_ends_well(who: School, now: datetime, settings: Any, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(("full", "strange", "not_open", "warned")), label="kind")
    votes = data.draw(st.sampled_from(("a", "arn", "mma", "mmr", "rra")), label="votes")

    def choose(turns: list[str]) -> str:
        straight = [turn for turn in STRAIGHT if turn in turns]
        if not straight:
            return data.draw(st.sampled_from(turns), label="turn")
        # Mostly straight on; now and then anything.
        return data.draw(st.one_of(st.just(straight[0]), st.sampled_from([*straight, *turns])), label="turn")

    walked(who, kind, now, choose, settings, votes=votes, lenient=True)

"""What a public notice says beside its prices: what each buys, and what holds for all of them; its paper says
the same.
"""

# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.fees.content import Content, Terms
from apps.fees.models import Submission
from apps.fees.noticing import open_notice
from apps.fees.submitting import submit
from tests.factories.fees import SEM_ITEM, fee_content, sheet
from tests.web.scene import Scene
from tests.workflows import fee_reviews as reviews
from tests.workflows.fee_reviews import School
from workflows.fee_review.listing_prices import price_sheets

TERMS = Terms(
    minimum_minutes=30,
    cap_fen=900_00,
    billing_step_seconds=900,
    night_rate="0.5",
    weekend_rate="1.2",
    weekend_night_rate="1",
    rush_rate="1.5",
    repeat_rate="0.6",
    own_group_rate="0.8",
    hosted_owner_rate="0.7",
    department_rate="0.9",
    prepaid_from_fen=10_000_00,
    prepaid_rate="0.95",
)


@pytest.fixture
def who(scene: Scene) -> School:
    return reviews.school(scene.people, scene.now)


def _says(who: School) -> Content:
    """Two blocks of time, the evening cheaper for whoever comes out of the day, and every term."""
    block: dict[str, Any] = {"unit": "block", "cost": None}
    day = replace(SEM_ITEM, code="D", block_start="08:30", block_end="17:30", **block)
    evening = replace(
        SEM_ITEM, code="E", block_start="17:30", block_end="20:30", follows="D", following_rate="0.8", **block
    )
    return fee_content(sheet(who.sem, SEM_ITEM, day, evening, terms=TERMS))


@pytest.fixture
def submission(who: School, scene: Scene) -> Submission:
    draft = reviews.drafted(who, scene.now, _says(who))
    return submit(proposal=draft, revision=draft.revision, by=who.manager, now=scene.now)


def test_a_notice_says_what_each_price_buys_and_what_holds_for_all(
    submission: Submission, scene: Scene
) -> None:
    address = reverse("fee_notice", args=[open_notice(submission=submission, now=scene.now).ulid])
    page = Client().get(address, headers={"Accept-Language": "en"}).content.decode()
    for words in (
        "per block of time, 08:30–17:30",
        "per block of time, 17:30–20:30; straight after D × 0.8",
        "in started steps of 15 min",
        "at least 30 min",
        "at most ¥900.00 a use",
        "nights 22:00–7:00 × 0.5",
        "days off × 1.2",
        "nights of days off × 1",
        "own department × 0.9",
        "prepaid from ¥10,000.00 × 0.95",
        "周一至周日 8:00-22:00",
    ):
        assert words in page, words


def test_its_paper_says_every_term(submission: Submission, scene: Scene) -> None:
    (told,) = price_sheets(submission, None, scene.now)
    assert [row.unit.en for row in told.rows] == [
        "per instrument hour",
        "per block of time, 08:30–17:30",
        "per block of time, 17:30–20:30; straight after D × 0.8",
    ]
    assert [one.en for one in told.terms] == [
        "Time is counted in steps of 15 min, a started one whole.",
        "A use counts as 30 minutes at least.",
        "A use costs ¥900.00 at most.",
        "At night (22:00-7:00) time costs 0.5 times the price.",
        "At night on days off time costs 1 times the price.",
        "On days off time costs 1.2 times the price.",
        "Rush work costs 1.5 times the price.",
        "A repetition costs 0.6 times the price.",
        "Without a price of its own, the group of the instrument pays 0.8 times the internal one.",
        "Without a price of its own, the owner of a hosted instrument pays 0.7 times the internal one.",
        "The department of the instrument pays 0.9 times the price.",
        "Whoever has prepaid ¥10,000.00 or more pays 0.95 times the price.",
    ]

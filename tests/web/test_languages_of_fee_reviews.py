"""The committee's pages, the public notices and the price list in both languages: no word of the one on a
page in the other, outside of data.
"""

import pytest
from django.test import Client
from django.urls import reverse

from apps.fees.models import PublicNotice
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_languages import ENGLISH, HAN, _words
from tests.workflows import fee_reviews as reviews
from tests.workflows.fee_reviews import changed
from workflows.models import Case

pytestmark = pytest.mark.once  # words are the same on every database

Crawled = tuple[list[str], list[Client]]


def _pages(case: Case) -> list[str]:
    names = ("dossier", "past", "votes", "board")
    return [reverse(f"fee_review_{name}", args=[case.ulid]) for name in names]


@pytest.fixture
def crawled(scene: Scene, signed_in: SignedIn) -> Crawled:
    """A case that was decided, with other prices and an objection, and what everybody may open of it."""
    who, now = reviews.school(scene.people, scene.now), scene.now
    case = reviews.voting(who, now)
    addresses = [
        *_pages(case),
        reverse("fee_review_effect", args=[case.ulid, who.sem.asset_no]),
        reverse("fee_review_round", args=[case.ulid, "extend"]),
        reverse(
            "fee_review_seat", args=[case.ulid, reviews.seat(case, who.board.members[2]).ulid, "substitute"]
        ),
        *(reverse(name) for name in ("fee_review_list", "fee_review_together", "fee_notice_list")),
        *(reverse(name) for name in ("price_list", "price_coverage")),
    ]
    clients = [signed_in(user) for user in (who.board.members[2], who.board.secretary, scene.people.office)]
    for client in clients[:1]:
        assert "data-choice" in client.get(addresses[0]).content.decode()
    reviews.vote(case, who.board.members[0], now, changed(case))
    reviews.vote(case, who.board.members[1], now, changed(case))
    reviews.answer(case, "accept", who.manager, now, "accept")
    return [*addresses, reverse("fee_notice", args=[PublicNotice.objects.get().ulid])], clients


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_page_has_no_word_of_the_other_language_outside_data(crawled: Crawled, language: str) -> None:
    addresses, clients = crawled
    other, own = (HAN, "zh") if language == "en" else (ENGLISH, "en")
    wrong = set()
    for client in clients:
        client.cookies["django_language"] = language
        wrong |= {
            (address.partition("?")[0], text)
            for address, marked, text in _words(client, addresses)
            if other.search(text) and not marked.startswith(own) and text != "中文"
        }
    assert wrong == set()

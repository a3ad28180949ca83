"""The home page: what needs somebody, said in sentences."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.core import clock
from apps.training.operations import issue_certificate
from tests.web.conftest import SignedIn
from tests.web.scene import Scene


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh-hans", "你的操作证 19 天后到期\N{FULLWIDTH COLON} <"),
        ("en", "Your certificate ends in 19 days: <"),
    ],
)
def test_a_certificate_that_ends_soon_is_told_in_a_sentence(
    scene: Scene, signed_in: SignedIn, language: str, sentence: str
) -> None:
    they, now = scene.people, clock.now()
    issue_certificate(
        user=they.bob,
        instrument=they.sem,
        level="basic",
        valid_from=now - timedelta(days=300),
        valid_until=now + timedelta(days=19, hours=6),
        issued_by=they.teng,
        source_case="training:bob",
        now=now - timedelta(days=300),
    )
    page = signed_in(they.bob).get(reverse("home"), headers={"Accept-Language": language}).content.decode()
    line = re.search(r"<li>[^\n]*certificate[^\n]*</li>", page)
    assert line is not None
    assert sentence in re.sub(r"</?time[^>]*>|<svg.*?</svg>", "", line[0])
    assert they.sem.name_zh in line[0] if language == "zh-hans" else they.sem.name_en in line[0]

"""The pages of the library in both languages: no word of the one on a page in the other, outside of data."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.library.describing import score_all
from tests.people import FE_SEM_A
from tests.web import librarian
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_languages import chinese_on, english_on

pytestmark = pytest.mark.once  # words are the same on every database


@pytest.fixture
def crawled(scene: Scene, signed_in: SignedIn) -> tuple[list[str], list[Client]]:
    """Every page of it, for the office, the manager and somebody else."""
    people, file, sem = scene.people, librarian.file(scene), librarian.sem(scene)
    score_all(now=scene.now)
    plain = [
        *("asset_list", "asset_classes", "asset_lists", "register_list", "office_home"),
        *("quality_list", "quality_table"),
    ]
    addresses = [
        *(reverse(name) for name in plain),
        reverse("asset_list") + "?q=nothing-of-the-kind",
        reverse("asset_classes") + "?class_code=0304",
        *(reverse("asset_list_by_lab", args=[kind]) for kind in ("benefit", "exchanged", "customs")),
        reverse("asset_detail", args=[sem.ulid]),
        reverse("quality_detail", args=[FE_SEM_A]),
        reverse("asset_edit", args=[sem.ulid, "place"]),
        reverse("asset_edit_back", args=[librarian.edit(scene).ulid]),
        reverse("asset_tag", args=[sem.ulid]),
        reverse("asset_tag_end", args=[librarian.tag(scene).ulid]),
        *(
            reverse(f"register_{page}", args=[file.ulid])
            for page in ("file", "confirm", "reject", "progress")
        ),
        reverse("register_file", args=[file.ulid]) + "?show=changed",
    ]
    return addresses, [signed_in(user) for user in (people.office, people.teng, people.alice)]


def test_an_english_page_of_the_library_has_no_chinese_outside_data(
    crawled: tuple[list[str], list[Client]],
) -> None:
    assert chinese_on(*crawled) == set()


def test_a_chinese_page_of_the_library_has_no_english_outside_data(
    crawled: tuple[list[str], list[Client]],
) -> None:
    assert english_on(*crawled) == set()

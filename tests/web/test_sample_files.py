"""Files of samples on pages: the crew adds them where the sample is, whoever may read them downloads them."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from apps.core import clock
from apps.files.checking import check_next
from apps.samples.models import Sample, SampleFile
from tests.web.conftest import SignedIn
from tests.web.matrix.samples import photo, run, sample
from tests.web.scene import Scene


@pytest.fixture(autouse=True)
def _disk(tmp_path: Path, settings: Any) -> None:
    settings.FILES_DIR = str(tmp_path / "files")


def _page(signed_in: SignedIn, who: Any, one: Sample) -> str:
    content: str = signed_in(who).get(reverse("sample_detail", args=[one.ulid])).content.decode()
    return content


def test_the_crew_may_add_what_fits_the_sample_and_nobody_else_anything(
    scene: Scene, signed_in: SignedIn
) -> None:
    they, one = scene.people, sample(scene)
    page = _page(signed_in, they.olga, one)
    assert reverse("sample_file_begin", args=[one.ulid, "photo"]) in page
    assert reverse("sample_file_begin", args=[one.ulid, "result"]) not in page  # it is not tested yet
    assert "files/upload.js" in page
    [tested] = run(scene).samples.all()
    assert reverse("sample_file_begin", args=[tested.ulid, "result"]) in _page(signed_in, they.olga, tested)
    assert "files/upload.js" not in _page(signed_in, they.alice, one)


def test_a_file_is_begun_sent_to_its_address_and_downloaded_by_the_requester(
    scene: Scene, signed_in: SignedIn
) -> None:
    they, one = scene.people, sample(scene)
    olga = signed_in(they.olga)
    begun = olga.post(
        reverse("sample_file_begin", args=[one.ulid, "photo"]), {"name": "盒子.jpg", "size": "5"}
    )
    assert begun.status_code == 201
    address = begun.json()["upload"]
    sent = olga.patch(
        address, b"12345", content_type="application/offset+octet-stream", headers={"Upload-Offset": "0"}
    )
    assert sent.status_code == 204
    assert "正在检查" in _page(signed_in, they.olga, one)
    assert "盒子.jpg" not in _page(signed_in, they.alice, one)
    check_next(now=clock.now())
    found = SampleFile.objects.get()
    download = reverse("sample_file", args=[found.ulid])
    assert download in _page(signed_in, they.alice, one)
    answer = signed_in(they.alice).get(download)
    assert b"".join(answer.streaming_content) == b"12345"  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("size", ["", "0", "-1", "many", "\uff15", "9" * 16])
def test_a_size_that_is_none_is_refused_in_words_that_a_script_can_show(
    scene: Scene, signed_in: SignedIn, size: str
) -> None:
    one = sample(scene)
    address = reverse("sample_file_begin", args=[one.ulid, "photo"])
    answer = signed_in(scene.people.olga).post(address, {"name": "a.jpg", "size": size})
    assert (answer.status_code, answer.json()["code"]) == (422, "files.size")
    assert answer.json()["message"]


def test_a_photograph_that_is_ready_leads_to_its_bytes(scene: Scene, signed_in: SignedIn) -> None:
    found = photo(scene)
    page = _page(signed_in, scene.people.teng, found.sample)
    assert reverse("sample_file", args=[found.ulid]) in page

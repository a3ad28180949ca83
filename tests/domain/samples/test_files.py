"""Large files of samples: the crew adds them, results are read as results are, photographs by whoever
knows of it.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.files.checking import check_next
from apps.files.operations import append
from apps.people.models import User
from apps.samples.attaching import attach_file, files_for, find_file
from apps.samples.custody import receive_sample
from apps.samples.models import Sample, SampleFile, SampleRequest
from apps.samples.objecting import close_request
from apps.samples.queueing import drop_sample
from apps.samples.releasing import release_results
from apps.samples.testing import check_result, record_result, start_run
from tests.factories.refusals import refused
from tests.factories.samples import Lab, samples_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _disk(tmp_path: Path, settings: Any) -> None:
    settings.FILES_DIR = str(tmp_path / "files")


def _stored(place: Lab, sample: Sample, kind: str, name: str) -> SampleFile:
    made = attach_file(sample=sample, kind=kind, name=name, size=3, by=place.they.olga, now=place.now)
    append(file=made.file, offset=0, read=lambda _most: b"abc", by=place.they.olga, now=place.now)
    return made


def test_results_are_read_as_results_and_photographs_at_once(place: Lab) -> None:
    request = place.received(1)
    [sample] = samples_of(request)
    _stored(place, sample, "photo", "box.jpg")
    with refused(WrongState, "samples.not_tested"):
        attach_file(sample=sample, kind="result", name="x.tif", size=3, by=place.they.olga, now=place.now)
    with refused(Invalid, "samples.file_kind"):
        attach_file(sample=sample, kind="song", name="x.mp3", size=3, by=place.they.olga, now=place.now)
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=place.now)
    result = _stored(place, sample, "result", "grain.tif")
    for who, code in ((place.they.bob, "samples.crew_only"), (place.they.alice, "samples.own_request")):
        with refused(NotPermitted, code):
            attach_file(sample=sample, kind="result", name="x.tif", size=3, by=who, now=place.now)
    while check_next(now=place.now) is not None:
        continue

    def seen(who: User) -> list[str]:
        sample.refresh_from_db()
        return [one.file.name for one in files_for(who, sample, place.now)]

    assert seen(place.they.alice) == seen(place.they.wang) == ["box.jpg"]
    assert seen(place.they.teng) == ["box.jpg", "grain.tif"]
    for who in (place.they.alice, place.they.bob):
        with refused(NotFound, "samples.no_file"):
            find_file(result.ulid, who, place.now)
    _finish(place, request, sample)
    assert seen(place.they.alice) == seen(place.they.wang) == ["box.jpg", "grain.tif"]
    assert find_file(result.ulid, place.they.alice, place.now) == result
    assert seen(place.they.bob) == seen(place.they.charlie) == seen(place.they.finance) == []


def _finish(place: Lab, request: Any, sample: Sample) -> None:
    from_olga: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    record_result(sample=sample, summary="2 µm", **from_olga)
    release_results(request=request, **from_olga)


def test_files_are_kept_from_the_end_of_the_request_on(place: Lab) -> None:
    request = place.received(1)
    [sample] = samples_of(request)
    made = _stored(place, sample, "photo", "box.jpg")
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=place.now)
    _finish(place, request, sample)
    close_request(request=request, by=place.they.alice, now=place.now)
    made.file.refresh_from_db()
    assert made.file.keep_until == place.now + timedelta(days=1095)


def test_what_nobody_has_seen_passes_no_check(place: Lab) -> None:
    [sample] = samples_of(place.received(1))
    olga: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    start_run(instrument=place.sem, samples=[sample], **olga)
    record_result(sample=sample, summary="2 µm", **olga)
    made = attach_file(sample=sample, kind="result", name="grain.tif", size=3, **olga)
    teng: dict[str, Any] = {"sample": sample, "by": place.they.teng, "now": place.now}
    with refused(WrongState, "samples.files_coming"):
        check_result(**teng, passed=True)
    append(file=made.file, offset=0, read=lambda _most: b"abc", **olga)
    with refused(WrongState, "samples.files_coming"):
        check_result(**teng, passed=True)
    assert check_next(now=place.now) is not None
    check_result(**teng, passed=True)


def test_an_upload_that_nobody_finished_hinders_nothing_once_it_is_over(place: Lab) -> None:
    [sample] = samples_of(place.received(1))
    olga: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    start_run(instrument=place.sem, samples=[sample], **olga)
    record_result(sample=sample, summary="2 µm", **olga)
    made = attach_file(sample=sample, kind="result", name="grain.tif", size=3, **olga)
    check_result(sample=sample, passed=True, by=place.they.teng, now=made.file.expires_at)


def test_a_photograph_is_not_gone_on_with_as_a_result(place: Lab) -> None:
    [sample] = samples_of(place.received(1))
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=place.now)
    asked: dict[str, Any] = {"sample": sample, "name": "1.tif", "size": 3, "by": place.they.olga}
    photo = attach_file(kind="photo", now=place.now, **asked)
    result = attach_file(kind="result", now=place.now, **asked)
    assert (photo.kind, result.kind) == ("photo", "result")
    assert attach_file(kind="result", now=place.now, **asked) == result  # the same goes on


def test_its_condition_is_photographed_as_it_arrives(place: Lab) -> None:
    request = place.confirmed(2)
    [sample, other] = samples_of(request)
    photo = _stored(place, sample, "photo", "arrival.jpg")
    assert photo.sample == sample
    with refused(WrongState, "samples.not_here"):
        attach_file(sample=sample, kind="result", name="x.tif", size=3, by=place.they.olga, now=place.now)
    receive_sample(sample=sample, by=place.they.olga, now=place.now, condition="damaged")
    assert _stored(place, sample, "photo", "again.jpg").round == 1
    drop_sample(sample=other, reason="not sent", by=place.they.olga, now=place.now)
    with refused(WrongState, "samples.not_here"):
        attach_file(sample=other, kind="photo", name="x.jpg", size=3, by=place.they.olga, now=place.now)


def test_nobody_adds_files_to_samples_of_their_own(place: Lab) -> None:
    [sample] = samples_of(place.received(1))
    SampleRequest.objects.filter(pk=sample.request_id).update(requester=place.they.olga)
    with refused(NotPermitted, "samples.own_request"):
        attach_file(sample=sample, kind="photo", name="x.jpg", size=3, by=place.they.olga, now=place.now)

"""The report of a request: issued once its results are out, replaced after another test, read by few."""

from pathlib import Path
from typing import Any

import pytest

from apps.core.outbox import WORKER, relay
from apps.files.checking import check_next
from apps.files.operations import append
from apps.people.models import User
from apps.samples.attaching import attach_file
from apps.samples.models import SampleRequest, SampleRun
from apps.samples.objecting import decide_objection, object_to
from apps.samples.papers import report_for, sheet_of
from apps.samples.releasing import release_results
from apps.samples.testing import check_result, end_run, record_result, start_run
from documents.checks import Standing
from documents.kinds import thaw
from documents.models import Document
from documents.queries import check, may_read
from documents.sample_papers import SampleReportContext
from tests.factories.samples import Lab, lab, samples_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _disk(tmp_path: Path, settings: Any) -> None:
    settings.FILES_DIR = str(tmp_path / "files")
    settings.DOCUMENTS_DIR = tmp_path / "documents"


def heard(place: Lab) -> None:
    """The worker has delivered everything."""
    relay(channel=WORKER, now=place.now, limit=1000)


def released(place: Lab, **changes: Any) -> SampleRequest:
    """Two samples of Alice's, tested and released."""
    request = place.tested(2, **changes)
    release_results(request=request, by=place.they.olga, now=place.now)
    heard(place)
    request.refresh_from_db()
    return request


def said(document: Document) -> SampleReportContext:
    """What the paper was frozen with."""
    context = thaw(document.content)
    assert isinstance(context, SampleReportContext)
    return context


def test_released_results_are_a_numbered_report_and_once(place: Lab) -> None:
    request = released(place)
    heard(place)
    [document] = Document.objects.filter(kind="sample_report")
    assert document.number == f"JCBG-{place.now.year}-00001"
    assert (document.holder, document.subject_ref) == (place.they.alice, f"sample_request:{request.ulid}")
    context = said(document)
    assert context.request_number == request.number
    assert context.instrument_number == place.sem.asset_no
    assert [(one.name, one.summary, one.tester.zh, one.condition.zh) for one in context.samples] == [
        ("S1", "grain 2 µm", "欧丽佳", "完好"),
        ("S2", "grain 2 µm", "欧丽佳", "完好"),
    ]
    assert [one.checker.zh for one in context.samples] == ["", ""]


def test_a_part_of_the_results_is_no_report_yet(place: Lab) -> None:
    request = place.tested(2)
    release_results(request=request, samples=samples_of(request)[:1], by=place.they.olga, now=place.now)
    heard(place)
    assert not Document.objects.filter(kind="sample_report").exists()


def test_the_second_person_and_the_files_stand_in_it(now: Any) -> None:
    place = lab(now, needs_check=True)
    request = place.received(1)
    [sample] = samples_of(request)
    run = start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=now)
    made = attach_file(sample=sample, kind="result", name="谱图.tif", size=3, by=place.they.olga, now=now)
    append(file=made.file, offset=0, read=lambda _most: b"abc", by=place.they.olga, now=now)
    while check_next(now=now) is not None:
        continue
    record_result(sample=sample, summary="2 µm 👍", by=place.they.olga, now=now)
    end_run(run=run, by=place.they.olga, now=now)
    check_result(sample=samples_of(request)[0], passed=True, by=place.they.teng, now=now)
    release_results(request=request, by=place.they.olga, now=now)
    heard(place)
    context = said(Document.objects.get(kind="sample_report"))
    assert context.samples[0].checker.zh == "滕老师"
    assert context.samples[0].summary == "2 µm [U+1F44D]"
    made.file.refresh_from_db()
    assert [(one.name, one.size, one.sha256) for one in context.files] == [("谱图.tif", 3, made.file.sha256)]


def test_after_another_test_the_next_edition_takes_its_place(place: Lab) -> None:
    request = released(place)
    first = Document.objects.get(kind="sample_report")
    end_run(run=SampleRun.objects.get(), by=place.they.olga, now=place.now)
    sample = samples_of(request)[0]
    objection = object_to(sample=sample, reason="blurred", by=place.they.alice, now=place.now)
    decide_objection(objection=objection, uphold=True, why="right", by=place.they.teng, now=place.now)
    run = start_run(instrument=place.sem, samples=samples_of(request)[:1], by=place.they.olga, now=place.now)
    record_result(sample=samples_of(request)[0], summary="3 µm", by=place.they.olga, now=place.now)
    end_run(run=run, by=place.they.olga, now=place.now)
    request.refresh_from_db()
    release_results(request=request, by=place.they.olga, now=place.now)
    heard(place)
    second = Document.objects.filter(kind="sample_report").latest("edition")
    assert second != first
    assert [(one.summary, one.round) for one in said(second).samples] == [("3 µm", 2), ("grain 2 µm", 1)]
    found = check(first.check_code, place.now)
    assert found is not None
    assert found.standing in (Standing.VOIDED, Standing.REPLACED)
    found = check(second.check_code, place.now)
    assert found is not None
    assert found.standing == Standing.VALID


def test_who_reads_it(place: Lab) -> None:
    request = released(place)
    they = place.they
    document = Document.objects.get(kind="sample_report")

    def reads(user: User) -> bool:
        request.refresh_from_db()
        shown = report_for(user, request, place.now) == document
        assert shown == may_read(user, document, place.now)
        return shown

    assert [reads(one) for one in (they.alice, they.wang, they.olga, they.teng)] == [True] * 4
    assert [reads(one) for one in (they.bob, they.charlie, they.finance)] == [False] * 3


def test_what_it_says_costs_the_same_for_ten_samples(place: Lab, django_assert_max_num_queries: Any) -> None:
    request = place.tested(10)
    release_results(request=request, by=place.they.olga, now=place.now)
    request = SampleRequest.objects.select_related(
        "requester__unit", "group", "template", "instrument__facility"
    ).get(pk=request.pk)
    with django_assert_max_num_queries(8):
        context = sheet_of(request)
    assert context is not None
    assert len(context.samples) == 10

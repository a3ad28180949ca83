"""What samples cost stands where uses stand: for whoever handed them in, and for whoever leads the group
whose fund paid.
"""

from io import BytesIO
from zipfile import ZipFile

from django.urls import reverse

from apps.billing.samples import charge_samples
from apps.core.clock import school_time
from apps.fees.operations import end_version
from apps.samples.models import SampleRequest
from apps.samples.testing import record_result, start_run
from tests.factories.samples import SAMPLE_FEN, Lab, offered, priced_by_sample, samples_of
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene


def _charged(scene: Scene) -> SampleRequest:
    """A request of Alice's of two samples, tested and charged to the fund of Wang's group."""
    instrument = scene.people.sem
    end_version(
        version=instrument.fee_versions.get(), reason="by the sample", by=scene.people.office, now=scene.now
    )
    priced_by_sample(instrument, scene.now)
    place = Lab(scene.people, offered(instrument, scene.now - HOUR), scene.fund, scene.now)
    request = place.received(2)
    start_run(instrument=instrument, samples=samples_of(request), by=scene.people.olga, now=scene.now)
    for one in samples_of(request):
        record_result(sample=one, summary="2", by=scene.people.olga, now=scene.now)
    charge_samples(request=request, now=scene.now)
    return request


def test_what_samples_cost_is_shown_line_by_line_to_who_handed_in_and_who_pays(
    scene: Scene, signed_in: SignedIn
) -> None:
    request = _charged(scene)
    total = f"¥{2 * SAMPLE_FEN['internal'] // 100}.00"
    month = f"{school_time(scene.now):%Y-%m}"
    page = signed_in(scene.people.alice).get(reverse("usage_list"), {"month": month}).content.decode()
    assert page.count(total) >= 3  # the sum, the request, its line
    assert reverse("sample_request", args=[request.ulid]) in page
    assert "样品测试" in page
    leader = signed_in(scene.people.wang).get(reverse("usage_list")).content.decode()
    assert request.number in leader
    assert scene.people.alice.name_zh in leader
    for who in (scene.people.bob, scene.people.olga, scene.people.office):
        assert request.number not in signed_in(who).get(reverse("usage_list")).content.decode()


def test_the_excel_file_has_the_lines_of_samples_too(scene: Scene, signed_in: SignedIn) -> None:
    request = _charged(scene)
    for who in (scene.people.alice, scene.people.wang):
        answer = signed_in(who).get(reverse("usage_export"))
        with ZipFile(BytesIO(b"".join(answer))) as book:
            sheet = b"".join(book.read(name) for name in book.namelist()).decode("utf-8", "replace")
        assert request.number in sheet
        assert f"<v>{2 * SAMPLE_FEN['internal'] // 100}</v>" in sheet

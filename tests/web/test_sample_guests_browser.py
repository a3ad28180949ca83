"""In a real Chromium, at both widths without a fault: a customer without an account, the sponsor who makes
the link, the queue put in order by dragging, the camera at receipt, services of a class.
"""

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from apps.samples.models import Sample, SampleRequest
from apps.samples.queueing import queue_of
from scripts.browser import WIDTHS, Watch
from tests.factories.samples import samples_of
from tests.web.matrix.sample_guests import opened
from tests.web.matrix.samples import agreed, service
from tests.web.scene import Scene
from tests.web.seeing import sign_in
from tests.web.test_samples_browser import site

__all__ = ["site"]


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_customer_writes_hands_in_and_declines(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    cache.clear()
    scene, url = site
    link, secret = opened(scene)
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    page.goto(url + reverse("guest_samples", args=[secret]))
    faults = {"draft": watch.problems()}
    page.get_by_role("link", name="填写样品").click()
    faults["rows"] = watch.problems()
    page.fill("#id_s-0-name", "")
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.locator(".sample-row .note-error").first).to_be_visible()
    faults["refused"] = watch.problems()
    page.fill("#id_s-0-name", "炉渣")
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.get_by_text("炉渣")).to_be_visible()
    page.get_by_role("button", name="提交").press("Enter")
    expect(page.locator(".track")).to_be_visible()
    faults["handed in"] = watch.problems()
    request = SampleRequest.objects.get(pk=link.request_id)
    assert request.state == "submitted"
    assert {state: found for state, found in faults.items() if found} == {}


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_sponsor_makes_a_link_and_revokes_it(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    offered = service(scene)
    page, watch = sign_in(new_context, url, "wang", width)
    page.goto(url + reverse("sample_sponsor"))
    faults = {"new": watch.problems()}
    page.select_option("#id_service", offered.ulid)
    page.fill("#id_name", "李工")
    page.fill("#id_organisation", "某某公司")
    page.get_by_role("button", name="生成链接").press("Enter")
    expect(page.locator("#address")).to_contain_text("/guest/samples/")
    faults["made"] = watch.problems()
    page.get_by_role("link", name="已复制").click()
    faults["request"] = watch.problems()
    page.get_by_role("link", name="客户链接").click()
    faults["link"] = watch.problems()
    page.get_by_role("button", name="撤销链接").press("Enter")
    expect(page.get_by_text("没有可用的链接")).to_be_visible()
    faults["revoked"] = watch.problems()
    page.goto(url + reverse("usage_list"))
    faults["usage"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_row_is_dragged_and_a_sample_is_photographed_as_it_comes(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    request = agreed(scene)
    first, second = samples_of(request)
    awaited = Sample.objects.create(
        request=request, position=9, name="S9", holder=scene.people.alice, instrument=scene.people.sem
    )
    page, watch = sign_in(new_context, url, "olga", width)
    page.goto(url + reverse("sample_queue", args=[scene.people.sem.asset_no]))
    grips = page.locator("[data-grip]")
    expect(grips.first).to_be_visible()
    faults = {"queue": watch.problems()}
    start, below = grips.first.bounding_box(), page.locator("tbody tr").nth(1).bounding_box()
    assert start is not None
    assert below is not None
    page.mouse.move(start["x"] + 20, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 20, below["y"] + below["height"] - 4, steps=6)
    with page.expect_navigation():
        page.mouse.up()
    expect(page.locator("tbody tr").first).to_contain_text(second.code)
    assert list(queue_of(scene.people.sem)) == [second, first]
    page.goto(url + reverse("sample_act", args=[awaited.ulid, "receive"]))
    expect(page.locator("input[type=file]")).to_be_enabled()
    faults["receive"] = watch.problems()
    page.set_input_files("input[type=file]", {"name": "box.jpg", "mimeType": "image/jpeg", "buffer": b"abc"})
    expect(page.locator(".uploads li")).to_contain_text("box.jpg")
    expect(page.locator(".uploads [data-state]")).not_to_be_empty()
    assert {state: found for state, found in faults.items() if found} == {}


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_office_writes_a_service_of_a_class(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    page, watch = sign_in(new_context, url, "office", width)
    page.goto(url + reverse("sample_classes"))
    faults = {"empty": watch.problems()}
    page.goto(url + reverse("sample_class_new"))
    faults["new"] = watch.problems()
    page.select_option("#id_class6", scene.people.sem.class6)
    page.fill("#id_name_zh", "电镜成像")
    page.fill("#id_name_en", "Imaging")
    page.get_by_role("button", name="按此提供").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["offered"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}

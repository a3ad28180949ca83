"""Samples in a real Chromium, at both widths without a fault: written down and handed in by the person,
put in order, received and tested by the crew, followed to the end.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from apps.samples.models import SampleRequest
from apps.samples.releasing import release_results
from scripts.browser import WIDTHS
from tests.factories.samples import samples_of
from tests.web.matrix.samples import agreed, draft
from tests.web.scene import Scene, build
from tests.web.seeing import sign_in


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_samples_are_written_down_and_handed_in(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    request = draft(scene)
    page, watch = sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("sample_list"))
    faults = {"list": watch.problems()}
    page.goto(url + reverse("sample_new"))
    faults["new"] = watch.problems()
    page.goto(url + reverse("sample_import", args=[request.ulid]))
    faults["import"] = watch.problems()
    page.goto(url + reverse("sample_draft", args=[request.ulid]))
    faults["draft"] = watch.problems()
    page.fill("#id_s-0-name", "")
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.locator(".sample-row .note-error").first).to_be_visible()
    faults["refused"] = watch.problems()
    page.fill("#id_s-0-name", "炉渣")
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["saved"] = watch.problems()
    page.get_by_role("link", name="删除").click()
    faults["discard"] = watch.problems()
    page.get_by_role("link", name="返回").or_(page.get_by_role("link", name="保留")).last.click()
    page.get_by_role("button", name="提交").press("Enter")
    expect(page.locator(".track")).to_be_visible()
    faults["handed in"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}
    assert SampleRequest.objects.get(pk=request.pk).state == "submitted"


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_samples_are_put_in_order_tested_and_read(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    request = agreed(scene)
    first, second = samples_of(request)
    page, watch = sign_in(new_context, url, "olga", width)
    page.goto(url + reverse("sample_board"))
    faults = {"board": watch.problems()}
    page.goto(url + reverse("sample_queue", args=[scene.people.sem.asset_no]))
    faults["queue"] = watch.problems()
    page.get_by_role("button", name=f"后移 {first.code}").press("Enter")
    expect(page.locator("tbody tr").first).to_contain_text(second.code)
    for box in page.locator("input[name=sample][type=checkbox]").all():
        box.check()
    page.get_by_role("button", name="将选中的样品一起测试").press("Enter")
    expect(page.get_by_role("button", name="结束测试")).to_be_visible()
    faults["run"] = watch.problems()
    for one in (first, second):
        page.goto(url + reverse("sample_detail", args=[one.ulid]))
        faults[f"sample {one.position}"] = watch.problems()
        page.get_by_role("link", name="填写结果").click()
        faults[f"result {one.position}"] = watch.problems()
        page.fill("#id_summary", "晶粒约 2 µm")
        page.get_by_role("button", name="填写结果").press("Enter")
        expect(page.locator(".note-success")).to_be_visible()
    page.goto(url + reverse("sample_request", args=[request.ulid]))
    faults["for the crew"] = watch.problems()
    release_results(request=request, by=scene.people.olga, now=scene.now)
    page, watch = sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("sample_request", args=[request.ulid]))
    expect(page.get_by_text("晶粒约 2 µm").first).to_be_visible()
    faults["released"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_manager_offers_a_service(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    page, watch = sign_in(new_context, url, "teng", width)
    page.goto(url + reverse("sample_services", args=[scene.people.sem.asset_no]))
    faults = {"empty": watch.problems()}
    page.goto(url + reverse("sample_service_new", args=[scene.people.sem.asset_no]))
    faults["new"] = watch.problems()
    page.fill("#id_name_zh", "能谱分析")
    page.get_by_role("button", name="按此提供").press("Enter")
    expect(page.locator(".error-summary")).to_be_visible()
    faults["refused"] = watch.problems()
    page.fill("#id_name_en", "EDS")
    page.fill("#id_q-0-label_zh", "材料")
    page.fill("#id_q-0-label_en", "Material")
    page.get_by_role("button", name="按此提供").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["offered"] = watch.problems()
    page.get_by_role("link", name="结束").click()
    faults["end"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}

"""Samples as people meet them on the pages: written down, handed in, received, tested in a batch, read."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.core.outbox import WORKER, relay
from apps.samples.ending import note_session
from apps.samples.models import Result, Sample, SampleRequest
from apps.samples.objecting import decide_objection, object_to, rate_request
from apps.samples.releasing import release_results
from tests.factories.samples import offered, samples_of
from tests.web.conftest import SignedIn
from tests.web.matrix.samples import agreed, draft, run, sample
from tests.web.matrix.samples_api import measured
from tests.web.scene import Scene
from workflows.models import Case


def _typed(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "disposition": "return",
        "wishes": "",
        "s-TOTAL_FORMS": len(rows),
        "s-INITIAL_FORMS": 0,
        **more,
    }
    for number, row in enumerate(rows):
        typed.update({f"s-{number}-{key}": value for key, value in row.items()})
    return typed


GOOD = {"name": "炉渣", "answer_material": "SiO2", "size_mm": "10"}


def test_a_service_is_chosen_and_samples_are_written_down(scene: Scene, signed_in: SignedIn) -> None:
    service = draft(scene).template
    alice = signed_in(scene.people.alice)
    page = alice.get(reverse("sample_new")).content.decode()
    assert "扫描电镜测试" in page
    assert scene.people.sem.asset_no in page
    made = alice.post(reverse("sample_new"), {"service": service.ulid})
    request = SampleRequest.objects.order_by("-pk")[0]
    address = reverse("sample_draft", args=[request.ulid])
    assert made.headers["Location"] == address
    assert "材料" in alice.get(address).content.decode()
    hazards = {**GOOD, "hazards": ["toxic"], "magnetic": "on", "answer_form": "powder", "answer_coated": "on"}
    saved = alice.post(address, _typed(hazards, {"name": ""}, wishes="轻拿轻放"))
    assert saved.status_code == 302
    [kept] = samples_of(request)
    assert (kept.name, kept.hazards, kept.magnetic) == ("炉渣", ["toxic"], True)
    assert kept.values == {"material": "SiO2", "form": "powder", "coated": True}
    shown = alice.get(reverse("sample_request", args=[request.ulid])).content.decode()
    assert "有毒" in shown
    assert "粉末" in shown
    assert "轻拿轻放" in shown


def test_the_last_of_many_services_is_found_with_as_many_queries(
    scene: Scene, signed_in: SignedIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    before = scene.now - timedelta(minutes=1)
    for number in range(45):
        offered(scene.people.sem, before, name_zh=f"服务{number:02d}", name_en=f"Service {number:02d}")
    alice, address = signed_in(scene.people.alice), reverse("sample_new")
    alice.get(address)
    with django_assert_max_num_queries(14):
        first = alice.get(address).content.decode()
    assert ("服务00" in first, "服务44" in first) == (True, False)
    assert "服务44" in alice.get(address, {"page": "3"}).content.decode()
    for text in ("服务44", "service 44"):
        found = alice.get(address, {"q": text}).content.decode()
        assert ("服务44" in found, "服务43" in found) == (True, False)
    assert "没有这样的服务" in alice.get(address, {"q": "<b>\0"}).content.decode()
    assert alice.post(address, {"service": "\0"}).status_code == 404


def test_what_was_typed_stays_when_it_is_refused(scene: Scene, signed_in: SignedIn) -> None:
    request = draft(scene)
    address = reverse("sample_draft", args=[request.ulid])
    wrong = {**GOOD, "name": "炉渣乙", "answer_spots": "许多", "size_mm": "-3"}
    answer = signed_in(scene.people.alice).post(address, _typed(GOOD, wrong, wishes="不要磕碰"))
    page = answer.content.decode()
    assert answer.status_code == 422
    for typed in ("炉渣乙", "许多", "-3", "不要磕碰", "SiO2"):
        assert typed in page
    assert "这不是数字" in page
    assert [one.name for one in samples_of(request)] == ["S1", "S2"]


def test_more_rows_keep_what_was_typed(scene: Scene, signed_in: SignedIn) -> None:
    address = reverse("sample_draft", args=[draft(scene).ulid])
    alice = signed_in(scene.people.alice)
    assert alice.post(address, {"more": "1", "s-TOTAL_FORMS": "9" * 5000}).status_code == 200
    answer = alice.post(address, _typed(GOOD, more="1"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "炉渣" in page
    assert 'name="s-3-name"' in page


def test_handing_in_begins_a_case_and_the_draft_is_closed(scene: Scene, signed_in: SignedIn) -> None:
    request = draft(scene)
    alice = signed_in(scene.people.alice)
    assert alice.post(reverse("sample_hand_in", args=[request.ulid])).status_code == 302
    assert Case.objects.get(flow="sample").subject_ref == f"sample_request:{request.ulid}"
    assert alice.get(reverse("sample_draft", args=[request.ulid])).status_code == 404
    assert alice.post(reverse("sample_hand_in", args=[request.ulid])).status_code == 409
    board = signed_in(scene.people.olga).get(reverse("sample_board")).content.decode()
    assert request.number in board


def test_a_draft_is_thrown_away_after_a_question(scene: Scene, signed_in: SignedIn) -> None:
    request = draft(scene)
    alice, address = signed_in(scene.people.alice), reverse("sample_discard", args=[request.ulid])
    assert alice.get(address).status_code == 200
    assert SampleRequest.objects.filter(pk=request.pk).exists()
    assert alice.post(address).status_code == 302
    assert not SampleRequest.objects.filter(pk=request.pk).exists()


def test_a_batch_is_ordered_tested_and_its_results_are_read_by_those_who_may(
    scene: Scene, signed_in: SignedIn
) -> None:
    request = agreed(scene)
    first, second = samples_of(request)
    olga, alice = signed_in(scene.people.olga), signed_in(scene.people.alice)
    queue = reverse("sample_queue", args=[scene.people.sem.asset_no])
    page = olga.get(queue).content.decode()
    assert page.index(first.code) < page.index(second.code)
    order = reverse("sample_order", args=[scene.people.sem.asset_no])
    assert olga.post(order, {"sample": second.ulid, "to": "up"}).status_code == 302
    page = olga.get(queue).content.decode()
    assert page.index(second.code) < page.index(first.code)
    start = reverse("sample_run_start", args=[scene.people.sem.asset_no])
    nothing = olga.post(start, {}, follow=True).content.decode()
    assert "samples.none" in nothing
    olga.post(start, {"sample": [first.ulid, second.ulid]})
    for one in (first, second):
        act = reverse("sample_act", args=[one.ulid, "result"])
        assert olga.post(act, {"summary": ""}).status_code == 422
        assert olga.post(act, {"summary": f"晶粒 2 µm {one.position}"}).status_code == 302
    request_page = reverse("sample_request", args=[request.ulid])
    assert "晶粒 2 µm 1" in olga.get(request_page).content.decode()
    assert "晶粒" not in alice.get(request_page).content.decode()
    run = scene.people.sem.sample_runs.get()
    assert olga.post(reverse("sample_run_end", args=[run.ulid])).status_code == 302
    release_results(request=request, by=scene.people.teng, now=scene.now)
    assert "晶粒 2 µm 2" in alice.get(request_page).content.decode()
    assert "晶粒 2 µm 2" in signed_in(scene.people.wang).get(request_page).content.decode()
    assert signed_in(scene.people.bob).get(request_page).status_code == 404
    objection = object_to(sample=first, reason="峰位偏移", by=scene.people.alice, now=scene.now)
    page = alice.get(request_page).content.decode()
    assert "峰位偏移" in page
    assert "尚未裁定" in page
    decide_objection(objection=objection, uphold=False, why="标样一致", by=scene.people.teng, now=scene.now)
    assert "标样一致" in olga.get(request_page).content.decode()
    relay(channel=WORKER, now=scene.now, limit=500)


@pytest.mark.parametrize(
    ("verb", "typed", "expected"),
    [
        ("hold", {"reason": "unclear", "note": "正面还是反面"}, {"held": "unclear"}),
        ("store", {"place": "冰箱二"}, {"custody": "stored"}),
        ("hand-on", {"holder": "teng", "note": "出差"}, {"holder__username": "teng", "custody": "crew"}),
        ("drop", {"reason": "断了"}, {"state": "dropped"}),
    ],
)
def test_the_crew_acts_on_a_sample_and_its_page_tells(
    scene: Scene, signed_in: SignedIn, verb: str, typed: dict[str, str], expected: dict[str, str]
) -> None:
    one = sample(scene)
    teng, address = signed_in(scene.people.teng), reverse("sample_act", args=[one.ulid, verb])
    assert teng.get(address).status_code == 200
    assert teng.post(address, {}).status_code == 422
    assert teng.post(address, typed).status_code == 302
    assert Sample.objects.filter(pk=one.pk, **expected).exists()
    page = signed_in(scene.people.alice).get(reverse("sample_detail", args=[one.ulid])).content.decode()
    assert "欧丽佳" in page
    assert reverse("sample_act", args=[one.ulid, "hold"]) not in page


def test_a_refused_act_says_why_and_keeps_the_form(scene: Scene, signed_in: SignedIn) -> None:
    one = sample(scene)
    answer = signed_in(scene.people.teng).post(
        reverse("sample_act", args=[one.ulid, "return"]), {"note": "给学生"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "samples.not_done" in page
    assert "给学生" in page
    unknown = reverse("sample_act", args=[one.ulid, "eat"])
    assert signed_in(scene.people.teng).get(unknown).status_code == 404


def test_the_promised_day_moves_for_all_to_see(scene: Scene, signed_in: SignedIn) -> None:
    request = agreed(scene)
    address = reverse("sample_request_act", args=[request.ulid, "delay"])
    teng = signed_in(scene.people.teng)
    early = {"reason": "staff", "becomes": "2026-11-24"}
    assert "samples.promise" in teng.post(address, early).content.decode()
    assert teng.post(address, {**early, "becomes": "2026-12-24", "note": "流感"}).status_code == 302
    page = signed_in(scene.people.alice).get(reverse("sample_request", args=[request.ulid])).content.decode()
    assert "2026-12-24" in page
    assert "流感" in page


def test_a_row_is_dropped_before_another(scene: Scene, signed_in: SignedIn) -> None:
    first, second = samples_of(agreed(scene))
    olga, order = signed_in(scene.people.olga), reverse("sample_order", args=[scene.people.sem.asset_no])
    page = olga.get(reverse("sample_queue", args=[scene.people.sem.asset_no])).content.decode()
    assert f'data-sample="{first.ulid}"' in page
    assert olga.post(order, {"sample": second.ulid, "before": first.ulid}).status_code == 302
    page = olga.get(reverse("sample_queue", args=[scene.people.sem.asset_no])).content.decode()
    assert page.index(second.code) < page.index(first.code)
    olga.post(order, {"sample": second.ulid, "before": ""})
    gone = olga.post(order, {"sample": second.ulid, "before": "01GONE"}, follow=True).content.decode()
    assert "samples.not_queued" in gone
    assert gone.index(first.code) < gone.index(second.code)


def test_a_rating_is_read_by_the_crew(scene: Scene, signed_in: SignedIn) -> None:
    request = measured(scene)
    release_results(request=request, by=scene.people.olga, now=scene.now)
    page = reverse("sample_request", args=[request.ulid])
    olga = signed_in(scene.people.olga)
    assert "谢谢欧老师" not in olga.get(page).content.decode()
    rate_request(request=request, stars=4, words="谢谢欧老师", by=scene.people.alice, now=scene.now)
    assert "谢谢欧老师" in olga.get(page).content.decode()


def test_results_of_many_samples_take_as_many_queries_as_of_one(
    scene: Scene, signed_in: SignedIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    request = measured(scene)
    for position in range(2, 9):
        one = Sample.objects.create(
            request=request,
            position=position,
            name=f"S{position}",
            holder=scene.people.alice,
            instrument=scene.people.sem,
            state="tested",
            tested_by=scene.people.olga,
            tested_at=scene.now,
        )
        Result.objects.create(
            sample=one,
            round=1,
            seq=1,
            summary=f"第{position}件无裂纹",
            tester=scene.people.olga,
            at=scene.now,
        )
    page = reverse("sample_request", args=[request.ulid])
    for who in ("olga", "alice"):
        client = signed_in(getattr(scene.people, who))
        client.get(page)
        with django_assert_max_num_queries(23):
            shown = client.get(page).content.decode()
        assert ("第8件无裂纹" in shown) == (who == "olga")


def test_the_code_of_a_label_is_typed_and_leads_to_whoever_may_know_of_it(
    scene: Scene, signed_in: SignedIn
) -> None:
    one = sample(scene)
    there = reverse("sample_detail", args=[one.ulid])
    for who in ("alice", "olga"):
        client = signed_in(getattr(scene.people, who))
        assert client.get(reverse("scan"), {"code": one.code.lower()}).headers["Location"] == there
    for who, code in (("bob", one.code), ("olga", "SP1999-00001-01"), ("olga", one.code + "9")):
        answer = signed_in(getattr(scene.people, who)).get(reverse("scan"), {"code": code})
        assert (answer.status_code, "portal.unknown_code" in answer.content.decode()) == (422, True)


def test_the_run_and_its_uses_stand_at_the_sample(scene: Scene, signed_in: SignedIn) -> None:
    on = Sample.objects.get(run=run(scene))
    note_session(
        session="0" * 26,
        instrument_id=scene.people.sem.pk,
        started_at=scene.now,
        ended_at=scene.now + timedelta(hours=1),
        powered_ms=3_600_000,
    )
    page = reverse("sample_detail", args=[on.ulid])
    assert "仪器使用" in signed_in(scene.people.olga).get(page).content.decode()
    assert "仪器使用" not in signed_in(scene.people.alice).get(page).content.decode()


def test_receiving_offers_the_camera_and_nothing_else_does(scene: Scene, signed_in: SignedIn) -> None:
    request, olga = agreed(scene), signed_in(scene.people.olga)
    here = samples_of(request)[0]
    awaited = Sample.objects.create(
        request=request, position=9, name="S9", holder=scene.people.alice, instrument=scene.people.sem
    )
    page = olga.get(reverse("sample_act", args=[awaited.ulid, "receive"])).content.decode()
    assert reverse("sample_file_begin", args=[awaited.ulid, "photo"]) in page
    assert 'capture="environment"' in page
    begun = reverse("sample_file_begin", args=[awaited.ulid, "photo"])
    assert olga.post(begun, {"name": "box.jpg", "size": "3"}).status_code == 201
    other = olga.get(reverse("sample_act", args=[here.ulid, "hold"])).content.decode()
    assert "capture=" not in other


def test_home_and_the_day_lead_to_the_samples(scene: Scene, signed_in: SignedIn) -> None:
    request = agreed(scene)
    address = reverse("sample_request", args=[request.ulid])
    assert address in signed_in(scene.people.alice).get("/").content.decode()
    assert address not in signed_in(scene.people.bob).get("/").content.decode()
    SampleRequest.objects.filter(pk=request.pk).update(promised_on=scene.now.date())
    day = signed_in(scene.people.teng).get(reverse("my_day")).content.decode()
    assert address in day
    assert reverse("sample_queue", args=[scene.people.sem.asset_no]) in day
    SampleRequest.objects.filter(pk=request.pk).update(state="closed", ended_at=scene.now)
    assert address not in signed_in(scene.people.alice).get("/").content.decode()


def test_the_pages_ask_a_fixed_number_of_questions(
    scene: Scene, signed_in: SignedIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    request = agreed(scene)
    pages = (
        ("alice", reverse("sample_list"), 12),
        ("alice", reverse("sample_new"), 14),
        ("alice", reverse("sample_request", args=[request.ulid]), 16),
        ("office", reverse("sample_classes"), 10),
        ("olga", reverse("sample_board"), 16),
        ("olga", reverse("sample_queue", args=[scene.people.sem.asset_no]), 14),
        ("olga", reverse("sample_detail", args=[samples_of(request)[0].ulid]), 18),
    )
    for who, address, most in pages:
        client = signed_in(getattr(scene.people, who))
        client.get(address)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200

"""The cases of training on their pages: applied for from the course, placed, certified by their forms."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.training.models import Certificate, Course, Rubric, TrainingPlace
from documents.models import Document
from tests.factories import training as make
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene
from tests.web.test_pages import INLINE
from tests.workflows.trainings import at, examined, hear, request_in, shown, waiting
from workflows.models import Case


@pytest.fixture
def course(scene: Scene) -> Course:
    made = make.course(scene.people, scene.now)
    make.rubric(scene.people, scene.now)
    return made


def _page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    shown_ = answer.content.decode()
    assert INLINE.findall(shown_) == []
    return shown_


def _task(client: Client, case: Case, node: str, **posted: Any) -> Any:
    return client.post(reverse("task_detail", args=[waiting(case)[node].ulid]), posted)


def test_from_the_course_to_the_certificate(scene: Scene, course: Course, signed_in: SignedIn) -> None:
    they, now = scene.people, scene.now
    bob: Any = signed_in(they.bob)
    begin = f"{reverse('process_begin', args=['training'])}?course={course.ulid}"
    assert begin in _page(bob, reverse("course_detail", args=[course.ulid]))
    form = _page(bob, begin)
    assert f'value="{course.ulid}" selected' in form
    answer = bob.post(begin, {"course": course.ulid, "instrument": "", "kind": ""})
    case = Case.objects.get()
    assert answer.url == reverse("case_detail", args=[case.ulid])
    assert at(case) == "place"
    assert course.name_zh in _page(bob, answer.url)

    teng = signed_in(they.teng)
    start = scene.booking.end + HOUR
    session = make.session(they, now, starts_at=start, ends_at=start + HOUR)
    task = _page(teng, reverse("task_detail", args=[waiting(case)["place"].ulid]))
    assert reverse("session_schedule", args=[they.sem.asset_no]) in task
    assert _task(teng, case, "place", outcome="complete", **{"data-session": ""}).status_code == 422
    _task(teng, case, "place", outcome="complete", **{"data-session": session.ulid})
    assert TrainingPlace.objects.get(user=they.bob).state == "seated"
    hear(now)

    bob = signed_in(they.bob)
    step = waiting(case)["exam"]
    assert reverse("exam_start", args=[course.ulid]) in _page(bob, reverse("task_detail", args=[step.ulid]))
    examined(case, now)
    teng = signed_in(they.teng)
    address = reverse("request_assess", args=[request_in(case).ulid, they.sem.asset_no])
    assert address in _page(teng, reverse("task_detail", args=[waiting(case)["assess"].ulid]))
    shown(they, case, Rubric.objects.get(), now)

    task = _page(teng, reverse("task_detail", args=[waiting(case)["certify"].ulid]))
    assert 'value="basic" selected' in task
    assert 'value="730"' in task
    _task(
        teng,
        case,
        "certify",
        outcome="approve",
        **{"data-level": "basic", "data-days": "300", "data-minutes": ""},
    )
    certificate = Certificate.objects.get(user=they.bob)
    assert at(case) == "done:certified"
    assert Document.objects.filter(subject_ref=f"certificate:{certificate.ulid}").exists()
    bob = signed_in(they.bob)
    assert course.name_zh in _page(bob, reverse("case_detail", args=[case.ulid]))
    assert bob.get(reverse("case_print", args=[case.ulid])).content.startswith(b"%PDF")


def test_who_may_not_begin_reads_why_in_their_case(scene: Scene, course: Course, signed_in: SignedIn) -> None:
    client: Any = signed_in(scene.people.charlie)
    answer = client.post(reverse("process_begin", args=["training"]), {"course": course.ulid})
    page = _page(client, answer.url)
    assert "安全准入" in page
    assert "safety.none" in page


def test_what_was_typed_stays_when_somebody_has_applied_already(
    scene: Scene, course: Course, signed_in: SignedIn
) -> None:
    client: Any = signed_in(scene.people.bob)
    address = reverse("process_begin", args=["training"])
    client.post(address, {"course": course.ulid, "kind": "new"})
    again = client.post(address, {"course": course.ulid, "kind": "new"})
    assert again.status_code == 422
    assert f'value="{course.ulid}" selected' in again.content.decode()
    assert client.post(address, {"course": "nothing"}).status_code == 422


def test_where_there_is_no_course_the_page_says_so(scene: Scene, signed_in: SignedIn) -> None:
    page = _page(signed_in(scene.people.bob), reverse("process_begin", args=["training"]))
    assert "目前没有开设课程" in page


def test_an_incident_is_brought_and_the_holder_answers(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    teng: Any = signed_in(they.teng)
    address = reverse("process_begin", args=["lowering"])
    wrong = {"person": "nobody", "instrument": they.sem.asset_no, "reason": "x"}
    assert teng.post(address, wrong).status_code == 422
    teng.post(address, {**wrong, "person": "alice", "reason": "未断高压就开腔"})
    case = Case.objects.get()
    alice = signed_in(they.alice)
    step = waiting(case)["heard"]
    assert "未断高压就开腔" in _page(alice, reverse("task_detail", args=[step.ulid]))
    _task(alice, case, "heard", outcome="complete", opinion="灯已灭")
    assert at(case) == "decide"
    office = signed_in(they.office)
    page = _page(office, reverse("task_detail", args=[waiting(case)["decide"].ulid]))
    assert "灯已灭" in page
    _task(office, case, "decide", outcome="lower", **{"data-level": "assisted"})
    assert at(case) == "done:lowered"

"""What is offered: a manager writes the services of an instrument, the equipment office those of a class."""

from django.urls import reverse

from apps.samples.models import ServiceTemplate
from tests.web.conftest import SignedIn
from tests.web.scene import Scene

TERMS = {
    "name_zh": "能谱分析",
    "name_en": "EDS",
    "max_samples": "5",
    "max_size_mm": "",
    "minutes_per_sample": "30",
    "day_minutes": "120",
    "margin_days": "1",
    "keep_days": "30",
    "magnetic": "refuse",
    "volatile": "ask",
    "hazards_accepted": ["toxic"],
    "fee_item": "",
    "needs_check": "on",
    "q-TOTAL_FORMS": "3",
    "q-INITIAL_FORMS": "0",
    "q-0-label_zh": "材料",
    "q-0-label_en": "Material",
    "q-0-kind": "text",
    "q-0-required": "on",
    "q-1-label_zh": "形态",
    "q-1-label_en": "Form",
    "q-1-kind": "choice",
    "q-1-choices": "粉末 | Powder\n块体 | Bulk",
    "q-2-kind": "text",
}


CLASS_TERMS = {**TERMS, "name_zh": "电镜成像", "name_en": "Imaging"}


def test_a_manager_offers_a_service_changes_it_and_ends_it(scene: Scene, signed_in: SignedIn) -> None:
    asset_no = scene.people.sem.asset_no
    teng = signed_in(scene.people.teng)
    new = reverse("sample_service_new", args=[asset_no])
    wrong = teng.post(new, {**TERMS, "name_en": "", "q-1-choices": ""})
    assert wrong.status_code == 422
    assert "能谱分析" in wrong.content.decode()
    assert "samples.number" in teng.post(new, {**TERMS, "day_minutes": "5000"}).content.decode()
    assert teng.post(new, {**TERMS, "more": "1"}).status_code == 200
    assert not ServiceTemplate.objects.exists()
    assert teng.post(new, TERMS).status_code == 302
    first = ServiceTemplate.objects.get()
    assert (first.instrument, first.needs_check, first.magnetic) == (scene.people.sem, True, "refuse")
    assert [(one["label_en"], one["kind"], one["required"]) for one in first.fields] == [
        ("Material", "text", True),
        ("Form", "choice", False),
    ]
    assert first.fields[1]["choices"][1] == {"value": "c2", "zh": "块体", "en": "Bulk"}
    change = reverse("sample_service_change", args=[asset_no, first.ulid])
    assert "粉末 | Powder" in teng.get(change).content.decode()
    assert teng.post(change, {**TERMS, "max_samples": "9"}).status_code == 302
    first.refresh_from_db()
    second = ServiceTemplate.objects.exclude(pk=first.pk).get()
    assert (first.revoked_at is not None, second.max_samples) == (True, 9)
    listed = teng.get(reverse("sample_services", args=[asset_no])).content.decode()
    assert second.ulid in listed
    assert first.ulid not in listed
    assert teng.get(change).status_code == 404
    assert teng.post(reverse("sample_service_end", args=[asset_no, second.ulid])).status_code == 302
    assert "还没有提供服务" in teng.get(reverse("sample_services", args=[asset_no])).content.decode()


def test_the_office_offers_a_service_of_a_whole_class(scene: Scene, signed_in: SignedIn) -> None:
    office, class6 = signed_in(scene.people.office), scene.people.sem.class6
    assert reverse("sample_classes") in office.get(reverse("office_home")).content.decode()
    assert "还没有按类别提供的服务" in office.get(reverse("sample_classes")).content.decode()
    new = reverse("sample_class_new")
    assert class6 in office.get(new).content.decode()
    assert office.post(new, CLASS_TERMS).status_code == 422
    assert office.post(new, {**CLASS_TERMS, "class6": "999999"}).status_code == 422
    assert office.post(new, {**CLASS_TERMS, "class6": class6}).status_code == 302
    first = ServiceTemplate.objects.get()
    assert (first.instrument, first.class6, len(first.fields)) == (None, class6, 2)
    page = signed_in(scene.people.alice).get(reverse("sample_new")).content.decode()
    assert scene.people.sem.asset_no in page
    assert "电镜成像" in page
    change = reverse("sample_class_change", args=[first.ulid])
    assert "Imaging" in office.get(change).content.decode()
    assert office.post(change, {**CLASS_TERMS, "class6": class6, "max_samples": "7"}).status_code == 302
    second = ServiceTemplate.objects.exclude(pk=first.pk).get()
    assert (second.max_samples, second.class6) == (7, class6)
    assert office.get(change).status_code == 404
    listed = signed_in(scene.people.teng).get(reverse("sample_services", args=[scene.people.sem.asset_no]))
    assert "电镜成像" in listed.content.decode()
    own = reverse("sample_service_change", args=[scene.people.sem.asset_no, second.ulid])
    assert signed_in(scene.people.teng).get(own).status_code == 404
    end = reverse("sample_class_end", args=[second.ulid])
    assert office.get(end).status_code == 200
    assert office.post(end).status_code == 302
    second.refresh_from_db()
    assert second.revoked_at is not None

"""The pages about people: rights, absences, posts, organisations, and the office's lists and files."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.core.clock import end_of_school_day, school_midnight, school_time
from apps.people.hr.uploading import read_hr_file, upload_hr_file
from apps.people.models import (
    Absence,
    Authorization,
    HrFile,
    HrPerson,
    Organisation,
    Post,
    User,
)
from apps.people.operations import appoint_post, declare_absence, grant_authorization
from apps.people.processes import register_process
from apps.people.scopes import may, scope_of
from apps.people.substitution import substitute_for
from tests.domain.people.applicants import applied, company, dan
from tests.domain.people.hrfiles import as_csv, confirmed, read, row
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene
from tests.web.test_pages import INLINE

DAY = timedelta(days=1)
PAGES = (
    "right_list",
    "right_grant",
    "absence_list",
    "office_home",
    "application_list",
    "post_list",
    "organisation_list",
    "hr_list",
)


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# --- rights ---


def test_rights_are_listed_by_who_holds_and_who_gave_them(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    grant_authorization(
        user=people.teng, kind="use", scope=scope_of(people.sem), grantor=people.office, now=scene.now
    )
    mine = _page(signed_in(people.teng), "right_list")
    assert people.sem.name_zh in mine
    assert reverse("right_grant") not in mine
    office = _page(signed_in(people.office), "right_list")
    assert office.count("滕老师") >= 2  # given, and on what the office manages
    assert "滕老师" not in _page(signed_in(people.office), "right_list", q="finance").split("around")[-1]


def test_the_number_of_queries_of_rights_does_not_grow_with_them(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = scene.people
    for user in (people.teng, people.olga, people.wang, people.bob):
        for row_ in (people.sem, people.sem.facility, people.lab):
            grant_authorization(
                user=user, kind="use", scope=scope_of(row_), grantor=people.office, now=scene.now
            )
    client = signed_in(people.office)
    _page(client, "right_list")  # content types are remembered
    with django_assert_num_queries(15):
        _page(client, "right_list")


def test_a_right_is_given_and_taken_on_the_page(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    client = signed_in(people.office)
    day = school_time(scene.now + 10 * DAY).date()
    typed = {
        "user": "TENG",
        "kind": "report",
        "what": "instrument",
        "code": "qy000004",
        "until": day.isoformat(),
        "reason": "代管",
    }
    for wrong, code in (
        ({"user": "nobody"}, None),
        ({"code": "QY999999"}, None),
        ({"user": "office"}, "people.own_case"),
        ({"until": "2020-01-01"}, "core.period"),
    ):
        answer = client.post(reverse("right_grant"), {**typed, **wrong})
        assert answer.status_code == 422
        assert code is None or code in answer.content.decode()
    assert client.post(reverse("right_grant"), typed).status_code == 302
    right = Authorization.objects.get(user=people.teng)
    assert (right.valid_until, right.grantor, right.reason) == (
        end_of_school_day(day),
        people.office,
        "代管",
    )
    assert may(people.teng, "report", people.sem, scene.now + HOUR)
    address = reverse("right_revoke", args=[right.ulid])
    assert client.post(address, {"reason": ""}).status_code == 409
    assert client.post(address, {"reason": "收回"}).status_code == 302
    right.refresh_from_db()
    assert (right.revoked_by, right.revoke_reason) == (people.office, "收回")
    assert "people.right_ended" in client.post(address, {"reason": "again"}).content.decode()


def test_a_right_is_given_up_by_its_holder(scene: Scene, signed_in: SignedIn) -> None:
    right = Authorization.objects.get(user=scene.people.finance)
    answer = signed_in(scene.people.finance).post(
        reverse("right_revoke", args=[right.ulid]), {"reason": "不再需要"}
    )
    assert answer.status_code == 302
    right.refresh_from_db()
    assert right.revoked_by == scene.people.finance


# --- absences ---


def test_an_absence_is_declared_for_chosen_processes_and_ended(scene: Scene, signed_in: SignedIn) -> None:
    register_process("toy", "Toy")
    people = scene.people
    client = signed_in(people.teng)
    today = school_time(scene.now).date()
    typed = {
        "substitute": "olga",
        "start": today.isoformat(),
        "end": (today + DAY).isoformat(),
        "processes": ["toy"],
        "reason": "出差",
    }
    for wrong, code in (
        ({"substitute": "teng"}, "people.absence_self"),
        ({"end": "2020-01-01"}, "core.period"),
    ):
        answer = client.post(reverse("absence_list"), {**typed, **wrong})
        assert answer.status_code == 422
        assert code in answer.content.decode()
    assert client.post(reverse("absence_list"), typed).status_code == 302
    absence = Absence.objects.get()
    assert absence.valid_until == school_midnight(today + 2 * DAY)
    assert substitute_for(people.teng, scene.now + HOUR, "toy") == people.olga
    assert substitute_for(people.teng, scene.now + HOUR, "other") is None
    assert "出差" in _page(client, "absence_list")
    assert "滕老师" in _page(signed_in(people.olga), "absence_list")
    address = reverse("absence_end", args=[absence.ulid])
    assert signed_in(people.olga).get(address).status_code == 200
    assert signed_in(people.olga).post(address).status_code == 302
    assert "people.absence_ended" in client.post(address).content.decode()


# --- the office ---


def test_posts_are_appointed_found_and_ended(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    client = signed_in(people.office)
    typed = {"user": "teng", "kind": "lab_head", "unit": people.lab.code.lower(), "until": "", "reason": ""}
    for wrong, code in (
        ({"user": "alice"}, "people.post_student"),
        ({"kind": "department_head"}, "people.post_unit"),
        ({"unit": "NOWHERE"}, None),
    ):
        answer = client.post(reverse("post_list"), {**typed, **wrong})
        assert answer.status_code == 422
        assert code is None or code in answer.content.decode()
    assert client.post(reverse("post_list"), typed).status_code == 302
    post = Post.objects.get()
    assert "滕老师" in _page(client, "post_list", q=people.lab.code)
    assert "滕老师" not in _page(client, "post_list", q="欧丽佳").split("appoint")[0].split("<tbody>")[-1]
    address = reverse("post_end", args=[post.ulid])
    assert client.post(address, {"reason": ""}).status_code == 409
    assert client.post(address, {"reason": "轮换"}).status_code == 302
    assert "people.post_ended" in client.post(address, {"reason": "x"}).content.decode()


def test_an_organisation_is_listed_contracted_blocked_and_opened(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.office)
    typed = {"name_zh": "青峰材料公司", "name_en": "", "kind": "enterprise", "code": "91a"}
    made: Any = client.post(reverse("organisation_list"), typed)
    listed = Organisation.objects.get()
    assert made.url == reverse("organisation_detail", args=[listed.ulid])
    assert "people.organisation_taken" in client.post(reverse("organisation_list"), typed).content.decode()
    agreement = {"number": "HT-1", "start": "2026-11-01", "end": "2027-10-31", "note": ""}
    assert client.post(made.url, agreement).status_code == 302
    assert "people.agreement_taken" in client.post(made.url, agreement).content.decode()
    assert listed.agreements.get().valid_until == school_midnight(
        school_time(scene.now).date().replace(year=2027, month=11, day=1)
    )
    block = reverse("organisation_block", args=[listed.ulid])
    assert client.post(block, {"reason": ""}).status_code == 409
    assert client.post(block, {"reason": "欠费"}).status_code == 302
    assert "state-stop" in _page(client, "organisation_list", q="青峰")
    assert "欠费" in _page(client, "organisation_detail", listed.ulid)
    assert client.post(block, {"reason": "已缴"}).status_code == 302
    assert "state-stop" not in _page(client, "organisation_list")


def test_applications_are_listed_with_what_became_of_them(scene: Scene, signed_in: SignedIn) -> None:
    applied(dan(), scene.now)
    applied(dan(number="2026002", sponsor_text="nobody"), scene.now)
    client = signed_in(scene.people.office)
    page = _page(client, "application_list")
    assert page.count("state-warn") == 3  # two open, one sponsor not found
    assert "2026002" in page
    assert "2026002" not in _page(client, "application_list", state="activated")
    assert "2 份未办结" in _page(client, "office_home")


def test_old_applications_are_paged_by_keyset(scene: Scene, signed_in: SignedIn) -> None:
    for n in range(60):
        applied(dan(number=f"2026-{n:03d}"), scene.now + n * timedelta(seconds=1))
    client = signed_in(scene.people.office)
    first = _page(client, "application_list")
    assert "2026-059" in first
    assert "2026-009" not in first
    found = re.search(r'rel="next" href="\?([^"]+)"', first)
    assert found is not None
    assert "2026-009" in client.get(f"{reverse('application_list')}?{found[1]}").content.decode()


# --- personnel files ---


def _upload(client: Client, content: bytes, name: str = "hr.csv") -> Any:
    return client.post(reverse("hr_list"), {"file": SimpleUploadedFile(name, content)})


def test_a_personnel_file_is_uploaded_read_shown_and_confirmed(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.office)
    content = as_csv([row("2026001", "丹"), row("2026002", "薇")])
    answer = _upload(client, content)
    file = HrFile.objects.get()
    assert answer.url == reverse("hr_file", args=[file.ulid])
    assert "hx-get" in _page(client, "hr_file", file.ulid)
    progress = client.get(reverse("hr_progress", args=[file.ulid]))
    assert "HX-Refresh" not in progress.headers
    read_hr_file(ulid=file.ulid, now=scene.now)
    assert client.get(reverse("hr_progress", args=[file.ulid])).headers["HX-Refresh"] == "true"
    page = _page(client, "hr_file", file.ulid, show="new")
    assert "薇" in page
    file.refresh_from_db()
    address = reverse("hr_confirm", args=[file.ulid])
    assert file.digest in client.get(address).content.decode()
    assert not HrPerson.objects.exists()
    assert "people.hr_stale" in client.post(address, {"digest": "0" * 64}).content.decode()
    assert client.post(address, {"digest": file.digest}).status_code == 302
    assert HrPerson.objects.count() == 2
    again = client.post(address, {"digest": file.digest})
    assert (again.status_code, "people.hr_decided" in again.content.decode()) == (409, True)
    assert _upload(client, content).url == reverse("hr_file", args=[file.ulid])
    assert HrFile.objects.count() == 1


def test_leavers_and_a_file_that_is_stopped_are_shown(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    everybody = [row("ALICE", "艾丽"), row("BOBBY", "包博")]
    User.objects.filter(pk=people.alice.pk).update(username="ALICE")
    confirmed(everybody, people.office, scene.now - DAY)
    file = read(as_csv(everybody[1:]), scene.now)
    client = signed_in(people.office)
    page = _page(client, "hr_file", file.ulid, show="leaving")
    assert "艾丽" in page
    assert "note-error" in page  # one of seven is more than two percent
    assert "ALICE" in _page(client, "hr_file", file.ulid, show="absent")
    answer = client.post(reverse("hr_confirm", args=[file.ulid]), {"digest": file.digest})
    assert "people.hr_cap" in answer.content.decode()
    reject = reverse("hr_reject", args=[file.ulid])
    assert client.post(reject, {"reason": ""}).status_code == 409
    assert client.post(reject, {"reason": "不完整"}).status_code == 302
    assert "不完整" in _page(client, "hr_file", file.ulid)


def test_faults_and_unreadable_files_say_what_to_do(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.office)
    file = read(as_csv([row("1", ""), row("2026002", "薇", until="昨天")]), scene.now)
    page = _page(client, "hr_file", file.ulid)
    for code in ("people.hr_number", "people.hr_name", "people.hr_date"):
        assert code in page
    assert reverse("hr_confirm", args=[file.ulid]) not in page
    book = openpyxl.load_workbook(BytesIO(b"".join(client.get(reverse("hr_faults", args=[file.ulid])))))
    assert book.worksheets[0].max_row == 4
    lost = read("姓名\n丹\n".encode(), scene.now)
    page = _page(client, "hr_file", lost.ulid)
    assert "people.hr_columns" in page
    assert "学工号" in page
    assert _upload(client, b"x" * 16 * 1024 * 1024).status_code == 422


def test_reports_and_template_are_downloads(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.office)
    file = read(as_csv([row("2026001", "丹")]), scene.now)
    for name, args in (("hr_template", []), ("hr_report", [file.ulid]), ("hr_faults", [file.ulid])):
        answer = client.get(reverse(name, args=args))
        assert "attachment" in answer.headers["Content-Disposition"]
        assert b"".join(answer)[:2] == b"PK"


# --- all of them ---


def test_no_page_about_people_carries_inline_script_or_style(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.office)
    file = read(as_csv([row("2026001", "丹")]), scene.now)
    waiting = upload_hr_file(name="x.csv", content=as_csv([row("2026002")]), by=None, now=scene.now)
    listed = company(scene.now)
    pages = [_page(Client(), "application_create"), *(_page(client, name) for name in PAGES)]
    pages += [_page(client, name, file.ulid) for name in ("hr_file", "hr_confirm", "hr_reject")]
    pages += [_page(client, "hr_file", waiting.ulid)]
    pages += [_page(client, name, listed.ulid) for name in ("organisation_detail", "organisation_block")]
    assert [INLINE.findall(page) for page in pages] == [[]] * len(pages)


@pytest.mark.parametrize(
    ("name", "who", "queries"),
    [
        ("right_list", "alice", 7),
        ("absence_list", "teng", 6),
        ("office_home", "office", 8),
        ("application_list", "office", 6),
        ("post_list", "office", 6),
        ("organisation_list", "office", 7),
        ("hr_list", "office", 9),
    ],
)
def test_a_page_about_people_takes_its_number_of_queries(
    name: str,
    who: str,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = scene.people
    applied(dan(), scene.now)
    company(scene.now)
    appoint_post(user=people.teng, unit=people.lab, kind="secretary", by=None, now=scene.now)
    declare_absence(
        user=people.teng,
        substitute=people.olga,
        valid_from=scene.now,
        valid_until=scene.now + HOUR,
        by=None,
        now=scene.now,
    )
    confirmed([row("2026001", "丹")], people.office, scene.now)
    client = signed_in(getattr(people, who))
    _page(client, name)
    with django_assert_num_queries(queries):
        _page(client, name)

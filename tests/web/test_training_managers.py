"""The pages of who answers for instruments: the register of certificates, the question bank, courses."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.instruments.operations import appoint_crew
from apps.people.models import User
from apps.training.courses import Terms, create_course, publish_version
from apps.training.models import (
    Certificate,
    Course,
    Question,
    QuestionUpload,
    Topic,
)
from apps.training.operations import issue_certificate, suspend_certificate, withdraw_certificate
from apps.training.queries import level_of
from apps.training.question_import import import_questions
from documents.models import Document
from tests.domain.training.test_question_files import GOOD, _csv, _row
from tests.factories import training as make
from tests.web.conftest import SignedIn
from tests.web.learning import Learning, learn, page
from tests.web.scene import HOUR, Scene

DAY = timedelta(days=1)


@pytest.fixture
def learning(scene: Scene) -> Learning:
    return learn(scene)


@pytest.fixture
def teng(learning: Learning, signed_in: SignedIn) -> Client:
    return signed_in(learning.scene.people.teng)


def test_holders_are_found_filtered_and_paged(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    client = signed_in(they.teng)
    assert they.alice.name_zh in page(client, "holder_list")
    for query in ({"q": "alice"}, {"q": they.sem.name_zh}, {"level": "basic"}, {"instrument": "QY000004"}):
        assert they.alice.name_zh in page(client, "holder_list", **query)
    for query in ({"q": "bob"}, {"level": "trainer"}, {"state": "ended"}, {"state": "suspended"}):
        assert they.alice.name_zh not in page(client, "holder_list", **query)
    suspend_certificate(certificate=they.certificate, reason="x", by=they.teng, now=scene.now)
    assert they.alice.name_zh in page(client, "holder_list", state="suspended")
    assert they.alice.name_zh not in page(client, "holder_list", state="in_force")


def test_the_register_is_an_excel_file_too(scene: Scene, signed_in: SignedIn) -> None:
    answer = signed_in(scene.people.finance).get(reverse("holder_export"))
    sheet = openpyxl.load_workbook(BytesIO(b"".join(answer)))
    assert sheet.active is not None
    rows = list(sheet.active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][:4] == ("QY000004", scene.people.sem.name_zh, "alice", "艾丽")


def test_a_certificate_is_withdrawn_with_a_reason(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    client = signed_in(they.teng)
    address = reverse("certificate_act", args=[they.certificate.ulid, "withdraw"])
    assert client.post(address, {"reason": " "}).status_code == 409
    assert client.post(address, {"reason": "违规操作"}).status_code == 302
    they.certificate.refresh_from_db()
    assert (they.certificate.withdraw_reason, they.certificate.ended_as) == ("违规操作", "withdrawn")
    again = client.post(address, {"reason": "again"})
    assert again.status_code == 409
    assert "training.withdrawn" in again.content.decode()


def test_a_certificate_is_suspended_and_counts_again(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    client = signed_in(they.teng)
    for verb, level in (("suspend", "none"), ("reinstate", "basic")):
        client.post(reverse("certificate_act", args=[they.certificate.ulid, verb]), {"reason": "调查"})
        assert level_of(they.alice, they.sem, scene.now + HOUR) == level
    assert client.get(reverse("certificate_act", args=[they.certificate.ulid, "burn"])).status_code == 404
    own = signed_in(they.alice)
    assert own.get(reverse("certificate_act", args=[they.certificate.ulid, "suspend"])).status_code == 404


def test_the_paper_is_made_by_a_click_and_opened_from_then_on(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    made = reverse("certificate_paper", args=[they.certificate.ulid])
    for who, name in ((they.alice, "training_mine"), (they.teng, "holder_list")):
        assert made in page(signed_in(who), name)
    client = signed_in(they.alice)
    answer = client.post(made)
    document = Document.objects.get()
    opened = reverse("document_detail", args=[document.ulid])
    assert answer.headers["Location"] == f"{opened}?language=zh-hans"
    assert client.get(answer.headers["Location"]).content.startswith(b"%PDF")
    for who, name in ((they.alice, "training_mine"), (they.teng, "holder_list")):
        shown = page(signed_in(who), name)
        assert f"{opened}?language=zh-hans" in shown
        assert made not in shown
    withdraw_certificate(certificate=they.certificate, reason="违规", by=they.teng, now=scene.now)
    assert opened in page(client, "training_mine")
    assert opened in page(signed_in(they.teng), "holder_list", state="ended")


def test_the_paper_of_another_does_not_exist(scene: Scene, signed_in: SignedIn) -> None:
    made = reverse("certificate_paper", args=[scene.people.certificate.ulid])
    for who in (scene.people.bob, scene.people.olga, scene.people.finance):
        answer = signed_in(who).post(made)
        assert answer.status_code == 404
        assert "training.certificate_unknown" in answer.content.decode()
    assert not Document.objects.exists()


def test_one_that_is_over_gets_no_paper(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    withdraw_certificate(certificate=they.certificate, reason="违规", by=they.teng, now=scene.now)
    made = reverse("certificate_paper", args=[they.certificate.ulid])
    assert made not in page(signed_in(they.alice), "training_mine")
    answer = signed_in(they.alice).post(made)
    assert answer.status_code == 409
    assert "training.withdrawn" in answer.content.decode()


def test_the_register_offers_each_only_what_they_may_do(scene: Scene, signed_in: SignedIn) -> None:
    they, now = scene.people, scene.now
    appoint_crew(instrument=they.sem, user=they.olga, role="trainer", by=they.office, now=now)
    advanced = make_certificate(scene, they.charlie, "advanced")
    make_certificate(scene, they.olga, "basic")
    own = Certificate.objects.get(user=they.olga)

    def offered(who: User) -> dict[str, bool]:
        shown = page(signed_in(who), "holder_list")
        return {
            one.user.username: reverse("certificate_act", args=[one.ulid, "withdraw"]) in shown
            for one in (they.certificate, advanced, own)
        }

    assert offered(they.teng) == {"alice": True, "charlie": True, "olga": True}
    assert offered(they.office) == {"alice": True, "charlie": True, "olga": True}
    assert offered(they.finance) == {"alice": False, "charlie": False, "olga": False}
    assert offered(they.olga) == {"alice": True, "charlie": False, "olga": False}


def make_certificate(scene: Scene, user: User, level: str) -> Certificate:
    return issue_certificate(
        user=user,
        instrument=scene.people.sem,
        level=level,
        valid_from=scene.now - DAY,
        valid_until=scene.now + 100 * DAY,
        issued_by=None,
        source_case="import:register",
        now=scene.now - DAY,
    )


def test_a_topic_and_a_question_are_written_from_the_pages(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    client = signed_in(they.teng)
    topic = {"code": "VAC", "name_zh": "真空", "name_en": "Vacuum", "facility": they.sem.facility.ulid}
    assert client.post(reverse("topic_new"), topic).status_code == 302
    assert client.post(reverse("topic_new"), {**topic, "code": "V2", "facility": ""}).status_code == 422
    asked = {
        "code": "V-1",
        "topic": "VAC",
        "kind": "multiple",
        "points": "2",
        "text_zh": "哪些是真空泵？",  # noqa: RUF001 - Chinese punctuation
        "option_A_zh": "分子泵",
        "option_B_zh": "水泵",
        "option_C_zh": "离子泵",
        "correct": "a, c",
        "active_until": "2027-06-30",
    }
    assert client.post(reverse("question_new"), asked).status_code == 302
    question = Question.objects.get()
    assert (question.correct, question.points, len(question.options)) == (["A", "C"], 2, 3)
    edit = reverse("question_edit", args=[question.ulid])
    assert 'value="2027-06-30"' in client.get(edit).content.decode()
    bad = client.post(edit, {**asked, "correct": "F"})
    assert bad.status_code == 422
    assert "training.question_correct" in bad.content.decode()
    assert client.post(edit, asked).status_code == 302
    assert Question.objects.count() == 1
    client.post(edit, {**asked, "points": "3"})
    assert Question.objects.filter(revoked_at__isnull=True).get().points == 3
    retire = reverse("question_retire", args=[Question.objects.latest("pk").ulid])
    client.post(retire, {"reason": "过时"})
    assert "V-1" not in page(client, "question_list")


def test_questions_are_found_by_word_topic_and_kind(learning: Learning, teng: Client) -> None:
    assert page(teng, "question_list").count("SEM-00") >= 6
    assert "SEM-001" in page(teng, "question_list", q="001")
    for query in ({"q": "nothing"}, {"kind": "multiple"}):
        assert "SEM-001" not in page(teng, "question_list", **query)


def test_a_file_is_looked_at_and_loaded(scene: Scene, signed_in: SignedIn) -> None:
    make.topic(scene.people, scene.now)
    client = signed_in(scene.people.teng)
    upload = SimpleUploadedFile("q.csv", _csv(GOOD, encoding="gbk"))
    shown = client.post(reverse("question_import"), {"file": upload}).content.decode()
    kept = QuestionUpload.objects.get()
    assert reverse("question_load", args=[kept.ulid]) in shown
    assert "<dd>3</dd>" in shown
    assert not Question.objects.exists()
    client.post(reverse("question_load", args=[kept.ulid]))
    assert Question.objects.count() == 3
    assert client.post(reverse("question_load", args=[kept.ulid])).status_code == 404


def test_a_file_with_faults_names_each_row(scene: Scene, signed_in: SignedIn) -> None:
    make.topic(scene.people, scene.now)
    client = signed_in(scene.people.teng)
    upload = SimpleUploadedFile("q.csv", _csv([_row("Q1", kind="作文"), _row("Q2", answer="Z")]))
    answer = client.post(reverse("question_import"), {"file": upload})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "training.question_kind" in shown
    assert "training.question_correct" in shown
    assert not QuestionUpload.objects.exists()
    broken = client.post(reverse("question_import"), {"file": SimpleUploadedFile("q.csv", b"x,y\n1,2\n")})
    assert broken.status_code == 422
    assert "training.file_columns" in broken.content.decode()


def test_the_template_and_the_export_can_be_loaded_again(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    make.topic(they, scene.now)
    client = signed_in(they.teng)
    template = b"".join(client.get(reverse("question_template")))
    report = import_questions(content=template, by=they.teng, now=scene.now)
    assert (report.new, report.faults) == (3, ())
    rows = [*GOOD, _row("Q9", active_from="2026-12-01", active_until="2027-01-31")]
    import_questions(content=_csv(rows), by=they.teng, now=scene.now)
    exported = b"".join(client.get(reverse("question_export")))
    report = import_questions(content=exported, by=they.teng, now=scene.now + DAY)
    assert (report.new, report.changed, report.unchanged) == (0, 0, 7)
    assert ZipFile(BytesIO(exported)).testzip() is None


def test_a_course_is_made_given_terms_and_ended_from_the_pages(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    topic = make.bank(they, scene.now)
    client = signed_in(they.teng)
    made = {
        "code": "SEM-1",
        "kind": "instrument",
        "name_zh": "扫描电镜",
        "name_en": "SEM",
        "level": "basic",
        "asset_no": "QY000004",
    }
    assert client.post(reverse("course_new"), {**made, "asset_no": "QY999999"}).status_code == 422
    assert client.post(reverse("course_new"), made).status_code == 302
    course = Course.objects.get()
    terms = {
        "prerequisite_level": "none",
        "required_minutes": "120",
        "pass_mark": "70",
        "time_limit_minutes": "30",
        "max_attempts": "2",
        "cooling_off_days": "7",
        "validity_days": "365",
        "renewal_minutes": "0",
        "difference_minutes": "30",
        "renewal_exam": "on",
        f"share_{topic.ulid}": "5",
    }
    address = reverse("course_terms", args=[course.ulid])
    assert client.post(address, {**terms, f"share_{topic.ulid}": "7"}).status_code == 422
    assert client.post(address, {**terms, "pass_mark": "0"}).status_code == 422
    assert client.post(address, terms).status_code == 302
    version = course.versions.get()
    assert (version.required_minutes, version.pass_mark, version.renewal_exam) == (120, 70, True)
    assert version.shares.get().questions == 5
    assert 'value="70"' in page(client, "course_terms", course.ulid)
    assert "SEM-1" in page(client, "course_list", q="QY000004")
    client.post(reverse("course_retire", args=[course.ulid]), {"reason": "停开"})
    assert "SEM-1" not in page(client, "course_list")


def test_only_the_office_is_offered_the_safety_course(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    assert 'value="safety"' not in page(signed_in(they.teng), "course_new")
    assert 'value="safety"' in page(signed_in(they.office), "course_new")
    asked = {"code": "S", "kind": "safety", "name_zh": "安全", "name_en": "Safety", "level": ""}
    assert signed_in(they.teng).post(reverse("course_new"), asked).status_code == 422
    assert not Course.objects.exists()


def test_the_desk_offers_the_assessment_at_any_instrument_of_a_course_for_several(
    scene: Scene, signed_in: SignedIn
) -> None:
    they, now = scene.people, scene.now
    course = create_course(
        code="SEM-ALL",
        kind=Course.Kind.MODEL,
        name_zh="扫描电镜通用",
        name_en="Any SEM",
        level="basic",
        class6=they.sem.class6,
        by=they.office,
        now=now,
    )
    publish_version(course=course, terms=Terms(), valid_from=now, by=they.office, now=now)
    make.rubric(they, now)
    request = make.accepted(they, course, now)
    shown = page(signed_in(they.teng), "training_desk")
    assert reverse("request_assess", args=[request.ulid, they.sem.asset_no]) in shown


def test_a_reason_says_who_reads_it_only_where_somebody_does(learning: Learning, teng: Client) -> None:
    question = Question.objects.order_by("pk").first()
    assert question is not None
    teng.cookies["django_language"] = "en"
    told = "The person concerned reads this."
    certificate = learning.scene.people.certificate
    assert told in page(teng, "certificate_act", certificate.ulid, "withdraw")
    assert told not in page(teng, "question_retire", question.ulid)
    assert told not in page(teng, "course_retire", learning.course.ulid)


def test_another_attempt_is_allowed_by_login(learning: Learning, teng: Client) -> None:
    address = reverse("course_attempt", args=[learning.course.ulid])
    assert teng.post(address, {"login": "nobody", "reason": "x"}).status_code == 422
    assert teng.post(address, {"login": "teng", "reason": "x"}).status_code == 422
    assert teng.post(address, {"login": "bob", "reason": "考场断电"}).status_code == 302
    assert learning.scene.people.bob.extra_attempts.get().reason == "考场断电"


def test_the_office_makes_a_topic_of_the_school(scene: Scene, signed_in: SignedIn) -> None:
    topic = {"code": "GEN", "name_zh": "通用", "name_en": "General", "facility": ""}
    assert signed_in(scene.people.office).post(reverse("topic_new"), topic).status_code == 302
    assert Topic.objects.get().facility is None

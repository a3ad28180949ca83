"""The page of a task and of a case: what they show to whom, every verb by its page, refusals that keep what
was typed.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from tests.toyflows.approvals import RoundFlow
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.workflows.toys import kinds, owner, three_steps, waiting, yes
from workflows import services
from workflows.models import Attachment, Case, Step

DAY = timedelta(days=1)
PDF = b"%PDF-1.7 small"


@pytest.fixture
def files(settings: Settings, tmp_path: Any) -> None:
    """Attachments go to a folder of the test's own."""
    settings.ATTACHMENTS_DIR = str(tmp_path / "attachments")


@pytest.fixture
def case(scene: Scene) -> Case:
    """Alice has applied; Teng, then Wang, then Olga are asked."""
    people = scene.people
    return three_steps(
        people, scene.now, tutors=[people.teng.pk], heads=[people.wang.pk], officers=[people.olga.pk]
    )


def at(client: Client, name: str, *args: object, status: int = 200, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == status
    return answer.content.decode()


def post(client: Client, name: str, ulid: str, status: int = 302, **data: Any) -> str:
    answer = client.post(reverse(name, args=[ulid]), data)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def only(case: Case) -> Step:
    [step] = waiting(case).values()
    return step


def test_the_page_asks_the_question_and_shows_what_was_frozen(
    scene: Scene, case: Case, signed_in: SignedIn
) -> None:
    shown = at(signed_in(scene.people.teng), "task_detail", only(case).ulid)
    assert "Is it right?" in shown
    assert "艾丽" in shown
    assert case.dossiers.get().digest in shown
    assert "工作" not in shown.partition("<main")[2].partition("</main>")[0]
    for verb in ("task_send_back", "task_transfer", "task_delegate", "task_add_signer"):
        assert reverse(verb, args=[only(case).ulid]) in shown, verb
    for verb in ("case_withdraw", "case_cancel", "case_urge"):
        assert reverse(verb, args=[case.ulid]) not in shown, verb


def test_only_the_verbs_that_one_may_use_are_offered(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    step, people = only(case), scene.people
    applicant = at(signed_in(people.alice), "task_detail", step.ulid)
    assert 'name="outcome"' not in applicant
    assert reverse("case_withdraw", args=[case.ulid]) in applicant
    assert reverse("case_urge", args=[case.ulid]) in applicant
    office = at(signed_in(people.office), "task_detail", step.ulid)
    assert 'name="outcome"' not in office
    assert reverse("task_transfer", args=[step.ulid]) in office
    assert reverse("case_cancel", args=[case.ulid]) in office
    assert at(signed_in(people.bob), "task_detail", step.ulid, status=404)


def test_an_answer_goes_on_and_the_page_then_shows_it(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    step, client = only(case), signed_in(scene.people.teng)
    post(client, "task_detail", step.ulid, outcome="approve", opinion="可以")
    assert list(waiting(case)) == ["lab"]
    shown = at(client, "task_detail", step.ulid)
    assert 'name="outcome"' not in shown
    assert "可以" in shown


def test_a_refusal_without_a_word_is_asked_for_one_and_keeps_the_files(
    scene: Scene, case: Case, signed_in: SignedIn, files: None
) -> None:
    step, client = only(case), signed_in(scene.people.teng)
    upload = SimpleUploadedFile("会议纪要.pdf", PDF)
    shown = post(client, "task_detail", step.ulid, 422, outcome="reject", attachments=upload)
    assert "workflows.opinion_required" in shown
    kept = Attachment.objects.get()
    assert f'name="kept" value="{kept.ulid}"' in shown
    post(client, "task_detail", step.ulid, outcome="reject", opinion="材料不全", kept=kept.ulid)
    case.refresh_from_db()
    kept.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "refused")
    assert kept.event is not None
    assert kept.event.kind == "reject"


def test_a_file_that_is_not_allowed_is_told_before_anything_is_answered(
    scene: Scene, case: Case, signed_in: SignedIn, files: None
) -> None:
    step, client = only(case), signed_in(scene.people.teng)
    upload = SimpleUploadedFile("tool.exe", b"MZ")
    shown = post(client, "task_detail", step.ulid, 422, outcome="approve", attachments=upload, opinion="好")
    assert "workflows.file_kind" in shown
    assert ">好</textarea>" in shown
    assert list(waiting(case)) == ["tutor"]


def test_a_file_is_handed_out_as_a_download_to_who_may_read_the_case(
    scene: Scene, case: Case, signed_in: SignedIn, files: None
) -> None:
    step, client = only(case), signed_in(scene.people.teng)
    upload = SimpleUploadedFile("会议纪要.pdf", PDF)
    post(client, "task_detail", step.ulid, outcome="approve", attachments=upload)
    attachment = Attachment.objects.get()
    address = reverse("case_file", args=[case.ulid, attachment.ulid])
    assert address in at(signed_in(scene.people.alice), "case_detail", case.ulid)
    answer = signed_in(scene.people.alice).get(address)
    assert b"".join(answer) == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert signed_in(scene.people.bob).get(address).status_code == 404
    other = three_steps(scene.people, scene.now, subject="thing:two")
    crossed = reverse("case_file", args=[other.ulid, attachment.ulid])
    assert signed_in(scene.people.alice).get(crossed).status_code == 404


def test_the_case_is_printed_for_who_may_read_it(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    address = reverse("case_print", args=[case.ulid])
    assert address in at(signed_in(scene.people.teng), "task_detail", only(case).ulid)
    answer = signed_in(scene.people.alice).get(address)
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == f'inline; filename="{case.number}.pdf"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert signed_in(scene.people.bob).get(address).status_code == 404


def test_files_of_others_cannot_be_slipped_into_an_answer(
    scene: Scene, case: Case, signed_in: SignedIn, files: None
) -> None:
    theirs = services.attach(case=case, by=scene.people.alice, name="a.txt", content=b"x", now=scene.now)
    client = signed_in(scene.people.teng)
    post(client, "task_detail", only(case).ulid, outcome="approve", kept=theirs.ulid)
    theirs.refresh_from_db()
    assert theirs.event is None


def test_an_answer_that_nobody_offered_is_refused(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    shown = post(signed_in(scene.people.teng), "task_detail", only(case).ulid, 422, outcome="expired")
    assert "workflows.outcome" in shown
    assert list(waiting(case)) == ["tutor"]


def test_the_second_of_two_clicks_is_told_that_it_is_answered(
    scene: Scene, case: Case, signed_in: SignedIn
) -> None:
    step, client = only(case), signed_in(scene.people.teng)
    post(client, "task_detail", step.ulid, outcome="approve")
    assert "workflows.answered" in post(client, "task_detail", step.ulid, 409, outcome="approve")


def test_what_the_domain_refuses_stands_at_the_answer(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    yes(case, scene.people.teng, scene.now)
    client = signed_in(scene.people.wang)
    shown = post(client, "task_detail", only(case).ulid, 422, outcome="approve", opinion="the domain says no")
    assert "toy.no" in shown
    assert "the domain says no</textarea>" in shown


def test_a_shared_step_is_taken_and_given_back(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    case = three_steps(people, scene.now, tutors=[people.teng.pk, people.olga.pk])
    step, client = only(case), signed_in(people.teng)
    assert reverse("task_claim", args=[step.ulid]) in at(client, "task_detail", step.ulid)
    post(client, "task_claim", step.ulid)
    assert owner(case) == people.teng
    assert "workflows.taken" in post(signed_in(people.olga), "task_claim", step.ulid, 409)
    assert reverse("task_release", args=[step.ulid]) in at(client, "task_detail", step.ulid)
    post(client, "task_release", step.ulid)
    assert owner(case) is None


def test_sending_back_offers_the_steps_and_needs_a_reason(
    scene: Scene, case: Case, signed_in: SignedIn
) -> None:
    yes(case, scene.people.teng, scene.now)
    step, client = only(case), signed_in(scene.people.wang)
    offered = at(client, "task_send_back", step.ulid)
    assert 'value="revise"' in offered
    assert 'value="tutor"' in offered
    post(client, "task_send_back", step.ulid, 422, to="tutor", reason="")
    post(client, "task_send_back", step.ulid, 422, to="office", reason="x")
    post(client, "task_send_back", step.ulid, to="tutor", reason="请补充说明")
    assert list(waiting(case)) == ["tutor"]
    assert "请补充说明" in at(signed_in(scene.people.alice), "case_detail", case.ulid)


def test_passing_on_offers_only_who_may_take_it(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    case = three_steps(people, scene.now, tutors=[people.teng.pk, people.olga.pk])
    services.claim(step=only(case), by=people.teng, now=scene.now)
    step, client = only(case), signed_in(people.teng)
    offered = at(client, "task_transfer", step.ulid)
    assert f'value="{people.olga.ulid}"' in offered
    assert f'value="{people.office.ulid}"' in offered
    for nobody in (people.teng, people.alice, people.bob):
        assert f'value="{nobody.ulid}"' not in offered
        post(client, "task_transfer", step.ulid, 422, to=nobody.ulid, reason="x")
    post(client, "task_transfer", step.ulid, to=people.olga.ulid, reason="出差")
    assert owner(case) == people.olga


def test_an_opinion_is_asked_of_somebody_by_name_and_comes_back(
    scene: Scene, case: Case, signed_in: SignedIn
) -> None:
    people, step, client = scene.people, only(case), signed_in(scene.people.teng)
    nobody = post(client, "task_delegate", step.ulid, 422, person="无此人", reason="x")
    assert 'value="无此人"' in nobody
    own = post(client, "task_delegate", step.ulid, 422, person="alice", reason="x")
    assert "workflows.own_case" in own
    several = post(client, "task_delegate", step.ulid, 422, person="o", reason="请看")
    assert f'value="{people.olga.ulid}"' in several
    assert f'value="{people.bob.ulid}"' in several
    post(client, "task_delegate", step.ulid, person="o", which=people.olga.ulid, reason="请看")
    assert owner(case) == people.olga
    asked = at(signed_in(people.olga), "task_detail", step.ulid)
    assert 'name="outcome"' not in asked
    assert reverse("task_give_back", args=[step.ulid]) in asked
    post(signed_in(people.olga), "task_give_back", step.ulid, 422, opinion=" ")
    post(signed_in(people.olga), "task_give_back", step.ulid, opinion="没有问题")
    assert owner(case) == people.teng
    assert "没有问题" in at(client, "task_detail", step.ulid)


def test_signers_are_asked_before_and_after_and_taken_back(
    scene: Scene, case: Case, signed_in: SignedIn
) -> None:
    people, step, client = scene.people, only(case), signed_in(scene.people.teng)
    offered = at(client, "task_add_signer", step.ulid)
    assert ['value="before"' in offered, 'value="after"' in offered, 'value="beside"' in offered] == [
        True,
        True,
        False,
    ]
    post(client, "task_add_signer", step.ulid, 422, person="olga", where="beside", reason="x")
    post(client, "task_add_signer", step.ulid, person="olga", where="after", reason="请一并签")
    assert f'value="{people.olga.ulid}"' in at(client, "task_remove_signer", step.ulid)
    post(client, "task_remove_signer", step.ulid, signer=people.olga.ulid, reason="不必了")
    post(client, "task_add_signer", step.ulid, person="wang", where="before", reason="先看")
    assert owner(case) == people.wang
    post(client, "task_remove_signer", step.ulid, signer=people.wang.ulid, reason="不必了")
    assert owner(case) == people.teng
    assert kinds(case).count("signer_removed") == 2


def test_a_seat_beside_is_added_in_a_round_and_taken_back(scene: Scene, signed_in: SignedIn) -> None:
    people, now = scene.people, scene.now
    round_ = services.start(
        RoundFlow,
        by=people.alice,
        now=now,
        applicant=people.alice,
        subject_ref="thing:round",
        data={"members": [people.teng.pk, people.wang.pk]},
    )
    mine = round_.steps.get(task__owner=people.teng)
    client = signed_in(people.teng)
    assert 'value="beside"' in at(client, "task_add_signer", mine.ulid)
    post(client, "task_add_signer", mine.ulid, person="olga", where="beside", reason="懂行")
    theirs = round_.steps.get(task__owner=people.olga)
    assert reverse("task_remove_signer", args=[theirs.ulid]) in at(client, "case_detail", round_.ulid)
    post(client, "task_remove_signer", theirs.ulid, signer=people.olga.ulid, reason="不必了")
    assert not round_.steps.filter(task__owner=people.olga, answered_at__isnull=True).exists()


def test_the_applicant_urges_shows_and_withdraws(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    people, client = scene.people, signed_in(scene.people.alice)
    post(client, "case_urge", case.ulid, words="请尽快")
    assert "workflows.urged" in post(client, "case_urge", case.ulid, 422, words="再次")
    assert "nobody" in post(client, "case_copy", case.ulid, 422, people="nobody").lower()
    post(client, "case_copy", case.ulid, people="bob\uff0c包博\nwang")
    assert {copy.user for copy in case.copies.all()} == {people.bob, people.wang}
    assert case.number in at(signed_in(people.bob), "case_detail", case.ulid)
    post(client, "case_withdraw", case.ulid, reason="")
    case.refresh_from_db()
    assert case.state == "withdrawn"
    gone = at(client, "case_detail", case.ulid)
    assert reverse("case_withdraw", args=[case.ulid]) not in gone
    assert "workflows.case_closed" in at(client, "case_withdraw", case.ulid, status=409)


def test_the_office_cancels_with_a_reason(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.office)
    post(client, "case_cancel", case.ulid, 422, reason=" ")
    post(client, "case_cancel", case.ulid, reason="重复申请")
    case.refresh_from_db()
    assert (case.state, case.reason) == ("cancelled", "重复申请")
    assert "重复申请" in at(signed_in(scene.people.alice), "case_detail", case.ulid)


def test_the_case_says_who_is_asked_since_when_and_until_when(
    scene: Scene, case: Case, signed_in: SignedIn
) -> None:
    shown = at(signed_in(scene.people.alice), "case_detail", case.ulid)
    asked = shown.partition('id="asked"')[2].partition("</section>")[0]
    assert "滕老师" in asked
    assert asked.count("<time") == 2
    services.withdraw(case=case, by=scene.people.alice, now=scene.now)
    assert (
        "滕老师"
        not in at(signed_in(scene.people.alice), "case_detail", case.ulid)
        .partition('id="asked"')[2]
        .partition("</section>")[0]
    )


def test_an_earlier_dossier_stays_readable(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    case.dossiers.create(
        number=2,
        content={"sections": [{"title": "Person", "rows": [{"label": "Name", "value": "第二版"}]}]},
        digest="d" * 64,
        frozen_at=scene.now,
    )
    client = signed_in(scene.people.teng)
    assert "第二版" in at(client, "task_detail", only(case).ulid)
    assert "第二版" not in at(client, "task_detail", only(case).ulid, dossier="1")
    assert "第二版" in at(client, "task_detail", only(case).ulid, dossier="99")


def test_every_type_of_value_in_a_dossier_is_written_for_people(
    scene: Scene, case: Case, signed_in: SignedIn
) -> None:
    rows: list[dict[str, Any]] = [
        {"label": "A", "value": "<b>text</b>"},
        {"label": "B", "value": "2026-12-31", "type": "date"},
        {"label": "C", "value": "2026-11-23T02:00:00+00:00", "type": "datetime"},
        {"label": "D", "value": 123450, "type": "money"},
        {"label": "E", "value": 210, "type": "hours"},
        {"label": "F", "value": "Student", "type": "choice"},
        {"label": "G", "value": ["甲", "乙"], "type": "list"},
        {"label": "H", "value": None},
        {"label": "I", "value": {"zh": "扫描电镜", "en": "FE-SEM"}, "type": "user"},
    ]
    table = {"columns": ["K", "L"], "rows": [["丙", 7]]}
    content = {"sections": [{"title": "All", "rows": rows, "table": table}]}
    case.dossiers.create(number=2, content=content, digest="d" * 64, frozen_at=scene.now)
    shown = at(signed_in(scene.people.teng), "case_detail", case.ulid)
    for text in ("&lt;b&gt;text", "2026-12-31", "11-23 10:00", "¥1,234.50", "3.5 h", "学生", "扫描电镜"):
        assert text in shown, text
    for text in ("<li>甲</li>", '<th scope="row">丙</th>', '<span class="tabular">7</span>', "<dd>–</dd>"):  # noqa: RUF001 - a dash
        assert text in shown, text


def test_the_link_of_a_mail_asks_to_sign_in_and_comes_back(scene: Scene, case: Case, client: Client) -> None:
    address = reverse("task_detail", args=[only(case).ulid])
    assert client.get(address).headers["Location"] == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize(  # three of them for the diagram: the version's shape, the tasks, their ways
    ("name", "who", "queries"), [("task_detail", "teng", 24), ("case_detail", "alice", 19)]
)
def test_the_pages_take_their_number_of_queries(
    name: str,
    who: str,
    queries: int,
    scene: Scene,
    case: Case,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = scene.people
    for _ in range(3):
        services.add_signer(
            step=only(case), by=people.teng, user=people.olga, now=scene.now, where="after", reason="x"
        )
        services.remove_signer(step=only(case), by=people.teng, user=people.olga, now=scene.now, reason="x")
    client = signed_in(getattr(people, who))
    with django_assert_num_queries(queries):
        at(client, name, only_ulid(name, case))


def only_ulid(name: str, case: Case) -> str:
    return str(case.ulid if name.startswith("case_") else case.steps.get().ulid)

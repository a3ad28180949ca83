"""What the task pages of a fee review show beside their question: nobody decides what they cannot see."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.fees.models import PublicNotice
from apps.people.models import User
from documents.models import Document
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.workflows import fee_reviews as reviews
from tests.workflows.fee_reviews import APPROVE, School, changed, step_of
from workflows.fee_review.acts import object_against
from workflows.models import Case

MINUTE = timedelta(minutes=1)


@pytest.fixture
def who(scene: Scene) -> School:
    return reviews.school(scene.people, scene.now)


def _task(signed_in: SignedIn, case: Case, node: str, user: User, **headers: str) -> str:
    address = reverse("task_detail", args=[step_of(case, node).ulid])
    return signed_in(user).get(address, headers=headers or None).content.decode()


def test_every_reviewer_finds_the_dossier_on_their_task(
    who: School, scene: Scene, signed_in: SignedIn
) -> None:
    case = reviews.sent(who, scene.now)
    dossier = f'href="{reverse("fee_review_dossier", args=[case.ulid])}"'
    page = _task(signed_in, case, "department", who.head)
    assert dossier in page
    for raw in (">hour<", ">self<", "In Chinese", "Goes the whole way"):
        assert raw not in page, raw
    for said in ('<th scope="row">', 'data-label="服务方式">自主上机', 'data-label="单位">每机时'):
        assert said in page, said
    assert dossier in signed_in(who.head).get(reverse("case_detail", args=[case.ulid])).content.decode()


def test_who_declines_need_not_say_how_well_they_know_the_class(
    who: School, scene: Scene, signed_in: SignedIn
) -> None:
    case = reviews.sent(who, scene.now)
    reviews.agreed(who, case, scene.now)
    member = reviews.invited(who, case, scene.now).seats.filter(state="invited").order_by("id")[0].user
    page = _task(signed_in, case, "invitation", member)
    buttons = dict(re.findall(r'name="outcome" value="(\w+)" type="submit"( formnovalidate)?>', page))
    assert buttons == {"complete": "", "decline": " formnovalidate", "recuse": " formnovalidate"}


def test_the_secretary_sees_who_cannot_sit_and_why(who: School, scene: Scene, signed_in: SignedIn) -> None:
    case = reviews.sent(who, scene.now)
    reviews.agreed(who, case, scene.now)
    step = case.steps.get(node="form_panel")
    step.case.process.refresh_from_db()
    page = _task(signed_in, case, "form_panel", who.board.secretary)
    assert "在审 0 件" in page


def test_the_board_is_found_before_anything_is_put_to_the_vote(
    who: School, scene: Scene, signed_in: SignedIn
) -> None:
    case = reviews.sent(who, scene.now)
    reviews.agreed(who, case, scene.now)
    reviews.invited(who, case, scene.now)
    client = signed_in(who.board.secretary)
    part = reverse("fee_review_votes", args=[case.ulid])
    assert part in client.get(reverse("fee_review_dossier", args=[case.ulid])).content.decode()
    assert reverse("fee_review_board", args=[case.ulid]) in client.get(part).content.decode()


def test_an_objection_is_read_where_it_is_answered(who: School, scene: Scene, signed_in: SignedIn) -> None:
    case = reviews.noticed(who, scene.now)
    notice = PublicNotice.objects.get()
    at = notice.opens_at + MINUTE
    object_against(notice=notice, reason="<b>样品费</b>太高", by=scene.people.alice, now=at)
    reviews.heard(case, at)
    page = _task(signed_in, case, "objection", who.board.secretary)
    assert "&lt;b&gt;样品费&lt;/b&gt;太高" in page
    assert reverse("fee_notice", args=[notice.ulid]) in page
    assert 'name="opinion" rows="3" maxlength="2000" required>' in page  # any answer is one in words
    past = signed_in(who.board.secretary).get(reverse("fee_review_past", args=[case.ulid]))
    assert "尚未答复" in past.content.decode()


def test_who_is_asked_to_accept_other_prices_reads_them(
    who: School, scene: Scene, signed_in: SignedIn
) -> None:
    case = reviews.voting(who, scene.now)
    for member in who.board.members[:2]:
        reviews.vote(case, member, scene.now, changed(case, 240_00))
    page = _task(signed_in, case, "accept", who.manager)
    assert "¥260.00 → ¥240.00" in page
    english = _task(signed_in, case, "accept", who.manager, **{"accept-language": "en"})
    assert "Prices that the committee approved instead" in english


def test_a_notice_not_to_open_has_a_paper_of_its_own(who: School, scene: Scene, signed_in: SignedIn) -> None:
    case = reviews.sent(who, scene.now, reviews.closing(who.sem))
    reviews.agreed(who, case, scene.now)
    reviews.invited(who, case, scene.now)
    for member in who.board.members[:3]:
        reviews.accept(case, member, scene.now)
    for member in who.board.members[:2]:
        reviews.vote(case, member, scene.now, APPROVE)
    notice, paper = PublicNotice.objects.get(), Document.objects.get(kind="not_open_notice")
    assert (notice.number, notice.document) == (paper.number, paper.ulid)
    assert paper.number.startswith("设备免公示")
    page = signed_in(scene.people.alice).get(reverse("fee_notice", args=[notice.ulid])).content.decode()
    assert "申请事项" in page
    assert reverse("document_check", args=[paper.grouped_code]) in page


def test_the_dossier_of_a_case_without_a_submission_is_its_case(
    who: School, scene: Scene, signed_in: SignedIn
) -> None:
    case = reviews.sent(who, scene.now)
    Case.objects.filter(pk=case.pk).update(subject_ref="fee_proposal:none")
    answer = signed_in(scene.people.office).get(reverse("fee_review_dossier", args=[case.ulid]))
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("case_detail", args=[case.ulid]))


def test_the_title_of_a_page_is_plain_text(who: School, scene: Scene, signed_in: SignedIn) -> None:
    case = reviews.sent(who, scene.now)
    for name in ("case_detail", "fee_review_dossier"):
        page = signed_in(who.head).get(reverse(name, args=[case.ulid]), headers={"accept-language": "en"})
        title = re.findall(r"<title>(.*?)</title>", page.content.decode(), re.DOTALL)[0]
        assert "span" not in title, title

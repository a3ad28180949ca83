"""The pages of the committee: what each says and does, how many queries it takes, and that nobody sees a vote
before its round is closed.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.core.clock import school_time
from apps.fees.drafting import save_draft
from apps.fees.measuring import record_measured_year
from apps.fees.models import FeeVersion, Objection, PublicNotice
from apps.instruments.operations import appoint_crew
from apps.panels.models import PanelSeat
from apps.people.models import User
from tests.factories.fees import HOURS, fee_content, sheet
from tests.factories.instruments import sister
from tests.factories.panels import Board
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_fee_review_browser import in_force
from tests.workflows import fee_reviews as reviews
from tests.workflows.fee_reviews import APPROVE, REJECT, School, changed
from workflows import services
from workflows.fee_review import asked
from workflows.fee_review.starting import send
from workflows.fee_review.wording import prices_to_name
from workflows.models import Case

DAY = timedelta(days=1)
SECRET = "只有我知道的理由"


@pytest.fixture
def who(scene: Scene) -> School:
    return reviews.school(scene.people, scene.now)


@pytest.fixture
def case(who: School, scene: Scene) -> Case:
    """Three members vote; the prices in force are those of the scene."""
    return reviews.voting(who, scene.now)


def _get(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def _ballot(case: Case, **data: str) -> dict[str, str]:
    return {f"data-{name}": value for name, value in {"reason": SECRET, **data}.items()}


def _cast(client: Client, case: Case, **data: str) -> Any:
    return client.post(reverse("fee_review_dossier", args=[case.ulid]), _ballot(case, **data))


def _everywhere(client: Client, case: Case) -> str:
    """All that somebody can open about a case, as far as it opens to them."""
    addresses = [
        *(reverse(f"fee_review_{page}", args=[case.ulid]) for page in ("dossier", "past", "votes", "board")),
        *(reverse(page, args=[case.ulid]) for page in ("case_detail",)),
        reverse("fee_review_list"),
        reverse("fee_notice_list"),
        reverse("task_inbox"),
        *(reverse("task_detail", args=[step.ulid]) for step in case.steps.all()),
    ]
    return "".join(client.get(address).content.decode() for address in addresses)


def _viewers(who: School, scene: Scene) -> list[User]:
    board: Board = who.board
    return [
        who.manager,
        who.head,
        who.finance,
        board.secretary,
        board.chair,
        scene.people.office,
        board.members[1],
    ]


# -- the dossier ---------------------------------------------------------------------------------------------


def test_the_dossier_shows_what_it_takes_to_judge(who: School, scene: Scene, signed_in: SignedIn) -> None:
    for number, internal in enumerate((240_00, 260_00, 270_00, 290_00)):
        reviews.approved(sister(who.sem, f"QY8000{number}", scene.now - 400 * DAY), scene.now, internal)
    in_force(who, scene)
    case = reviews.voting(who, scene.now, reviews.content(who.sem, internal=390_00))
    page = _get(signed_in(who.board.members[0]), "fee_review_dossier", case.ulid)
    for words in (
        "¥390.00",
        "高于同类中位数 47 %",
        "现行 ¥260.00",
        "成本测算表",
        "¥762.78",
        "例行调整",
    ):
        assert words in page, words
    assert 'data-chart="box"' in page
    assert 'data-chart="waterfall"' in page
    assert page.count('name="data-choice"') == 4
    assert page.count('name="data-price_') == 3
    assert case.number in page


def test_hours_far_from_the_planned_ones_are_said_to_whoever_judges(
    who: School, scene: Scene, signed_in: SignedIn
) -> None:
    last = school_time(scene.now).date() - DAY
    record_measured_year(
        instrument=who.sem,
        first=last - 364 * DAY,
        last=last,
        effective_hours=300,
        source="统计年报",
        by=scene.people.office,
        now=scene.now,
    )
    says = sheet(who.sem, hours=replace(HOURS, planned_hours_year=1600))
    case = reviews.sent(who, scene.now, fee_content(says))
    address = reverse("fee_review_dossier", args=[case.ulid])
    page = signed_in(who.head).get(address, headers={"Accept-Language": "en"}).content.decode()
    assert "1600 hours a year are planned, 300 were used" in page
    step = reviews.step_of(case, "department")
    services.send_back(step=step, by=who.head, now=scene.now, to="revise", reason="先改计划机时")
    draft = asked.proposal_of(case)
    planned = sheet(who.sem, hours=replace(HOURS, planned_hours_year=1500))
    saved = save_draft(
        proposal=draft, revision=draft.revision, content=fee_content(planned), by=who.manager, now=scene.now
    )
    send(proposal=saved, revision=saved.revision, by=who.manager, now=scene.now)
    assert [
        (one["code"], one["args"]["planned"], one["args"]["real"])
        for one in asked.submission_of(case).findings
        if one["code"] == "fees.hours.drift"
    ] == [("fees.hours.drift", 1500, 300)]


def test_the_dossier_takes_fifteen_queries_whatever_the_number_of_peers(
    who: School, scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        one = sister(who.sem, f"QY7{number:05d}", scene.now - 400 * DAY)
        reviews.approved(one, scene.now, 240_00 + number * 100)
    case = reviews.voting(who, scene.now)
    client = signed_in(who.board.members[0])
    with django_assert_num_queries(15):
        _get(client, "fee_review_dossier", case.ulid)
    parts = {
        reverse("fee_review_past", args=[case.ulid]): 12,
        reverse("fee_review_votes", args=[case.ulid]): 13,
        reverse("fee_review_effect", args=[case.ulid, who.sem.asset_no]): 10,
    }
    for address, queries in parts.items():
        with django_assert_num_queries(queries):
            assert client.get(address, headers={"HX-Request": "true"}).status_code == 200


@pytest.mark.parametrize("role", ["chair", "secretary", "office"])
def test_who_runs_the_committee_opens_it_in_as_many(
    role: str,
    who: School,
    case: Case,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = {"chair": who.board.chair, "secretary": who.board.secretary, "office": scene.people.office}
    client = signed_in(people[role])
    with django_assert_num_queries(15):
        page = _get(client, "fee_review_dossier", case.ulid)
    assert "data-choice" not in page


def test_a_member_votes_on_the_dossier_and_sees_only_their_own_vote(
    who: School, case: Case, scene: Scene, signed_in: SignedIn
) -> None:
    one = who.board.members[0]
    client = signed_in(one)
    assert _cast(client, case, choice="reject").status_code == 302
    votes = _get(client, "fee_review_votes", case.ulid)
    assert SECRET in votes
    assert "ballot-reject" in votes
    assert "data-choice" not in _get(client, "fee_review_dossier", case.ulid)
    for user in _viewers(who, scene):
        seen = _everywhere(signed_in(user), case)
        assert SECRET not in seen, user
        assert "ballot-" not in seen, user
    assert "已投票" in _get(signed_in(who.board.secretary), "fee_review_board", case.ulid)


def test_after_the_round_votes_are_shown_as_the_policy_says(
    who: School, case: Case, scene: Scene, signed_in: SignedIn
) -> None:
    members = who.board.members
    for user in members[:2]:
        assert _cast(signed_in(user), case, choice="approve").status_code == 302
    member = _get(signed_in(members[2]), "fee_review_votes", case.ulid)
    assert SECRET in member
    assert members[0].name_zh in member
    applicant = _get(signed_in(who.manager), "fee_review_votes", case.ulid)
    assert SECRET in applicant  # votes and reasons for the applicant, names for the panel
    assert "ballot-approve" in applicant
    assert members[0].name_zh not in applicant
    reader = _get(signed_in(who.head), "fee_review_votes", case.ulid)
    assert SECRET not in reader
    assert "3 人中 2 人投票" in reader


def test_a_changed_price_is_named_in_yuan_and_a_ballot_without_one_is_mended(
    who: School, case: Case, signed_in: SignedIn
) -> None:
    client = signed_in(who.board.members[0])
    answer = _cast(client, case, choice="modify")
    assert answer.status_code == 422
    assert SECRET in answer.content.decode()  # what was typed is kept
    assert _cast(client, case, choice="modify", price_0="240").status_code == 302
    assert "¥260.00 → ¥240.00" in _get(client, "fee_review_votes", case.ulid)
    again = _cast(client, case, choice="approve")
    assert again.status_code == 403


def test_nobody_votes_whose_vote_is_not_asked_for(
    who: School, case: Case, scene: Scene, signed_in: SignedIn
) -> None:
    for user, status in ((who.board.secretary, 403), (scene.people.alice, 404), (who.board.members[5], 404)):
        assert _cast(signed_in(user), case, choice="approve").status_code == status


def test_a_second_round_says_what_is_put_to_the_vote(
    who: School, case: Case, scene: Scene, signed_in: SignedIn
) -> None:
    members = who.board.members
    for user, how in zip(members[:3], (APPROVE, changed(case), REJECT), strict=True):
        reviews.vote(case, user, scene.now, how)
    step = reviews.step_of(case, "name_price")
    task = _get(signed_in(who.board.chair), "task_detail", step.ulid)
    assert "¥260.00 → ¥240.00" in task
    assert reverse("fee_review_votes", args=[case.ulid]) in task
    key = next(one for one, _words in prices_to_name(case) if len(one) == 64)
    reviews.answer(case, "name_price", who.board.chair, scene.now, option_key=key, opinion="折中")
    page = _get(signed_in(members[0]), "fee_review_dossier", case.ulid)
    assert "¥260.00 → ¥240.00" in page
    assert page.count('name="data-choice"') == 3
    assert 'name="data-price_' not in page


def test_effects_and_evidence_are_for_readers_of_the_case(
    who: School, case: Case, scene: Scene, signed_in: SignedIn
) -> None:
    scene.use(60)
    member = signed_in(who.board.members[0])
    effect = _get(member, "fee_review_effect", case.ulid, who.sem.asset_no)
    assert "按拟议标准的收入" in effect
    assert member.get(reverse("fee_review_effect", args=[case.ulid, "QY999999"])).status_code == 404
    past = _get(member, "fee_review_past", case.ulid)
    assert "党政联席会同意" in past
    assert "QY-FEE-QY000004" in past
    stranger = signed_in(scene.people.charlie)
    for name in ("fee_review_past", "fee_review_votes", "fee_review_dossier"):
        assert stranger.get(reverse(name, args=[case.ulid])).status_code == 404


# -- the list and the board --------------------------------------------------------------------------------


def test_the_list_begins_with_what_needs_me(
    who: School,
    case: Case,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(who.board.members[0])
    with django_assert_num_queries(15):
        page = _get(client, "fee_review_list")
    assert page.index("需要你处理") < page.index(case.number) < page.index("进行中")
    other = _get(signed_in(who.board.secretary), "fee_review_list")
    assert other.index("进行中") < other.index(case.number)
    assert case.number not in _get(signed_in(scene.people.charlie), "fee_review_list")


def test_the_board_shows_who_is_late_and_gives_more_time(
    who: School, case: Case, scene: Scene, signed_in: SignedIn
) -> None:
    secretary = signed_in(who.board.secretary)
    page = _get(secretary, "fee_review_board", case.ulid)
    assert page.count("未投票") == 3
    until = (scene.now + 40 * DAY).date().isoformat()
    more = reverse("fee_review_round", args=[case.ulid, "extend"])
    assert secretary.post(more, {"until": until, "reason": ""}).status_code == 422
    assert secretary.post(more, {"until": until, "reason": "放假"}).status_code == 302
    assert reviews.panel_in(case).rounds.get().due_at.date().isoformat() >= until
    early = secretary.post(reverse("fee_review_round", args=[case.ulid, "close"]), {"reason": "快点"})
    assert early.status_code == 422  # its deadline has not passed
    for user in (who.manager, who.board.members[0], who.head):
        assert signed_in(user).get(reverse("fee_review_board", args=[case.ulid])).status_code == 403


def test_a_substitute_is_called_from_the_board(
    who: School, case: Case, scene: Scene, signed_in: SignedIn
) -> None:
    secretary, late = signed_in(who.board.secretary), who.board.members[2]
    address = reverse("fee_review_seat", args=[case.ulid, reviews.seat(case, late).ulid, "substitute"])
    assert secretary.post(address, {"reason": "出差", "user": ""}).status_code == 302
    assert reviews.seat(case, late).state == PanelSeat.State.MISSED
    assert reviews.seat(case, who.board.members[3]).state == PanelSeat.State.INVITED
    conflict = reverse(
        "fee_review_seat", args=[case.ulid, reviews.seat(case, who.board.members[0]).ulid, "recuse"]
    )
    assert secretary.post(conflict, {"reason": "合作者"}).status_code == 302
    assert reviews.seat(case, who.board.members[0]).state == PanelSeat.State.RECUSED


def test_one_meeting_is_called_for_two_cases(who: School, scene: Scene, signed_in: SignedIn) -> None:
    other = sister(who.sem, "QY900001", scene.now - 400 * DAY)
    appoint_crew(instrument=other, user=who.manager, role="manager", by=None, now=scene.now)
    first = reviews.agreed(who, reviews.sent(who, scene.now), scene.now)
    second = reviews.agreed(who, reviews.sent(who, scene.now, reviews.content(other), other), scene.now)
    secretary = signed_in(who.board.secretary)
    page = _get(secretary, "fee_review_together")
    assert first.number in page
    assert second.number in page
    members = [user.ulid for user in who.board.members[:3]]
    asked = {"cases": [first.ulid, second.ulid], "members": members, "substitutes": []}
    assert secretary.post(reverse("fee_review_together"), asked).status_code == 302
    for case in (first, second):
        assert reviews.at(case) == "invitation invitation invitation"
    assert signed_in(who.board.chair).get(reverse("fee_review_together")).status_code == 403


# -- public notices ----------------------------------------------------------------------------------------


def test_anybody_reads_a_notice_and_whoever_is_signed_in_objects_once(
    who: School, scene: Scene, signed_in: SignedIn
) -> None:
    case = reviews.noticed(who, scene.now)
    notice = PublicNotice.objects.get()
    page = _get(Client(), "fee_notice", notice.ulid)
    for words in ("¥260.00", "公示", "登录后提出异议", who.sem.asset_no):
        assert words in page, words
    assert notice.number in _get(Client(), "fee_notice_list")
    address = reverse("fee_notice", args=[notice.ulid])
    assert Client().post(address, {"reason": "x"}).url.startswith(reverse("account_login"))  # type: ignore[attr-defined]
    alice = signed_in(scene.people.alice)
    assert alice.post(address, {"reason": " "}).status_code == 422
    assert alice.post(address, {"reason": "比同城贵一倍"}).status_code == 302
    assert Objection.objects.get().by == scene.people.alice
    assert reviews.at(case) == "objection"
    assert "比同城贵一倍" in _get(alice, "fee_notice", notice.ulid)
    assert alice.post(address, {"reason": "再来一次"}).status_code == 422
    bob = signed_in(scene.people.bob)
    assert "比同城贵一倍" not in _get(bob, "fee_notice", notice.ulid)  # not before it is answered
    reviews.answer(case, "objection", who.board.secretary, scene.now, "dismiss", "同城含税")
    told = _get(bob, "fee_notice", notice.ulid)
    assert "比同城贵一倍" in told
    assert "同城含税" in told
    assert scene.people.alice.name_zh not in told


def test_a_changed_price_is_noticed_beside_what_was_applied_for(
    who: School, case: Case, scene: Scene, signed_in: SignedIn
) -> None:
    for user in who.board.members[:2]:
        reviews.vote(case, user, scene.now, changed(case), SECRET)
    reviews.answer(case, "accept", who.manager, scene.now, "accept")
    page = _get(Client(), "fee_notice", PublicNotice.objects.get().ulid)
    assert "¥240.00" in page
    assert "申报 ¥260.00" in page
    assert SECRET not in page  # why members voted so is not noticed


def test_a_notice_takes_a_fixed_number_of_queries(
    who: School, scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reviews.noticed(who, scene.now)
    notice = PublicNotice.objects.get()
    with django_assert_num_queries(5):
        _get(Client(), "fee_notice", notice.ulid)
    with django_assert_num_queries(2):
        _get(Client(), "fee_notice_list")
    assert FeeVersion.objects.filter(instrument=who.sem).count() == 1

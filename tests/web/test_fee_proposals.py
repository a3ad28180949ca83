"""Around the editor: the list, a new proposal, the overview, files, not open, copying and discarding."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.fees.drafting import create_draft
from apps.fees.models import Proposal, ProposalFile
from apps.fees.submitting import submit
from tests.factories.instruments import many
from tests.web.conftest import SignedIn
from tests.web.proposing import Proposing, item, propose, shown
from tests.web.scene import Scene
from tests.web.test_pages import INLINE


@pytest.fixture
def proposing(scene: Scene) -> Proposing:
    made = propose(scene)
    made.save(item())
    return made


@pytest.fixture
def teng(scene: Scene, signed_in: SignedIn) -> Client:
    return signed_in(scene.people.teng)


def test_an_empty_list_says_what_it_is_for(teng: Client) -> None:
    page = shown(teng, "fee_proposal_list")
    assert INLINE.findall(page) == []
    assert reverse("fee_proposal_new") in page
    assert "还没有方案" in page
    assert "覆盖率" not in page


def test_the_list_is_filtered_and_shows_the_office_the_coverage(
    proposing: Proposing, teng: Client, signed_in: SignedIn
) -> None:
    title = proposing.proposal.title
    assert title in shown(teng, "fee_proposal_list")
    for query in ({"q": "QY000004"}, {"q": proposing.sem.name_zh}, {"state": "draft"}):
        assert title in shown(teng, "fee_proposal_list", **query)
    for query in ({"q": "QY999999"}, {"state": "approved"}):
        assert title not in shown(teng, "fee_proposal_list", **query)
    page = shown(signed_in(proposing.scene.people.office), "fee_proposal_list")
    assert "覆盖率" in page
    assert "100 %" in page


def test_open_instruments_without_a_price_are_offered(scene: Scene, signed_in: SignedIn) -> None:
    many(scene.people.sem, 2)
    office = signed_in(scene.people.office)
    page = shown(office, "fee_proposal_list")
    assert f"{reverse('fee_proposal_new')}?instrument=ZZ000000" in page
    assert 'value="ZZ000000" id="id_instruments_' in shown(office, "fee_proposal_new", instrument="ZZ000000")


def test_a_proposal_begins_with_what_is_in_force(scene: Scene, teng: Client) -> None:
    number = scene.people.sem.asset_no
    answer = teng.post(reverse("fee_proposal_new"), {"kind": "fee", "instruments": [number], "copy": "on"})
    made = Proposal.objects.get()
    assert answer.headers["Location"] == reverse("fee_sheet", args=[made.ulid, number])
    page = teng.get(answer.headers["Location"]).content.decode()
    assert 'value="260"' in page
    assert "与现行标准没有差别" in page


def test_a_refused_beginning_keeps_what_was_chosen(scene: Scene, teng: Client) -> None:
    answer = teng.post(reverse("fee_proposal_new"), {"kind": "not_open"})
    assert answer.status_code == 422
    assert '<option value="not_open" selected>' in answer.content.decode()
    others = teng.post(reverse("fee_proposal_new"), {"kind": "fee", "instruments": ["QY000016"]})
    assert others.status_code == 422
    assert not Proposal.objects.exists()


def test_the_overview_says_what_the_checks_find_and_what_changes(proposing: Proposing, teng: Client) -> None:
    proposing.save(item(internal=20_00))
    page = shown(teng, "fee_proposal", proposing.proposal.ulid)
    assert INLINE.findall(page) == []
    proposing.save(item(internal=20_00, cost=None))
    page = shown(teng, "fee_proposal", proposing.proposal.ulid)
    assert "否则初筛会退回方案" in page
    for words in ("¥20.00", "FEE001", "新增项目", "已删除"):
        assert words in page
    for name in ("fee_sheet", "fee_discard"):
        args = [proposing.proposal.ulid, *([proposing.sem.asset_no] if name == "fee_sheet" else [])]
        assert reverse(name, args=args) in page


def test_one_button_sends_it_and_the_case_is_found_from_then_on(proposing: Proposing, teng: Client) -> None:
    proposal = proposing.proposal
    send = reverse("fee_review_start", args=[proposal.ulid])
    page = shown(teng, "fee_proposal", proposal.ulid)
    assert f'action="{send}"' in page
    assert f'name="revision" value="{proposal.revision}"' in page
    answer = teng.post(send, {"revision": proposal.revision})
    proposal.refresh_from_db()
    assert proposal.state == "submitted"
    page = shown(teng, "fee_proposal", proposal.ulid)
    assert send not in page
    assert f'href="{answer.headers["Location"]}"' in page


def test_title_and_summary_are_kept_and_a_late_save_is_told(proposing: Proposing, teng: Client) -> None:
    address = reverse("fee_proposal", args=[proposing.proposal.ulid])
    revision = proposing.proposal.revision
    assert teng.post(address, {"title": "", "summary": "原因", "revision": revision}).status_code == 422
    assert (
        teng.post(address, {"title": "电镜", "summary": "成本上升", "revision": revision}).status_code == 302
    )
    late = teng.post(address, {"title": "晚了", "summary": "我的话", "revision": revision})
    assert late.status_code == 422
    assert "我的话" in late.content.decode()
    assert "fees.changed_meanwhile" in late.content.decode()
    page = shown(teng, "fee_proposal", proposing.proposal.ulid)
    assert "成本上升" in page
    assert "电镜" in page


def test_a_file_is_added_handed_out_and_taken_away(
    proposing: Proposing, teng: Client, signed_in: SignedIn
) -> None:
    address = reverse("fee_file_add", args=[proposing.proposal.ulid])
    bad = teng.post(address, {"file": SimpleUploadedFile("a.exe", b"MZ")})
    assert bad.status_code == 422
    assert "fees.file_kind" in bad.content.decode()
    teng.post(address, {"file": SimpleUploadedFile("机时 证明.pdf", b"%PDF-1.7 x")})
    file = ProposalFile.objects.get()
    answer = teng.get(reverse("fee_file", args=[file.ulid]))
    assert answer.content == b"%PDF-1.7 x"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for who in (proposing.scene.people.alice, proposing.scene.people.olga, proposing.scene.people.finance):
        stranger = signed_in(who)
        assert stranger.get(reverse("fee_file", args=[file.ulid])).status_code == 404
        assert stranger.post(reverse("fee_file_remove", args=[file.ulid])).status_code == 404
    assert f'<option value="{file.ulid}">' in teng.get(proposing.address).content.decode()
    sent = proposing.typed(e__n1__text="2025年机时", e__n1__file=file.ulid)
    teng.post(proposing.address, sent)
    assert proposing.sheet().hours.evidence[0].file == file.ulid
    teng.post(reverse("fee_file_remove", args=[file.ulid]))
    assert "机时 证明.pdf" not in shown(teng, "fee_proposal", proposing.proposal.ulid)


def test_an_application_not_to_open_is_filled_in(scene: Scene, teng: Client) -> None:
    made = propose(scene, "not_open")
    ulid = made.proposal.ulid
    page = shown(teng, "fee_not_open", ulid)
    assert INLINE.findall(page) == []
    address = reverse("fee_not_open", args=[ulid])
    sent = {
        "n0-cause": "repair",
        "n0-reason": "等待更换离子源",
        "n0-file": "",
        "revision": made.proposal.revision,
    }
    assert teng.post(address, sent).status_code == 302
    page = shown(teng, "fee_proposal", ulid)
    assert "等待更换离子源" in page
    assert "长期维修" in page
    late = teng.post(address, {**sent, "n0-reason": "另一个理由"})
    assert late.status_code == 422
    assert "另一个理由" in late.content.decode()
    assert teng.get(reverse("fee_sheet", args=[ulid, scene.people.sem.asset_no])).status_code == 302


def test_the_sheet_begins_again_with_what_is_in_force(proposing: Proposing, teng: Client) -> None:
    address = reverse("fee_copy", args=[proposing.proposal.ulid, proposing.sem.asset_no])
    assert teng.get(address).status_code == 200
    assert proposing.sheet().items[0].code == "FEE001"
    teng.post(address)
    assert [one.code for one in proposing.sheet().items] == ["HOUR"]


def test_only_a_draft_that_was_never_sent_is_discarded(proposing: Proposing, teng: Client) -> None:
    address = reverse("fee_discard", args=[proposing.proposal.ulid])
    second = create_draft(
        kind="fee", instruments=[proposing.sem], by=proposing.scene.people.teng, now=proposing.scene.now
    )
    submit(
        proposal=proposing.proposal,
        revision=proposing.proposal.revision,
        by=proposing.scene.people.teng,
        now=proposing.scene.now,
    )
    assert teng.post(address).status_code == 409
    assert teng.get(reverse("fee_discard", args=[second.ulid])).status_code == 200
    assert teng.post(reverse("fee_discard", args=[second.ulid])).status_code == 302
    assert [one.pk for one in Proposal.objects.all()] == [proposing.proposal.pk]


def test_a_proposal_about_an_instrument_of_others_does_not_exist(
    scene: Scene, teng: Client, signed_in: SignedIn
) -> None:
    [other] = many(scene.people.sem, 1)
    both = create_draft(kind="fee", instruments=[scene.people.sem, other], by=None, now=scene.now)
    assert teng.get(reverse("fee_proposal", args=[both.ulid])).status_code == 404
    assert both.title not in shown(teng, "fee_proposal_list")
    page = shown(signed_in(scene.people.office), "fee_proposal", both.ulid)
    assert "ZZ000000" in page


@pytest.mark.parametrize(
    ("name", "who", "queries"),
    [
        ("fee_proposal_list", "teng", 15),
        ("fee_proposal_list", "office", 16),
        ("fee_proposal_new", "teng", 8),
        ("fee_proposal", "teng", 19),
        ("fee_figures", "teng", 15),
    ],
)
def test_a_page_takes_its_number_of_queries(
    name: str,
    who: str,
    queries: int,
    proposing: Proposing,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ulid = proposing.proposal.ulid
    arguments = {"fee_proposal": [ulid], "fee_figures": [ulid, proposing.sem.asset_no]}.get(name, [])
    client = signed_in(getattr(proposing.scene.people, who))
    shown(client, name, *arguments)
    with django_assert_num_queries(queries):
        shown(client, name, *arguments)


def test_the_overview_takes_as_many_queries_for_many_instruments(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sisters = many(scene.people.sem, 9)
    office = signed_in(scene.people.office)
    big = create_draft(kind="fee", instruments=[scene.people.sem, *sisters], by=None, now=scene.now)
    shown(office, "fee_proposal", big.ulid)
    with django_assert_num_queries(19):
        assert "ZZ000008" in shown(office, "fee_proposal", big.ulid)
    address = reverse("fee_sheet_live", args=[big.ulid, "ZZ000008"])
    with django_assert_num_queries(25):
        sent = {"revision": str(big.revision), "i.a.code": "F1", "i.a.prices.internal_fen": "5"}
        assert office.post(address, sent).status_code == 200

"""The pages of a fee review that are no step: the editor's button, and standing aside."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from apps.panels.models import PanelSeat
from tests.api.client import Program, secret_for
from tests.people import PASSWORD, gather
from tests.workflows.fee_reviews import School, at, drafted, school, voting
from workflows.models import Case

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def who(present: datetime) -> School:
    return school(gather(present), present)


def browser(username: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    assert client.login(username=username, password=PASSWORD)
    return client


def test_the_button_sends_what_its_page_has_shown(who: School, present: datetime) -> None:
    draft = drafted(who, present)
    address = reverse("fee_review_start", args=[draft.ulid])
    old = browser("teng").post(address, {"revision": str(draft.revision - 1)})
    assert (old.status_code, old.headers["Location"]) == (302, reverse("fee_proposal", args=[draft.ulid]))
    assert not Case.objects.exists()
    sent = browser("teng").post(address, {"revision": str(draft.revision)}, follow=True)
    case = Case.objects.get()
    assert sent.redirect_chain[-1][0] == reverse("case_detail", args=[case.ulid])
    assert "Sent. You will be told how it goes on." in sent.content.decode()
    assert at(case) == "department"


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 5000])
def test_a_revision_that_no_page_has_shown_sends_nothing(
    who: School, present: datetime, revision: str
) -> None:
    draft = drafted(who, present)
    answer = browser("teng").post(reverse("fee_review_start", args=[draft.ulid]), {"revision": revision})
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        reverse("fee_proposal", args=[draft.ulid]),
    )
    assert not Case.objects.exists()


def test_who_does_not_manage_the_instrument_finds_no_proposal(who: School, present: datetime) -> None:
    draft = drafted(who, present)
    assert browser("alice").post(reverse("fee_review_start", args=[draft.ulid])).status_code == 404


def test_a_member_stands_aside_with_a_reason(who: School, present: datetime) -> None:
    case = voting(who, present)
    member = who.board.members[0]
    address = reverse("fee_review_recuse", args=[case.ulid])
    page = browser(member.username).get(address).content.decode()
    assert "Recuse yourself?" in page
    empty = browser(member.username).post(address, {"reason": " "})
    assert empty.status_code == 422
    browser(member.username).post(address, {"reason": "同一课题组"})
    seat = PanelSeat.objects.get(user=member)
    assert (seat.state, seat.reason) == ("recused", "同一课题组")
    assert at(case) == "stand_in vote vote"
    assert browser(member.username).get(address).status_code == 403


def test_the_page_of_a_ballot_says_that_it_is_sealed_and_takes_no_files(
    who: School, present: datetime
) -> None:
    case = voting(who, present)
    step = case.steps.get(node="vote", task__owner=who.board.members[0])
    with override("en"):
        page = browser(who.board.members[0].username).get(reverse("task_detail", args=[step.ulid]))
    text = page.content.decode()
    assert "under seal" in text
    assert 'name="attachments"' not in text
    assert 'name="data-price_0"' in text


def test_a_day_or_a_moment_that_there_is_not_gives_no_more_time(who: School, present: datetime) -> None:
    case, secretary = voting(who, present), who.board.secretary
    due = case.steps.filter(node="vote").values_list("due_at", flat=True)
    before = list(due)
    page = browser(secretary.username).post(
        reverse("fee_review_round", args=[case.ulid, "extend"]), {"until": "9999-12-31", "reason": "x"}
    )
    assert "The calendar of the school has no such day." in page.content.decode()
    program = Program(secret_for(secretary, present))
    address = f"/api/v1/cases/{case.ulid}/panel/round/extend"
    for until in ("2027-01-01T00:00:00", "9999-12-31T23:59:59Z"):
        answer = program.post(address, {"until": until, "reason": "x"})
        assert (answer.status_code, answer.json()["field"]) == (422, "until")
    assert list(due) == before

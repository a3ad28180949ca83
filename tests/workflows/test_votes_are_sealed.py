"""Nobody reads a vote before its round is closed: not on a page, over the interface, in the administration,
in a log, by searching, in a print or in the report of an error; and nothing but the ballot itself keeps it.
"""

import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.serializers import serialize
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.debug import ExceptionReporter

from apps.core.outbox import WORKER, relay
from apps.panels import ballots
from apps.panels.models import Round
from apps.panels.queries import ballots_of
from apps.people.models import User
from documents.sheets import compose
from tests.api.client import Program, secret_for
from tests.people import PASSWORD, People
from tests.secondstep import confirmed
from tests.workflows.fee_reviews import (
    APPROVE,
    School,
    accept,
    at,
    changed,
    panel_in,
    school,
    step_of,
    vote,
    voting,
)
from tests.workflows.registering import hear
from workflows import services
from workflows.fee_review import acts
from workflows.models import Case
from workflows.paper import paper_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECRET = "灯丝寿命被高估-4711"
FEN = 23117
YUAN = "231.17"


@pytest.fixture
def who(they: People, present: datetime) -> School:
    return school(they, present)


@pytest.fixture
def case(who: School, present: datetime) -> Case:
    """The first member has voted for another price, through the page; two others have not."""
    found = voting(who, present)
    member = who.board.members[0]
    step = step_of(found, "vote", member)
    browser = _signed_in(member)
    said = browser.post(
        reverse("task_detail", args=[step.ulid]),
        {
            "outcome": "complete",
            "data-choice": "modify",
            "data-reason": SECRET,
            "data-price_0": YUAN,
            "opinion": SECRET,
        },
    )
    assert said.status_code == 302, said.content.decode()[:2000]
    hear(present)
    assert at(found) == "vote vote"
    return found


def _signed_in(user: User) -> Client:
    client = Client()
    assert client.login(username=user.username, password=PASSWORD)
    return client


def _is_told(text: str) -> bool:
    return any(one in text for one in (SECRET, str(FEN), YUAN, "23,117"))


def _readers(who: School) -> Iterator[User]:
    """Everybody who may read the case, and whoever votes in it still."""
    board = who.board
    yield from (who.manager, who.they.office, board.chair, board.secretary, board.members[1], who.head)


def test_the_ballot_is_there_and_its_voter_sees_it(who: School, case: Case, present: datetime) -> None:
    round_ = Round.objects.get()
    [mine] = ballots_of(round_, who.board.members[0], present)
    assert (mine.choice, mine.reason, mine.mine) == ("modify", SECRET, True)
    assert mine.option["prices"][0]["fen"] == FEN


def test_no_page_tells_it(who: School, case: Case) -> None:
    done = case.steps.get(node="vote", answered_at__isnull=False)
    for user in _readers(who):
        browser = _signed_in(user)
        pages = [
            reverse("case_detail", args=[case.ulid]),
            reverse("task_detail", args=[done.ulid]),
            reverse("task_inbox"),
            reverse("task_inbox") + "?tab=done&q=4711",
        ]
        pages += [reverse("task_detail", args=[step.ulid]) for step in case.steps.filter(node="vote")]
        for page in pages:
            answer = browser.get(page)
            assert answer.status_code == 200, (user, page)
            assert not _is_told(answer.content.decode()), (user, page)


def test_the_voter_s_own_page_says_that_it_is_answered_and_no_more(who: School, case: Case) -> None:
    done = case.steps.get(node="vote", answered_at__isnull=False)
    page = _signed_in(who.board.members[0]).get(reverse("task_detail", args=[done.ulid])).content.decode()
    assert not _is_told(page)


def test_the_interface_does_not_tell_it(who: School, case: Case, present: datetime) -> None:
    done = case.steps.get(node="vote", answered_at__isnull=False)
    for user in _readers(who):
        program = Program(secret_for(user, present))
        for address in (f"/cases/{case.ulid}", f"/tasks/{done.ulid}", "/inbox?q=4711", "/cases?q=4711"):
            told = program.get(f"/api/v1{address}")
            assert told.status_code in (200, 404, 422), (user, address, told.content)
            assert not _is_told(told.content.decode()), (user, address)


def test_a_vote_over_the_interface_is_answered_without_its_content(
    who: School, case: Case, present: datetime
) -> None:
    member = who.board.members[1]
    step = step_of(case, "vote", member)
    data = {"choice": "modify", "reason": SECRET, "price_0": YUAN}
    program = Program(secret_for(member, present))
    wish = {"outcome": "complete", "opinion": SECRET, "data": data}
    told = program.ask("POST", f"/api/v1/tasks/{step.ulid}/answer", wish)
    assert told.status_code == 200, told.content
    assert not _is_told(told.content.decode())


def test_the_administration_has_no_ballots(case: Case) -> None:
    for model in apps.get_app_config("panels").get_models():
        if model.__name__ in ("Ballot", "Ruling", "Round"):
            assert not admin.site.is_registered(model)
    root = User.objects.create_superuser(username="root", name_zh="系统管理员", password=PASSWORD)
    browser = confirmed(_signed_in(root), root)
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page = browser.get(address)
        assert page.status_code == 200
        assert not _is_told(page.content.decode()), address


def test_nothing_but_the_ballot_keeps_it(case: Case) -> None:
    kept = [
        model.__name__
        for model in apps.get_models()
        if _is_told(serialize("json", model._base_manager.all(), ensure_ascii=False))
    ]
    assert kept == ["Ballot"]


def test_no_log_tells_it(
    who: School, case: Case, present: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    member = who.board.members[1]
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)  # statements are never logged by us
    vote(case, member, present, changed(case, FEN), SECRET)
    while relay(channel=WORKER, now=present, limit=500):
        pass
    services.sweep(now=present)
    assert not _is_told(caplog.text)


def test_no_print_tells_it(who: School, case: Case, present: datetime) -> None:
    paper = paper_of(case, by=who.they.office, now=present)
    assert not _is_told(repr(paper))
    assert not _is_told(compose(paper, language="zh-hans"))


def test_no_search_finds_it(who: School, case: Case) -> None:
    for user in _readers(who):
        browser = _signed_in(user)
        for words in ("4711", YUAN, "灯丝"):
            listed = browser.get(reverse("task_inbox"), {"tab": "done", "q": words}).content.decode()
            assert case.number not in listed or "灯丝" not in listed.replace(f'value="{words}"', "")


@pytest.mark.parametrize("broken", ["put_in", "votes_of"])
def test_the_report_of_an_error_tells_nothing(
    who: School,
    case: Case,
    present: datetime,
    monkeypatch: pytest.MonkeyPatch,
    rf: RequestFactory,
    broken: str,
) -> None:
    def fails(*_args: Any, **_more: Any) -> Any:
        raise ZeroDivisionError

    module = "apps.panels.voting" if broken == "put_in" else "apps.panels.counting"
    monkeypatch.setattr(f"{module}.{broken}", fails)
    request = rf.post("/tasks/x/", {"data-reason": SECRET, "data-price_0": YUAN})
    try:
        vote(case, who.board.members[1], present, changed(case, FEN), SECRET)
    except ZeroDivisionError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    else:
        raise AssertionError("nothing broke")
    for report in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert "ZeroDivisionError" in report
        assert not _is_told(report)


def test_a_refused_vote_is_told_to_its_voter_only(who: School, case: Case, present: datetime) -> None:
    member = who.board.members[1]
    step = step_of(case, "vote", member)
    said = _signed_in(member).post(
        reverse("task_detail", args=[step.ulid]),
        {"outcome": "complete", "data-choice": "modify", "data-reason": SECRET},
    )
    assert said.status_code == 422
    assert SECRET in said.content.decode()  # what was typed stays, for whoever typed it
    assert not case.events.filter(step=step).exists()


def test_a_round_that_was_abandoned_stays_sealed(who: School, case: Case, present: datetime) -> None:
    services.withdraw(case=case, by=who.manager, now=present)
    round_ = Round.objects.get()
    for user in _readers(who):
        assert [one for one in ballots_of(round_, user, present) if not one.mine] == []


def test_afterwards_it_is_shown_to_whom_the_policy_says(who: School, case: Case, present: datetime) -> None:
    m = who.board.members
    vote(case, m[1], present, APPROVE)
    vote(case, m[2], present, APPROVE)
    round_ = Round.objects.get()
    assert round_.closed_at is not None
    for user, standing, names in (
        (m[1], ballots.READER, True),  # of the panel
        (who.board.secretary, ballots.READER, True),
        (who.manager, ballots.APPLICANT, False),
    ):
        shown = ballots_of(round_, user, present, standing=standing)
        assert SECRET in [one.reason for one in shown]
        assert any(one.name for one in shown) is names
    assert ballots_of(round_, who.they.bob, present) == []


def test_whoever_recused_sees_nothing_of_the_others(who: School, case: Case, present: datetime) -> None:
    m = who.board.members
    acts.recuse(case=case, by=m[1], reason="同组", now=present)
    accept(case, m[3], present, node="stand_in")
    vote(case, m[2], present, APPROVE)
    vote(case, m[3], present, APPROVE)
    assert panel_in(case) is not None if case.is_open and "vote" in at(case) else True
    assert [one for one in ballots_of(Round.objects.get(), m[1], present) if not one.mine] == []

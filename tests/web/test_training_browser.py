"""Training in a real Chromium: an exam that saves as one goes, counts down by the server's clock, survives a
reload and a lost connection, and hands itself in; a rubric on a phone; no page with a fault at either width.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.core import clock
from apps.training.exam_papers import paper_of
from apps.training.exams import start_exam
from apps.training.models import Assessment, ExamAttempt
from scripts.browser import WIDTHS, Watch
from tests.factories import training as make
from tests.people import PASSWORD
from tests.web.learning import Learning, learn
from tests.web.scene import HOUR, build

MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(
    present: datetime, transactional_db: None, live_server: LiveServer
) -> Iterator[tuple[Learning, str]]:
    """The school behind a real web server, and Bob in training."""
    yield learn(build(present)), live_server.url
    connections.close_all()


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(url + "/")


def _begin(page: Page, url: str, learning: Learning) -> ExamAttempt:
    _sign_in(page, url, "bob")
    page.goto(url + reverse("exam_start", args=[learning.course.ulid]))
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/training/exams/\w+/$"))
    return ExamAttempt.objects.get()


def _choose(page: Page, position: int, key: str) -> None:
    page.locator(f"#q{position} label").filter(has=page.locator(f"input[value='{key}']")).click()


def test_an_exam_is_saved_as_one_goes_and_survives_a_reload(site: tuple[Learning, str], page: Page) -> None:
    learning, url = site
    attempt = _begin(page, url, learning)
    for asked in attempt.questions.all():
        _choose(page, asked.position, asked.correct[0])
        expect(page.locator(f"#q{asked.position} .saved time")).to_be_visible()
    expect(page.locator("#answered")).to_have_text("4")
    assert all(paper.answer for paper in paper_of(attempt))
    deadline = page.locator("#exam").get_attribute("data-deadline-ms")
    page.reload()
    expect(page.locator("#answered")).to_have_text("4")
    assert page.locator("#exam").get_attribute("data-deadline-ms") == deadline
    expect(page.locator("#clock")).to_have_text(re.compile(r"^5\d:\d\d$"))
    page.locator(".exam-bar button").click()
    page.locator("main form button[type=submit]").click()
    expect(page.locator(".verdict-on")).to_be_visible()
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed) == (4, True)


def test_an_answer_given_while_the_connection_is_away_is_saved_when_it_is_back(
    site: tuple[Learning, str], page: Page
) -> None:
    learning, url = site
    attempt = _begin(page, url, learning)
    [first] = attempt.questions.filter(position=1)
    page.context.set_offline(True)
    _choose(page, 1, first.correct[0])
    expect(page.locator("#q1 .saved.error")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#q1 .saved time")).to_be_visible()
    first.refresh_from_db()
    assert first.answer == list(first.correct)


def test_an_exam_hands_itself_in_when_the_time_is_up(site: tuple[Learning, str], page: Page) -> None:
    learning, url = site
    attempt = _begin(page, url, learning)
    [first] = attempt.questions.filter(position=1)
    _choose(page, 1, first.correct[0])
    expect(page.locator("#q1 .saved time")).to_be_visible()
    soon = clock.now() + timedelta(seconds=5)
    ExamAttempt.objects.filter(pk=attempt.pk).update(deadline=soon)
    page.reload()
    expect(page.locator(".verdict-stop")).to_be_visible(timeout=60_000)
    attempt.refresh_from_db()
    assert attempt.score == 1


def test_the_rubric_is_filled_in_on_a_phone(site: tuple[Learning, str], new_context: Any) -> None:
    learning, url = site
    they, now = learning.scene.people, learning.scene.now
    make.passed_exam(learning.request, now)
    session = make.session(
        they, now - 4 * HOUR, requests=(learning.request,), starts_at=now - 3 * HOUR, ends_at=now - HOUR
    )
    make.supervised(they, session, 60)
    width, height = WIDTHS["phone"]
    page = new_context(viewport={"width": width, "height": height}).new_page()
    _sign_in(page, url, "teng")
    page.goto(url + reverse("training_desk"))
    page.locator(
        f"a[href='{reverse('request_assess', args=[learning.request.ulid, they.sem.asset_no])}']"
    ).first.click()
    criteria = page.locator("fieldset.criterion")
    criteria.nth(0).locator("label.pass").click()
    criteria.nth(1).locator("label.fail").click()
    criteria.nth(2).locator("label").filter(has_text=re.compile("^9$")).click()
    for label in page.locator(".switches label").all():
        box = label.bounding_box()
        assert box is not None
        assert box["height"] >= 64
        assert box["width"] >= 48
    page.locator("main form button[type=submit]").click()
    expect(page.locator(".note-success")).to_be_visible()
    assert Assessment.objects.get().score == 10


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_has_a_fault(site: tuple[Learning, str], width: str, new_context: Any) -> None:
    learning, url = site
    they, now = learning.scene.people, learning.scene.now
    across, down = WIDTHS[width]
    start = learning.scene.booking.end + HOUR
    session = make.session(they, now, requests=(learning.request,), starts_at=start, ends_at=start + HOUR)
    waiting = make.accepted(they, learning.course, now, user=they.charlie)
    ready = make.accepted(they, learning.course, now, user=they.alice)
    make.passed_exam(ready, now)
    past = make.session(
        they, now - 5 * HOUR, requests=(ready,), starts_at=now - 4 * HOUR, ends_at=now - 2 * HOUR
    )
    make.supervised(they, past, 60)
    attempt = start_exam(user=they.bob, course=learning.course, by=they.bob, now=now)
    done = make.passed_exam(waiting, now)
    sem = they.sem.asset_no
    seen = {
        "bob": [
            reverse("training_mine"),
            reverse("course_list"),
            reverse("course_detail", args=[learning.course.ulid]),
            reverse("session_detail", args=[session.ulid]),
            reverse("exam_start", args=[learning.course.ulid]),
            reverse("exam_sit", args=[attempt.ulid]),
            reverse("exam_submit", args=[attempt.ulid]),
        ],
        "charlie": [reverse("exam_result", args=[done.ulid]), reverse("training_mine")],
        "teng": [
            reverse("training_desk"),
            reverse("session_detail", args=[past.ulid]),
            reverse("session_schedule", args=[sem]),
            reverse("session_cancel", args=[session.ulid]),
            reverse("request_assess", args=[ready.ulid, sem]),
            reverse("rubric_edit", args=[sem]),
            reverse("holder_list"),
            reverse("certificate_act", args=[they.certificate.ulid, "withdraw"]),
            reverse("question_list"),
            reverse("question_new"),
            reverse("question_import"),
            reverse("topic_new"),
            reverse("course_new"),
            reverse("course_terms", args=[learning.course.ulid]),
            reverse("course_attempt", args=[learning.course.ulid]),
        ],
    }
    faults = {}
    for login, addresses in seen.items():
        page = new_context(viewport={"width": across, "height": down}).new_page()
        watch = Watch(page)
        _sign_in(page, url, login)
        for address in addresses:
            page.goto(url + address)
            faults[f"{login} {address}"] = watch.problems()
    assert {address: found for address, found in faults.items() if found} == {}

"""The pages of learners, trainers and managers: what they say and do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.clock import school_time
from apps.core.ids import new_ulid
from apps.training.exams import start_exam
from apps.training.models import (
    Assessment,
    Certificate,
    GuidedSession,
    Question,
    TrainingPlace,
)
from apps.training.operations import suspend_certificate
from apps.training.places import take_place
from tests.factories import training as make
from tests.factories.facts import told
from tests.web.conftest import SignedIn
from tests.web.learning import Learning, held, learn, page
from tests.web.scene import HOUR, Scene
from tests.web.test_languages import HAN, _words
from tests.web.test_pages import FORMAT

DAY = timedelta(days=1)


@pytest.fixture
def learning(scene: Scene) -> Learning:
    return learn(scene)


@pytest.fixture
def bob(learning: Learning, signed_in: SignedIn) -> Client:
    return signed_in(learning.scene.people.bob)


@pytest.fixture
def teng(learning: Learning, signed_in: SignedIn) -> Client:
    return signed_in(learning.scene.people.teng)


# --- the learner ---


def test_my_training_tells_how_far_i_have_come(learning: Learning, bob: Client) -> None:
    session = held(learning)
    shown = page(bob, "training_mine")
    assert learning.course.name_zh in shown
    assert "0 min" in shown or "0 分" in shown
    assert reverse("exam_start", args=[learning.course.ulid]) in shown
    assert reverse("session_detail", args=[session.ulid]) in shown
    make.passed_exam(learning.request, learning.scene.now)
    assert "100 %" in page(bob, "training_mine")


def test_my_certificates_are_there_with_their_state(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    assert "state-on" in page(client, "training_mine")
    suspend_certificate(
        certificate=scene.people.certificate, reason="事故", by=scene.people.teng, now=scene.now
    )
    shown = page(client, "training_mine")
    assert "state-stop" in shown
    assert reverse("certificate_act", args=[scene.people.certificate.ulid, "withdraw"]) in shown


def test_a_course_tells_everything_that_is_missing_with_who_mends_it(
    scene: Scene, signed_in: SignedIn
) -> None:
    course = make.course(scene.people, scene.now)
    shown = page(signed_in(scene.people.charlie), "course_detail", course.ulid)
    assert "safety.none" in shown
    assert "fund.none" in shown
    assert shown.count("check-failed") == 2
    shown = page(signed_in(scene.people.bob), "course_detail", course.ulid)
    assert "check-failed" not in shown
    assert "verdict-on" in shown


def test_a_course_proposes_the_kind_of_training_that_fits(scene: Scene, signed_in: SignedIn) -> None:
    basic = make.course(scene.people, scene.now)
    advanced = make.course(
        scene.people, scene.now, code="SEM-ADV", level="advanced", prerequisite_level="basic"
    )
    client = signed_in(scene.people.alice)
    client.cookies["django_language"] = "en"
    assert "Upgrade" in page(client, "course_detail", advanced.ulid)
    assert "training.renewal_early" in page(client, "course_detail", basic.ulid)


def test_a_seat_is_taken_and_given_up_from_the_page(learning: Learning, bob: Client) -> None:
    session = held(learning)
    bob.post(reverse("session_join", args=[session.ulid]))
    place = TrainingPlace.objects.get()
    assert (place.user, place.state) == (learning.scene.people.bob, "seated")
    assert "state-on" in page(bob, "session_detail", session.ulid)
    bob.post(reverse("session_leave", args=[session.ulid]))
    place.refresh_from_db()
    assert place.state == "left"


def test_a_full_session_offers_the_waiting_list(learning: Learning, bob: Client) -> None:
    they, now = learning.scene.people, learning.scene.now
    session = held(learning, capacity=1)
    other = make.accepted(they, learning.course, now, user=they.charlie)
    take_place(session=session, request=other, by=they.charlie, now=now)
    answer = bob.post(reverse("session_join", args=[session.ulid]), follow=True)
    assert "note-warning" in answer.content.decode()
    assert TrainingPlace.objects.get(user=they.bob).state == "waiting"


# --- the trainer ---


def test_the_desk_shows_who_waits_today_and_what_ends(learning: Learning, teng: Client) -> None:
    they, now = learning.scene.people, learning.scene.now
    Certificate.objects.filter(pk=they.certificate.pk).update(valid_until=now + 20 * DAY)
    shown = page(teng, "training_desk")
    assert they.bob.name_zh in shown
    assert they.alice.name_zh in shown
    assert reverse("session_schedule", args=[they.sem.asset_no]) in shown
    session = held(learning, requests=(learning.request,))
    shown = page(teng, "training_desk")
    assert reverse("session_detail", args=[session.ulid]) in shown
    next_month = make.session(they, now, starts_at=now + 15 * DAY, ends_at=now + 15 * DAY + HOUR, capacity=3)
    shown = page(teng, "training_desk")
    assert reverse("session_detail", args=[next_month.ulid]) in shown


def test_a_session_for_several_is_planned_from_the_page(learning: Learning, teng: Client) -> None:
    they, now = learning.scene.people, learning.scene.now
    other = make.accepted(they, learning.course, now, user=they.charlie)
    address = reverse("session_schedule", args=[they.sem.asset_no])
    shown = page(teng, "session_schedule", they.sem.asset_no)
    assert shown.count('name="people"') == 2
    start = learning.scene.booking.end + HOUR
    asked = {
        "starts_at": school_time(start).strftime(FORMAT),
        "ends_at": school_time(start + HOUR).strftime(FORMAT),
        "leader": they.teng.ulid,
        "capacity": "3",
        "people": [learning.request.ulid, other.ulid],
    }
    answer = teng.post(address, asked)
    session = GuidedSession.objects.get()
    assert answer.headers["Location"] == reverse("session_detail", args=[session.ulid])
    assert (session.capacity, session.places.filter(state="seated").count()) == (3, 2)


def test_a_session_over_a_booking_is_refused_and_what_was_typed_is_kept(
    learning: Learning, teng: Client
) -> None:
    they, booking = learning.scene.people, learning.scene.booking
    start = school_time(booking.end - HOUR).strftime(FORMAT)
    asked = {
        "starts_at": start,
        "ends_at": school_time(booking.end + HOUR).strftime(FORMAT),
        "leader": they.teng.ulid,
        "capacity": "3",
        "people": [learning.request.ulid],
    }
    answer = teng.post(reverse("session_schedule", args=[they.sem.asset_no]), asked)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "training.slot_promised" in shown
    assert f'value="{start}"' in shown
    assert f'value="{learning.request.ulid}" checked' in shown
    assert not GuidedSession.objects.exists()


def test_a_session_names_its_people_and_marks_who_was_not_there(
    learning: Learning, teng: Client, settings: object
) -> None:
    they, now = learning.scene.people, learning.scene.now
    session = make.session(
        they, now - 3 * HOUR, requests=(learning.request,), starts_at=now - 2 * HOUR, ends_at=now - HOUR
    )
    place = session.places.get()
    assert they.bob.name_zh in page(teng, "session_detail", session.ulid)
    address = reverse("session_attendance", args=[session.ulid])
    teng.post(address, {"place": place.ulid, "present": "0"})
    place.refresh_from_db()
    assert place.absent_at is not None
    teng.post(address, {"place": place.ulid, "present": "1"})
    place.refresh_from_db()
    assert place.absent_at is None


def test_seats_are_changed_and_a_session_cancelled_with_a_reason(learning: Learning, teng: Client) -> None:
    session = held(learning, requests=(learning.request,))
    address = reverse("session_capacity", args=[session.ulid])
    teng.post(address, {"capacity": "5"})
    session.refresh_from_db()
    assert session.capacity == 5
    assert "note-error" in teng.post(address, {"capacity": "0"}, follow=True).content.decode()
    cancel = reverse("session_cancel", args=[session.ulid])
    assert teng.post(cancel, {"reason": ""}).status_code == 409
    teng.post(cancel, {"reason": "真空泵坏了"})
    session.refresh_from_db()
    assert session.cancelled_at is not None
    assert session.places.get().state == "left"


def ready(learning: Learning) -> None:
    """Bob has passed the exam and had his hour."""
    they, now = learning.scene.people, learning.scene.now
    make.passed_exam(learning.request, now)
    session = make.session(
        they, now - 4 * HOUR, requests=(learning.request,), starts_at=now - 3 * HOUR, ends_at=now - HOUR
    )
    make.supervised(they, session, 60)


def test_the_rubric_is_filled_in_by_switches_and_handed_in_once(learning: Learning, teng: Client) -> None:
    they = learning.scene.people
    address = reverse("request_assess", args=[learning.request.ulid, they.sem.asset_no])
    assert '<fieldset class="criterion"' not in teng.get(address).content.decode()
    ready(learning)
    assert address in page(teng, "training_desk")
    shown = page(teng, "request_assess", learning.request.ulid, they.sem.asset_no)
    assert shown.count('<fieldset class="criterion"') == 3
    first, second, third = learning.rubric.criteria.order_by("position")
    asked = {"nonce": new_ulid(), f"points_{first.ulid}": "1", f"points_{third.ulid}": "8"}
    answer = teng.post(address, asked)
    assert answer.status_code == 422
    assert f'name="points_{third.ulid}" value="8" checked' in answer.content.decode()
    whole = {**asked, f"points_{second.ulid}": "0", f"note_{second.ulid}": "台面未清理"}
    assert teng.post(address, whole).status_code == 302
    assert teng.post(address, whole).status_code == 302  # a double click
    done = Assessment.objects.get()
    assert (done.score, done.passed, done.assessor) == (9, True, they.teng)
    assert done.findings.get(criterion=second).note == "台面未清理"


def test_a_manager_writes_the_rubric(learning: Learning, teng: Client) -> None:
    asset_no = learning.scene.people.sem.asset_no
    shown = page(teng, "rubric_edit", asset_no)
    assert "正确装样" in shown
    rows = [
        {
            "text_zh": "关机检查",
            "text_en": "Shuts down",
            "kind": "pass_fail",
            "critical": "on",
            "max_points": "9",
            "pass_points": "3",
        },
        {"text_zh": "", "text_en": "", "kind": "pass_fail", "max_points": "1", "pass_points": "1"},
        {"text_zh": "找焦", "text_en": "", "kind": "score", "max_points": "5", "pass_points": "3"},
    ]
    data = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0", "pass_mark": "80"}
    data |= {f"form-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    assert teng.post(reverse("rubric_edit", args=[asset_no]), data).status_code == 302
    rubric = learning.scene.people.sem.rubrics.get(number=2)
    kept = rubric.criteria.order_by("position").values_list(
        "text_zh", "critical", "max_points", "pass_points"
    )
    assert list(kept) == [("关机检查", True, 1, 1), ("找焦", False, 5, 3)]
    bad = teng.post(reverse("rubric_edit", args=[asset_no]), {**data, "form-2-pass_points": "9"})
    assert bad.status_code == 422
    assert "training.rubric" in bad.content.decode()


def test_seats_that_are_given_from_the_page_are_told(learning: Learning, bob: Client) -> None:
    session = held(learning)
    bob.post(reverse("session_join", args=[session.ulid]))
    assert told("training.place_changed")[-1]["state"] == "seated"


def test_an_english_page_has_no_chinese_outside_data(learning: Learning, signed_in: SignedIn) -> None:
    they = learning.scene.people
    session = held(learning, requests=(learning.request,))
    attempt = start_exam(user=they.bob, course=learning.course, by=they.bob, now=learning.scene.now)
    sem = they.sem.asset_no
    question = Question.objects.order_by("pk").first()
    assert question is not None
    seen = {
        they.bob: [
            *(reverse(name) for name in ("training_mine", "course_list")),
            reverse("course_detail", args=[learning.course.ulid]),
            reverse("session_detail", args=[session.ulid]),
            reverse("exam_start", args=[learning.course.ulid]),
            reverse("exam_sit", args=[attempt.ulid]),
            reverse("exam_submit", args=[attempt.ulid]),
        ],
        they.teng: [
            *(reverse(name) for name in ("training_desk", "holder_list", "question_list", "question_import")),
            *(reverse(name) for name in ("question_new", "topic_new", "course_new")),
            reverse("question_edit", args=[question.ulid]),
            reverse("question_retire", args=[question.ulid]),
            reverse("session_detail", args=[session.ulid]),
            reverse("session_cancel", args=[session.ulid]),
            reverse("session_schedule", args=[sem]),
            reverse("rubric_edit", args=[sem]),
            reverse("request_assess", args=[learning.request.ulid, sem]),
            reverse("course_detail", args=[learning.course.ulid]),
            *(
                reverse(f"course_{act}", args=[learning.course.ulid])
                for act in ("terms", "retire", "attempt")
            ),
            *(
                reverse("certificate_act", args=[they.certificate.ulid, verb])
                for verb in ("withdraw", "suspend", "reinstate")
            ),
        ],
        they.charlie: [reverse("course_detail", args=[learning.course.ulid])],
    }
    wrong = set()
    for user, addresses in seen.items():
        client = signed_in(user)
        client.cookies["django_language"] = "en"
        wrong |= {
            (address, text)
            for address, language, text in _words(client, addresses)
            if HAN.search(text) and not language.startswith("zh") and text != "中文"
        }
    assert wrong == set()

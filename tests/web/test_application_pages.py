"""The public application and the page behind its secret link: what a stranger is told, and what not."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.people.admitting import activate_application, reject_application
from apps.people.applying import return_application, submit_application, withdraw_application
from apps.people.models import (
    RegistrationApplication,
    User,
)
from tests.domain.people.applicants import CHOSEN, DAN, ERIN, NUMBER, dan
from tests.factories.facts import told
from tests.web.scene import Scene
from tests.web.test_pages import INLINE

DAY = timedelta(days=1)


def _form(**changes: str) -> dict[str, str]:
    """Dan's form as a browser sends it."""
    typed = {name: value for name, value in DAN.items() if name != "terms_version"}
    return {**typed, "password": CHOSEN, "terms": "on", "website": "", **changes}


def _apply(**changes: str) -> Any:
    return Client().post(reverse("application_create"), _form(**changes))


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_stranger_applies_and_follows_it_by_a_link(scene: Scene) -> None:
    answer = _apply()
    assert answer.status_code == 302
    page = Client().get(answer.url)
    application = RegistrationApplication.objects.get()
    assert (application.number, application.sponsor) == (NUMBER, scene.people.wang)
    assert application.submitted_at.date() == scene.now.date()
    text = page.content.decode()
    assert answer.url in text
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page.headers["Cache-Control"]
    assert CHOSEN not in text
    assert INLINE.findall(text) == []
    assert (
        "application_create" in str(Client().get(reverse("account_login")).context["request"])
        or reverse("application_create") in Client().get(reverse("account_login")).content.decode()
    )


def test_the_answer_tells_nobody_whether_somebody_has_an_account(scene: Scene) -> None:
    """A free number, one with an account, one with an open application: the pages differ in the link only."""
    User.objects.filter(pk=scene.people.bob.pk).update(username="2026009")
    seen = set()
    for number in ("2026001", "2026009", "2026001"):
        answer = _apply(number=number)
        assert answer.status_code == 302
        page = Client().get(answer.url).content.decode()
        seen.add(re.sub(r"join/[\w-]+/|value=\"[\w-]{64}\"", "", page))
    assert len(seen) == 1
    assert sorted(RegistrationApplication.objects.values_list("state", flat=True)) == [
        "repeated",
        "submitted",
        "submitted",
    ]


def test_the_form_says_what_is_wrong_and_keeps_all_but_the_password(scene: Scene) -> None:
    answer = _apply(number="!", phone="")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="dan@school.example"' in page
    assert CHOSEN not in page
    again = _apply(number="!")
    assert "people.number" in again.content.decode()
    weak = _apply(password="password1234")
    assert "people.weak_password" in weak.content.decode()
    assert _apply(terms="").status_code == 422
    assert not RegistrationApplication.objects.exists()


def test_a_machine_that_fills_in_everything_is_answered_and_forgotten(scene: Scene) -> None:
    answer = _apply(website="https://spam.example")
    assert answer.status_code == 302
    assert Client().get(answer.url).status_code == 404
    assert not RegistrationApplication.objects.exists()


def test_the_form_is_taken_so_often_from_one_address(scene: Scene) -> None:
    for n in range(10):
        assert _apply(number=f"2026-{n}", email=f"d{n}@school.example").status_code == 302
    answer = _apply(number="2026-99")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
    assert "people.too_many_applications" in answer.content.decode()
    assert RegistrationApplication.objects.count() == 10


def test_behind_the_proxy_every_client_is_counted_alone(scene: Scene, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1  # as in production, where nginx speaks through a socket
    for n in range(12):
        answer = Client(REMOTE_ADDR="", headers={"X-Forwarded-For": f"192.0.2.{n}"}).post(
            reverse("application_create"), _form(number=f"2026-{n}")
        )
        assert answer.status_code == 302


def test_somebody_from_outside_names_the_organisation_and_leaves_the_number_empty(scene: Scene) -> None:
    typed = {name: value for name, value in ERIN.items() if name != "terms_version"}
    answer = Client().post(
        reverse("application_create"), {**typed, "password": CHOSEN, "terms": "on", "number": ""}
    )
    assert answer.status_code == 302
    application = RegistrationApplication.objects.get()
    assert application.identity == "email:erin@works.example"


def test_a_question_is_answered_on_the_page_behind_the_link(scene: Scene) -> None:
    application, token = submit_application(filled=dan(), password=CHOSEN, now=scene.now)
    address = reverse("application_status", args=[token])
    assert b"data-apply" not in Client().get(address).content
    assert Client().post(address, _form()).status_code == 200  # nothing was asked: nothing is taken
    return_application(application=application, question="哪位老师", now=scene.now)
    page = Client().get(address).content.decode()
    assert "哪位老师" in page
    assert 'value="dan@school.example"' in page
    refused = Client().post(address, _form(number="2026777", password=""))
    assert refused.status_code == 422
    assert "people.identity_stays" in refused.content.decode()
    answer = Client().post(address, _form(phone="0531-9999", password=""))
    assert answer.status_code == 302
    application.refresh_from_db()
    assert (application.state, application.phone) == ("submitted", "0531-9999")


def test_an_application_is_withdrawn_after_asking(scene: Scene) -> None:
    _application, token = submit_application(filled=dan(), password=CHOSEN, now=scene.now)
    address = reverse("application_withdraw", args=[token])
    assert Client().get(address).status_code == 200
    assert RegistrationApplication.objects.get().is_open
    assert Client().post(address).status_code == 302
    assert RegistrationApplication.objects.get().state == "withdrawn"
    again = Client().post(address)
    assert again.status_code == 409
    assert "people.application_closed" in again.content.decode()


def test_withdrawing_tells_nobody_whether_somebody_has_an_account(scene: Scene) -> None:
    """A free number, one whose application was closed silently, one that repeats an open application."""
    known, token = submit_application(filled=dan(number="2026009"), password=CHOSEN, now=scene.now)
    reject_application(application=known, reason="duplicate", by=None, now=scene.now, silent=True)
    links = [
        _apply(number="2026001").url,
        reverse("application_status", args=[token]),
        _apply(number="2026001").url,
    ]
    seen = set()
    for link in reversed(links):
        withdraw = f"{link}withdraw/"
        answers = [
            Client().get(withdraw),
            Client().post(withdraw),
            Client().get(link),
            Client().post(withdraw),
        ]
        pages = [re.sub(r"join/[\w-]+/|value=\"[\w-]{64}\"", "", one.content.decode()) for one in answers]
        seen.add((*(one.status_code for one in answers), *pages))
    assert len(seen) == 1
    assert next(iter(seen))[:4] == (200, 302, 200, 409)
    assert sorted(RegistrationApplication.objects.values_list("state", flat=True)) == [
        "rejected",
        "repeated",
        "withdrawn",
    ]


def test_whoever_sends_a_number_often_closes_the_form_to_nobody(scene: Scene) -> None:
    for _n in range(5):
        assert _apply().status_code == 302
    newcomer: Any = Client(REMOTE_ADDR="192.0.2.77").post(
        reverse("application_create"), _form(email="true@school.example")
    )
    assert newcomer.status_code == 302
    assert "people.too_many" not in Client().get(newcomer.url).content.decode()
    assert RegistrationApplication.objects.filter(state="repeated").count() == 5
    assert len(told("people.application_repeated")) == 2
    withdraw_application(application=RegistrationApplication.objects.get(state="submitted"), now=scene.now)
    assert _apply().status_code == 302
    assert RegistrationApplication.objects.filter(state="submitted").count() == 1  # not lost for the day


def test_the_page_behind_the_link_says_how_it_ended(scene: Scene) -> None:
    people = scene.people
    application, token = submit_application(filled=dan(), password=CHOSEN, now=scene.now)
    reject_application(application=application, reason="不认识此人", by=people.office, now=scene.now)
    assert "不认识此人" in _page(Client(), "application_status", token)
    application, token = submit_application(filled=dan(), password=CHOSEN, now=scene.now)
    activate_application(
        application=application, valid_until=None, renew_by=None, visitor=True, now=scene.now
    )
    assert reverse("account_login") in _page(Client(), "application_status", token)
    assert Client().get(reverse("application_status", args=["guess"])).status_code == 404

"""The page that the code on an instrument leads to, the sheet with the code, and the day of who runs it."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.models import Booking
from apps.instruments.models import Incident
from apps.usage.models import UsageRecord
from devices.models import DeviceCommand
from tests.factories.instruments import many
from tests.factories.training import session
from tests.people import PASSWORD
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, MINUTE, Scene

ENGLISH = {"Accept-Language": "en"}


def _page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args), headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_whether_i_may_and_takes_that_i_am_here(scene: Scene, signed_in: SignedIn) -> None:
    client, sem = signed_in(scene.people.alice), scene.people.sem.asset_no
    page = _page(client, "here", sem.lower())
    assert "You may use it now" in page
    assert "I am here" in page
    assert "Switch it on without a card" in page
    answer = client.post(reverse("here_arrived", args=[sem]), headers=ENGLISH)
    assert answer.headers["Location"] == reverse("here", args=[sem])
    scene.booking.refresh_from_db()
    assert scene.booking.checked_in_at is not None
    again = _page(client, "here", sem)
    assert "You are here" in again
    assert "I am here</button>" not in again


def test_who_may_not_reads_why_and_who_mends_it(scene: Scene, signed_in: SignedIn) -> None:
    bob = signed_in(scene.people.bob)
    page = _page(bob, "here", scene.people.sem.asset_no)
    assert "You may not use it now" in page
    assert "I am here" not in page
    assert "Switch it on without a card" not in page
    assert "Teng" in page
    assert bob.post(reverse("here_arrived", args=[scene.people.sem.asset_no])).status_code == 404
    assert bob.get(reverse("here", args=["QY999999"])).status_code == 404


def test_too_early_it_says_when_it_begins(scene: Scene, signed_in: SignedIn) -> None:
    Booking.objects.filter(pk=scene.booking.pk).update(start=scene.now + HOUR)
    alice = signed_in(scene.people.alice)
    page = _page(alice, "here", scene.people.sem.asset_no)
    assert "It begins" in page
    assert "I am here" not in page
    assert alice.post(reverse("here_arrived", args=[scene.people.sem.asset_no])).status_code == 409


def test_switching_on_lets_the_node_ask_for_the_person(scene: Scene, signed_in: SignedIn) -> None:
    alice, sem = signed_in(scene.people.alice), scene.people.sem.asset_no
    assert alice.post(reverse("here_on", args=[sem])).status_code == 302
    command = DeviceCommand.objects.get()
    assert (command.kind, command.asked_by_id, command.subject_id) == (
        "ask",
        scene.people.alice.pk,
        scene.people.alice.pk,
    )
    scene.unlock()
    assert alice.post(reverse("here_on", args=[sem])).status_code == 404  # it is on already
    assert "Switch it on without a card" not in _page(alice, "here", sem)


def test_a_fault_is_reported_with_words_and_refuses_new_uses(scene: Scene, signed_in: SignedIn) -> None:
    alice, sem = signed_in(scene.people.alice), scene.people.sem.asset_no
    empty = alice.post(reverse("here_fault", args=[sem]), {"description": " "})
    assert empty.status_code == 422
    assert not Incident.objects.exists()
    answer = alice.post(reverse("here_fault", args=[sem]), {"description": "真空泵漏油"}, headers=ENGLISH)
    assert answer.status_code == 302
    incident = Incident.objects.get()
    assert (incident.effect, incident.reported_by) == ("refuse_new", scene.people.alice)
    page = _page(alice, "here", sem)
    assert "Open incident" in page
    assert "You may not use it now" in page


def test_the_sheet_is_a_pdf_for_the_crew(scene: Scene, signed_in: SignedIn) -> None:
    sem = scene.people.sem.asset_no
    answer = signed_in(scene.people.olga).get(reverse("instrument_code", args=[sem]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert BytesIO(answer.content).read(5) == b"%PDF-"
    assert f'filename="{sem}.pdf"' in answer.headers["Content-Disposition"]
    assert signed_in(scene.people.alice).get(reverse("instrument_code", args=[sem])).status_code == 403


def test_the_day_shows_who_is_on_who_comes_and_what_is_to_be_held(scene: Scene, signed_in: SignedIn) -> None:
    session(scene.people, scene.now + 4 * HOUR)
    teng = signed_in(scene.people.teng)
    page = _page(teng, "my_day")
    assert "expected" in page
    assert f"{reverse('wall_unlock', args=['websem1', 1])}?person=alice" in page
    assert "Training to hold" in page
    signed_in(scene.people.alice).post(reverse("here_arrived", args=[scene.people.sem.asset_no]))
    assert "is here" in _page(teng, "my_day")
    scene.unlock(scene.now + MINUTE)
    page = _page(teng, "my_day")
    assert "In use" in page
    assert reverse("wall_stop", args=["websem1", 1]) in page
    assert "?person=alice" not in page
    assert 'href="/my-day/"' in page
    assert 'href="/my-day/"' not in _page(signed_in(scene.people.alice), "home")


@pytest.mark.parametrize("bookings", [0, 20])
def test_the_day_takes_as_many_queries_for_many_bookings(
    bookings: int, scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(scene.people.sem, 3)
    for number in range(bookings):
        Booking.objects.create(
            instrument=scene.people.sem,
            user=scene.people.bob,
            group=scene.people.group,
            start=scene.booking.end + number * 15 * MINUTE,
            end=scene.booking.end + (number + 1) * 15 * MINUTE,
            state=Booking.State.CONFIRMED,
            requested_at=scene.now,
        )
    client = signed_in(scene.people.teng)
    with django_assert_num_queries(19):
        _page(client, "my_day")


def test_a_held_measurement_is_judged_beside_its_evidence(scene: Scene, signed_in: SignedIn) -> None:
    record = scene.use(30)
    UsageRecord.objects.filter(pk=record.pk).update(held="usage.implausible", verdict="")
    teng = signed_in(scene.people.teng)
    address = reverse("held_record", args=[record.ulid])
    assert address in _page(teng, "my_day")
    page = _page(teng, "held_record", record.ulid)
    for words in ("The meter of powered time says", "By the clock passed at most", "usage.implausible"):
        assert words in page
    assert signed_in(scene.people.olga).get(address).status_code == 404  # operates it, is not responsible
    assert signed_in(scene.people.alice).get(address).status_code == 404
    kept = teng.post(address, {"verdict": "dismiss", "reason": " "}, headers=ENGLISH)
    assert kept.status_code == 409
    record.refresh_from_db()
    assert record.held == "usage.implausible"
    answer = teng.post(address, {"verdict": "dismiss", "reason": "meter replaced"}, headers=ENGLISH)
    assert answer.headers["Location"] == reverse("my_day")
    record.refresh_from_db()
    assert (record.held, record.verdict) == ("", "dismissed")
    assert "Dismissed" in _page(teng, "held_record", record.ulid)
    assert teng.post(address, {"verdict": "release", "reason": "again"}).status_code == 409


def test_an_operator_starts_and_stops_a_session_for_somebody_from_the_day(
    scene: Scene, signed_in: SignedIn
) -> None:
    olga = signed_in(scene.people.olga)
    start = f"{reverse('wall_unlock', args=['websem1', 1])}?person=alice&from=day"
    assert start.replace("&", "&amp;") in _page(olga, "my_day")
    asked = olga.get(start, headers=ENGLISH)
    if asked.status_code == 302:  # once more the password, before somebody acts on a machine
        confirm = olga.post(asked.headers["Location"], {"password": PASSWORD})
        assert confirm.headers["Location"] == start
        asked = olga.get(start, headers=ENGLISH)
    page = asked.content.decode()
    assert 'value="alice"' in page
    assert f'href="{reverse("my_day")}">Leave it as it is' in page
    found = olga.get(f"{start.partition('?')[0]}?who=bob&from=day", headers=ENGLISH).content.decode()
    assert "?person=bob&amp;from=day" in found or "?from=day&amp;person=bob" in found
    answer = olga.post(start, {"person": "alice", "reason": "runs her samples with her"})
    assert answer.headers["Location"] == reverse("my_day")
    command = DeviceCommand.objects.get()
    assert (command.kind, command.asked_by, command.subject) == ("ask", scene.people.olga, scene.people.alice)
    scene.unlock(scene.now + MINUTE)
    stop = f"{reverse('wall_stop', args=['websem1', 1])}?from=day"
    assert stop in _page(olga, "my_day")
    answer = olga.post(stop, {"reason": "done"})
    assert answer.headers["Location"] == reverse("my_day")
    assert DeviceCommand.objects.filter(kind="lock", asked_by=scene.people.olga).count() == 1

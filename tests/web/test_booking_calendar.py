"""The page of calendar addresses, the calendars behind them, and one booking as a file."""

import logging
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from apps.bookings import feeds
from apps.bookings.feeds import create_feed
from apps.bookings.models import CalendarFeed
from apps.bookings.operations import cancel_booking
from apps.core.logs import HideSecrets
from apps.people.models import User
from apps.people.operations import suspend_user
from tests.api.client import Program, secret_for
from tests.factories.calendars import events
from tests.factories.instruments import sister
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene

ADDRESS = re.compile(r'id="address" lang="zxx">([^<]+)<')
ENGLISH = {"Accept-Language": "en"}


def _address(scene: Scene, who: User, *, crew: bool = False) -> str:
    instrument = scene.people.sem if crew else None
    _feed, secret = create_feed(user=who, instrument=instrument, language="en", by=who, now=scene.now)
    return reverse("calendar_feed", args=[secret])


def _shown(page: str) -> str:
    found = ADDRESS.search(page)
    assert found is not None
    return found[1]


def test_an_address_is_made_shown_once_read_renewed_and_revoked(scene: Scene, signed_in: SignedIn) -> None:
    client, stranger = signed_in(scene.people.alice), Client()
    page = client.get(reverse("booking_calendar"), headers=ENGLISH).content.decode()
    assert "Make an address" in page
    assert "Instruments that I run" not in page
    made = client.post(reverse("calendar_feed_create"), headers=ENGLISH)
    shown = _shown(made.content.decode())
    assert (made.status_code, "no-store" in made.headers["Cache-Control"]) == (201, True)
    assert shown.startswith("http://127.0.0.1:8000/calendar/")
    answer = stranger.get(urlsplit(shown).path)
    assert answer.status_code == 200
    (event,) = events(answer.content)
    assert str(event["UID"]).startswith(f"{scene.booking.ulid}@")
    page = client.get(reverse("booking_calendar"), headers=ENGLISH).content.decode()
    assert urlsplit(shown).path not in page
    assert "never" not in page
    assert client.post(reverse("calendar_feed_create")).status_code == 409
    renew = reverse("calendar_feed_renew", args=[CalendarFeed.objects.get().ulid])
    assert "Renew this address?" in client.get(renew, headers=ENGLISH).content.decode()
    assert stranger.get(urlsplit(shown).path).status_code == 200  # asking changes nothing
    renewed = _shown(client.post(renew).content.decode())
    paths = [urlsplit(one).path for one in (shown, renewed)]
    assert [stranger.get(path).status_code for path in paths] == [404, 200]
    revoke = reverse("calendar_feed_revoke", args=[CalendarFeed.objects.get(revoked_at=None).ulid])
    assert "Revoke this address?" in client.get(revoke, headers=ENGLISH).content.decode()
    answer = client.post(revoke)
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("booking_calendar"))
    assert stranger.get(paths[1]).status_code == 404
    assert client.get(revoke).status_code == 404


def test_the_pages_say_it_in_chinese(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.teng)
    page = client.get(reverse("booking_calendar")).content.decode()
    assert "订阅" in page
    assert page.count('name="instrument" value="QY000004"') == 1
    made = client.post(reverse("calendar_feed_create"), {"instrument": scene.people.sem.asset_no})
    assert "日历地址" in made.content.decode()
    answer = Client().get(urlsplit(_shown(made.content.decode())).path)
    assert answer.headers["Content-Language"] == "zh-hans"
    assert "艾丽" in answer.content.replace(b"\r\n ", b"").decode()
    listed = signed_in(scene.people.alice).get(reverse("booking_list")).content.decode()
    assert reverse("booking_calendar") in listed
    detail = reverse("booking_detail", args=[scene.booking.ulid])
    assert detail in listed
    shown = signed_in(scene.people.alice).get(detail).content.decode()
    assert reverse("booking_ics", args=[scene.booking.ulid]) in shown


def test_a_calendar_of_an_instrument_is_made_by_its_crew_only(scene: Scene, signed_in: SignedIn) -> None:
    asked = {"instrument": scene.people.sem.asset_no}
    for who in (scene.people.alice, scene.people.office):
        answer = signed_in(who).post(reverse("calendar_feed_create"), asked)
        assert answer.status_code == 403
    unknown = signed_in(scene.people.teng).post(reverse("calendar_feed_create"), {"instrument": "nothing"})
    assert unknown.status_code == 404
    assert not CalendarFeed.objects.exists()


def test_an_unchanged_calendar_is_not_sent_again(scene: Scene) -> None:
    address, client = _address(scene, scene.people.alice), Client()
    first = client.get(address)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in first.headers
    assert not first.cookies
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in ({"If-None-Match": etag}, {"If-None-Match": f"W/{etag}"}, {"If-Modified-Since": modified}):
        again = client.get(address, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["ETag"], again.headers["Cache-Control"]) == (etag, "private, no-cache")
    head = client.head(address)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", etag)
    cancel_booking(booking=scene.booking, by=scene.people.alice, now=scene.now + HOUR)
    for headers in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
        changed = client.get(address, headers=headers)
        assert changed.status_code == 200
        assert b"STATUS:CANCELLED" in changed.content


@pytest.mark.parametrize(("who", "queries"), [("alice", 4), ("teng", 6)])
def test_a_calendar_takes_its_number_of_queries(
    scene: Scene, who: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = _address(scene, getattr(scene.people, who), crew=who == "teng")
    client = Client()
    with django_assert_num_queries(queries + 1):  # the first reading is remembered
        assert client.get(address).status_code == 200
    with django_assert_num_queries(queries):
        first = client.get(address)
    with django_assert_num_queries(queries):
        assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    with django_assert_num_queries(0):
        assert client.get(address.replace(".ics", "x.ics")).status_code == 404


def test_the_page_takes_its_number_of_queries(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(scene.people.teng)
    _address(scene, scene.people.teng, crew=True)
    with django_assert_num_queries(7):
        client.get(reverse("booking_calendar"))
    for number in range(3):
        one = sister(scene.people.sem, f"QY9000{number}", scene.now)
        one.crew.create(user=scene.people.teng, role="manager", valid_from=scene.now - timedelta(days=1))
    with django_assert_num_queries(7):
        page = client.get(reverse("booking_calendar")).content.decode()
    assert page.count('name="instrument"') == 3


def test_nothing_tells_one_closed_address_from_another(scene: Scene) -> None:
    """Whoever tries addresses learns nothing: neither that one was ever there, nor why it is closed."""
    people, client = scene.people, Client()
    revoked, suspended = _address(scene, people.alice), _address(scene, people.bob)
    CalendarFeed.objects.filter(user=people.alice).update(revoked_at=scene.now)
    suspend_user(user=people.bob, reason="test", by=people.office, now=scene.now)
    ulid, digest = CalendarFeed.objects.values_list("ulid", "digest")[0]
    guesses = [reverse("calendar_feed", args=[guess]) for guess in ("x", "A" * 43, "A" * 5000, ulid, digest)]
    heard = set()
    for address in (revoked, suspended, *guesses):
        answer = client.get(address)
        heard.add((answer.status_code, answer.content, tuple(sorted(answer.headers.items()))))
        assert client.post(address).status_code == 405
    assert len(heard) == 1
    status, content, headers = heard.pop()
    assert (status, content) == (404, b"bookings.no_feed\n")
    assert dict(headers)["Cache-Control"] == "private, no-cache"
    for odd in ("/calendar/../booking.ics", "/calendar/a%0d%0aSet-Cookie:x=1.ics", "/calendar/%00.ics"):
        odd_answer = client.get(odd)
        assert odd_answer.status_code == 404
        assert "x" not in odd_answer.cookies


def test_a_closed_address_stands_in_no_log(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(HideSecrets())
    address = _address(scene, scene.people.alice)
    CalendarFeed.objects.update(revoked_at=scene.now)
    logger = logging.getLogger("django.request")
    logger.addHandler(caplog.handler)
    try:
        Client().get(address)
    finally:
        logger.removeHandler(caplog.handler)
    assert "/calendar/….ics" in caplog.text
    assert address not in caplog.text


def test_the_log_of_the_site_hides_secrets(settings: Settings) -> None:
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["secrets"]


def test_a_host_that_a_client_claims_is_nowhere_in_a_calendar(scene: Scene, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    address = _address(scene, scene.people.alice)
    answer = Client().get(address, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert b"evil.example" not in answer.content
    assert answer.status_code == 200


def test_a_name_of_an_instrument_breaks_out_of_nothing(scene: Scene, signed_in: SignedIn) -> None:
    evil = "SEM\r\nEND:VEVENT\nX-EVIL:1\x0b;,\\"
    scene.people.sem.__class__.objects.filter(pk=scene.people.sem.pk).update(name_zh=evil, name_en=evil)
    answers = [
        Client().get(_address(scene, scene.people.teng, crew=True)),
        signed_in(scene.people.alice).get(reverse("booking_ics", args=[scene.booking.ulid])),
    ]
    for answer in answers:
        lines = answer.content.replace(b"\r\n ", b"").split(b"\r\n")
        assert lines.count(b"END:VEVENT") == 1
        assert not any(line.startswith(b"X-EVIL") for line in lines)
        assert all("\n" not in f"{name}{value}" for name, value in answer.headers.items())


def test_a_program_that_asks_without_end_is_told_to_wait(scene: Scene) -> None:
    cache.clear()
    address, client = _address(scene, scene.people.alice), Client()
    feed = CalendarFeed.objects.get()
    for _number in range(feeds.READS_PER_HOUR):
        feeds.count_read(feed)
    answer = client.get(address)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert CalendarFeed.objects.get().last_read_at is None
    cache.clear()


def test_one_booking_is_a_file_for_its_person_and_with_the_name_for_the_crew(
    scene: Scene, signed_in: SignedIn
) -> None:
    address = reverse("booking_ics", args=[scene.booking.ulid])
    own = signed_in(scene.people.alice).get(address, headers=ENGLISH)
    assert own.headers["Content-Disposition"] == f'attachment; filename="{scene.booking.ulid}.ics"'
    assert own.headers["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = events(own.content)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (scene.booking.start, scene.booking.end)
    assert "Alice" not in str(event["SUMMARY"])
    crews = signed_in(scene.people.teng).get(address, headers=ENGLISH)
    assert str(events(crews.content)[0]["SUMMARY"]).endswith("· Alice")
    assert signed_in(scene.people.bob).get(address).status_code == 404


def test_invitations_are_switched_on_and_off_where_there_is_an_address(
    scene: Scene, signed_in: SignedIn
) -> None:
    alice = signed_in(scene.people.alice)
    page, switch = reverse("booking_calendar"), reverse("booking_invitations")
    nobody = alice.get(page, headers=ENGLISH).content.decode()
    assert "No address of mail is known of you" in nobody
    assert "Send me invitations" not in nobody
    User.objects.filter(pk=scene.people.alice.pk).update(email="alice@school.test")
    asked = alice.get(page, headers=ENGLISH).content.decode()
    assert "Send me invitations" in asked
    assert "alice@school.test" in asked
    done = alice.post(switch, {"wanted": "yes"}, headers=ENGLISH)
    assert (done.status_code, done.headers["Location"]) == (302, page)
    shown = alice.get(page, headers=ENGLISH).content.decode()
    assert "You get invitations" in shown
    assert "each new booking comes by mail" in shown
    alice.post(switch, {"wanted": "no"})
    assert "Send me invitations" in alice.get(page, headers=ENGLISH).content.decode()
    assert alice.get(switch).status_code == 405


def test_a_program_switches_invitations(scene: Scene) -> None:
    alice = Program(secret_for(scene.people.alice, scene.now))
    address = "/api/v1/invitations"
    assert alice.get(address).json() == {"wanted": False, "since": None, "mail": ""}
    on = alice.ask("POST", address, {"wanted": True}).json()
    assert on["wanted"]
    assert alice.ask("POST", address, {"wanted": True}).json() == on == alice.get(address).json()
    assert not alice.ask("POST", address, {"wanted": False}).json()["wanted"]
    assert alice.ask("POST", address, {"wanted": "perhaps"}).status_code == 422

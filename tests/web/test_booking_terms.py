"""The page on which a manager says how an instrument is booked and when it is open, and the same by
program.
"""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.models import Booking, BookingTerms, GroupQuota, OpeningWindow
from apps.bookings.terms import terms_of
from apps.core.clock import school_time
from tests.api.client import Program, secret_for
from tests.people import cleared
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene

MONDAY = date(2026, 11, 23)
HOURS = {
    "form": "hours",
    "own": "yes",
    "since": "2026-11-24",
    "workday_0_from": "08:00",
    "workday_0_until": "12:00",
    "workday_1_from": "20:00",
    "workday_1_until": "00:00",
}


def _address(scene: Scene) -> str:
    return reverse("booking_terms", args=[scene.people.sem.asset_no])


def test_hours_are_previewed_without_being_saved_and_then_saved(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.teng)
    answer = client.post(_address(scene), {**HOURS, "act": "preview"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "08:00-12:00" in page
    assert "20:00-24:00" in page
    assert page.count('<svg viewBox="0 0 1440 24"') == 14
    assert 'value="20:00"' in page
    assert not OpeningWindow.objects.exists()
    saved = client.post(_address(scene), {**HOURS, "act": "save"})
    assert (saved.status_code, saved.headers["Location"]) == (302, _address(scene))
    windows = OpeningWindow.objects.order_by("from_minute").values_list(
        "day_type", "from_minute", "until_minute"
    )
    assert list(windows) == [("workday", 480, 720), ("workday", 1200, 1440)]
    again = client.get(_address(scene)).content.decode()
    assert "20:00-24:00" in again


def test_bookings_outside_new_hours_are_counted_before_saving(scene: Scene, signed_in: SignedIn) -> None:
    # Alice's booking of today goes from 9:30 to 12:30.
    asked = {**HOURS, "since": "2026-11-23", "act": "preview"}
    page = signed_in(scene.people.teng).post(_address(scene), asked, headers={"Accept-Language": "en"})
    assert "1 booking lies outside these hours" in page.content.decode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"workday_0_until": ""}, 'value="08:00"'),
        ({"workday_0_until": "07:00"}, "bookings.windows"),
        ({"workday_1_from": "11:00", "workday_1_until": "13:00"}, "bookings.windows"),
        ({"since": "2026-11-22"}, "bookings.windows_since"),
        ({"since": "9999-12-31"}, "bookings.windows_since"),
        ({"workday_0_from": "25:00"}, 'value="25:00"'),
    ],
)
def test_hours_that_cannot_be_keep_what_was_typed(
    scene: Scene, signed_in: SignedIn, change: dict[str, str], told: str
) -> None:
    typed = {**HOURS, "restday_0_from": "09:15", "restday_0_until": "10:00", **change, "act": "save"}
    answer = signed_in(scene.people.teng).post(_address(scene), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert 'value="09:15"' in page
    assert not OpeningWindow.objects.exists()


def test_terms_are_saved_and_an_emptied_number_says_nothing_any_more(
    scene: Scene, signed_in: SignedIn
) -> None:
    client, sem = signed_in(scene.people.teng), scene.people.sem
    assert client.post(_address(scene), {"form": "terms", "grid_minutes": "15"}).status_code == 302
    assert BookingTerms.objects.get().set_by == scene.people.teng
    assert terms_of(sem, BookingTerms.objects.get().valid_from).grid_minutes == 15
    assert client.post(_address(scene), {"form": "terms", "grid_minutes": ""}).status_code == 302
    assert BookingTerms.objects.get().valid_until is not None
    answer = client.post(_address(scene), {"form": "terms", "grid_minutes": "7"})
    assert answer.status_code == 422
    assert 'value="7"' in answer.content.decode()
    assert "bookings.terms" in answer.content.decode()


def test_a_facility_gives_its_instruments_their_hours(scene: Scene, signed_in: SignedIn) -> None:
    facility = scene.people.sem.facility
    address = reverse("booking_terms_facility", args=[facility.ulid])
    client = signed_in(scene.people.office)
    assert client.post(address, {**HOURS, "act": "save"}).status_code == 302
    assert OpeningWindow.objects.filter(facility=facility).count() == 2
    assert "20:00-24:00" in client.get(_address(scene)).content.decode()
    assert client.post(address, {**HOURS, "own": "no", "act": "save"}).status_code == 302
    assert not OpeningWindow.objects.filter(revoked_at__isnull=True).exists()


def test_hours_of_the_groups_are_set_shown_to_their_members_and_ended(
    scene: Scene, signed_in: SignedIn
) -> None:
    client, group = signed_in(scene.people.teng), scene.people.group
    asked = {"form": "quota", "act": "set", "group": group.ulid, "period": "week", "hours": "5"}
    assert client.post(_address(scene), asked).status_code == 302
    assert GroupQuota.objects.get().group == group
    book = reverse("booking_create", args=[scene.people.sem.asset_no])
    alice = signed_in(scene.people.alice)
    page = alice.get(book, headers={"Accept-Language": "en"}).content.decode()
    assert "2.0 of 5 hours left from 11-23 to 11-29" in page  # three are booked
    later = alice.get(book + "?start=2026-12-01T10:00", headers={"Accept-Language": "en"}).content.decode()
    assert "5.0 of 5 hours left from 11-30 to 12-06" in later
    for far in ("9999-12-31T23:00", "0001-01-02T00:00", "soon"):
        assert alice.get(f"{book}?start={far}").status_code == 200
        assert alice.post(book, {"start": far, "end": far, "fund": scene.fund.number}).status_code == 422
    wrong = client.post(_address(scene), {**asked, "hours": "0"})
    assert (wrong.status_code, GroupQuota.objects.count()) == (422, 1)
    page = client.get(_address(scene), headers={"Accept-Language": "en"}).content.decode()
    assert "5 hours a week" in page
    ended = {"form": "quota", "act": "end", "group": group.ulid, "period": "week"}
    assert client.post(_address(scene), ended).status_code == 302
    assert GroupQuota.objects.get().valid_until is not None


def test_only_the_crew_is_asked_what_a_booking_is_for(scene: Scene, signed_in: SignedIn) -> None:
    book = reverse("booking_create", args=[scene.people.sem.asset_no])
    assert 'name="purpose"' not in signed_in(scene.people.alice).get(book).content.decode()
    client, start = signed_in(scene.people.teng), school_time(scene.booking.end)
    assert 'value="teaching"' in client.get(book).content.decode()
    cleared(scene.people.teng, scene.now - timedelta(days=1), scene.now + timedelta(days=30))
    period = {"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}"}
    assert client.post(book, {**period, "purpose": "teaching"}).status_code == 302
    made = Booking.objects.get(user=scene.people.teng)
    assert (made.purpose, made.hold) == ("teaching", None)
    assert "bookings.overlap" in client.post(book, {**period, "purpose": "maintenance"}).content.decode()


def test_the_page_takes_its_number_of_queries(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(scene.people.teng)
    client.post(_address(scene), {**HOURS, "since": "2026-11-23", "act": "save"})
    with django_assert_num_queries(15):
        client.get(_address(scene))


def test_the_instruments_page_leads_its_manager_there_but_not_its_operator(
    scene: Scene, signed_in: SignedIn
) -> None:
    detail = reverse("instrument_detail", args=[scene.people.sem.asset_no])
    assert _address(scene) in signed_in(scene.people.teng).get(detail).content.decode()
    assert _address(scene) not in signed_in(scene.people.olga).get(detail).content.decode()


def test_a_program_sets_terms_and_hours_and_reads_what_counts(scene: Scene) -> None:
    program = Program(secret_for(scene.people.teng, scene.now))
    address = f"/api/v1/booking-terms/{scene.people.sem.asset_no}"
    assert program.get(address).json() == {
        "grid_minutes": 1,
        "min_minutes": 5,
        "max_minutes": 1440,
        "notice_minutes": 0,
        "horizon_days": 60,
        "grace_minutes": 30,
        "route": "auto",
    }
    assert program.post(address, {"grid_minutes": 30}).json()["grid_minutes"] == 30
    wrong = program.post(address, {"grid_minutes": 10**30})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (
        422,
        "bookings.terms",
        "grid_minutes",
    )
    [first, *_others] = program.get(f"{address}/opening").json()["items"]
    assert first == {
        "day": "2026-11-23",
        "day_type": None,
        "windows": [{"from_minute": 0, "until_minute": 1440}],
    }
    week = [{"day_type": "workday", "from_minute": 480, "until_minute": 1080}]
    told = program.post(f"{address}/opening", {"since": "2026-11-27", "windows": week}).json()["items"]
    assert [(one["day_type"], len(one["windows"])) for one in told[:4]] == [
        ("workday", 1),
        ("restday", 0),
        ("restday", 0),
        ("workday", 1),
    ]
    assert program.post(f"{address}/opening", {"since": "2026-11-27", "windows": None}).status_code == 200
    far = (MONDAY + timedelta(days=400)).isoformat()
    refused = program.post(f"{address}/opening", {"since": far, "windows": week})
    assert refused.json()["code"] == "bookings.windows_since"


def test_a_program_sets_reads_and_ends_the_hours_of_groups(scene: Scene) -> None:
    teng, alice = (Program(secret_for(who, scene.now)) for who in (scene.people.teng, scene.people.alice))
    address = f"/api/v1/booking-terms/{scene.people.sem.asset_no}/quotas"
    assert teng.get(address).json() == {"items": []}
    every = {"group": None, "period": "week", "hours": 20, "beyond_hours": 48}
    ours = {"group": scene.people.group.ulid, "period": "week", "hours": 40, "beyond_hours": None}
    assert teng.post(address, every).json() == {"items": [every]}
    assert teng.post(address, ours).json() == {"items": [every, ours]}
    much = teng.post(address, {**ours, "hours": 169})
    assert (much.status_code, much.json()["code"], much.json()["field"]) == (
        422,
        "bookings.quota_hours",
        "hours",
    )
    assert teng.post(address, {**ours, "group": "nobody"}).json()["code"] == "core.not_found"
    assert teng.post(address, {**every, "hours": None}).json() == {"items": [ours]}
    seen = alice.get(address)
    assert (seen.status_code, seen.json()["code"]) == (403, "bookings.not_arranger")
    refused = alice.post(address, ours)
    assert (refused.status_code, refused.json()["code"]) == (403, "instruments.not_manager")


def test_the_page_tells_before_booking_what_is_missing_and_who_mends_it(
    scene: Scene, signed_in: SignedIn
) -> None:
    start, end = scene.booking.end + HOUR, scene.booking.end + 2 * HOUR
    period = {
        "start": f"{school_time(start):%Y-%m-%dT%H:%M}",
        "end": f"{school_time(end):%Y-%m-%dT%H:%M}",
    }
    address = reverse("booking_create", args=[scene.people.sem.asset_no])
    assert "可以预约这个时段" in signed_in(scene.people.alice).get(address, period).content.decode()
    page = signed_in(scene.people.bob).get(address, period).content.decode()
    assert "bookings.no_certificate" in page
    assert "这台仪器的培训师" in page
    refused = signed_in(scene.people.bob).post(address, {**period, "fund": scene.fund.number})
    assert refused.status_code == 422
    assert "这台仪器的培训师" in refused.content.decode()
    plain = signed_in(scene.people.alice).get(address).content.decode()
    assert "可以预约这个时段" not in plain

"""The page of a booking, and what it says of a risk, a request and another price."""

from django.urls import reverse
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from apps.bookings.models import Booking
from apps.bookings.rechecking import recheck
from apps.training.operations import suspend_certificate
from tests.api.client import Program, secret_for
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene


def _at_risk(scene: Scene) -> Booking:
    """Alice's booking, tomorrow, under a certificate that was suspended."""
    start = scene.now + 2 * HOUR
    Booking.objects.filter(pk=scene.booking.pk).update(start=start, end=start + HOUR)
    suspend_certificate(
        certificate=scene.people.certificate, reason="damage", by=scene.people.teng, now=scene.now
    )
    return recheck(booking=scene.booking, now=scene.now)


def test_the_page_and_the_list_say_what_speaks_against_it_and_who_mends_it(
    scene: Scene, signed_in: SignedIn
) -> None:
    booking = _at_risk(scene)
    alice = signed_in(scene.people.alice)
    address = reverse("booking_detail", args=[booking.ulid])
    assert address in alice.get(reverse("booking_list")).content.decode()
    page = alice.get(address).content.decode()
    assert "没有在整个时段有效的" in page
    assert "bookings.no_certificate" in page
    assert "这台仪器的培训师" in page
    assert "有风险" in page
    assert "有风险" in signed_in(scene.people.teng).get(address).content.decode()
    assert signed_in(scene.people.bob).get(address).status_code == 404


def test_the_page_tells_another_price_and_the_words_of_a_request(scene: Scene, signed_in: SignedIn) -> None:
    Booking.objects.filter(pk=scene.booking.pk).update(expected_fen=123_45)
    alice = signed_in(scene.people.alice)
    address = reverse("booking_detail", args=[scene.booking.ulid])
    assert "123.45" in alice.get(address).content.decode()
    Booking.objects.filter(pk=scene.booking.pk).update(state="requested", route="both", confirmed_at=None)
    page = alice.get(address).content.decode()
    assert "已申请: 课题组负责人, 仪器负责人" in page
    assert "已申请" in alice.get(reverse("booking_list")).content.decode()


def test_a_refused_request_is_told_as_such(scene: Scene, signed_in: SignedIn) -> None:
    Booking.objects.filter(pk=scene.booking.pk).update(
        state="cancelled", cancelled_at=scene.now, refused_at=scene.now, cancel_reason="先写论文"
    )
    alice = signed_in(scene.people.alice)
    for address in (reverse("booking_detail", args=[scene.booking.ulid]), reverse("booking_list")):
        page = alice.get(address).content.decode()
        assert "拒绝" in page
        assert "先写论文" in page


def test_programs_hear_the_same(scene: Scene) -> None:
    booking = _at_risk(scene)
    program = Program(secret_for(scene.people.alice, scene.now))
    told = program.get(f"/api/v1/bookings/{booking.ulid}").json()
    (risk,) = told["at_risk"]
    assert (risk["code"], risk["mender"]) == ("bookings.no_certificate", "trainer")
    assert told["expected_fen"] == scene.booking.estimated_fen // 3  # an hour of three
    assert told["route"] == ""


def test_the_page_takes_few_queries(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(scene.people.alice)
    address = reverse("booking_detail", args=[scene.booking.ulid])
    client.get(address)
    with override("zh-hans"), django_assert_num_queries(5):
        client.get(address)

"""The page behind the link of a customer: the whole way without an account, and nothing beside it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.html import conditional_escape
from pytest_django import DjangoAssertNumQueries

from apps.billing.samples import charge_samples
from apps.core import clock
from apps.fees.operations import end_version
from apps.files.checking import check_next
from apps.files.operations import append
from apps.notices.models import Notice
from apps.samples.acceptance import accept_samples
from apps.samples.attaching import attach_file
from apps.samples.custody import receive_sample
from apps.samples.models import GuestLink, SampleFile, SampleRequest
from apps.samples.papers import sample_report
from apps.samples.quoting import quote_request
from apps.samples.releasing import release_results
from apps.samples.sponsoring import revoke_link, sponsor_request
from apps.samples.testing import record_result, start_run
from tests.factories.samples import SAMPLE_FEN, priced_by_sample, samples_of
from tests.web.conftest import SignedIn
from tests.web.matrix.sample_guests import LI, opened
from tests.web.matrix.samples import agreed, photo, service
from tests.web.scene import Scene
from tests.web.test_samples import GOOD, _typed


@pytest.fixture(autouse=True)
def _counted_anew() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def _page(secret: str, name: str = "guest_samples", **more: Any) -> str:
    return reverse(name, kwargs={"secret": secret, **more})


def _link(scene: Scene, limit_fen: int = 10_000_00) -> tuple[GuestLink, str]:
    """A link whose request has a price and a fund."""
    sem = scene.people.sem
    end_version(version=sem.fee_versions.get(), reason="x", by=scene.people.office, now=scene.now)
    priced_by_sample(sem, scene.now)
    return sponsor_request(
        service=service(scene),
        customer=LI,
        fund=scene.fund,
        limit_fen=limit_fen,
        days=30,
        by=scene.people.wang,
        now=scene.now,
    )


def _offered(scene: Scene, guest: Client, link: GuestLink, secret: str) -> SampleRequest:
    assert guest.post(_page(secret, "guest_draft"), _typed(GOOD, wishes="轻放")).status_code == 302
    assert guest.post(_page(secret, "guest_act", verb="submit")).status_code == 302
    request = SampleRequest.objects.get(pk=link.request_id)
    accept_samples(request=request, by=scene.people.olga, now=scene.now)
    quote_request(request=request, instrument=scene.people.sem, by=scene.people.olga, now=scene.now)
    return SampleRequest.objects.get(pk=link.request_id)


def _measured(scene: Scene, request: SampleRequest) -> SampleFile:
    """Received, tested with a file, charged, released, reported."""
    by: dict[str, Any] = {"by": scene.people.olga, "now": clock.now()}
    [one] = samples_of(request)
    receive_sample(sample=one, **by)
    start_run(instrument=scene.people.sem, samples=[one], **by)
    file = attach_file(sample=one, kind="result", name="grain.tif", size=3, **by)
    append(file=file.file, offset=0, read=lambda _most: b"abc", **by)
    while check_next(now=clock.now()) is not None:
        continue
    record_result(sample=one, summary="晶粒 2 µm", **by)
    return file


def test_a_customer_goes_the_whole_way_without_an_account(scene: Scene) -> None:
    link, secret = _link(scene)
    guest = Client()
    page = guest.get(_page(secret)).content.decode()
    assert "李工" in page
    assert scene.people.wang.name_zh in page
    request = _offered(scene, guest, link, secret)
    offer = request.quote
    assert offer is not None
    page = guest.get(_page(secret)).content.decode()
    assert f"¥{SAMPLE_FEN['enterprise'] // 100}.00" in page
    assert "轻放" in page
    other = guest.post(_page(secret, "guest_act", verb="agree"), {"agree-quote": "0" * 26})
    assert other.status_code == 422
    assert "samples.other_quote" in other.content.decode()
    agreed_to = guest.post(_page(secret, "guest_act", verb="agree"), {"agree-quote": offer.ulid})
    assert agreed_to.status_code == 302
    request.refresh_from_db()
    assert request.state == "confirmed"
    assert guest.get(_page(secret, "guest_labels")).content.startswith(b"%PDF-")
    file = _measured(scene, request)
    assert "晶粒" not in guest.get(_page(secret)).content.decode()
    assert guest.get(_page(secret, "guest_file", ulid=file.ulid)).status_code == 404
    assert guest.get(_page(secret, "guest_report")).status_code == 404
    request.refresh_from_db()
    charge_samples(request=request, now=clock.now())
    request = release_results(request=request, by=scene.people.olga, now=clock.now())
    sample_report(request, now=clock.now())
    page = guest.get(_page(secret)).content.decode()
    assert "晶粒 2 µm" in page
    assert _page(secret, "guest_file", ulid=file.ulid) in page
    assert b"".join(guest.get(_page(secret, "guest_file", ulid=file.ulid))) == b"abc"
    assert guest.get(_page(secret, "guest_report")).content.startswith(b"%PDF-")
    [one] = samples_of(request)
    wrong = guest.post(_page(secret, "guest_act", verb="object"), {"object-sample": one.ulid})
    assert wrong.status_code == 422
    done = guest.post(_page(secret, "guest_act", verb="close"), {"close-stars": "5", "close-words": "谢谢"})
    assert done.status_code == 200
    request.refresh_from_db()
    assert (request.state, request.rating.stars, request.rating.words) == ("closed", 5, "谢谢")
    for name in ("guest_samples", "guest_report", "guest_labels"):
        assert guest.get(_page(secret, name)).status_code == 404
    assert guest.get(_page(secret, "guest_file", ulid=file.ulid)).status_code == 404


def test_what_was_typed_stays_when_it_is_refused(scene: Scene) -> None:
    _link_made, secret = opened(scene)
    wrong = {**GOOD, "name": "炉渣乙", "answer_spots": "许多"}
    answer = Client().post(_page(secret, "guest_draft"), _typed(GOOD, wrong, wishes="不要磕碰"))
    page = answer.content.decode()
    assert answer.status_code == 422
    for typed in ("炉渣乙", "许多", "不要磕碰"):
        assert typed in page
    more = Client().post(_page(secret, "guest_draft"), _typed(GOOD, more="1"))
    assert (more.status_code, 'name="s-3-name"' in more.content.decode()) == (200, True)


def test_nothing_of_anybody_else_is_reached(scene: Scene) -> None:
    _link_made, secret = opened(scene)
    other, foreign = agreed(scene), photo(scene)
    guest = Client()
    page = guest.get(_page(secret)).content.decode()
    assert other.number not in page
    assert guest.get(_page(secret, "guest_file", ulid=foreign.ulid)).status_code == 404
    posted = {"object-sample": samples_of(other)[0].ulid, "object-reason": "x"}
    refused = guest.post(_page(secret, "guest_act", verb="object"), posted)
    assert (refused.status_code, "samples.no_sample" in refused.content.decode()) == (422, True)
    assert guest.post(_page(secret, "guest_act", verb="release")).status_code == 404
    for address in (
        reverse("sample_list"),
        reverse("sample_request", args=[other.ulid]),
        reverse("sample_request", args=[opened(scene)[0].request.ulid]),
        reverse("home"),
    ):
        assert guest.get(address).status_code == 302  # to the sign-in
    assert guest.get("/api/v1/samples/requests").status_code == 401


@pytest.mark.parametrize("guess", ["x", "0" * 43, "A" * 200, "a-b_c"])
def test_a_guess_a_revoked_and_an_expired_link_get_the_same_answer(scene: Scene, guess: str) -> None:
    link, secret = opened(scene)
    guest = Client()
    revoke_link(request=link.request, by=scene.people.wang, now=scene.now)
    answers = {guest.get(_page(one)).status_code for one in (guess, secret)}
    assert answers == {404}
    assert guest.post(_page(secret, "guest_act", verb="submit")).status_code == 404
    assert SampleRequest.objects.get(pk=link.request_id).state == "draft"


def test_guessing_is_stopped_and_the_link_still_opens(scene: Scene) -> None:
    _made, secret = opened(scene)
    guest = Client(REMOTE_ADDR="192.0.2.9")
    answers = [guest.get(_page(f"{number:043d}")) for number in range(32)]
    assert [one.status_code for one in answers] == [404] * 30 + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert guest.get(_page(secret)).status_code == 200


def test_no_session_is_opened_and_none_is_used(scene: Scene, signed_in: SignedIn) -> None:
    link, secret = opened(scene)
    guest = Client()
    guest.cookies["sessionid"] = "planted-by-somebody-else"
    assert guest.get(_page(secret)).status_code == 200
    assert guest.post(_page(secret, "guest_act", verb="submit")).status_code == 302
    assert guest.cookies["sessionid"].value == ""  # thrown away, and no other one in its place
    assert not Session.objects.exists()
    assert not guest.get("/").wsgi_request.user.is_authenticated
    alice = signed_in(scene.people.alice)
    before = dict(alice.session.items())
    assert alice.get(_page(secret)).status_code == 200
    assert dict(alice.session.items()) == before
    assert alice.get(reverse("sample_request", args=[link.request.ulid])).status_code == 404


def test_every_answer_keeps_the_address_to_itself(scene: Scene) -> None:
    _made, secret = opened(scene)
    for name in ("guest_samples", "guest_draft"):
        answer = Client().get(_page(secret, name))
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in answer.headers["Cache-Control"]
        assert "private" in answer.headers["Cache-Control"]


def test_what_is_sent_needs_the_token_of_the_page(scene: Scene) -> None:
    _made, secret = opened(scene)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(_page(secret, "guest_act", verb="submit")).status_code == 403


def test_a_member_of_staff_makes_renews_and_revokes_a_link(scene: Scene, signed_in: SignedIn) -> None:
    wang, offered = signed_in(scene.people.wang), service(scene)
    assert reverse("sample_sponsor") in wang.get(reverse("sample_list")).content.decode()
    assert (
        reverse("sample_sponsor")
        not in signed_in(scene.people.alice).get(reverse("sample_list")).content.decode()
    )
    typed = {
        "service": offered.ulid,
        "name": "李工",
        "organisation": "某某公司",
        "kind": "enterprise",
        "mail": "",
        "fund": scene.fund.ulid,
        "limit": "800",
        "days": "20",
    }
    wrong = wang.post(reverse("sample_sponsor"), {**typed, "days": "400"})
    assert wrong.status_code == 422
    assert "某某公司" in wrong.content.decode()
    made = wang.post(reverse("sample_sponsor"), typed)
    assert made.status_code == 201
    link = GuestLink.objects.get()
    assert (link.limit_fen, link.sponsor) == (800_00, scene.people.wang)
    first = made.context["address"]
    assert Client().get("/" + first.split("/", 3)[3]).status_code == 200
    page = wang.get(reverse("sample_request", args=[link.request.ulid])).content.decode()
    assert "某某公司" in page
    manage = reverse("sample_link", args=[link.request.ulid])
    assert manage in page
    renewed = wang.post(manage, {"days": "10", "limit": "5"})
    assert renewed.status_code == 201
    assert renewed.context["address"] != first
    assert Client().get("/" + first.split("/", 3)[3]).status_code == 404
    assert Client().get("/" + renewed.context["address"].split("/", 3)[3]).status_code == 200
    assert wang.post(manage, {"revoke": "1"}).status_code == 302
    assert Client().get("/" + renewed.context["address"].split("/", 3)[3]).status_code == 404
    assert "没有可用的链接" in wang.get(manage).content.decode()


def test_the_link_is_written_to_the_customer_from_the_sponsors_own_mail_program(
    scene: Scene, signed_in: SignedIn
) -> None:
    wang = signed_in(scene.people.wang)
    typed = {
        "service": service(scene).ulid,
        "name": "Li",
        "organisation": "Li & Co",
        "kind": "enterprise",
        "mail": "li+lab@example.com",
        "fund": scene.fund.ulid,
        "limit": "800",
        "days": "20",
    }
    made = wang.post(reverse("sample_sponsor"), typed, headers={"Accept-Language": "en"})
    letter = made.context["letter"]
    assert conditional_escape(letter) in made.content.decode()
    where, _mark, said = letter.partition("?")
    assert where == "mailto:li%2Blab@example.com"
    assert "+" not in said  # mail programs do not read it as a space
    told = parse_qs(said, strict_parsing=True)
    assert told["subject"] == [f"Your samples {GuestLink.objects.get().request.number}"]
    assert told["body"][0].endswith(f"\r\n\r\n{made.context['address']}\r\n")
    assert not Notice.objects.exists()  # this server sends no secret
    silent = wang.post(reverse("sample_sponsor"), {**typed, "mail": ""})
    assert silent.status_code == 201
    assert "mailto:" not in silent.content.decode()


def test_the_page_asks_a_fixed_number_of_questions(
    scene: Scene, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    _made, secret = opened(scene)
    with django_assert_max_num_queries(16):
        assert Client().get(_page(secret)).status_code == 200

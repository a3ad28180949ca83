"""Customers without an account: a link opens one request, for as long as somebody answers for it, and nothing
else. What it does is what a requester does, at the price of the customer's kind.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from apps.core.errors import Invalid, NotFound, NotPermitted, TooMany, WrongState
from apps.core.models import AuditEntry
from apps.funding.queries import available_fen
from apps.people.lifecycle import end_user, suspend_user
from apps.samples import guests
from apps.samples.acceptance import accept_samples, acceptance_facts
from apps.samples.custody import receive_sample
from apps.samples.models import GuestLink, SampleRequest
from apps.samples.objecting import close_request
from apps.samples.queries import results_for
from apps.samples.quoting import quote_request
from apps.samples.releasing import release_facts, release_results
from apps.samples.sponsoring import (
    Customer,
    link_digest,
    link_for,
    link_of,
    renew_link,
    revoke_link,
    sponsor_request,
)
from apps.samples.testing import record_result, start_run
from tests.factories.refusals import refused
from tests.factories.samples import POINT_FEN, SAMPLE_FEN, Lab, row, samples_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LI = Customer(name="李工", organisation="某某材料有限公司", kind="enterprise", mail="li@example.com")
EACH = SAMPLE_FEN["enterprise"]
HERE = "192.0.2.7"


@pytest.fixture(autouse=True)
def _counted_anew() -> None:
    cache.clear()


def sponsored(place: Lab, **changes: Any) -> tuple[GuestLink, str]:
    """Wang answers for a customer."""
    asked: dict[str, Any] = {
        "service": place.service,
        "customer": LI,
        "fund": place.fund,
        "limit_fen": 2000_00,
        "days": 30,
        "by": place.they.wang,
        "now": place.now,
        **changes,
    }
    return sponsor_request(**asked)


def written(place: Lab, link: GuestLink, count: int = 1) -> SampleRequest:
    rows = [row(f"L{number}") for number in range(1, count + 1)]
    guests.write_draft(link=link, rows=rows, wishes="gently", disposition="return", now=place.now)
    return SampleRequest.objects.get(pk=link.request_id)


def offered(place: Lab, link: GuestLink, extras: dict[str, int] | None = None) -> SampleRequest:
    written(place, link)
    guests.hand_in(link=link, now=place.now)
    request = accept_samples(request=link.request, by=place.they.olga, now=place.now)
    quote_request(request=request, instrument=place.sem, by=place.they.olga, now=place.now, extras=extras)
    return SampleRequest.objects.get(pk=link.request_id)


def results_out(place: Lab, link: GuestLink) -> SampleRequest:
    request = offered(place, link)
    assert request.quote is not None
    guests.agree(link=link, quote=request.quote.ulid, now=place.now)
    by: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    [sample] = samples_of(request)
    receive_sample(sample=sample, **by)
    start_run(instrument=place.sem, samples=[sample], **by)
    record_result(sample=sample, summary="2 µm", **by)
    return release_results(request=request, **by)


def test_the_secret_is_kept_nowhere_and_opens_one_request(place: Lab) -> None:
    link, secret = sponsored(place)
    other, _secret = sponsored(place)
    assert (len(secret), link.digest) == (43, link_digest(secret))
    assert secret not in str(GuestLink.objects.values().get(pk=link.pk))
    found = link_of(secret, HERE, place.now)
    assert (found, found.request_id == other.request_id) == (link, False)
    assert GuestLink.objects.get(pk=link.pk).last_used_at == place.now
    request = link.request
    assert (request.requester, request.customer_name, request.fund) == (place.they.wang, "李工", place.fund)


def test_the_customer_goes_from_the_draft_to_the_end_at_their_own_price(place: Lab) -> None:
    before = available_fen(place.fund)
    link, secret = sponsored(place)
    request = offered(place, link, {"EDS": 2})
    assert request.quote is not None
    assert (request.quote.tier, request.quote.low_fen) == ("enterprise", EACH)
    assert request.quote.high_fen == EACH + 2 * POINT_FEN
    assert acceptance_facts(request)[0].external
    assert release_facts(request, [], complete=True)[0].external
    guests.agree(link=link, quote=request.quote.ulid, now=place.now)
    assert available_fen(place.fund) == before - request.quote.high_fen
    by: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    [sample] = samples_of(request)
    receive_sample(sample=sample, **by)
    start_run(instrument=place.sem, samples=[sample], **by)
    record_result(sample=sample, summary="2 µm", **by)
    release_results(request=request, **by)
    sample.refresh_from_db()
    assert [one.summary for one in results_for(link.sponsor, sample, place.now)] == ["2 µm"]
    guests.object_to_results(link=link, sample=sample.ulid, reason="too coarse", now=place.now)
    with refused(WrongState, "samples.objection_open"):
        guests.close(link=link, stars=5, words="", now=place.now)
    acts = AuditEntry.objects.filter(action__startswith="samples.customer_").order_by("pk")
    assert [(one.action.rpartition("_")[2], one.actor) for one in acts] == [
        ("write", None),
        ("in", None),
        ("agree", None),
        ("object", None),
    ]
    assert all(one.details["link"] == link.ulid for one in acts)
    assert link_of(secret, HERE, place.now) == link


def test_after_the_end_nothing_is_opened_any_more(place: Lab) -> None:
    link, secret = sponsored(place)
    request = results_out(place, link)
    guests.close(link=link, stars=4, words="quick", now=place.now)
    request.refresh_from_db()
    assert (request.state, request.rating.stars) == ("closed", 4)
    with refused(NotFound, "samples.no_link"):
        link_of(secret, HERE, place.now)
    with refused(NotFound, "samples.no_link"):
        guests.close(link=link, stars=None, words="", now=place.now)
    with refused(WrongState, "samples.request_over"):
        renew_link(request=request, limit_fen=0, days=5, by=place.they.wang, now=place.now)


@pytest.mark.parametrize("days", [29, 30, 31])
def test_a_link_expires_to_the_moment(place: Lab, days: int) -> None:
    link, secret = sponsored(place, days=30)
    at = place.now + days * DAY
    if days < 30:
        assert link_of(secret, HERE, at) == link
        return
    with refused(NotFound, "samples.no_link"):
        link_of(secret, HERE, at)
    with refused(NotFound, "samples.no_link"):
        guests.hand_in(link=link, now=at)


@pytest.mark.parametrize(
    "end",
    [
        lambda place, link: revoke_link(request=link.request, by=place.they.wang, now=place.now),
        lambda place, link: renew_link(
            request=link.request, limit_fen=0, days=5, by=place.they.wang, now=place.now
        ),
        lambda place, _link: suspend_user(
            user=place.they.wang, reason="x", by=place.they.office, now=place.now
        ),
        lambda place, _link: end_user(
            user=place.they.wang, reason="left", by=place.they.office, now=place.now
        ),
    ],
)
def test_revoked_renewed_or_answered_for_by_nobody_it_opens_nothing(
    place: Lab, end: Callable[[Lab, GuestLink], object]
) -> None:
    link, secret = sponsored(place)
    end(place, link)
    with refused(NotFound, "samples.no_link"):
        link_of(secret, HERE, place.now)


def test_a_page_that_is_still_open_does_nothing_after_the_end_of_its_link(place: Lab) -> None:
    link, _secret = sponsored(place)
    written(place, link)
    revoke_link(request=link.request, by=place.they.wang, now=place.now)
    with refused(NotFound, "samples.no_link"):
        guests.hand_in(link=link, now=place.now)
    with refused(NotFound, "samples.no_link"):
        guests.write_draft(link=link, rows=[], wishes="", disposition="return", now=place.now)
    with refused(NotFound, "samples.no_link"):
        guests.decline(link=link, reason="", now=place.now)
    assert SampleRequest.objects.get(pk=link.request_id).state == "draft"


def test_guesses_are_counted_and_hurt_nobody_else(place: Lab) -> None:
    link, secret = sponsored(place)
    guesses = ["", "x", secret[:-1], secret + "x", secret.swapcase(), "' OR 1=1 --", link.digest, link.ulid]
    for guess in guesses:
        with refused(NotFound, "samples.no_link"):
            link_of(guess, HERE, place.now)
    for number in range(30 - len(guesses)):
        with refused(NotFound, "samples.no_link"):
            link_of(f"{number:043d}", HERE, place.now)
    with refused(TooMany, "samples.link_too_often"):
        link_of("0" * 43, HERE, place.now)
    assert link_of(secret, HERE, place.now) == link
    with refused(NotFound, "samples.no_link"):
        link_of("0" * 43, "192.0.2.8", place.now)


def test_a_link_in_a_loop_is_slowed_down(place: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.samples.sponsoring.READS_PER_HOUR", 3)
    _link, secret = sponsored(place)
    for _number in range(3):
        link_of(secret, HERE, place.now)
    with refused(TooMany, "samples.link_too_often"):
        link_of(secret, HERE, place.now)


def test_what_reaches_beyond_the_request_is_refused(place: Lab) -> None:
    link, _secret = sponsored(place)
    request = results_out(place, link)
    [foreign] = samples_of(place.received(1))
    with refused(NotFound, "samples.no_sample"):
        guests.object_to_results(link=link, sample=foreign.ulid, reason="x", now=place.now)
    with refused(NotFound, "samples.no_file"):
        guests.file_of(link=link, ulid="0" * 26, now=place.now)
    assert request.state == "released"


def test_an_offer_above_the_limit_is_the_sponsors_to_agree_to(place: Lab) -> None:
    link, _secret = sponsored(place, limit_fen=EACH - 1)
    request = offered(place, link)
    assert request.quote is not None
    with refused(NotPermitted, "samples.above_limit"):
        guests.agree(link=link, quote=request.quote.ulid, now=place.now)
    with refused(WrongState, "samples.other_quote"):
        guests.agree(link=link, quote="0" * 26, now=place.now)
    guests.decline(link=link, reason="too dear", now=place.now)
    request.refresh_from_db()
    assert (request.state, request.outcome_note) == ("declined", "too dear")


def test_without_a_fund_nobody_agrees(place: Lab) -> None:
    link, _secret = sponsored(place, fund=None)
    request = offered(place, link)
    assert request.quote is not None
    with refused(Invalid, "samples.no_fund"):
        guests.agree(link=link, quote=request.quote.ulid, now=place.now)


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"days": 0}, Invalid, "samples.link_days"),
        ({"days": 91}, Invalid, "samples.link_days"),
        ({"limit_fen": -1}, Invalid, "samples.link_limit"),
        ({"customer": Customer(name=" ", organisation="X", kind="enterprise")}, Invalid, "samples.customer"),
        ({"customer": Customer(name="X", organisation="", kind="enterprise")}, Invalid, "samples.customer"),
        ({"customer": Customer(name="X", organisation="Y", kind="staff")}, Invalid, "samples.customer_kind"),
        (
            {"customer": Customer(name="X", organisation="Y", kind="enterprise", mail="nowhere")},
            Invalid,
            "samples.customer",
        ),
    ],
)
def test_what_is_not_right_is_refused(place: Lab, changes: Any, kind: Any, code: str) -> None:
    with refused(kind, code):
        sponsored(place, **changes)
    assert not SampleRequest.objects.exists()


def test_only_active_staff_sponsors_and_only_their_own(place: Lab) -> None:
    they = place.they
    with refused(NotPermitted, "samples.sponsors_only"):
        sponsored(place, by=they.alice)
    with refused(NotPermitted, "funding.not_usable"):
        sponsored(place, by=they.teng)
    link, _secret = sponsored(place)
    for act in (
        lambda: revoke_link(request=link.request, by=they.teng, now=place.now),
        lambda: renew_link(request=link.request, limit_fen=0, days=5, by=they.teng, now=place.now),
    ):
        with refused(NotPermitted, "samples.not_yours"):
            act()
    plain = place.drafted(1, by=they.wang)
    with refused(WrongState, "samples.no_customer"):
        renew_link(request=plain, limit_fen=0, days=5, by=they.wang, now=place.now)


def test_there_is_one_link_at_a_time_and_another_takes_its_place(place: Lab) -> None:
    link, secret = sponsored(place)
    made, other = renew_link(
        request=link.request, limit_fen=100, days=5, by=place.they.wang, now=place.now + DAY
    )
    assert link_for(link.request) == made
    assert (other != secret, made.limit_fen) == (True, 100)
    assert link_of(other, HERE, place.now + DAY) == made
    revoke_link(request=link.request, by=place.they.wang, now=place.now + DAY)
    assert link_for(link.request) is None
    with refused(WrongState, "samples.link_ended"):
        revoke_link(request=link.request, by=place.they.wang, now=place.now + DAY)


def test_the_sponsor_does_everything_the_customer_could(place: Lab) -> None:
    link, secret = sponsored(place)
    request = results_out(place, link)
    close_request(request=request, by=place.they.wang, now=place.now)
    with refused(NotFound, "samples.no_link"):
        link_of(secret, HERE, place.now)

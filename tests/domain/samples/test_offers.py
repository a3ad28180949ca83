"""From handed in to agreed: acceptance by the rules, an offer from the real queue, money held, days moved
openly.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.decisions.judging import judge
from apps.fees.operations import end_version
from apps.funding.operations import freeze_fund, open_fund
from apps.funding.queries import available_fen
from apps.instruments.operations import change_instrument, start_outage
from apps.samples.acceptance import accept_samples, acceptance_facts, refuse_samples
from apps.samples.drafting import SampleDraft, set_samples, submit_request
from apps.samples.ending import withdraw_samples
from apps.samples.models import Delay, SampleRequest
from apps.samples.promising import promise_of, promises, working_days_for
from apps.samples.quoting import confirm_quote, decline_quote, delay_request, quote_request
from apps.samples.services import add_service
from rules.points.samples_acceptance import KEY
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.refusals import refused
from tests.factories.samples import DRAFT, POINT_FEN, SAMPLE_FEN, Lab, priced_by_sample, row, samples_of
from tests.people import another_group

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EACH = SAMPLE_FEN["internal"]


def _judged(place: Lab, *rows: SampleDraft) -> tuple[str, tuple[str, ...]]:
    request = place.drafted(0)
    set_samples(request=request, rows=rows, by=place.they.alice, now=place.now)
    submit_request(request=request, by=place.they.alice, now=place.now)
    facts, sources = acceptance_facts(request)
    assert set(sources) == set(facts.__dataclass_fields__)
    decision = judge(point=KEY, facts=facts, at=place.now).decision
    return decision.outcome, decision.codes


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({}, "accept", None),
        ({"hazards": ("toxic",)}, "special", "acceptance.special_handling"),
        ({"hazards": ("biological",)}, "refuse", "acceptance.hazard_refused"),
        ({"hazards": ("toxic", "radioactive")}, "refuse", "acceptance.hazard_controlled"),
        ({"hazards": ("flammable",)}, "ask", "acceptance.hazard_unlisted"),
        ({"magnetic": True}, "ask", "acceptance.magnetic_asked"),
        ({"volatile": True}, "refuse", "acceptance.volatile_refused"),
        ({"size_mm": 51}, "refuse", "acceptance.too_large"),
        ({"size_mm": None}, "ask", "acceptance.size_unknown"),
    ],
)
def test_one_sample_decides_about_all(
    place: Lab, changes: dict[str, Any], outcome: str, code: str | None
) -> None:
    assert _judged(place, row("harmless"), row("other", **changes)) == (outcome, (code,) if code else ())


def test_the_crew_accepts_with_words_on_handling_and_nobody_for_themselves(place: Lab) -> None:
    request = place.submitted()
    for who, kind in (
        (place.they.bob, "samples.crew_only"),
        (place.they.wang, "samples.crew_only"),
        (place.they.alice, "samples.own_request"),
    ):
        with refused(NotPermitted, kind):
            accept_samples(request=request, by=who, now=place.now)
    accepted = accept_samples(request=request, by=place.they.olga, now=place.now, handling=" gloves ")
    assert (accepted.acceptance, accepted.handling) == ("special", "gloves")
    with refused(WrongState, "samples.accepted"):
        accept_samples(request=request, by=place.they.olga, now=place.now)
    own = place.submitted(by=place.they.olga)
    with refused(NotPermitted, "samples.own_request"):
        accept_samples(request=own, by=place.they.olga, now=place.now)


def test_a_refusal_gives_its_reason_and_ends_it(place: Lab) -> None:
    request = place.submitted()
    with refused(Invalid, "core.reason_required"):
        refuse_samples(request=request, by=place.they.olga, now=place.now, reason=" ")
    ended = refuse_samples(request=request, by=place.they.olga, now=place.now, reason="too dirty")
    assert (ended.state, ended.outcome_note, ended.ended_at) == ("refused", "too dirty", place.now)
    with refused(WrongState, "samples.not_submitted"):
        accept_samples(request=request, by=place.they.olga, now=place.now)
    with refused(WrongState, "samples.not_accepted"):
        quote_request(request=request, instrument=place.sem, by=place.they.olga, now=place.now)


def test_an_offer_is_a_range_and_a_day_and_the_most_is_held(place: Lab) -> None:
    request = place.quoted(2, extras={"EDS": 4})
    offer = request.quote
    assert offer is not None
    assert (offer.low_fen, offer.high_fen) == (2 * EACH, 2 * EACH + 4 * POINT_FEN)
    assert sum(line["amount_fen"] for line in offer.lines) == offer.high_fen
    # Two hours of a four-hour day, and one day to spare: Monday's samples are ready on Wednesday.
    assert request.promised_on == offer.promised_on == date(2026, 11, 25)
    before = available_fen(place.fund)
    confirmed = confirm_quote(
        request=request, offer=offer, fund=place.fund, by=place.they.alice, now=place.now
    )
    assert available_fen(place.fund) == before - offer.high_fen
    assert (confirmed.state, confirmed.group) == ("confirmed", place.they.group)
    assert {one.instrument for one in samples_of(request)} == {place.sem}
    with refused(WrongState, "samples.not_quoted"):
        confirm_quote(request=request, offer=offer, fund=place.fund, by=place.they.alice, now=place.now)


def test_a_new_offer_takes_the_place_of_one_that_was_not_agreed_to(place: Lab) -> None:
    request = place.quoted()
    first = request.quote
    assert first is not None
    second = quote_request(
        request=request,
        instrument=place.sem,
        by=place.they.teng,
        now=place.now,
        promised_on=date(2026, 12, 24),
        note="busy",
    )
    with refused(WrongState, "samples.other_quote"):
        confirm_quote(request=request, offer=first, fund=place.fund, by=place.they.alice, now=place.now)
    with refused(WrongState, "samples.quote_over"):
        confirm_quote(
            request=request, offer=second, fund=place.fund, by=place.they.alice, now=place.now + 14 * DAY
        )
    confirm_quote(request=request, offer=second, fund=place.fund, by=place.they.alice, now=place.now)
    request.refresh_from_db()
    assert request.promised_on == date(2026, 12, 24)


def test_an_offer_wants_a_price_known_extras_and_a_day_to_come(place: Lab) -> None:
    request = place.accepted()
    asked: dict[str, Any] = {
        "request": request,
        "instrument": place.sem,
        "by": place.they.olga,
        "now": place.now,
    }
    with refused(Invalid, "samples.extras"):
        quote_request(**asked, extras={"XPS": 1})
    with refused(Invalid, "samples.extras"):
        quote_request(**asked, extras={"EDS": -1})
    with refused(Invalid, "samples.promise"):
        quote_request(**asked, promised_on=date(2026, 11, 22))
    twin = sister(place.sem, "QY990001", place.now, service_modes="S T")
    with refused(NotPermitted, "samples.crew_only"):
        quote_request(**{**asked, "instrument": twin})
    with refused(Invalid, "samples.instrument"):
        quote_request(**{**asked, "instrument": twin, "by": place.they.office})
    version = place.sem.fee_versions.get()
    end_version(version=version, reason="over", by=place.they.office, now=place.now)
    with refused(WrongState, "fees.none"):
        quote_request(**asked)


def test_where_use_is_free_nothing_is_held_and_no_fund_is_needed(place: Lab) -> None:
    change_instrument(instrument=place.sem, by=place.they.office, now=place.now, use_charged=False)
    place.sem.refresh_from_db()
    request = place.quoted()
    offer = request.quote
    assert offer is not None
    assert (offer.low_fen, offer.high_fen, offer.fee_version) == (0, 0, None)
    done = confirm_quote(request=request, offer=offer, fund=None, by=place.they.alice, now=place.now)
    assert (done.state, done.hold, done.fund) == ("confirmed", None, None)


def test_who_pays_must_be_able_to(place: Lab) -> None:
    request = place.quoted()
    assert request.quote is not None
    asked: dict[str, Any] = {
        "request": request,
        "offer": request.quote,
        "by": place.they.alice,
        "now": place.now,
    }
    with refused(Invalid, "samples.no_fund"):
        confirm_quote(**asked, fund=None)
    foreign = open_fund(
        number="T-1",
        name_zh="别组",
        name_en="Other",
        group=another_group(place.they, place.now),
        valid_from=place.now,
        now=place.now,
    )
    with refused(NotPermitted, "funding.not_usable"):
        confirm_quote(**asked, fund=foreign)
    poor = open_fund(
        number="T-2",
        name_zh="空",
        name_en="Empty",
        group=place.they.group,
        valid_from=place.now,
        now=place.now,
    )
    with refused(WrongState, "funding.insufficient"):
        confirm_quote(**asked, fund=poor)
    freeze_fund(fund=place.fund, by=place.they.office, now=place.now, reason="audit")
    with refused(NotPermitted, "funding.not_usable"):
        confirm_quote(**asked, fund=place.fund)
    with refused(NotPermitted, "samples.not_yours"):
        confirm_quote(**{**asked, "by": place.they.bob}, fund=place.fund)
    request.refresh_from_db()
    assert request.state == "quoted"


def test_an_offer_is_declined_by_its_person_or_by_time(place: Lab) -> None:
    request = place.quoted()
    with refused(NotPermitted, "samples.not_yours"):
        decline_quote(request=request, by=place.they.olga, now=place.now)
    assert (
        decline_quote(request=request, by=place.they.alice, now=place.now, reason="dear").state == "declined"
    )
    with refused(WrongState, "samples.not_quoted"):
        decline_quote(request=request, by=None, now=place.now)
    assert decline_quote(request=place.quoted(), by=None, now=place.now).state == "declined"


def test_withdrawing_gives_everything_back_until_a_test_begins(place: Lab) -> None:
    before = available_fen(place.fund)
    request = place.received()
    ended = withdraw_samples(request=request, by=place.they.alice, now=place.now, reason="not needed")
    assert (ended.state, available_fen(place.fund)) == ("withdrawn", before)
    assert {(one.state, one.custody) for one in samples_of(request)} == {("dropped", "crew")}
    with refused(WrongState, "samples.not_open"):
        withdraw_samples(request=request, by=place.they.alice, now=place.now)
    with refused(WrongState, "samples.begun"):
        withdraw_samples(request=place.tested(), by=place.they.alice, now=place.now)
    with refused(NotPermitted, "samples.not_yours"):
        withdraw_samples(request=place.submitted(), by=place.they.olga, now=place.now)


def test_the_promise_counts_what_is_ahead_and_only_working_days(place: Lab) -> None:
    def day(count: int, *, rush: bool = False) -> date:
        found = promise_of(place.service, place.sem, count=count, rush=rush, now=place.now)
        assert found is not None
        return found.day

    assert day(4) == date(2026, 11, 25)
    assert day(4, rush=True) == date(2026, 11, 24)
    place.confirmed(10)  # ten hours: two and a half days
    assert day(4) == date(2026, 11, 30)  # four days and one to spare, over a weekend
    assert day(4, rush=True) == date(2026, 11, 24)  # waits for nobody but other rushes
    place.confirmed(4, rush=True)
    assert day(4, rush=True) == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("ahead", "minutes", "margin", "days"),
    [
        (0, 1, 0, 1),
        (0, 240, 0, 1),
        (0, 241, 0, 2),
        (239, 1, 0, 1),
        (240, 1, 0, 2),
        (0, 0, 0, 1),
        (960, 240, 2, 7),
    ],
)
def test_working_days_are_rounded_up(ahead: int, minutes: int, margin: int, days: int) -> None:
    found = working_days_for(ahead_minutes=ahead, minutes=minutes, day_minutes=240, margin_days=margin)
    assert found == days


def test_any_of_the_class_names_the_soonest_first(place: Lab, django_assert_max_num_queries: Any) -> None:
    wide = add_service(draft=DRAFT, class6=place.sem.class6, by=place.they.office, now=place.now)
    twin = sister(place.sem, "QY990001", place.now, service_modes="S T")
    broken = sister(place.sem, "QY990002", place.now, service_modes="S T")
    away = sister(place.sem, "QY990003", place.now, service_modes="S T")
    start_outage(
        instrument=broken,
        starts_at=place.now,
        ends_at=None,
        reason_zh="坏了",
        by=place.they.office,
        now=place.now,
    )
    start_outage(
        instrument=away,
        starts_at=place.now,
        ends_at=place.now + 7 * DAY,
        reason_zh="检修",
        by=place.they.office,
        now=place.now,
    )
    place.confirmed(10)
    with django_assert_max_num_queries(4):
        found = promises(wide, count=1, rush=False, now=place.now + timedelta(seconds=1))
    assert [one.instrument for one in found] == [twin, place.sem, away, broken]
    assert [one.is_out for one in found] == [False, False, False, True]
    assert (found[1].ahead_minutes, found[1].ahead_samples) == (600, 10)
    assert found[2].day == date(2026, 12, 2)


def test_a_request_for_any_of_a_class_is_served_by_every_crew_of_it(place: Lab) -> None:
    wide = add_service(draft=DRAFT, class6=place.sem.class6, by=place.they.office, now=place.now)
    twin = sister(place.sem, "QY990001", place.now, service_modes="S T")
    priced_by_sample(twin, place.now)
    request = place.submitted(service=wide)
    accept_samples(request=request, by=place.they.olga, now=place.now)
    with refused(NotPermitted, "samples.crew_only"):
        quote_request(request=request, instrument=twin, by=place.they.olga, now=place.now)
    quote_request(request=request, instrument=twin, by=place.they.office, now=place.now)
    request.refresh_from_db()
    assert request.instrument == twin
    with refused(NotPermitted, "samples.crew_only"):
        accept_samples(request=request, by=place.they.olga, now=place.now)


def test_a_delay_has_a_reason_and_moves_the_day_for_all_to_see(place: Lab) -> None:
    request = place.confirmed()
    asked: dict[str, Any] = {"request": request, "by": place.they.olga, "now": place.now}
    was = request.promised_on
    assert was is not None
    with refused(Invalid, "samples.delay_reason"):
        delay_request(**asked, reason="rain", becomes=was + DAY)
    with refused(Invalid, "samples.promise"):
        delay_request(**asked, reason="staff", becomes=was)
    with refused(NotPermitted, "samples.crew_only"):
        delay_request(**{**asked, "by": place.they.bob}, reason="staff", becomes=was + DAY)
    delay = delay_request(**asked, reason="staff", becomes=was + DAY, note="flu")
    request.refresh_from_db()
    assert request.promised_on == was + DAY
    assert (delay.was, delay.becomes, delay.by) == (was, was + DAY, place.they.olga)
    assert told("samples.delayed") == [{"request": request.ulid, "delay": delay.ulid}]
    delay_request(**asked, reason="queue", becomes=was + 2 * DAY)
    assert list(Delay.objects.values_list("was", "becomes")) == [
        (was, was + DAY),
        (was + DAY, was + 2 * DAY),
    ]
    with refused(WrongState, "samples.not_under_way"):
        delay_request(**{**asked, "request": place.quoted()}, reason="staff", becomes=was + 9 * DAY)


def test_without_a_fee_standard_of_the_instrument_there_is_no_offer(place: Lab) -> None:
    wide = add_service(draft=DRAFT, class6=place.sem.class6, by=place.they.office, now=place.now)
    bare = sister(place.sem, "QY990001", place.now, service_modes="T")
    request = place.submitted(service=wide)
    accept_samples(request=request, by=place.they.office, now=place.now)
    with refused(WrongState, "fees.none"):
        quote_request(request=request, instrument=bare, by=place.they.office, now=place.now)
    assert SampleRequest.objects.get(pk=request.pk).state == "submitted"

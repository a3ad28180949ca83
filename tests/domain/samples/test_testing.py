"""Runs, results, the second person, the release by the rules, objections and what follows."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, transaction

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.decisions.models import DecisionRecord, RuleSetVersion
from apps.funding.operations import spend, top_up
from apps.funding.queries import available_fen
from apps.ledger.models import Account
from apps.ledger.operations import ensure_account
from apps.people.models import User
from apps.samples.custody import return_sample
from apps.samples.ending import note_charge, note_session
from apps.samples.models import Delay, Objection, Result, ResultCheck, RunSession
from apps.samples.objecting import close_request, decide_objection, object_to, rate_request
from apps.samples.pricing import cost_of
from apps.samples.queries import (
    billable,
    find_sample,
    may_read_results,
    results_for,
    results_of_all,
)
from apps.samples.queueing import queue_of
from apps.samples.releasing import release_results
from apps.samples.testing import check_result, end_run, record_result, start_run
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.refusals import refused
from tests.factories.samples import POINT_FEN, SAMPLE_FEN, Lab, lab, samples_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EACH = SAMPLE_FEN["internal"]


def test_a_batch_is_tested_in_one_run(place: Lab) -> None:
    first, second = samples_of(place.received(2))
    [third] = samples_of(place.received(1))
    asked: dict[str, Any] = {"instrument": place.sem, "by": place.they.teng, "now": place.now}
    with refused(Invalid, "samples.none"):
        start_run(**asked, samples=[])
    with refused(NotPermitted, "samples.crew_only"):
        start_run(**{**asked, "by": place.they.alice}, samples=[first])
    run = start_run(**asked, samples=[first, third])
    first.refresh_from_db()
    assert (first.state, first.run, first.holder) == ("testing", run, place.they.teng)
    with refused(WrongState, "samples.run_open"):
        start_run(**asked, samples=[second])
    with refused(WrongState, "samples.not_queued") as met:
        start_run(**asked, samples=[first, second])
    assert met.details["samples"] == [first.code]
    record_result(sample=first, summary="2 µm", by=place.they.teng, now=place.now)
    ended = end_run(run=run, by=place.they.teng, now=place.now)
    assert ended.ended_at == place.now
    third.refresh_from_db()
    assert (third.state, third.run) == ("queued", None)
    with refused(WrongState, "samples.run_over"):
        end_run(run=run, by=place.they.teng, now=place.now)
    assert set(queue_of(place.sem)) == {second, third}


def test_what_is_held_elsewhere_or_own_is_not_tested(place: Lab) -> None:
    twin = sister(place.sem, "QY990001", place.now, service_modes="T")
    [sample] = samples_of(place.received(1))
    with refused(WrongState, "samples.not_queued"):
        start_run(instrument=twin, samples=[sample], by=place.they.office, now=place.now)
    with refused(WrongState, "samples.not_queued"):
        start_run(
            instrument=place.sem, samples=samples_of(place.confirmed(1)), by=place.they.olga, now=place.now
        )


def test_a_result_can_be_corrected_until_it_is_checked(place: Lab) -> None:
    request = place.received(1, extras={"EDS": 3})
    [sample] = samples_of(request)
    asked: dict[str, Any] = {"sample": sample, "by": place.they.olga, "now": place.now}
    with refused(WrongState, "samples.not_tested"):
        record_result(**asked, summary="early")
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=place.now)
    with refused(Invalid, "samples.summary"):
        record_result(**asked, summary=" ")
    with refused(Invalid, "samples.extras"):
        record_result(**asked, summary="x", extras={"XPS": 1})
    record_result(**asked, summary="2 mm", extras={"EDS": 2})
    assert told("samples.tested") == [{"request": request.ulid}]
    record_result(**asked, summary="2 µm", extras={"EDS": 3})
    assert told("samples.tested") == [{"request": request.ulid}]
    assert list(Result.objects.values_list("seq", "summary")) == [(1, "2 mm"), (2, "2 µm")]
    assert billable(request) == (1, {"EDS": 3})


def test_the_cost_is_what_was_tested_and_never_more_than_agreed(place: Lab) -> None:
    request = place.quoted(2, extras={"EDS": 2})
    offer = request.quote
    assert offer is not None
    assert cost_of(request, offer, count=1, extras={})[0] == EACH
    assert cost_of(request, offer, count=2, extras={"EDS": 2})[0] == offer.high_fen
    fen, lines = cost_of(request, offer, count=2, extras={"EDS": 9})
    assert fen == offer.high_fen == sum(line["amount_fen"] for line in lines)
    assert lines[-1]["amount_fen"] == -7 * POINT_FEN
    assert cost_of(request, offer, count=0, extras={}) == (0, ())


def test_a_second_person_checks_where_the_service_says_so(db: None, now: Any) -> None:
    place = lab(now, needs_check=True)
    request = place.tested(1)
    [sample] = samples_of(request)
    assert told("samples.tested") == []
    with refused(NotPermitted, "samples.own_result"):
        check_result(sample=sample, passed=True, by=place.they.olga, now=now)
    with refused(NotPermitted, "samples.crew_only"):
        check_result(sample=sample, passed=True, by=place.they.bob, now=now)
    with refused(WrongState, "samples.unchecked"):
        release_results(request=request, by=place.they.teng, now=now)
    with refused(Invalid, "core.reason_required"):
        check_result(sample=sample, passed=False, by=place.they.teng, now=now)
    assert sample.run is not None
    end_run(run=sample.run, by=place.they.olga, now=now)
    check_result(sample=sample, passed=False, by=place.they.teng, now=now, note="blurred")
    sample.refresh_from_db()
    assert (sample.state, sample.round) == ("queued", 1)
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=now)
    record_result(sample=sample, summary="sharp", by=place.they.olga, now=now)
    check_result(sample=sample, passed=True, by=place.they.teng, now=now)
    assert told("samples.tested") == [{"request": request.ulid}]
    with refused(WrongState, "samples.not_to_check"):
        check_result(sample=sample, passed=True, by=place.they.teng, now=now)
    assert release_results(request=request, by=place.they.teng, now=now).state == "released"


def test_the_database_knows_no_check_of_ones_own(place: Lab) -> None:
    place.tested(1)
    result = Result.objects.get()
    with pytest.raises(Error), transaction.atomic():
        ResultCheck.objects.create(
            result=result, tester=result.tester, checker=result.tester, passed=True, at=place.now
        )


def test_a_release_is_recorded_and_may_be_partial(place: Lab) -> None:
    request = place.received(2)
    first, second = samples_of(request)
    start_run(instrument=place.sem, samples=[first, second], by=place.they.olga, now=place.now)
    with refused(WrongState, "samples.nothing_to_release"):
        release_results(request=request, by=place.they.olga, now=place.now)
    record_result(sample=first, summary="2 µm", by=place.they.olga, now=place.now)
    with refused(WrongState, "samples.nothing_to_release"):
        release_results(request=request, by=place.they.olga, now=place.now, samples=[second])
    with refused(NotPermitted, "samples.crew_only"):
        release_results(request=request, by=place.they.bob, now=place.now)
    part = release_results(request=request, by=place.they.olga, now=place.now, samples=[first])
    assert part.state == "confirmed"
    record_result(sample=second, summary="3 µm", by=place.they.olga, now=place.now)
    done = release_results(request=request, by=None, now=place.now)
    assert (done.state, done.released_at) == ("released", place.now)
    assert told("samples.results_released") == [
        {"request": request.ulid, "complete": False},
        {"request": request.ulid, "complete": True},
    ]
    records = DecisionRecord.objects.filter(point="samples.release")
    assert {one.outcome for one in records} == {"release"}
    assert records.count() == 2


def test_where_payment_comes_first_results_wait_for_it(db: None, now: Any) -> None:
    place = lab(now, payment_first=True)
    request = place.tested(1)
    asked: dict[str, Any] = {"request": request, "by": place.they.teng, "now": now}
    with refused(WrongState, "samples.unpaid") as met:
        release_results(**asked)
    assert met.details["codes"] == ["release.uncharged"]
    income = ensure_account(code="income:x", kind=Account.Kind.INCOME, name_zh="收入", name_en="Income")
    spend(
        fund=place.fund,
        user=place.they.alice,
        amount_fen=20_000_00,
        to=income,
        source="charge:x",
        memo="x",
        now=now,
    )
    note_charge(request=request, charge="x", amount_fen=EACH, now=now)
    with refused(WrongState, "samples.unpaid") as met:
        release_results(**asked)
    assert met.details["codes"] == ["release.unpaid"]
    top_up(fund=place.fund, amount_fen=20_000_00, source="receipt:x", now=now)
    assert release_results(**asked).state == "released"


def test_rules_that_fail_release_nothing(place: Lab) -> None:
    request = place.tested(1)
    RuleSetVersion.objects.filter(point="samples.release").update(revoked_at=place.now - DAY)
    with refused(WrongState, "samples.release_undecided"):
        release_results(request=request, by=place.they.teng, now=place.now)


def test_a_charge_gives_the_held_money_back_once(place: Lab) -> None:
    before = available_fen(place.fund)
    request = place.tested(1)
    for _again in range(2):
        note_charge(request=request, charge="01CHARGE", amount_fen=EACH, now=place.now)
    request.refresh_from_db()
    assert (request.charge, request.charged_fen) == ("01CHARGE", EACH)
    assert available_fen(place.fund) == before
    assert told("samples.charged") == [{"request": request.ulid}]


def test_uses_of_the_instrument_belong_to_the_run_that_was_open(place: Lab) -> None:
    request = place.received(1)
    begin = {"instrument_id": place.sem.pk, "started_at": place.now}
    assert note_session(session="before", **begin) is None  # type: ignore[arg-type]
    run = start_run(instrument=place.sem, samples=samples_of(request), by=place.they.olga, now=place.now)
    later = {**begin, "started_at": place.now + timedelta(minutes=5)}
    found = note_session(session="01S", **later)  # type: ignore[arg-type]
    assert found is not None
    assert found.run == run
    end = place.now + timedelta(hours=1)
    note_session(session="01S", **later, ended_at=end, powered_ms=3_600_000)  # type: ignore[arg-type]
    [kept] = RunSession.objects.all()
    assert (kept.ended_at, kept.powered_ms) == (end, 3_600_000)


def test_results_are_for_the_requester_their_pi_and_the_crew(place: Lab) -> None:
    request = place.tested(1)
    [sample] = samples_of(request)
    they = place.they

    def seen(who: User) -> list[str]:
        return [result.summary for result in results_for(who, sample, place.now)]

    assert (seen(they.olga), seen(they.alice), seen(they.wang)) == (["grain 2 µm"], [], [])
    release_results(request=request, by=they.olga, now=place.now)
    sample.refresh_from_db()
    assert seen(they.alice) == seen(they.wang) == seen(they.teng) == ["grain 2 µm"]
    for stranger in (they.bob, they.charlie, they.finance):
        assert seen(stranger) == []
        assert not may_read_results(stranger, sample, place.now)
        with refused(NotFound, "samples.no_sample"):
            find_sample(sample.ulid, stranger, place.now)
    ParameterValue.objects.create(
        key="samples.pi_reads_results", value=False, valid_from=place.now - DAY, reason="policy"
    )
    assert seen(they.wang) == []
    assert seen(they.alice) == ["grain 2 µm"]


def test_an_objection_that_is_upheld_begins_the_next_test(place: Lab) -> None:
    request = place.tested(1)
    [sample] = samples_of(request)
    asked: dict[str, Any] = {"sample": sample, "now": place.now, "reason": "impossible"}
    with refused(WrongState, "samples.not_released"):
        object_to(**asked, by=place.they.alice)
    release_results(request=request, by=place.they.olga, now=place.now)
    with refused(NotPermitted, "samples.not_yours"):
        object_to(**asked, by=place.they.bob)
    with refused(WrongState, "samples.objection_late"):
        object_to(**{**asked, "now": place.now + 15 * DAY}, by=place.they.alice)
    objection = object_to(**asked, by=place.they.alice)
    with refused(WrongState, "samples.objected"):
        object_to(**asked, by=place.they.alice)
    with refused(WrongState, "samples.objection_open"):
        close_request(request=request, by=place.they.alice, now=place.now)
    judged: dict[str, Any] = {"objection": objection, "uphold": True, "why": "yes", "now": place.now}
    for who, code in (
        (place.they.alice, "samples.own_request"),
        (place.they.olga, "samples.own_result"),
        (place.they.wang, "samples.manager_only"),
    ):
        with refused(NotPermitted, code):
            decide_objection(**judged, by=who)
    decide_objection(**judged, by=place.they.teng, promised_on=date(2026, 12, 24))
    request.refresh_from_db()
    sample.refresh_from_db()
    assert (request.state, request.promised_on) == ("confirmed", date(2026, 12, 24))
    assert (sample.state, sample.round) == ("queued", 2)
    assert Delay.objects.get().reason == "retest"
    assert [one.summary for one in results_for(place.they.alice, sample, place.now)] == ["grain 2 µm"]
    with refused(WrongState, "samples.objection_decided"):
        decide_objection(**judged, by=place.they.teng)
    _test_again(place, sample)
    assert billable(request) == (1, {})
    assert [one.summary for one in results_for(place.they.alice, sample, place.now)] == ["grain 2 µm"]
    release_results(request=request, by=place.they.olga, now=place.now)
    sample.refresh_from_db()
    assert [one.round for one in results_for(place.they.alice, sample, place.now)] == [1, 2]


def _test_again(place: Lab, sample: Any) -> None:
    for run in place.sem.sample_runs.filter(ended_at__isnull=True):
        end_run(run=run, by=place.they.olga, now=place.now)
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=place.now)
    record_result(sample=sample, summary="grain 3 µm", by=place.they.olga, now=place.now)


def test_what_was_given_back_is_handed_in_again_for_the_next_test(place: Lab) -> None:
    request = place.tested(1)
    [sample] = samples_of(request)
    release_results(request=request, by=place.they.olga, now=place.now)
    return_sample(sample=sample, by=place.they.olga, now=place.now)
    objection = object_to(sample=sample, reason="no", by=place.they.alice, now=place.now)
    decide_objection(objection=objection, uphold=True, why="yes", by=place.they.teng, now=place.now)
    sample.refresh_from_db()
    assert (sample.state, sample.custody, sample.holder) == ("declared", "returned", place.they.alice)


def test_a_rejected_objection_leaves_the_result(place: Lab) -> None:
    request = place.tested(1)
    [sample] = samples_of(request)
    release_results(request=request, by=place.they.olga, now=place.now)
    objection = object_to(sample=sample, reason="no", by=place.they.alice, now=place.now)
    with refused(Invalid, "core.reason_required"):
        decide_objection(objection=objection, uphold=False, why=" ", by=place.they.teng, now=place.now)
    decided = decide_objection(
        objection=objection, uphold=False, why="measured twice", by=place.they.teng, now=place.now
    )
    assert (decided.state, decided.decided_by) == (Objection.State.REJECTED, place.they.teng)
    assert close_request(request=request, by=place.they.alice, now=place.now).state == "closed"
    with refused(WrongState, "samples.not_released"):
        close_request(request=request, by=place.they.alice, now=place.now)


def test_the_service_is_rated_once(place: Lab) -> None:
    request = place.tested(1)
    asked: dict[str, Any] = {"request": request, "by": place.they.alice, "now": place.now}
    with refused(WrongState, "samples.not_released"):
        rate_request(**asked, stars=5)
    release_results(request=request, by=place.they.olga, now=place.now)
    for stars in (0, 6):
        with refused(Invalid, "samples.stars"):
            rate_request(**asked, stars=stars)
    assert rate_request(**asked, stars=4, words=" fine ").words == "fine"
    with refused(WrongState, "samples.rated"):
        rate_request(**asked, stars=5)


def test_results_of_many_samples_cost_no_more_queries_than_of_one(
    place: Lab, django_assert_max_num_queries: Any
) -> None:
    request = place.tested(8)
    samples = samples_of(request)
    release_results(request=request, by=place.they.olga, now=place.now, samples=samples[:2])
    samples = samples_of(request)
    for reader, count in ((place.they.alice, 2), (place.they.wang, 2), (place.they.teng, 8)):
        with django_assert_max_num_queries(12):
            found = results_of_all(reader, request, samples, place.now)
        assert len(found) == count
    assert results_of_all(place.they.bob, request, samples, place.now) == []

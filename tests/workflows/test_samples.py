"""Samples on every way: taken, asked about, refused; offered, declined, lapsed, withdrawn; tested,
checked, paid, released; agreed to, objected to, given back.
"""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import WORKER, relay
from apps.funding.operations import spend, top_up
from apps.funding.queries import available_fen
from apps.ledger.models import Account
from apps.ledger.operations import ensure_account
from apps.people.models import User
from apps.samples.custody import move_sample, receive_sample, return_sample
from apps.samples.drafting import set_samples
from apps.samples.ending import withdraw_samples
from apps.samples.models import SampleRequest
from apps.samples.quoting import quote_request
from apps.samples.testing import check_result, end_run, record_result, start_run
from tests.factories.refusals import refused
from tests.factories.samples import SAMPLE_FEN, Lab, lab, row, samples_of
from tests.workflows.toys import waiting
from workflows import services
from workflows.answers import form_of
from workflows.beginning import begin
from workflows.models import Case
from workflows.sample.beginning import hand_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def place(db: None, now: datetime) -> Lab:
    return lab(now)


def handed_in(place: Lab, *rows: Any, **changes: Any) -> tuple[SampleRequest, Case]:
    request = place.drafted(1, **changes)
    if rows:
        set_samples(request=request, rows=rows, by=place.they.alice, now=place.now)
    return request, hand_in(request=request, by=place.they.alice, now=place.now)


def at(case: Case) -> set[str]:
    """Where the case waits."""
    case.refresh_from_db()
    return set(waiting(case))


def say(case: Case, by: User, outcome: str, now: datetime, opinion: str = "", **data: Any) -> None:
    [step] = waiting(case).values()
    services.answer(step=step, by=by, now=now, outcome=outcome, opinion=opinion, data=data)


def heard(place: Lab, now: datetime | None = None) -> None:
    """The worker has delivered everything."""
    relay(channel=WORKER, now=now or place.now, limit=1000)


def agreed(place: Lab, *rows: Any, **changes: Any) -> tuple[SampleRequest, Case]:
    request, case = handed_in(place, *rows, **changes)
    say(case, place.they.olga, "complete", place.now, instrument=place.sem.asset_no)
    say(case, place.they.alice, "approve", place.now, fund=place.fund)
    request.refresh_from_db()
    return request, case


def measured(place: Lab, request: SampleRequest) -> None:
    for one in samples_of(request):
        if not one.is_here:
            receive_sample(sample=one, by=place.they.olga, now=place.now)
    run = start_run(instrument=place.sem, samples=samples_of(request), by=place.they.olga, now=place.now)
    for one in samples_of(request):
        record_result(sample=one, summary="2 µm", by=place.they.olga, now=place.now)
    end_run(run=run, by=place.they.olga, now=place.now)
    heard(place)
    request.refresh_from_db()


def test_from_the_draft_to_samples_given_back(place: Lab) -> None:
    request, case = handed_in(place)
    assert at(case) == {"offer"}
    assert case.subject_ref == f"sample_request:{request.ulid}"
    with refused(NotPermitted, "workflows.not_yours"):
        say(case, place.they.bob, "complete", place.now, instrument=place.sem.asset_no)
    say(
        case,
        place.they.olga,
        "complete",
        place.now,
        instrument=place.sem.asset_no,
        promised_on=date(2026, 12, 1),
        extra_EDS=2,
    )
    request.refresh_from_db()
    assert request.quote is not None
    assert (request.promised_on, request.quote.extras) == (date(2026, 12, 1), {"EDS": 2})
    assert at(case) == {"agree"}
    say(case, place.they.alice, "approve", place.now, fund=place.fund)
    assert at(case) == {"test"}
    assert waiting(case)["test"].due_at == datetime.fromisoformat("2026-12-02T00:00:00+08:00")
    measured(place, request)
    assert at(case) == {"verdict"}
    assert (request.state, request.charged_fen) == ("released", SAMPLE_FEN["internal"])
    say(case, place.they.alice, "approve", place.now, opinion="thanks", stars=5)
    request.refresh_from_db()
    assert (request.state, request.rating.stars) == ("closed", 5)
    assert at(case) == {"give_back"}
    return_sample(sample=samples_of(request)[0], by=place.they.olga, now=place.now)
    heard(place)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "closed")


def test_a_draft_is_handed_in_by_its_own_page_and_interface(place: Lab) -> None:
    request = place.drafted(1)
    case = begin("sample", by=place.they.alice, now=place.now, raw={"request": request.ulid})
    assert at(case) == {"offer"}
    with refused(Invalid, "workflows.data"):
        begin("sample", by=place.they.bob, now=place.now, raw={"request": request.ulid})


def test_a_request_that_was_handed_in_elsewhere_gets_its_case_and_one_only(place: Lab) -> None:
    request = place.submitted(1)
    heard(place)
    heard(place)
    case = Case.objects.get()
    assert case.subject_ref == f"sample_request:{request.ulid}"


def test_what_the_rules_refuse_ends_at_once_with_the_reason(place: Lab) -> None:
    request, case = handed_in(place, row("virus", hazards=("biological",)))
    request.refresh_from_db()
    case.refresh_from_db()
    assert (case.state, case.outcome, request.state) == ("done", "refused", "refused")
    assert request.outcome_note
    assert case.reason == request.outcome_note


def test_what_the_rules_ask_about_is_answered_by_the_crew(place: Lab) -> None:
    request, case = handed_in(place, row("iron", magnetic=True))
    assert at(case) == {"question"}
    say(case, place.they.olga, "approve", place.now, handling="low field only")
    request.refresh_from_db()
    assert (request.acceptance, request.handling) == ("special", "low field only")
    assert at(case) == {"offer"}
    other, no = handed_in(place, row("iron", magnetic=True))
    say(no, place.they.olga, "reject", place.now, opinion="the lens")
    other.refresh_from_db()
    assert (other.state, other.outcome_note) == ("refused", "the lens")


def test_special_handling_needs_no_question(place: Lab) -> None:
    request, case = handed_in(place, row("arsenic", hazards=("toxic",)))
    request.refresh_from_db()
    assert (request.acceptance, at(case)) == ("special", {"offer"})


@pytest.mark.parametrize("rows", [(), (row("iron", magnetic=True),)])
def test_what_is_sent_back_is_corrected_and_handed_in_again(place: Lab, rows: tuple[Any, ...]) -> None:
    request, case = handed_in(place, *rows)
    [step] = waiting(case).values()
    services.send_back(step=step, by=place.they.olga, now=place.now, to="revise", reason="which side?")
    request.refresh_from_db()
    assert (request.state, request.outcome_note, at(case)) == ("draft", "which side?", {"revise"})
    set_samples(request=request, rows=[row("clear")], by=place.they.alice, now=place.now)
    assert hand_in(request=request, by=place.they.alice, now=place.now) == case
    assert at(case) == {"offer"}


def test_the_crew_cannot_do_it_after_all(place: Lab) -> None:
    request, case = handed_in(place)
    say(case, place.they.olga, "reject", place.now, opinion="no time")
    request.refresh_from_db()
    case.refresh_from_db()
    assert (request.state, case.outcome) == ("refused", "refused")


def test_another_offer_is_asked_for_declined_or_forgotten(place: Lab) -> None:
    request, case = handed_in(place)
    say(case, place.they.olga, "complete", place.now, instrument=place.sem.asset_no)
    say(case, place.they.alice, "again", place.now, opinion="sooner, please")
    assert at(case) == {"offer"}
    say(case, place.they.teng, "complete", place.now, instrument=place.sem.asset_no)
    assert request.quotes.count() == 2
    say(case, place.they.alice, "reject", place.now, opinion="dear")
    request.refresh_from_db()
    case.refresh_from_db()
    assert (request.state, case.outcome) == ("declined", "declined")
    late, lapsing = handed_in(place)
    say(lapsing, place.they.olga, "complete", place.now, instrument=place.sem.asset_no)
    services.sweep(now=place.now + 15 * DAY)
    late.refresh_from_db()
    lapsing.refresh_from_db()
    assert (late.state, lapsing.outcome) == ("declined", "declined")


def test_whoever_cannot_pay_hears_why_and_may_try_again(place: Lab) -> None:
    _request, case = handed_in(place)
    say(case, place.they.olga, "complete", place.now, instrument=place.sem.asset_no)
    with refused(Invalid, "samples.no_fund"):
        say(case, place.they.alice, "approve", place.now)
    assert at(case) == {"agree"}


def test_nobody_agrees_to_a_price_that_they_have_not_seen(place: Lab) -> None:
    request, case = handed_in(place)
    say(case, place.they.olga, "complete", place.now, instrument=place.sem.asset_no)
    request.refresh_from_db()
    [step], seen = waiting(case).values(), request.quote
    assert seen is not None
    later = place.now + timedelta(minutes=1)
    dearer = quote_request(
        request=request, instrument=place.sem, by=place.they.olga, now=later, extras={"EDS": 40}
    )
    assert dearer.high_fen > seen.high_fen
    form = form_of(step, place.they.alice)
    assert form.fields["offer"].initial == dearer.ulid
    assert f"{dearer.high_fen / 100:,.2f}" in str(form.fields["fund"].help_text)
    for named in ({}, {"offer": seen.ulid}, {"offer": "0" * 26}):
        with refused(WrongState, "samples.other_quote"):
            say(case, place.they.alice, "approve", later, fund=place.fund, **named)
    say(case, place.they.alice, "approve", later, fund=place.fund, offer=dearer.ulid)
    request.refresh_from_db()
    assert (request.state, request.quote) == ("confirmed", dearer)


def test_a_request_is_withdrawn_until_a_test_begins(place: Lab) -> None:
    before = available_fen(place.fund)
    request, case = agreed(place)
    services.withdraw(case=case, by=place.they.alice, now=place.now, reason="not needed")
    request.refresh_from_db()
    assert (request.state, available_fen(place.fund)) == ("withdrawn", before)
    second, elsewhere = agreed(place)
    withdraw_samples(request=second, by=place.they.alice, now=place.now, reason="no")
    heard(place)
    elsewhere.refresh_from_db()
    assert elsewhere.state == "withdrawn"
    third, begun = agreed(place)
    [sample] = samples_of(third)
    receive_sample(sample=sample, by=place.they.olga, now=place.now)
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=place.now)
    with refused(WrongState, "workflows.too_late"):
        services.withdraw(case=begun, by=place.they.alice, now=place.now)


def test_a_second_person_checks_and_a_bad_result_is_measured_again(now: datetime) -> None:
    place = lab(now, needs_check=True)
    request, case = agreed(place)
    measured(place, request)
    assert at(case) == {"check"}
    [sample] = samples_of(request)
    assert place.they.olga not in [one.user for one in waiting(case)["check"].candidates.all()]
    check_result(sample=sample, passed=False, by=place.they.teng, now=now, note="blurred")
    heard(place)
    assert at(case) == {"test"}
    measured(place, request)
    assert at(case) == {"check"}
    check_result(sample=samples_of(request)[0], passed=True, by=place.they.teng, now=now)
    heard(place)
    assert at(case) == {"verdict"}


def test_results_go_out_by_themselves_once_they_are_paid(now: datetime) -> None:
    place = lab(now, payment_first=True)
    request, case = agreed(place)
    income = ensure_account(code="income:x", kind=Account.Kind.INCOME, name_zh="收入", name_en="Income")
    spend(
        fund=place.fund,
        user=place.they.alice,
        amount_fen=10_000_00,
        to=income,
        source="charge:x",
        memo="x",
        now=now,
    )
    measured(place, request)
    assert at(case) == {"payment"}
    top_up(fund=place.fund, amount_fen=10_000_00, source="receipt:x", now=now)
    heard(place)
    assert at(case) == {"verdict"}


def test_an_objection_is_decided_by_somebody_who_did_not_test(place: Lab) -> None:
    request, case = agreed(place)
    measured(place, request)
    with refused(Invalid, "workflows.opinion_required"):
        say(case, place.they.alice, "reject", place.now)
    say(case, place.they.alice, "reject", place.now, opinion="impossible")
    assert at(case) == {"objection"}
    with refused(NotPermitted, "workflows.not_yours"):
        say(case, place.they.olga, "reject", place.now, opinion="no")
    say(case, place.they.teng, "approve", place.now, opinion="true", promised_on=date(2026, 12, 9))
    request.refresh_from_db()
    assert (request.promised_on, at(case)) == (date(2026, 12, 9), {"test"})
    measured(place, request)
    assert at(case) == {"verdict"}
    say(case, place.they.alice, "reject", place.now, opinion="still")
    say(case, place.they.teng, "reject", place.now, opinion="measured twice")
    assert at(case) == {"verdict"}
    services.sweep(now=place.now + 16 * DAY)
    request.refresh_from_db()
    assert request.state == "closed"


def test_what_is_to_be_kept_is_done_once_it_is_stored(place: Lab) -> None:
    request, case = agreed(place, disposition="store")
    measured(place, request)
    say(case, place.they.alice, "approve", place.now)
    assert at(case) == {"give_back"}
    [sample] = samples_of(request)
    from_crew: dict[str, Any] = {"by": place.they.olga, "holder": place.they.olga, "now": place.now}
    move_sample(sample=sample, **from_crew, stored=True, place="shelf 1")
    heard(place)
    case.refresh_from_db()
    assert case.outcome == "closed"

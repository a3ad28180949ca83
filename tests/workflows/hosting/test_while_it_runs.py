"""While an agreement runs: the yearly review, a renewal, a breach, the exit; each begins once."""

from dataclasses import replace
from datetime import timedelta

from apps.core.parameters import value
from apps.fees.owners import owner_of
from apps.hosting.models import Breach, Review
from apps.hosting.negotiating import accept_terms, propose_terms, terms_of
from apps.hosting.papers import paper_of
from apps.hosting.running import ends_at
from apps.instruments.models import Instrument
from apps.notices.models import Notice
from tests.factories.hosting import THINGS, House, fresh, terms
from tests.workflows.hosting.walking import agreement_of, answer, facts_are_told, running
from tests.workflows.toys import waiting
from workflows import services
from workflows.hosting.asked import case_of
from workflows.hosting.ending import complain, leave, look_after
from workflows.models import Case

DAY = timedelta(days=1)


def about(case: Case, key: str) -> Case:
    found = case_of(agreement_of(case), key)
    assert found is not None
    return found


def test_the_notice_runs_and_it_goes_back_by_an_inventory(home: House) -> None:
    before = home.they.sem.facility
    case = running(home)
    agreement = agreement_of(case)
    exit_ = leave(agreement=agreement, reason="a new project", by=home.owner, now=home.now)
    assert waiting(exit_) == {}
    services.sweep(now=home.now + 10 * DAY)
    assert agreement_of(case).state == "leaving"
    over = ends_at(agreement_of(case))
    services.sweep(now=over)
    assert Instrument.objects.get(pk=home.they.sem.pk).hosting == "ended"
    answer(exit_, "give_back", home.hana, over, "complete", data={"things": list(THINGS)})
    answer(exit_, "confirm", home.owner, over, "reject", opinion="the stage is missing")
    answer(exit_, "give_back", home.hana, over, "complete", data={"things": list(THINGS)})
    answer(exit_, "confirm", home.owner, over)
    exit_.refresh_from_db()
    assert (exit_.outcome, agreement_of(case).state) == ("ended", "ended")
    machine = Instrument.objects.get(pk=home.they.sem.pk)
    assert (machine.facility, machine.hosting) == (before, "own")


def test_the_last_day_begins_the_exit_by_itself_once(home: House) -> None:
    case = running(home)
    over = ends_at(agreement_of(case))
    for year in (1, 2):  # the reviews of the years before are nobody's concern here
        look_after(home.now + year * 366 * DAY)
    assert look_after(over) >= 1
    exit_ = about(case, "hosting_exit")
    assert look_after(over) == 0
    services.sweep(now=over)
    assert set(waiting(exit_)) == {"give_back"}


def test_a_breach_that_is_not_mended_suspends_by_itself_and_is_resumed(home: House) -> None:
    case = running(home)
    agreement = agreement_of(case)
    breach = complain(agreement=agreement, side="owner", what="takes parts", by=home.hana, now=home.now)
    assert set(waiting(breach)) == {"mended"}
    later = home.now + int(value("hosting.cure_days", at=home.now)) * DAY
    services.sweep(now=later - DAY)
    assert agreement_of(case).state == "running"
    services.sweep(now=later + timedelta(minutes=1))
    assert agreement_of(case).state == "suspended"
    assert set(waiting(breach)) == {"suspended"}
    answer(breach, "suspended", home.they.office, later + DAY)
    breach.refresh_from_db()
    assert (breach.outcome, agreement_of(case).state) == ("resumed", "running")


def test_a_breach_that_is_mended_in_time_ends_there(home: House) -> None:
    case = running(home)
    breach = complain(
        agreement=agreement_of(case), side="host", what="closed for weeks", by=home.owner, now=home.now
    )
    answer(breach, "mended", home.they.office, home.now + DAY)
    breach.refresh_from_db()
    assert (breach.outcome, agreement_of(case).state) == ("cured", "running")
    assert Breach.objects.get().state == "cured"


def test_what_is_not_resumed_ends_with_its_notice(home: House) -> None:
    case = running(home)
    breach = complain(
        agreement=agreement_of(case), side="owner", what="takes parts", by=home.hana, now=home.now
    )
    answer(breach, "mended", home.they.office, home.now, "reject", opinion="grave")
    answer(breach, "suspended", home.they.office, home.now, "reject", opinion="no trust left")
    breach.refresh_from_db()
    assert (breach.outcome, agreement_of(case).state) == ("ended", "leaving")
    assert about(case, "hosting_exit").is_open


def test_both_are_asked_every_year_and_who_does_not_answer_goes_on(home: House) -> None:
    case = running(home)
    assert look_after(home.now + 100 * DAY) == 0
    later = home.now + 366 * DAY
    assert look_after(later) == 1
    assert look_after(later) == 0
    review = about(case, "hosting_review")
    assert set(waiting(review)) == {"owner_says", "host_says"}
    answer(review, "owner_says", home.owner, later)
    services.sweep(now=later + 60 * DAY)
    review.refresh_from_db()
    assert review.outcome == "goes_on"
    assert {one.side: one.by for one in Review.objects.all()} == {"owner": home.owner, "host": None}
    assert look_after(later + 60 * DAY) == 0
    assert look_after(later + 366 * DAY) == 1


def test_before_the_last_day_both_are_asked_once_to_renew_it(home: House) -> None:
    case = running(home)
    last = ends_at(agreement_of(case))
    opens = last - int(value("hosting.renew_days", at=home.now)) * DAY
    for year in (1, 2):  # the reviews of the years before are nobody's concern here
        look_after(home.now + year * 366 * DAY)
    look_after(opens - DAY)
    assert case_of(agreement_of(case), "hosting_renewal") is None
    assert look_after(opens) == 1
    renewal = about(case, "hosting_renewal")
    assert set(waiting(renewal)) == {"negotiate"}
    facts_are_told(opens)
    told = Notice.objects.filter(kind="hosting.ending")
    assert {one.user for one in told} == {home.owner, home.hana}
    assert look_after(opens + DAY) == 0

    agreement = agreement_of(case)
    assert agreement.terms is not None
    longer = replace(terms_of(agreement.terms), until=terms_of(agreement.terms).until + 700 * DAY)
    made = propose_terms(agreement=agreement, terms=longer, by=home.owner, now=opens + DAY, base=1)
    accept_terms(agreement=agreement, number=made.number, by=home.hana, now=opens + DAY)
    facts_are_told(opens + DAY)
    answer(renewal, "countersign", home.they.office, opens + DAY)
    assert ends_at(agreement_of(case)) == last + 700 * DAY
    assert look_after(opens + 2 * DAY) == 0


def test_who_does_not_renew_is_asked_no_second_time_and_it_ends(home: House) -> None:
    case = running(home)
    last = ends_at(agreement_of(case))
    opens = last - int(value("hosting.renew_days", at=home.now)) * DAY
    for year in (1, 2):
        look_after(home.now + year * 366 * DAY)
    look_after(opens)
    renewal = about(case, "hosting_renewal")
    services.sweep(now=opens + 60 * DAY)
    renewal.refresh_from_db()
    assert renewal.outcome == "unchanged"
    look_after(opens + 61 * DAY)
    assert Case.objects.filter(flow="hosting_renewal").count() == 1
    assert look_after(last) >= 1
    assert about(case, "hosting_exit").is_open


def test_whoever_gave_notice_is_not_asked_to_renew(home: House) -> None:
    case = running(home)
    opens = ends_at(agreement_of(case)) - int(value("hosting.renew_days", at=home.now)) * DAY
    leave(agreement=agreement_of(case), reason="a new project", by=home.owner, now=opens - 2 * DAY)
    look_after(opens)
    assert case_of(agreement_of(case), "hosting_renewal") is None


def test_a_review_leads_to_other_terms_that_count_once_countersigned(home: House) -> None:
    case = running(home)
    later = home.now + 366 * DAY
    look_after(later)
    review = about(case, "hosting_review")
    answer(review, "owner_says", home.owner, later, "reject", opinion="a larger share")
    answer(review, "host_says", home.hana, later)
    answer(review, "consider", home.they.office, later)
    renewal = about(case, "hosting_renewal")
    agreement = agreement_of(case)
    before = paper_of(agreement)
    made = propose_terms(
        agreement=agreement,
        terms=terms(home.now, owner_pays_permille=400),
        by=home.owner,
        now=later,
        base=1,
    )
    assert terms_of(fresh(agreement).terms).owner_pays_permille == 500  # type: ignore[arg-type]
    accept_terms(agreement=agreement, number=made.number, by=home.hana, now=later)
    facts_are_told(later)
    assert set(waiting(renewal)) == {"countersign"}
    answer(renewal, "countersign", home.they.office, later)
    renewal.refresh_from_db()
    agreement = fresh(agreement)
    assert (renewal.outcome, agreement.terms, agreement.state) == ("renewed", made, "running")
    paper = paper_of(agreement)
    assert before is not None
    assert paper is not None
    assert paper.number != before.number
    home.they.sem.refresh_from_db()
    term = owner_of(home.they.sem, later)
    assert term is not None
    assert term.permille == 400

"""The rule is asked about the terms that are signed: whoever proposes others while pens are out has them
judged again, and ends nobody's offer.
"""

from apps.core.errors import WrongState
from apps.decisions.models import DecisionRecord
from apps.hosting.negotiating import accept_terms, propose_terms
from apps.hosting.running import give_notice
from tests.factories.hosting import House, terms
from tests.factories.refusals import refused
from tests.workflows.hosting.walking import (
    agreed,
    agreement_of,
    answer,
    facts_are_told,
    inspected,
    offered,
    running,
    signed,
)
from tests.workflows.toys import waiting
from workflows.hosting.asked import case_of
from workflows.hosting.ending import begin_renewal, complain
from workflows.models import Case


def outcomes() -> list[str]:
    return list(
        DecisionRecord.objects.filter(point="hosting.terms").order_by("pk").values_list("outcome", flat=True)
    )


def replaced(home: House, case: Case, **changes: object) -> None:
    """Other terms are proposed and accepted, and nobody is told yet."""
    agreement = agreement_of(case)
    number = agreement.versions.count()
    said = terms(home.now, **changes)
    propose_terms(agreement=agreement, terms=said, by=home.owner, now=home.now, base=number)
    accept_terms(agreement=agreement, number=number + 1, by=home.hana, now=home.now)


def signing(case: Case) -> dict[str, object]:
    version = agreement_of(case).terms
    assert version is not None
    return {"digest": version.digest, "read": True}


def test_a_proposal_while_pens_are_out_ends_no_offer(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case)
    data = signing(case)
    other = terms(home.now, exit_days=90)
    propose_terms(agreement=agreement_of(case), terms=other, by=home.hana, now=home.now, base=1)
    with refused(WrongState, "hosting.moved"):
        answer(case, "owner_signs", home.owner, home.now, data=data)
    facts_are_told(home.now)
    case.refresh_from_db()
    assert (case.state, agreement_of(case).state) == ("open", "negotiating")
    assert set(waiting(case)) == {"negotiate"}
    accept_terms(agreement=agreement_of(case), number=2, by=home.owner, now=home.now)
    facts_are_told(home.now)
    assert outcomes() == ["permit", "permit"]
    signed(home, case)
    assert agreement_of(case).state == "countersigned"


def test_terms_that_the_rule_has_not_seen_are_not_signed(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case)
    replaced(home, case, exit_days=3)
    with refused(WrongState, "hosting.newer_terms"):
        answer(case, "owner_signs", home.owner, home.now, data=signing(case))
    facts_are_told(home.now)
    assert outcomes() == ["permit", "deny"]
    assert set(waiting(case)) == {"consider"}


def test_while_the_office_considers_others_may_be_agreed_and_are_judged(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case, exit_days=3)
    replaced(home, case)
    facts_are_told(home.now)
    answer(case, "consider", home.they.office, home.now)
    facts_are_told(home.now)
    assert outcomes() == ["deny", "permit"]
    assert set(waiting(case)) == {"owner_signs", "host_signs"}


def renewing(home: House) -> Case:
    case = running(home)
    agreement = agreement_of(case)
    begin_renewal(agreement=agreement, by=home.owner, now=home.now)
    replaced(home, case, exit_days=90)
    facts_are_told(home.now)
    found = case_of(agreement, "hosting_renewal")
    assert found is not None
    assert set(waiting(found)) == {"countersign"}
    return found


def test_a_renewal_countersigns_what_was_judged(home: House) -> None:
    renewal = renewing(home)
    replaced(home, renewal, exit_days=3)
    with refused(WrongState, "hosting.newer_terms"):
        answer(renewal, "countersign", home.they.office, home.now)
    facts_are_told(home.now)
    assert set(waiting(renewal)) == {"consider"}
    replaced(home, renewal, exit_days=120)
    facts_are_told(home.now)
    assert set(waiting(renewal)) == {"countersign"}
    answer(renewal, "countersign", home.they.office, home.now)
    renewal.refresh_from_db()
    terms_now = agreement_of(renewal).terms
    assert terms_now is not None
    assert (renewal.outcome, terms_now.number) == ("renewed", 4)


def test_a_breach_of_who_leaves_is_settled_without_another_notice(home: House) -> None:
    case = running(home)
    breach = complain(
        agreement=agreement_of(case), side="owner", what="takes parts", by=home.hana, now=home.now
    )
    answer(breach, "mended", home.they.office, home.now, "reject", opinion="grave")
    give_notice(agreement=agreement_of(case), by=home.owner, now=home.now, reason="moving")
    answer(breach, "suspended", home.they.office, home.now, "reject", opinion="no trust left")
    breach.refresh_from_db()
    assert (breach.outcome, agreement_of(case).state) == ("ended", "leaving")

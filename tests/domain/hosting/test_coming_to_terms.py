"""From an offer to signatures: who may, in which order, and what two people at once come to."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.hosting.inspecting import Found, inspect
from apps.hosting.models import Agreement, InspectionItem, TermsVersion
from apps.hosting.negotiating import accept_terms, propose_terms, reopen_terms, terms_of
from apps.hosting.offering import decline_offer, offer_instrument, withdraw_offer
from apps.hosting.queries import board, find_agreement, hosted_by, owned_by, owners_of, readable
from apps.hosting.screening import terms_facts
from apps.hosting.signing import countersign, sign, signatures
from apps.instruments.models import Instrument
from apps.people.operations import grant_authorization, suspend_user
from rules.engine import evaluate
from rules.points.hosting_terms import DEFAULT, PriceClass
from tests.factories.assets import mirrored
from tests.factories.facts import told
from tests.factories.hosting import (
    House,
    agreed,
    countersigned,
    fresh,
    house,
    in_order,
    inspected,
    offered,
    terms,
)
from tests.factories.races import at_once
from tests.factories.refusals import refused
from tests.people import another_group, gather


def test_the_owner_offers_what_is_theirs_once(home: House) -> None:
    agreement = offered(home)
    assert (agreement.state, agreement.name_zh) == ("offered", home.they.sem.name_zh)
    with refused(WrongState, "hosting.open"):
        offered(home)
    with refused(NotPermitted, "hosting.not_owner"):
        offered(home, by=home.they.alice)
    with refused(Invalid, "core.reason_required"):
        offered(home, why=" ")


def test_a_stranger_pi_offers_nobody_elses_instrument(home: House) -> None:
    other = another_group(home.they, home.now)
    other.unit = home.facility.lab
    other.save()
    with refused(Invalid, "hosting.not_theirs"):
        offered(home, group=other, by=home.they.teng)


def test_what_is_not_in_the_register_wants_a_name(home: House) -> None:
    with refused(Invalid, "hosting.name"):
        offered(home, asset_no="NEW1")
    made = offered(home, asset_no="new1", name_zh="拉曼光谱仪")
    assert (made.asset_no, made.instrument) == ("NEW1", None)
    with refused(Invalid, "hosting.asset_no"):
        offered(home, asset_no=" ")


def test_what_is_hosted_already_is_not_offered_again(home: House) -> None:
    Instrument.objects.filter(pk=home.they.sem.pk).update(hosting="agreed")
    with refused(WrongState, "hosting.hosted"):
        offered(home)


def test_a_critical_fault_keeps_it_out_until_it_is_looked_at_again(home: House) -> None:
    agreement = offered(home)
    found = {**in_order(home.now), "safety": Found("fail", "gas alarm is missing")}
    inspection = inspect(agreement=agreement, found=found, by=home.hana, now=home.now)
    assert not inspection.passed
    assert fresh(agreement).state == "offered"
    assert InspectionItem.objects.get(inspection=inspection, key="safety").note == "gas alarm is missing"
    inspect(agreement=agreement, found=in_order(home.now), by=home.hana, now=home.now)
    assert fresh(agreement).state == "negotiating"


def test_the_check_list_is_answered_line_by_line(home: House) -> None:
    agreement = offered(home)
    with refused(Invalid, "hosting.checklist") as met:
        inspect(agreement=agreement, found={"works": Found("pass")}, by=home.hana, now=home.now)
    assert "safety" in met.details["missing"]
    with refused(Invalid, "hosting.why_not") as met:
        found = {**in_order(home.now), "manuals": Found("fail")}
        inspect(agreement=agreement, found=found, by=home.hana, now=home.now)
    assert met.field == "manuals"
    with refused(Invalid, "hosting.result"):
        found = {**in_order(home.now), "manuals": Found("so-so")}
        inspect(agreement=agreement, found=found, by=home.hana, now=home.now)
    with refused(NotPermitted, "hosting.not_your_side"):
        inspect(agreement=agreement, found=in_order(home.now), by=home.owner, now=home.now)


def test_both_accept_the_same_version_and_a_newer_one_has_to_be_read_first(home: House) -> None:
    agreement = inspected(home)
    first = propose_terms(agreement=agreement, terms=terms(home.now), by=home.hana, now=home.now, base=0)
    second = propose_terms(
        agreement=agreement,
        terms=terms(home.now, owner_pays_permille=400),
        by=home.owner,
        now=home.now,
        base=first.number,
    )
    with refused(WrongState, "hosting.newer_terms") as met:
        accept_terms(agreement=agreement, number=first.number, by=home.hana, now=home.now)
    assert met.details["last"] == second.number
    accept_terms(agreement=agreement, number=second.number, by=home.hana, now=home.now)
    agreement = fresh(agreement)
    assert (agreement.state, agreement.terms) == ("agreed", second)
    assert terms_of(second).owner_pays_permille == 400
    assert told("hosting.agreement_changed")[-1] == {"agreement": agreement.ulid, "state": "agreed"}


def test_a_proposal_from_an_old_version_is_refused_and_so_is_one_that_changes_nothing(home: House) -> None:
    agreement = inspected(home)
    propose_terms(agreement=agreement, terms=terms(home.now), by=home.hana, now=home.now, base=0)
    with refused(WrongState, "hosting.newer_terms"):
        propose_terms(
            agreement=agreement, terms=terms(home.now, exit_days=99), by=home.owner, now=home.now, base=0
        )
    with refused(WrongState, "hosting.same_terms"):
        propose_terms(agreement=agreement, terms=terms(home.now), by=home.owner, now=home.now, base=1)


def test_what_was_agreed_is_open_again_when_a_side_proposes_otherwise(home: House) -> None:
    agreement = agreed(home)
    propose_terms(
        agreement=agreement, terms=terms(home.now, exit_days=99), by=home.owner, now=home.now, base=1
    )
    agreement = fresh(agreement)
    assert (agreement.state, agreement.terms) == ("negotiating", None)


def test_a_version_is_never_changed(home: House) -> None:
    agreement = agreed(home)
    changes: tuple[dict[str, Any], ...] = ({"content": {}}, {"number": 9})
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            TermsVersion.objects.filter(agreement=agreement).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        TermsVersion.objects.filter(agreement=agreement).delete()


def test_a_stranger_with_a_valid_login_hears_nothing_and_does_nothing(home: House) -> None:
    agreement = inspected(home)
    propose_terms(agreement=agreement, terms=terms(home.now), by=home.hana, now=home.now, base=0)
    stranger = another_group(home.they, home.now).pi
    with refused(NotFound, "hosting.no_agreement"):
        find_agreement(agreement.ulid, stranger, home.now)
    assert not readable(stranger, home.now).exists()
    for act in (
        lambda: accept_terms(agreement=agreement, number=1, by=stranger, now=home.now),
        lambda: propose_terms(
            agreement=agreement, terms=terms(home.now, exit_days=99), by=stranger, now=home.now, base=1
        ),
        lambda: sign(agreement=agreement, side="owner", digest="", by=stranger, now=home.now),
        lambda: withdraw_offer(agreement=agreement, by=stranger, now=home.now),
        lambda: decline_offer(agreement=agreement, by=stranger, now=home.now, reason="mine"),
        lambda: accept_terms(agreement=agreement, number=1, by=home.they.alice, now=home.now),
        lambda: accept_terms(agreement=agreement, number=1, by=home.they.office, now=home.now),
    ):
        with refused(NotPermitted, "hosting.not_your_side"):
            act()
    assert fresh(agreement).state == "negotiating"


def test_a_suspended_side_does_nothing(home: House) -> None:
    agreement = inspected(home)
    suspend_user(user=home.hana, reason="x", by=home.they.office, now=home.now, source_case="incident:1")
    with refused(NotPermitted, "people.not_active"):
        propose_terms(agreement=agreement, terms=terms(home.now), by=home.hana, now=home.now, base=0)


def test_who_reads_an_agreement(home: House) -> None:
    agreement = inspected(home)
    assert list(owned_by(home.owner)) == [agreement]
    assert list(hosted_by(home.hana, home.now)) == [agreement]
    assert not hosted_by(home.they.office, home.now).exists()
    assert list(readable(home.they.office, home.now)) == [agreement]
    assert list(board(text=agreement.asset_no, state="open")) == [agreement]
    assert not board(state="force").exists()
    assert owners_of([home.they.sem]) == {home.owner.pk}


def test_each_side_signs_for_itself_and_the_office_last(home: House) -> None:
    agreement = agreed(home)
    assert agreement.terms is not None
    digest = agreement.terms.digest
    with refused(WrongState, "hosting.moved"):
        countersign(agreement=agreement, digest=digest, by=home.they.office, now=home.now)
    with refused(WrongState, "hosting.newer_terms"):
        sign(agreement=agreement, side="owner", digest="0" * 64, by=home.owner, now=home.now)
    with refused(NotPermitted, "hosting.not_your_side"):
        sign(agreement=agreement, side="host", digest=digest, by=home.owner, now=home.now)
    with refused(NotPermitted, "hosting.not_your_side"):
        sign(agreement=agreement, side="office", digest=digest, by=home.they.office, now=home.now)
    first = sign(agreement=agreement, side="owner", digest=digest, by=home.owner, now=home.now)
    assert sign(agreement=agreement, side="owner", digest=digest, by=home.owner, now=home.now) == first
    assert fresh(agreement).state == "agreed"
    sign(agreement=agreement, side="host", digest=digest, by=home.hana, now=home.now)
    assert fresh(agreement).state == "signed"
    countersign(agreement=agreement, digest=digest, by=home.they.office, now=home.now)
    agreement = fresh(agreement)
    assert agreement.state == "countersigned"
    assert [one.side for one in signatures(agreement)] == ["owner", "host", "office"]


def test_nobody_signs_for_two_sides(home: House) -> None:
    """Who owns and manages the host as well still has one hand."""
    agreement = agreed(home)
    assert agreement.terms is not None
    digest = agreement.terms.digest
    grant_authorization(
        user=home.owner,
        kind="manage",
        scope=f"facility:{home.facility.ulid}",
        grantor=home.they.office,
        now=home.now,
    )
    sign(agreement=agreement, side="owner", digest=digest, by=home.owner, now=home.now)
    with refused(NotPermitted, "hosting.other_side"):
        sign(agreement=agreement, side="host", digest=digest, by=home.owner, now=home.now)


def test_signatures_count_for_their_version_only(home: House) -> None:
    agreement = agreed(home)
    assert agreement.terms is not None
    sign(agreement=agreement, side="owner", digest=agreement.terms.digest, by=home.owner, now=home.now)
    reopen_terms(agreement=agreement, by=None, now=home.now, reason="the office wants more notice")
    propose_terms(
        agreement=agreement, terms=terms(home.now, exit_days=99), by=home.hana, now=home.now, base=1
    )
    accept_terms(agreement=agreement, number=2, by=home.owner, now=home.now)
    assert signatures(fresh(agreement)) == []


def test_an_ended_offer_makes_room_for_another(home: House) -> None:
    first = offered(home)
    withdraw_offer(agreement=first, by=home.owner, now=home.now)
    second = offered(home)
    decline_offer(agreement=second, by=home.hana, now=home.now, reason="no room")
    with refused(WrongState, "hosting.moved"):
        withdraw_offer(agreement=second, by=home.owner, now=home.now)
    assert offered(home).state == "offered"


def test_the_database_itself_keeps_one_open_agreement_and_sound_states(home: House) -> None:
    agreement = countersigned(home)
    for change in (
        {"state": "running"},
        {"state": "ended"},
        {"terms": None},
        {"ended_at": home.now},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Agreement.objects.filter(pk=agreement.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.create(
            asset_no=agreement.asset_no,
            name_zh="x",
            group=agreement.group,
            facility=agreement.facility,
            why="x",
            offered_by=home.owner,
            offered_at=home.now,
        )


def test_the_rule_permits_terms_within_the_limits_and_names_every_other(home: House) -> None:
    facts, sources = terms_facts(agreed(home), home.now)
    assert set(sources) == set(facts.__dataclass_fields__)
    assert evaluate(DEFAULT, facts).outcome == "permit"


def test_the_rule_refuses_what_is_outside_of_every_limit_at_once(home: House) -> None:
    agreement = agreed(
        home,
        shares=(("owner", 900), ("host", 100)),
        owner_pays_permille=100,
        windows=(),
        exit_days=3,
        until=terms(home.now).since,
        repairs=(),
        insurer="none",
        insured_fen=0,
    )
    facts, _sources = terms_facts(agreement, home.now)
    found = set(evaluate(DEFAULT, facts).codes)
    expected = {
        *("hosting.owner_share", "hosting.host_share", "hosting.discount", "hosting.exit_notice"),
        *("hosting.period", "hosting.repair"),
    }
    assert found - {"hosting.uninsured"} == expected
    assert ("hosting.uninsured" in found) == (home.they.sem.price_fen >= 200_000_000)


@pytest.mark.django_db(transaction=True)
def test_two_people_sign_at_once_and_both_count(now: datetime) -> None:
    home = house(gather(now), now)
    agreement = agreed(home)
    assert agreement.terms is not None
    digest = agreement.terms.digest
    ends = at_once(
        lambda: sign(agreement=agreement, side="owner", digest=digest, by=home.owner, now=now),
        lambda: sign(agreement=agreement, side="host", digest=digest, by=home.hana, now=now),
        lambda: sign(agreement=agreement, side="host", digest=digest, by=home.hana, now=now),
    )
    assert ends == ["done", "done", "done"]
    agreement = fresh(agreement)
    assert agreement.state == "signed"
    assert len(signatures(agreement)) == 2


@pytest.mark.django_db(transaction=True)
def test_accepting_and_proposing_at_once_never_agrees_to_what_was_not_read(now: datetime) -> None:
    home = house(gather(now), now)
    agreement = inspected(home)
    propose_terms(agreement=agreement, terms=terms(now), by=home.hana, now=now, base=0)
    ends = at_once(
        lambda: accept_terms(agreement=agreement, number=1, by=home.owner, now=now),
        lambda: propose_terms(
            agreement=agreement, terms=terms(now, exit_days=99), by=home.hana, now=now, base=1
        ),
    )
    agreement = fresh(agreement)
    assert ends in (["done", "done"], ["hosting.newer_terms", "done"])
    # Whoever was first: version 2 is accepted by the host alone, and nothing is agreed.
    assert (agreement.state, agreement.terms) == ("negotiating", None)
    assert agreement.versions.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_offers_at_once_make_one(now: datetime) -> None:
    home = house(gather(now), now)
    act: dict[str, Any] = {
        "group": home.they.group,
        "facility": home.facility,
        "asset_no": home.they.sem.asset_no,
        "why": "idle",
        "by": home.owner,
        "now": now,
    }
    ends = at_once(*[lambda: offer_instrument(**act)] * 2)
    assert sorted(ends) == ["done", "hosting.open"]


def test_what_is_not_taken_in_yet_has_the_price_of_the_school_library(home: House) -> None:
    agreement = agreed(home)
    Agreement.objects.filter(pk=agreement.pk).update(instrument=None, asset_no="NEW9")
    assert terms_facts(fresh(agreement), home.now)[0].price_class == PriceClass.UNKNOWN
    mirrored([{"asset_no": "NEW9", "price_fen": "450000"}], home.they.office, home.now)
    facts, sources = terms_facts(fresh(agreement), home.now)
    assert (facts.price_fen, facts.price_class) == (45_000_000, PriceClass.LARGE)
    assert sources["price_fen"]["kind"] == "asset"

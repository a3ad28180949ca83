"""Hosting as the regulation tells it: voluntary, by contract, the instrument stays its owner's, everybody is
certified by the host.
"""

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.decisions.models import DecisionRecord
from apps.hosting.models import Agreement, InspectionItem
from apps.hosting.offering import withdraw_offer
from apps.hosting.papers import paper_of
from apps.instruments.models import Instrument
from documents.models import Document
from tests.factories.hosting import THINGS, House
from tests.factories.refusals import refused
from tests.people import another_group
from tests.workflows.hosting.walking import (
    agreed,
    agreement_of,
    answer,
    facts_are_told,
    handed_over,
    inspected,
    offered,
    running,
    signed,
)
from tests.workflows.toys import kinds, owner, waiting
from workflows import services
from workflows.beginning import begin
from workflows.hosting.beginning import offer_for_hosting
from workflows.visibility import may_see


def test_from_the_offer_to_the_handover(home: House) -> None:
    case = offered(home)
    assert set(waiting(case)) == {"inspect"}
    assert owner(case) == home.hana
    inspected(home, case)
    assert set(waiting(case)) == {"negotiate"}
    agreed(home, case)
    assert set(waiting(case)) == {"owner_signs", "host_signs"}
    signed(home, case)
    paper = paper_of(agreement_of(case))
    assert paper is not None
    assert paper.number == "设备托管〔2026〕1号"  # noqa: RUF001 - as the paper has it
    assert set(waiting(case)) == {"hand_over"}
    handed_over(home, case)
    assert (case.state, case.outcome) == ("done", "running")
    machine = Instrument.objects.get(pk=home.they.sem.pk)
    assert (machine.facility, machine.hosting) == (home.facility, "agreed")
    assert agreement_of(case).state == "running"
    assert kinds(case)[0] == "started"


def test_the_rule_decides_on_record_and_what_it_refuses_is_negotiated_anew(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case, exit_days=3)
    record = DecisionRecord.objects.get(point="hosting.terms")
    assert (record.outcome, record.codes) == ("deny", ["hosting.exit_notice"])
    assert set(waiting(case)) == {"consider"}
    answer(case, "consider", home.they.office, home.now)
    assert set(waiting(case)) == {"negotiate"}
    assert agreement_of(case).state == "negotiating"
    agreed(home, case)
    assert DecisionRecord.objects.filter(point="hosting.terms").latest("id").outcome == "permit"
    assert set(waiting(case)) == {"owner_signs", "host_signs"}


def test_what_is_not_in_order_is_mended_and_looked_at_again(home: House) -> None:
    case = offered(home)
    inspected(home, case, safety="no gas alarm")
    assert set(waiting(case)) == {"mend"}
    assert InspectionItem.objects.get(key="safety").note == "no gas alarm"
    answer(case, "mend", home.owner, home.now, "complete")
    inspected(home, case)
    assert set(waiting(case)) == {"negotiate"}


def test_the_host_declines_with_a_reason(home: House) -> None:
    case = offered(home)
    with refused(Invalid, "workflows.opinion_required"):
        answer(case, "inspect", home.hana, home.now, "reject")
    answer(case, "inspect", home.hana, home.now, "reject", opinion="no room for it")
    case.refresh_from_db()
    assert (case.outcome, agreement_of(case).state) == ("declined", "declined")
    assert offered(home).number != case.number


def test_a_side_that_does_not_sign_opens_the_terms_again(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case)
    version = agreement_of(case).terms
    assert version is not None
    answer(case, "owner_signs", home.owner, home.now, "reject", opinion="the share is too small")
    answer(case, "host_signs", home.hana, home.now, data={"digest": version.digest, "read": True})
    assert set(waiting(case)) == {"negotiate"}
    assert agreement_of(case).state == "negotiating"


def test_nobody_signs_terms_that_they_have_not_seen(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case)
    with refused(WrongState, "hosting.newer_terms"):
        answer(case, "owner_signs", home.owner, home.now, data={"digest": "0" * 64, "read": True})
    assert set(waiting(case)) == {"owner_signs", "host_signs"}


def test_the_office_may_have_it_negotiated_anew(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case)
    version = agreement_of(case).terms
    assert version is not None
    data = {"digest": version.digest, "read": True}
    answer(case, "owner_signs", home.owner, home.now, data=data)
    answer(case, "host_signs", home.hana, home.now, data=data)
    answer(case, "countersign", home.they.office, home.now, "reject", opinion="insure it")
    assert agreement_of(case).state == "negotiating"
    assert not Document.objects.filter(kind="hosting_agreement").exists()


def test_an_inventory_that_is_not_right_is_written_anew(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case)
    signed(home, case)
    data = {"things": [], "manager": home.hugo}
    with refused(Invalid, "hosting.things"):
        answer(case, "hand_over", home.hana, home.now, "complete", data=data)
    data = {"things": list(THINGS), "manager": home.hugo}
    answer(case, "hand_over", home.hana, home.now, "complete", data=data)
    answer(case, "confirm", home.owner, home.now, "reject", opinion="the stage is missing")
    assert set(waiting(case)) == {"hand_over"}
    handed_over(home, case)
    assert case.outcome == "running"


def test_the_owner_takes_it_back_until_the_office_has_countersigned(home: House) -> None:
    case = offered(home)
    inspected(home, case)
    services.withdraw(case=case, by=home.owner, now=home.now, reason="needed after all")
    case.refresh_from_db()
    assert (case.state, agreement_of(case).state) == ("withdrawn", "withdrawn")
    other = offered(home)
    inspected(home, other)
    agreed(home, other)
    signed(home, other)
    with refused(WrongState, "workflows.too_late"):
        services.withdraw(case=other, by=home.owner, now=home.now, reason="late")


def test_an_offer_that_ends_elsewhere_ends_its_case(home: House) -> None:
    case = offered(home)
    withdraw_offer(agreement=agreement_of(case), by=home.owner, now=home.now, reason="sold")
    facts_are_told(home.now)
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_a_stranger_neither_sees_nor_answers(home: House) -> None:
    case = offered(home)
    stranger = another_group(home.they, home.now).pi
    assert not may_see(stranger, case, home.now)
    assert may_see(home.owner, case, home.now)
    assert may_see(home.hana, case, home.now)
    with refused(NotPermitted, "workflows.not_yours"):
        answer(case, "inspect", stranger, home.now, "reject", opinion="mine")
    with refused(NotPermitted, "hosting.not_owner"):
        begin_as_stranger(home, stranger)


def begin_as_stranger(home: House, stranger: object) -> None:
    offer_for_hosting(
        by=stranger,  # type: ignore[arg-type]
        now=home.now,
        data={
            "group": home.they.group,
            "facility": home.facility,
            "asset_no": "QY000005",
            "why": "x",
        },
    )


def test_only_groups_that_the_person_leads_are_offered(home: House) -> None:
    with refused(Invalid, "workflows.data") as met:
        raw = {
            "asset_no": home.they.sem.asset_no,
            "group": home.they.group.ulid,
            "facility": home.facility.ulid,
            "why": "x",
        }
        begin("hosting", by=home.they.alice, now=home.now, raw=raw)
    assert met.field == "group"


def test_what_was_done_twice_counts_once(home: House) -> None:
    """Facts may come twice: the rule is asked once."""
    case = running(home)
    facts_are_told(home.now)
    facts_are_told(home.now)
    assert DecisionRecord.objects.filter(point="hosting.terms").count() == 1
    assert Agreement.objects.get(pk=agreement_of(case).pk).state == "running"
    assert Document.objects.filter(kind="hosting_agreement").count() == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_dossier_says_the_terms_in_both_languages(home: House, language: str) -> None:
    case = offered(home)
    inspected(home, case)
    agreed(home, case)
    last = case.dossiers.order_by("-number").first()
    assert last is not None
    key = "en" if language == "en" else "zh"
    rows = next(one for one in last.content["sections"] if one["title"] == "Terms")["table"]["rows"]
    assert len(rows) == 12
    assert all(row[0][key] and row[1][key] for row in rows)

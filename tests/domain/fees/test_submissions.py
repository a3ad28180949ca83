"""What is submitted is frozen under its digest; an instrument has one open case; what was decided comes into
force whole or not at all.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.fees.approving import approve_not_open, approve_submission, with_prices
from apps.fees.content import Evidence, Price, PriceSet, read_text
from apps.fees.drafting import content_of, create_draft, save_draft
from apps.fees.evidence import add_file
from apps.fees.findings import WARN, Finding
from apps.fees.models import FeeItem, FeeVersion, NotOpenApproval, Proposal, ProposalInstrument, Submission
from apps.fees.proposals import not_open_at
from apps.fees.queries import price_model, version_in_force
from apps.fees.submitting import end_proposal, open_case_of, reopen, submit
from apps.fees.versioning import sheet_of_version
from apps.instruments.models import Instrument
from documents.canonical import digest
from tests.factories.facts import audited, told
from tests.factories.fees import SEM_ITEM, fee_content, not_open_content, priced_at, sheet
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def drafted(people: People, now: datetime, *instruments: Instrument) -> Proposal:
    about = instruments or (people.sem,)
    proposal = create_draft(kind="fee", instruments=about, by=people.office, now=now)
    content = fee_content(*(sheet(instrument) for instrument in about))
    return save_draft(proposal=proposal, revision=1, content=content, by=people.office, now=now)


def submitted(people: People, now: datetime, *instruments: Instrument) -> Submission:
    return submit(proposal=drafted(people, now, *instruments), revision=2, by=people.office, now=now)


def approve(submission: Submission, now: datetime, **changes: Any) -> list[FeeVersion]:
    members = {"approval_no": "青屿设备2026-12", "valid_from": now + DAY, "source_case": "case:1", "now": now}
    return approve_submission(submission=submission, **{**members, **changes})


def test_submitting_freezes_the_content_under_its_digest(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    finding = Finding("fees.peers.few", WARN, people.sem.ulid, "SEM1", "", {"count": 1})
    submission = submit(
        proposal=proposal, revision=2, by=people.teng, now=now, source_case="case:9", findings=[finding]
    )
    proposal.refresh_from_db()
    assert submission.sha256 == digest(submission.content)
    assert read_text(submission.content) == content_of(proposal)
    assert (submission.number, submission.findings[0]["code"]) == (1, "fees.peers.few")
    assert (proposal.state, proposal.source_case) == ("submitted", "case:9")
    assert told("fees.submitted") == [{"proposal": proposal.ulid, "submission": submission.ulid}]
    assert audited("fees.submit")[0].details["sha256"] == submission.sha256


def test_the_database_keeps_what_was_submitted(people: People, now: datetime) -> None:
    submission = submitted(people, now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(content="{}")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).delete()


def test_what_is_submitted_is_whole(people: People, now: datetime) -> None:
    empty = create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now)
    with refused(Invalid, "fees.items"):
        submit(proposal=empty, revision=1, by=people.teng, now=now)
    wish = create_draft(kind="not_open", instruments=[people.sem], by=people.teng, now=now)
    with refused(Invalid, "fees.not_open_reason"):
        submit(proposal=wish, revision=1, by=people.teng, now=now)
    with refused(NotPermitted, "fees.not_manager"):
        submit(proposal=drafted(people, now), revision=2, by=people.alice, now=now)
    with refused(WrongState, "fees.changed_meanwhile"):
        submit(proposal=drafted(people, now), revision=1, by=people.teng, now=now)


def test_files_that_are_named_are_there(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    file = add_file(proposal=proposal, name="a.pdf", content=b"%PDF-1", by=people.teng, now=now)
    content = content_of(proposal)
    hours = replace(content.sheets[0].hours, evidence=(Evidence("x", "01NOFILE000000000000000000"),))
    wrong = replace(content, sheets=(replace(content.sheets[0], hours=hours),))
    save_draft(proposal=proposal, revision=2, content=wrong, by=people.teng, now=now)
    with refused(Invalid, "fees.file_unknown"):
        submit(proposal=proposal, revision=3, by=people.teng, now=now)
    hours = replace(hours, evidence=(Evidence("x", file.ulid),))
    right = replace(content, sheets=(replace(content.sheets[0], hours=hours),))
    save_draft(proposal=proposal, revision=3, content=right, by=people.teng, now=now)
    assert submit(proposal=proposal, revision=4, by=people.teng, now=now).number == 1


def test_an_instrument_has_one_open_case(people: People, neighbour: Instrument, now: datetime) -> None:
    first = submitted(people, now)
    second = drafted(people, now, neighbour, people.sem)
    with refused(WrongState, "fees.case_open") as met:
        submit(proposal=second, revision=2, by=people.office, now=now)
    assert met.details == {"instrument": people.sem.ulid, "proposal": first.proposal.ulid}
    assert open_case_of([people.sem, neighbour]) == {people.sem.ulid: first.proposal}
    end_proposal(proposal=first.proposal, outcome="withdrawn", reason="再议", now=now)
    assert submit(proposal=second, revision=2, by=people.office, now=now).number == 1
    assert open_case_of([people.sem, neighbour]).keys() == {people.sem.ulid, neighbour.ulid}


def test_the_database_refuses_a_second_open_case(people: People, now: datetime) -> None:
    submitted(people, now)
    other = drafted(people, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProposalInstrument.objects.filter(proposal=other).update(open=True)


def test_sister_instruments_have_cases_beside_each_other(
    people: People, neighbour: Instrument, now: datetime
) -> None:
    assert submitted(people, now).number == submitted(people, now, neighbour).number == 1


def test_a_retired_instrument_has_no_new_price(people: People, neighbour: Instrument, now: datetime) -> None:
    proposal = drafted(people, now, neighbour)
    Instrument.objects.filter(pk=neighbour.pk).update(retired_at=now)
    with refused(WrongState, "fees.instrument_gone"):
        submit(proposal=proposal, revision=2, by=people.office, now=now)
    submission = submitted(people, now)
    Instrument.objects.filter(pk=people.sem.pk).update(retired_at=now)
    with refused(WrongState, "fees.instrument_gone"):
        approve(submission, now)


def test_what_comes_back_is_changed_and_submitted_anew(people: People, now: datetime) -> None:
    first = submitted(people, now)
    proposal = first.proposal
    with refused(Invalid, "core.reason_required"):
        reopen(proposal=proposal, reason=" ", now=now)
    reopen(proposal=proposal, reason="成本依据不足", now=now)
    with refused(WrongState, "fees.not_submitted"):
        reopen(proposal=proposal, reason="again", now=now)
    with refused(WrongState, "fees.unchanged"):
        submit(proposal=proposal, revision=2, by=people.teng, now=now)
    with refused(WrongState, "fees.case_open"):
        submit(proposal=drafted(people, now), revision=2, by=people.office, now=now)
    lower = fee_content(sheet(people.sem, priced_at(SEM_ITEM, internal=250_00)))
    save_draft(proposal=proposal, revision=2, content=lower, by=people.teng, now=now)
    second = submit(proposal=proposal, revision=3, by=people.teng, now=now + DAY)
    assert (second.number, second.sha256 == first.sha256) == (2, False)
    with refused(WrongState, "fees.superseded"):
        approve(first, now)
    assert told("fees.proposal_changed") == [{"proposal": proposal.ulid, "state": "revising"}]


def test_what_was_submitted_keeps_its_instruments(
    people: People, neighbour: Instrument, now: datetime
) -> None:
    proposal = submitted(people, now).proposal
    reopen(proposal=proposal, reason="x", now=now)
    both = fee_content(sheet(people.sem), sheet(neighbour))
    with refused(Invalid, "fees.instruments"):
        save_draft(proposal=proposal, revision=2, content=both, by=people.office, now=now)


def test_a_proposal_ends_once(people: People, now: datetime) -> None:
    proposal = submitted(people, now).proposal
    with refused(Invalid, "fees.outcome"):
        end_proposal(proposal=proposal, outcome="approved", reason="x", now=now)
    ended = end_proposal(proposal=proposal, outcome="rejected", reason="价格过高", now=now)
    assert (ended.state, ended.ended_at, ended.end_reason) == ("rejected", now, "价格过高")
    with refused(WrongState, "fees.proposal_ended"):
        end_proposal(proposal=proposal, outcome="withdrawn", reason="x", now=now)
    with refused(WrongState, "fees.not_editable"):
        save_draft(proposal=proposal, revision=2, content=content_of(ended), by=None, now=now)


# ---- approval


def test_an_approved_submission_is_in_force_from_its_instant(people: People, now: datetime) -> None:
    submission = submitted(people, now)
    [version] = approve(submission, now)
    assert version_in_force(people.sem.pk, now + DAY - TICK) is None
    assert version_in_force(people.sem.pk, now + DAY) == version
    assert (version.submission, version.approval_no) == (submission, "青屿设备2026-12")
    assert version.review_by == date(2026, 11, 24) + timedelta(days=1095)
    assert (version.night_rate, version.minimum_minutes) == ("0.5", 15)
    item = version.items.get(tier="enterprise")
    assert (item.function, item.depreciation_e4, item.price_fen) == ("SEM", 4_795_700, 900_00)
    submission.proposal.refresh_from_db()
    assert (submission.proposal.state, open_case_of([people.sem])) == ("approved", {})
    assert sheet_of_version(people.sem, now + DAY) == sheet(people.sem)
    with refused(WrongState, "fees.not_submitted"):
        approve(submission, now)


def test_a_decision_may_change_prices_and_nothing_else(people: People, now: datetime) -> None:
    submission = submitted(people, now)
    changed = PriceSet((Price(people.sem.ulid, "SEM1", "internal", 240_00),))
    [version] = approve(submission, now, prices=changed, review_by=date(2027, 1, 1))
    assert price_model(version, "internal").hour_fen == 240_00
    assert price_model(version, "enterprise").hour_fen == 900_00
    assert version.review_by == date(2027, 1, 1)
    taken = sheet_of_version(people.sem, now + DAY)
    assert taken is not None
    assert taken.items[0].prices.internal_fen == 240_00
    assert read_text(submission.content).sheets[0].items[0].prices.internal_fen == 260_00


@pytest.mark.parametrize(
    ("price", "code"),
    [
        (Price("{sem}", "SEM9", "internal", 1), "fees.price_unknown"),
        (Price("{sem}", "SEM1", "own_group", 1), "fees.price_unknown"),
        (Price("elsewhere", "SEM1", "internal", 1), "fees.price_unknown"),
        (Price("{sem}", "SEM1", "internal", -1), "fees.price"),
    ],
)
def test_a_decision_adds_no_price(people: People, now: datetime, price: Price, code: str) -> None:
    submission = submitted(people, now)
    price = replace(price, instrument=price.instrument.format(sem=people.sem.ulid))
    with refused(Invalid, code):
        approve(submission, now, prices=PriceSet((price,)))
    assert not FeeVersion.objects.exists()
    assert with_prices(read_text(submission.content), None) == read_text(submission.content)


def test_a_batch_comes_into_force_whole_or_not_at_all(
    people: People, neighbour: Instrument, now: datetime
) -> None:
    submission = submitted(people, now, people.sem, neighbour)
    [one, other] = approve(submission, now)
    assert {one.instrument, other.instrument} == {people.sem, neighbour}
    again = submitted(people, now, people.sem, neighbour)
    with refused(WrongState, "fees.overlap"):  # the first of them begins later than this one would
        approve(again, now, valid_from=now + DAY / 2)
    assert FeeVersion.objects.count() == 2
    again.proposal.refresh_from_db()
    assert again.proposal.state == "submitted"


def test_the_predecessor_ends_at_the_instant_the_next_begins(people: People, now: datetime) -> None:
    [first] = approve(submitted(people, now), now)
    later = now + 30 * DAY
    [second] = approve(submitted(people, later), later, approval_no="2027-1")
    first.refresh_from_db()
    assert first.valid_until == second.valid_from
    assert second.version == 2


def test_the_database_keeps_an_approved_version(people: People, now: datetime) -> None:
    [version] = approve(submitted(people, now), now)
    for change in ({"night_rate": "2"}, {"approval_no": "x"}, {"minimum_fen": 1}, {"review_by": None}):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            FeeVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        FeeItem.objects.filter(version=version).update(price_fen=1)
    with pytest.raises(DatabaseError, match=r"frozen|append-only"), transaction.atomic():
        FeeItem.objects.filter(version=version).delete()


def test_an_approval_has_a_number(people: People, now: datetime) -> None:
    submission = submitted(people, now)
    with refused(Invalid, "fees.terms") as met:
        approve(submission, now, approval_no=" ")
    assert met.field == "approval_no"


# ---- not open


def test_an_instrument_is_not_open_for_a_year(people: People, now: datetime) -> None:
    proposal = create_draft(kind="not_open", instruments=[people.sem], by=people.teng, now=now)
    save_draft(proposal=proposal, revision=1, content=not_open_content(people.sem), by=people.teng, now=now)
    submission = submit(proposal=proposal, revision=2, by=people.teng, now=now)
    with refused(Invalid, "fees.kind"):
        approve(submission, now)
    with refused(Invalid, "fees.terms"):
        approve_not_open(submission=submission, approval_no="", valid_from=now, source_case="c", now=now)
    [approval] = approve_not_open(
        submission=submission, approval_no="N-1", valid_from=now + DAY, source_case="case:2", now=now
    )
    assert approval.valid_until == now + 366 * DAY
    assert not_open_at(people.sem.pk, now) is None
    assert not_open_at(people.sem.pk, now + DAY) == approval
    assert not_open_at(people.sem.pk, now + 366 * DAY) is None
    assert told("fees.not_open_approved") == [{"instrument": people.sem.ulid, "approval": approval.ulid}]


def test_a_renewed_exemption_ends_the_one_before(people: People, now: datetime) -> None:
    made = []
    for number, moment in enumerate((now, now + 100 * DAY)):
        proposal = create_draft(kind="not_open", instruments=[people.sem], by=people.teng, now=moment)
        content = replace(not_open_content(people.sem), summary=str(number))
        save_draft(proposal=proposal, revision=1, content=content, by=people.teng, now=moment)
        submission = submit(proposal=proposal, revision=2, by=people.teng, now=moment)
        made += approve_not_open(
            submission=submission, approval_no=f"N-{number}", valid_from=moment, source_case="c", now=moment
        )
    made[0].refresh_from_db()
    assert made[0].valid_until == made[1].valid_from
    with pytest.raises(DatabaseError, match="fees_not_open_overlap"), transaction.atomic():
        NotOpenApproval.objects.filter(pk=made[0].pk).update(valid_until=now + 200 * DAY)
    fee = submitted(people, now)
    with refused(Invalid, "fees.kind"):
        approve_not_open(submission=fee, approval_no="N", valid_from=now, source_case="c", now=now)

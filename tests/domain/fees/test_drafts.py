"""A draft belongs to who manages its instruments; two who edit it never write over each other; only drafts
vanish.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.fees.content import Content, Item, Sheet
from apps.fees.drafting import (
    MOST_INSTRUMENTS,
    content_of,
    create_draft,
    discard_draft,
    instruments_of,
    may_edit,
    parse_content,
    save_draft,
)
from apps.fees.evidence import add_file, files_of, read_file, remove_file
from apps.fees.models import Proposal, ProposalFile, ProposalInstrument
from apps.fees.operations import approve_version
from apps.fees.replacing import copy_in_force, earlier_sheets, sheet_of
from apps.fees.submitting import submit
from apps.fees.versioning import item_drafts
from apps.instruments.models import Instrument
from apps.instruments.operations import appoint_crew
from tests.factories.facts import audited
from tests.factories.fees import SEM_ITEM, fee_content, priced_at, sheet
from tests.factories.instruments import many
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
PDF = b"%PDF-1.7 evidence"


def drafted(people: People, now: datetime) -> Proposal:
    return create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now)


def test_a_manager_begins_with_an_empty_sheet_where_nothing_is_in_force(
    people: People, now: datetime
) -> None:
    proposal = drafted(people, now)
    assert proposal.revision == 1
    assert content_of(proposal) == Content("fee", sheets=(Sheet(people.sem.ulid),))
    assert instruments_of(proposal) == [people.sem]
    assert proposal.title.startswith("QY000004")


def test_a_manager_begins_with_what_is_in_force(people: People, now: datetime) -> None:
    before = sheet(people.sem)
    approve_version(
        instrument=people.sem,
        approval_no="QY-1",
        items=item_drafts(before),
        terms=before.terms,
        valid_from=now - DAY,
        source_case="import:1",
        now=now - DAY,
    )
    [copied] = content_of(drafted(people, now)).sheets
    assert copied.terms == before.terms
    [item] = copied.items
    assert (item.prices, item.function, item.unit) == (SEM_ITEM.prices, "SEM", "hour")
    assert item.cost is not None
    assert item.cost.stated == SEM_ITEM.cost.stated  # type: ignore[union-attr]
    bare = create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now, copy=False)
    assert content_of(bare).sheets[0].items == ()


def test_only_who_is_responsible_for_every_instrument_drafts(
    people: People, neighbour: Instrument, now: datetime
) -> None:
    for who in (people.olga, people.alice, people.charlie, people.finance):
        with refused(NotPermitted, "fees.not_manager"):
            create_draft(kind="fee", instruments=[people.sem], by=who, now=now)
    with refused(NotPermitted, "fees.not_manager") as met:
        create_draft(kind="fee", instruments=[people.sem, neighbour], by=people.teng, now=now)
    assert met.details["instrument"] == neighbour.ulid
    batch = create_draft(kind="fee", instruments=[neighbour, people.sem], by=people.office, now=now)
    assert instruments_of(batch) == [neighbour, people.sem]
    assert may_edit(batch, people.office, now)
    assert not may_edit(batch, people.teng, now)


@pytest.mark.parametrize("count", [0, MOST_INSTRUMENTS + 1])
def test_a_proposal_is_about_some_instruments_each_once(people: People, now: datetime, count: int) -> None:
    with refused(Invalid, "fees.instruments"):
        create_draft(kind="fee", instruments=many(people.sem, count), by=None, now=now)
    with refused(Invalid, "fees.instruments"):
        create_draft(kind="fee", instruments=[people.sem, people.sem], by=None, now=now)
    with refused(Invalid, "fees.kind"):
        create_draft(kind="gift", instruments=[people.sem], by=None, now=now)


def test_a_save_names_what_it_edited_and_nothing_is_lost(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    mine = fee_content(sheet(people.sem))
    theirs = fee_content(sheet(people.sem, priced_at(SEM_ITEM, internal=300_00)))
    saved = save_draft(proposal=proposal, revision=1, content=mine, by=people.teng, now=now)
    assert (saved.revision, content_of(saved)) == (2, mine)
    with refused(WrongState, "fees.changed_meanwhile") as met:
        save_draft(proposal=proposal, revision=1, content=theirs, by=people.office, now=now + DAY)
    assert (met.details["revision"], met.details["saved_by"]) == (2, str(people.teng))
    proposal.refresh_from_db()
    assert content_of(proposal) == mine
    again = save_draft(proposal=proposal, revision=2, content=theirs, by=people.office, now=now + DAY)
    assert (again.revision, again.saved_by) == (3, people.office)


def test_saving_what_it_says_already_counts_nothing(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    mine = fee_content(sheet(people.sem))
    save_draft(proposal=proposal, revision=1, content=mine, by=people.teng, now=now)
    same = save_draft(proposal=proposal, revision=2, content=mine, by=people.office, now=now + DAY)
    assert (same.revision, same.saved_by) == (2, people.teng)
    titled = save_draft(
        proposal=proposal, revision=2, content=mine, by=people.teng, now=now, title="电镜调价"
    )
    assert (titled.revision, titled.title) == (3, "电镜调价")


def test_nobody_slips_an_instrument_in_or_out(people: People, neighbour: Instrument, now: datetime) -> None:
    proposal = drafted(people, now)
    both = fee_content(sheet(people.sem), sheet(neighbour))
    with refused(NotPermitted, "fees.not_manager"):
        save_draft(proposal=proposal, revision=1, content=both, by=people.teng, now=now)
    save_draft(proposal=proposal, revision=1, content=both, by=people.office, now=now)
    assert instruments_of(proposal) == [people.sem, neighbour]
    with refused(NotPermitted, "fees.not_manager"):
        only = fee_content(sheet(people.sem))
        save_draft(proposal=proposal, revision=2, content=only, by=people.teng, now=now)
    with refused(Invalid, "fees.instruments"):
        save_draft(proposal=proposal, revision=2, content=fee_content(), by=people.office, now=now)
    with refused(Invalid, "fees.instruments"):
        strange = fee_content(sheet("01STRANGE00000000000000000"))
        save_draft(proposal=proposal, revision=2, content=strange, by=people.office, now=now)


def test_a_proposal_keeps_its_kind_and_its_measure(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    with refused(Invalid, "fees.kind"):
        wish = parse_content({"kind": "not_open", "not_open": [{"instrument": people.sem.ulid}]})
        save_draft(proposal=proposal, revision=1, content=wish, by=people.teng, now=now)
    with refused(Invalid, "fees.content_size"):
        long = replace(fee_content(sheet(people.sem)), summary="长" * 400_001)
        save_draft(proposal=proposal, revision=1, content=long, by=people.teng, now=now)


def test_json_that_is_no_proposal_says_where() -> None:
    with refused(Invalid, "fees.content") as met:
        parse_content({"kind": "fee", "sheets": [{"instrument": "A", "items": [{"price": 1}]}]})
    assert met.field == "sheets[0].items[0]"
    with refused(Invalid, "fees.content"):
        parse_content([1])


def test_the_sheet_of_one_instrument_begins_again(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    with refused(NotFound, "fees.no_version"):
        copy_in_force(proposal=proposal, instrument=people.sem, revision=1, by=people.teng, now=now)
    item = priced_at(SEM_ITEM, internal=200_00)
    approve_version(
        instrument=people.sem,
        approval_no="QY-1",
        items=item_drafts(sheet(people.sem, item)),
        valid_from=now,
        source_case="import:1",
        now=now,
    )
    save_draft(proposal=proposal, revision=1, content=fee_content(sheet(people.sem)), by=people.teng, now=now)
    kept = copy_in_force(proposal=proposal, instrument=people.sem, revision=2, by=people.teng, now=now)
    fresh = Proposal.objects.get(pk=proposal.pk)
    assert content_of(fresh).sheets[0].items[0].prices == item.prices
    assert content_of(fresh).summary == "例行调整"
    assert kept is not None
    assert (sheet_of(kept), kept.revision, kept.cause) == (sheet(people.sem), 2, "copy")
    assert list(earlier_sheets(proposal, people.sem)) == [kept]
    other = many(people.sem, 1)[0]
    approve_version(
        instrument=other,
        approval_no="QY-2",
        items=item_drafts(sheet(other)),
        valid_from=now,
        source_case="import:2",
        now=now,
    )
    with refused(NotFound, "fees.no_sheet"):
        copy_in_force(proposal=proposal, instrument=other, revision=3, by=None, now=now)


def test_a_draft_vanishes_and_what_was_submitted_does_not(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    add_file(proposal=proposal, name="a.pdf", content=PDF, by=people.teng, now=now)
    with refused(NotPermitted, "fees.not_manager"):
        discard_draft(proposal=proposal, by=people.alice, now=now)
    discard_draft(proposal=proposal, by=people.teng, now=now)
    for kind in (Proposal, ProposalFile, ProposalInstrument):
        assert kind._default_manager.count() == 0
    assert [entry.actor for entry in audited("fees.discard_draft")] == [people.teng]
    with refused(NotFound, "fees.no_proposal"):
        save_draft(
            proposal=proposal, revision=1, content=fee_content(sheet(people.sem)), by=people.teng, now=now
        )
    kept = drafted(people, now)
    save_draft(proposal=kept, revision=1, content=fee_content(sheet(people.sem)), by=people.teng, now=now)
    submit(proposal=kept, revision=2, by=people.teng, now=now)
    with refused(WrongState, "fees.not_editable"):
        discard_draft(proposal=kept, by=people.teng, now=now)


# ---- files


def test_a_file_of_the_draft_is_kept_and_given_back(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    file = add_file(proposal=proposal, name="C:\\x\\../机时.PDF", content=PDF, by=people.teng, now=now)
    assert (file.name, file.content_type, file.size) == ("机时.PDF", "application/pdf", len(PDF))
    assert read_file(file) == PDF
    remove_file(file=file, by=people.teng, now=now)
    assert list(files_of(proposal)) == []
    with refused(NotFound, "fees.no_file"):
        remove_file(file=file, by=people.teng, now=now)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "fees.file_kind"),
        ("a", PDF, "fees.file_kind"),
        ("a.pdf", b"", "fees.file_size"),
        ("a.pdf", b"<script>", "fees.file_content"),
        ("a.xlsx", PDF, "fees.file_content"),
        ("a.pdf", b"%PDF-" + b"x" * (20 * 1024 * 1024), "fees.file_size"),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(
    people: People, now: datetime, name: str, content: bytes, code: str
) -> None:
    with refused(Invalid, code):
        add_file(proposal=drafted(people, now), name=name, content=content, by=people.teng, now=now)


def test_only_its_manager_adds_files_and_only_while_it_may_be_changed(people: People, now: datetime) -> None:
    proposal = drafted(people, now)
    with refused(NotPermitted, "fees.not_manager"):
        add_file(proposal=proposal, name="a.pdf", content=PDF, by=people.alice, now=now)
    content = fee_content(sheet(people.sem))
    save_draft(proposal=proposal, revision=1, content=content, by=people.teng, now=now)
    submit(proposal=proposal, revision=2, by=people.teng, now=now)
    with refused(WrongState, "fees.not_editable"):
        add_file(proposal=proposal, name="a.pdf", content=PDF, by=people.teng, now=now)


def test_who_manages_one_more_instrument_may_edit_the_batch(
    people: People, neighbour: Instrument, now: datetime
) -> None:
    batch = create_draft(kind="fee", instruments=[people.sem, neighbour], by=people.office, now=now)
    appoint_crew(instrument=neighbour, user=people.teng, role="manager", by=people.office, now=now)
    both = fee_content(sheet(people.sem), sheet(neighbour, Item("N1", "项目", "Item", "self", "hour")))
    assert save_draft(proposal=batch, revision=1, content=both, by=people.teng, now=now).revision == 2

"""Drafts of fee proposals: made, saved, given up. A save names the revision
that it edited, so that two people (or two windows) never write over each other. Only drafts vanish.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.fees.content import FEE, KINDS, Content, NotOpen, Sheet, from_data, read_text, to_text
from apps.fees.models import Proposal, ProposalInstrument
from apps.fees.responsible import manageable
from apps.fees.versioning import sheet_of_version
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_active
from documents.canonical import NotCanonical

MOST_INSTRUMENTS = 40
_LONGEST_CONTENT = 400_000
_LONGEST_TITLE = 120


@transaction.atomic
def create_draft(
    *,
    kind: str,
    instruments: Sequence[Instrument],
    by: User | None,
    now: datetime,
    title: str = "",
    copy: bool = True,
) -> Proposal:
    """A draft about these instruments, in their order. With `copy`, a fee draft begins with the version in
    force of each.

    Raises Invalid `fees.kind`, `fees.instruments` (none, twice, too many); NotPermitted `people.not_active`,
    `fees.not_manager`.
    """
    if kind not in KINDS:
        raise Invalid(_("There is no such kind of proposal."), code="fees.kind", field="kind")
    _require_instruments(instruments)
    require_manager(instruments, by, now)
    content = _first_content(kind, instruments, now if copy else None)
    proposal = Proposal.objects.create(
        kind=kind,
        title=(title.strip() or _title(instruments))[:_LONGEST_TITLE],
        content=to_text(content),
        created_by=by,
        created_at=now,
        saved_by=by,
        saved_at=now,
    )
    _write_instruments(proposal, instruments)
    return proposal


@transaction.atomic
def save_draft(
    *,
    proposal: Proposal,
    revision: int,
    content: Content,
    by: User | None,
    now: datetime,
    title: str | None = None,
) -> Proposal:
    """The draft says this from now on; its revision counts up by one. Saving what it says already changes
    nothing and counts nothing. What was submitted before keeps its instruments: none is added or left out.

    Raises Invalid `fees.kind`, `fees.instruments`, `fees.content_size`; NotPermitted `fees.not_manager`;
    WrongState `fees.not_editable`, `fees.changed_meanwhile` (`details`: revision, saved_by, saved_at; nothing
    is lost on either side).
    """
    row = locked(proposal)
    _require_editable(row)
    instruments = _named(content)
    require_manager(_managed(row, instruments), by, now)
    if content.kind != row.kind:
        raise Invalid(_("A proposal keeps its kind."), code="fees.kind", field="kind")
    text = to_text(content)
    if len(text) > _LONGEST_CONTENT:
        raise Invalid(_("This proposal is too long."), code="fees.content_size", field="content")
    _require_revision(row, revision)
    new_title = row.title if title is None else (title.strip() or row.title)[:_LONGEST_TITLE]
    if (text, new_title) == (row.content, row.title):
        return row
    _change_instruments(row, instruments)
    row.content, row.title, row.saved_by, row.saved_at = text, new_title, by, now
    row.revision += 1
    row.save(update_fields=["content", "title", "saved_by", "saved_at", "revision"])
    return row


@transaction.atomic
def discard_draft(*, proposal: Proposal, by: User | None, now: datetime) -> None:
    """A draft that no case is about vanishes, its files' rows with it.

    Raises NotPermitted `fees.not_manager`; WrongState `fees.not_editable`, `fees.submitted_before`.
    """
    row = locked(proposal)
    require_manager(instruments_of(row), by, now)
    _require_editable(row)
    if row.submissions.exists() or _in_case(row):
        raise WrongState(
            _("What a case is about does not vanish; it can be withdrawn there."),
            code="fees.submitted_before",
        )
    audit.record(action="fees.discard_draft", object_ref=f"fee_proposal:{row.ulid}", now=now, actor=by)
    row.delete()


def parse_content(data: Any) -> Content:
    """A content from JSON data. Raises Invalid `fees.content` with `details["path"]` of what is wrong."""
    try:
        return from_data(data)
    except NotCanonical as wrong:
        raise Invalid(
            _("This part of the proposal cannot be read."),
            code="fees.content",
            field=wrong.path,
            path=wrong.path,
        ) from None


def content_of(proposal: Proposal) -> Content:
    """What a proposal says now. No query."""
    return read_text(proposal.content)


def instruments_of(proposal: Proposal) -> list[Instrument]:
    """The instruments that a proposal is about, in order. One query."""
    rows = proposal.about.select_related("instrument__facility", "instrument__unit").order_by(
        "position", "id"
    )
    return [row.instrument for row in rows]


def sheet_in_force(instrument: Instrument, at: datetime) -> Sheet | None:
    """The version in force as a sheet to begin with; None where there is none. Two queries."""
    return sheet_of_version(instrument, at)


def may_edit(proposal: Proposal, by: User, now: datetime) -> bool:
    """Whether somebody may work on a proposal: they are responsible for every instrument of it."""
    keys = {instrument.pk for instrument in instruments_of(proposal)}
    return keys == set(manageable(by, now).filter(pk__in=keys).values_list("pk", flat=True))


def require_manager(instruments: Sequence[Instrument], by: User | None, now: datetime) -> None:
    """Only who is responsible for every one of the instruments: `people.not_active`, `fees.not_manager`."""
    if by is None:
        return
    require_active(by, now)
    keys = [instrument.pk for instrument in instruments]
    mine = set(manageable(by, now).filter(pk__in=keys).values_list("pk", flat=True))
    for instrument in instruments:
        if instrument.pk not in mine:
            raise NotPermitted(
                _("Only those responsible for the instrument propose its fees."),
                code="fees.not_manager",
                instrument=instrument.ulid,
            )


def locked(proposal: Proposal) -> Proposal:
    """The row, locked until the transaction ends. NotFound `fees.no_proposal` for one that vanished."""
    row = Proposal.objects.select_for_update(no_key=True).filter(pk=proposal.pk).first()
    if row is None:
        raise NotFound(_("This draft is not there any more."), code="fees.no_proposal")
    return row


def _require_instruments(instruments: Sequence[Instrument]) -> None:
    keys = {instrument.pk for instrument in instruments}
    if not 0 < len(instruments) <= MOST_INSTRUMENTS or len(keys) != len(instruments):
        raise Invalid(
            _("A proposal is about 1 to %(most)d instruments, each once.") % {"most": MOST_INSTRUMENTS},
            code="fees.instruments",
            field="instruments",
        )


def _first_content(kind: str, instruments: Sequence[Instrument], at: datetime | None) -> Content:
    if kind != FEE:
        return Content(kind, not_open=tuple(NotOpen(instrument.ulid) for instrument in instruments))
    sheets = (
        (sheet_in_force(instrument, at) if at is not None else None) or Sheet(instrument.ulid)
        for instrument in instruments
    )
    return Content(kind, sheets=tuple(sheets))


def _title(instruments: Sequence[Instrument]) -> str:
    first = instruments[0]
    more = f" +{len(instruments) - 1}" if len(instruments) > 1 else ""
    return f"{first.asset_no} {first.name_zh}{more}"


def _named(content: Content) -> list[Instrument]:
    ulids = content.instruments
    rows = {row.ulid: row for row in Instrument.objects.filter(ulid__in=ulids)}
    found = [rows[ulid] for ulid in ulids if ulid in rows]
    if len(found) != len(ulids):
        raise Invalid(_("There is no such instrument."), code="fees.instruments", field="instruments")
    _require_instruments(found)
    return found


def _managed(row: Proposal, instruments: Sequence[Instrument]) -> list[Instrument]:
    """Those that it is about now and those that it is about after the save: nobody slips one in or out."""
    return list({item.pk: item for item in (*instruments_of(row), *instruments)}.values())


def _change_instruments(row: Proposal, instruments: Sequence[Instrument]) -> None:
    before = [instrument.pk for instrument in instruments_of(row)]
    after = [instrument.pk for instrument in instruments]
    if before == after:
        return
    opened = _in_case(row)
    if (opened or row.submissions.exists()) and set(before) != set(after):
        raise Invalid(
            _("What was submitted keeps its instruments."), code="fees.instruments", field="instruments"
        )
    row.about.all().delete()
    _write_instruments(row, instruments, opened=opened)


def _in_case(row: Proposal) -> bool:
    """Whether an open case is about it, also one that waits for its first submission."""
    return row.about.filter(open=True).exists()


def _write_instruments(
    proposal: Proposal, instruments: Sequence[Instrument], *, opened: bool = False
) -> None:
    ProposalInstrument.objects.bulk_create(
        ProposalInstrument(proposal=proposal, instrument=instrument, position=position, open=opened)
        for position, instrument in enumerate(instruments)
    )


def _require_editable(row: Proposal) -> None:
    if row.state not in Proposal.EDITABLE:
        raise WrongState(_("This proposal cannot be changed now."), code="fees.not_editable", state=row.state)


def _require_revision(row: Proposal, revision: int) -> None:
    if row.revision != revision:
        raise WrongState(
            _("Somebody saved this draft meanwhile. Your entries are still here: compare them."),
            code="fees.changed_meanwhile",
            revision=row.revision,
            saved_by=str(row.saved_by or ""),
            saved_at=row.saved_at.isoformat(),
        )

"""Taking over an Excel file in two steps: a preview of everything that it would change, then exactly that.
The preview is signed and goes to the browser and back: nothing is stored until somebody confirms, and what is
confirmed is what was shown, for the revision for which it was shown.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from apps.core.errors import Invalid, WrongState
from apps.fees.content import FEE, Content, CostSheet, Item, Sheet, read_text, to_text
from apps.fees.difference import ADDED, CHANGED, REMOVED, Change, difference
from apps.fees.editing import Desk, desk_for
from apps.fees.grid.merging import differences
from apps.fees.grid.typed import from_sheet
from apps.fees.incoming import Notice, read_into
from apps.fees.models import EarlierSheet, Proposal
from apps.fees.replacing import replace_sheet
from apps.instruments.models import Instrument
from apps.people.models import User

_SIGNER = "fees.import"


@dataclass(frozen=True)
class Preview:
    """What taking a file over would change. `changes` name every cell, those of a new item among them; the
    counts are items that come and go, and cells that change. `token` is what confirming wants back.
    """

    changes: tuple[Change, ...]
    added: int
    removed: int
    changed: int
    notices: tuple[Notice, ...]
    unknown: tuple[str, ...]
    token: str


@dataclass(frozen=True)
class Previewed:
    """A preview that came back: the sheet, the revision that it was compared with, and in which places it
    differed (keys of `merging.differences`).
    """

    sheet: Sheet
    revision: int
    places: frozenset[str]


def preview(*, proposal: Proposal, instrument: Instrument, source: bytes, by: User, now: datetime) -> Preview:
    """What the sheet would say after the file, against what it says now. Changes nothing. Four queries.

    Raises Invalid `fees.import_refused` with `details["faults"]` (sheet, row, column, text, code, message of
    each), otherwise as `incoming.read_into`; WrongState `fees.not_editable`; NotFound `fees.no_sheet`.
    """
    if proposal.state not in Proposal.EDITABLE:
        raise WrongState(
            _("This proposal cannot be changed now."), code="fees.not_editable", state=proposal.state
        )
    desk = desk_for(proposal, instrument.asset_no, now)
    before = desk.sheet
    found = read_into(desk, source)
    if found.faults:
        raise Invalid(
            _("Nothing was taken over: some cells have faults."),
            code="fees.import_refused",
            field="file",
            faults=[asdict(fault) for fault in found.faults],
        )
    changes = difference(before, desk.sheet)
    kinds = [change.kind for change in changes]
    return Preview(
        changes=tuple(_with_cells(changes)),
        added=kinds.count(ADDED),
        removed=kinds.count(REMOVED),
        changed=kinds.count(CHANGED),
        notices=tuple(found.notices),
        unknown=tuple(found.unknown),
        token=_token(desk, before, by),
    )


def confirm(
    *, token: str, proposal: Proposal, instrument: Instrument, by: User, now: datetime
) -> EarlierSheet | None:
    """The sheet says exactly what the preview showed; gives what it said before, None where it says that
    already.

    Raises Invalid `fees.import_preview` (no preview of ours for this sheet and person); otherwise as
    `replace_sheet`, `fees.changed_meanwhile` among it when the draft was saved since the preview.
    """
    found = previewed(token=token, proposal=proposal, instrument=instrument, by=by)
    return replace_sheet(
        proposal=proposal,
        sheet=found.sheet,
        instrument=instrument,
        cause=EarlierSheet.Cause.WORKBOOK,
        revision=found.revision,
        by=by,
        now=now,
    )


def previewed(*, token: str, proposal: Proposal, instrument: Instrument, by: User) -> Previewed:
    """What a preview showed. Raises Invalid `fees.import_preview`."""
    try:
        data: dict[str, Any] = Signer(salt=_SIGNER).unsign_object(token)
    except (BadSignature, ValueError):
        data = {}
    if data.get("for") != _place(proposal, instrument, by):
        raise Invalid(
            _("This preview cannot be used. Upload the file again."), code="fees.import_preview", field="file"
        )
    return Previewed(read_text(data["content"]).sheets[0], data["revision"], frozenset(data["places"]))


def _token(desk: Desk, before: Sheet, by: User) -> str:
    return Signer(salt=_SIGNER).sign_object(
        {
            "for": _place(desk.proposal, desk.instrument, by),
            "revision": desk.proposal.revision,
            "content": to_text(Content(FEE, (desk.sheet,))),
            "places": [one.key for one in differences(from_sheet(desk.sheet), from_sheet(before))],
        },
        compress=True,
    )


def _place(proposal: Proposal, instrument: Instrument, by: User) -> list[str]:
    return [proposal.ulid, instrument.ulid, by.ulid]


def _with_cells(changes: tuple[Change, ...]) -> Iterator[Change]:
    """Each change; a new item, or a new cost sheet, is followed by what its cells say."""
    for change in changes:
        yield change
        if isinstance(change.new, Item):
            cost = CostSheet() if change.new.cost else None
            yield from _cells(replace(_blank(change.item), cost=cost), change.new)
        elif isinstance(change.new, CostSheet) and change.old is None:
            blank = _blank(change.item)
            yield from _cells(replace(blank, cost=CostSheet()), replace(blank, cost=change.new))


def _blank(code: str) -> Item:
    return Item(code, "", "", "", "")


def _cells(blank: Item, full: Item) -> tuple[Change, ...]:
    return difference(Sheet("", items=(blank,)), Sheet("", items=(full,)))

"""The editor's desk: one sheet of a proposal as it is stored and as somebody typed it, saved and looked at.
Used by the page and by its saving while one types; decides nothing that the operations do not decide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core.clock import school_time
from apps.core.errors import Invalid, NotFound, Text
from apps.fees import realhours
from apps.fees.assets import Asset, asset_of
from apps.fees.content import Content, Sheet
from apps.fees.cost import Cost, recompute
from apps.fees.drafting import content_of, instruments_of, save_draft
from apps.fees.evidence import files_of
from apps.fees.figures import ItemFigures
from apps.fees.findings import NOTE, Finding, worst
from apps.fees.grid.acts import act, number, usual
from apps.fees.grid.columns import Options, options_of
from apps.fees.grid.drawing import Drawing, draw
from apps.fees.grid.keeping import keep
from apps.fees.grid.reading import read
from apps.fees.grid.typed import Typed, from_pairs, from_sheet
from apps.fees.looking import Look, SheetLook, look
from apps.fees.models import Proposal, ProposalFile
from apps.fees.policy import Policy, policy_at
from apps.instruments.models import Instrument
from apps.people.models import User


@dataclass
class Desk:
    """One sheet on the desk. `faults` are the cells that cannot be read: on the desk they count as empty, in
    the draft they keep what was stored.
    """

    proposal: Proposal
    instrument: Instrument
    asset: Asset
    policy: Policy
    options: Options
    files: Mapping[str, ProposalFile]
    content: Content
    typed: Typed
    sheet: Sheet
    faults: Mapping[str, Text]
    now: datetime

    @property
    def costs(self) -> Mapping[str, Cost | None]:
        """The recomputed costs by the code of the item."""
        return {
            item.code: recompute(item.cost, self.asset, self.policy.formulas) if item.cost else None
            for item in self.sheet.items
        }

    def take(self, typed: Typed) -> None:
        """These texts lie on the desk from now on."""
        number(typed)
        found = read(typed, self.instrument.ulid, self.options)
        self.typed, self.sheet, self.faults = typed, found.sheet, found.faults

    def act(self, verb: str) -> bool:
        """Do what a button says; whether there is such a button."""
        done = act(self.typed, verb, self.asset, self.costs)
        if done:
            self.take(self.typed)
        return done

    def save(self, revision: int, by: User) -> None:
        """Save what can be read; what cannot stays as it is stored. Raises what `save_draft` raises."""
        sheets = tuple(
            self._readable(sheet) if sheet.instrument == self.instrument.ulid else sheet
            for sheet in self.content.sheets
        )
        content = replace(self.content, sheets=sheets)
        self.proposal = save_draft(
            proposal=self.proposal, revision=revision, content=content, by=by, now=self.now
        )

    def _readable(self, stored: Sheet) -> Sheet:
        if not self.faults:
            return self.sheet
        kept = keep(self.typed, self.faults, from_sheet(stored))
        return read(kept, self.instrument.ulid, self.options).sheet

    def look(self) -> SheetLook:
        """What there is to see about the sheet as it lies here. Eight queries."""
        only = replace(self.content, sheets=(self.sheet,))
        hours = realhours.of([self.instrument], self.now)
        return look(only, at=self.now, real_hours=hours, policy=self.policy).sheets[self.instrument.ulid]

    def draw(self, findings: Iterable[Finding]) -> Drawing:
        """What a template draws, each finding at its cell."""
        return draw(
            self.typed,
            options=self.options,
            faults=self.faults,
            findings=findings,
            usual=usual(self.asset),
        )


def desk_for(
    proposal: Proposal, asset_no: str, now: datetime, sent: Iterable[tuple[str, str]] | None = None
) -> Desk:
    """The sheet of an instrument, as it is stored or (with `sent`) as a browser sent it. Raises NotFound
    `fees.no_sheet`. Four queries.
    """
    instrument = next((one for one in instruments_of(proposal) if one.asset_no == asset_no), None)
    content = content_of(proposal)
    stored = content.sheet_of(instrument.ulid) if instrument else None
    if instrument is None or stored is None:
        raise NotFound(_("This proposal has no sheet of that instrument."), code="fees.no_sheet")
    policy = policy_at(now)
    files = {file.ulid: file for file in files_of(proposal)}
    desk = Desk(
        proposal=proposal,
        instrument=instrument,
        asset=asset_of(instrument, school_time(now).date()),
        policy=policy,
        options=options_of({ulid: file.name for ulid, file in files.items()}, policy.formulas),
        files=files,
        content=content,
        typed=from_sheet(stored),
        sheet=stored,
        faults={},
        now=now,
    )
    if sent is not None:
        desk.take(from_pairs(sent))
    return desk


def chosen(figures: Iterable[ItemFigures], code: str) -> ItemFigures | None:
    """The item that somebody looks at: the named one, else the first with something to mend, else the
    first.
    """
    rows = list(figures)
    named = next((one for one in rows if one.item.code == code), None)
    wanting = next((one for one in rows if one.findings and worst(one.findings) != NOTE), None)
    return named or wanting or (rows[0] if rows else None)


def look_at(proposal: Proposal, now: datetime) -> Look:
    """What there is to see about a whole proposal. Nine queries, however many sheets."""
    content = content_of(proposal)
    hours = realhours.of(instruments_of(proposal), now)
    return look(content, at=now, real_hours=hours)


def require_readable(proposal: Proposal, content: Content, now: datetime) -> None:
    """Every value of a content could stand in a cell of the editor: else Invalid `fees.cell` with the cell
    ('i.a0.prices.internal_fen': table, row, column).
    """
    options = _options(proposal, policy_at(now))
    for sheet in content.sheets:
        for name, words in read(from_sheet(sheet), sheet.instrument, options).faults.items():
            raise Invalid(words, code="fees.cell", field=name)


def _options(proposal: Proposal, policy: Policy) -> Options:
    return options_of({file.ulid: file.name for file in files_of(proposal)}, policy.formulas)

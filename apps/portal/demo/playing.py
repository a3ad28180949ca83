"""Fee reviews played by the services that pages use: whoever is named answers the step that waits for them,
and every answer comes a while after the one before.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apps.fees.assets import asset_of
from apps.fees.content import CostSheet, Prices, PriceSet, Sheet, prices_of, read_text
from apps.fees.cost import recompute
from apps.fees.drafting import create_draft, save_draft
from apps.fees.models import Proposal
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.portal.demo.fee_rows import row_of, sheet_of
from documents.canonical import encode
from workflows import services
from workflows.fee_review import asked
from workflows.fee_review.starting import send
from workflows.models import Attachment, Case, Step

PAUSE = timedelta(minutes=30)
MINUTES_ZH = "党政联席会议纪要"
# The smallest thing that is a PDF: the minutes of an invented meeting.
PAPER = (
    b"%PDF-1.4\n"
    b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
# What prices are usually of the full cost, where there are none yet.
_USUAL = {"internal": 36, "external_academic": 90, "enterprise": 135}
_CUSTOM_FEN = 10_00


@dataclass
class Play:
    """One case as it goes: `at` is the moment of the last thing that was done."""

    people: dict[str, User]
    at: datetime
    case: Case | None = None

    def pause(self) -> datetime:
        """A while later."""
        self.at += PAUSE
        return self.at

    def send(self, draft: Proposal, by: str) -> Case:
        """The manager submits the draft; the case is the one that is played from now on."""
        self.case = send(proposal=draft, revision=draft.revision, by=self.people[by], now=self.pause())
        return self.case

    def answer(self, node: str, by: str, outcome: str = "complete", opinion: str = "", **data: Any) -> None:
        """Somebody answers their step at a node."""
        case, person, now = self.case, self.people[by], self.pause()
        if case is None:
            raise LookupError("nothing is played")
        files: tuple[Attachment, ...] = ()
        if node == "department" and outcome == "approve":
            files = (services.attach(case=case, by=person, name=f"{MINUTES_ZH}.pdf", content=PAPER, now=now),)
        services.answer(
            step=step_of(case, node, person),
            by=person,
            now=now,
            outcome=outcome,
            opinion=opinion,
            data=data,
            attachments=files,
        )
        case.refresh_from_db()

    def form_panel(self, secretary: str, members: tuple[str, ...], reserve: tuple[str, ...] = ()) -> None:
        """The secretary invites a panel."""
        self.answer(
            "form_panel",
            secretary,
            members=[self.people[login] for login in members],
            substitutes=[self.people[login] for login in reserve],
        )

    def vote(
        self, by: str, choice: str, reason: str, node: str = "vote", percent: int = 100, **more: Any
    ) -> None:
        """A member votes; a changed price is the submitted one at so many per cent."""
        if choice == "modify":
            more["option"] = self.option(percent)
        self.answer(node, by, choice=choice, reason=reason, **more)

    def option(self, percent: int) -> Any:
        """All submitted prices at so many per cent, as a vote names them."""
        if self.case is None:
            raise LookupError("nothing is played")
        prices = prices_of(asked.content_of(self.case)).prices
        return encode(PriceSet(tuple(replace(one, fen=rounded(one.fen * percent // 100)) for one in prices)))


def step_of(case: Case, node: str, person: User) -> Step:
    """The step that waits for somebody at a node. Raises Step.DoesNotExist when none does."""
    waiting = case.steps.filter(node=node, answered_at__isnull=True, candidates__user=person)
    return waiting.select_related("task", "case").order_by("id")[:1].get()


def rounded(fen: int) -> int:
    """Prices are named in whole tens of yuan, small ones in whole yuan."""
    unit = _CUSTOM_FEN if fen >= 10 * _CUSTOM_FEN else 1_00
    return max(unit, round(fen / unit) * unit)


def draft_of(
    instrument: Instrument, sheet: Sheet, *, title: str, summary: str, by: User, now: datetime
) -> Proposal:
    """A draft of these prices."""
    draft = create_draft(kind="fee", instruments=[instrument], by=by, now=now, title=title, copy=False)
    content = replace(read_text(draft.content), sheets=(sheet,), summary=summary)
    return save_draft(proposal=draft, revision=draft.revision, content=content, by=by, now=now)


def sheet_for(instrument: Instrument, like: str, *, percent: int, function: str = "", at: datetime) -> Sheet:
    """A sheet after a line of the price list. The instrument's own line: its prices at so many per cent. The
    line of another one: costs recomputed from the asset record, and prices as usual for such costs.
    """
    row = row_of(like)
    sheet = sheet_of(row, instrument.ulid)
    (item,) = sheet.items
    prices, cost = item.prices, item.cost
    if row["asset_no"] != instrument.asset_no and cost is not None:
        cost = _recomputed(cost, instrument, at)
        item = replace(
            item, code=f"{instrument.asset_no[-3:]}-1", cost=cost, function=function or item.function
        )
        full_fen = (cost.full_cost_e4 or 0) // 100
        prices = Prices(**{f"{tier}_fen": full_fen * part // 100 for tier, part in _USUAL.items()})
    wanted = {
        f"{tier}_fen": rounded(fen * percent // 100)
        for tier in _USUAL
        if (fen := prices.of(tier)) is not None
    }
    return replace(sheet, items=(replace(item, prices=Prices(**wanted)),))


def _recomputed(cost: CostSheet, instrument: Instrument, at: datetime) -> CostSheet:
    """The same labour, consumables and rooms on another machine: depreciation and repair are its own."""
    hours = instrument.quota_hours or cost.hours
    mine = replace(cost, value_fen=instrument.price_fen, hours=hours)
    found = recompute(mine, asset_of(instrument, at.date()))
    if found is None:
        raise LookupError(f"{instrument.asset_no}: no cost")
    return replace(mine, stated=found.parts, subtotal_e4=found.subtotal_e4, full_cost_e4=found.full_cost_e4)

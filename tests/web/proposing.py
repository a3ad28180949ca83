"""A fee proposal behind the pages: Teng's draft about the FE-SEM, which begins with the standard in force:
one item by the hour. Made by operations.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.fees.content import CostSheet, Item, Parts, Prices, Sheet
from apps.fees.drafting import content_of, create_draft, save_draft
from apps.fees.grid.typed import from_sheet
from apps.fees.models import Proposal
from apps.instruments.models import Instrument
from tests.web.scene import Scene


@dataclass
class Proposing:
    """What the tests of the fee pages meet."""

    scene: Scene
    proposal: Proposal

    @property
    def sem(self) -> Instrument:
        return self.scene.people.sem

    @property
    def address(self) -> str:
        """Where the sheet of the FE-SEM is edited."""
        return reverse("fee_sheet", args=[self.proposal.ulid, self.sem.asset_no])

    @property
    def live(self) -> str:
        """Where it is saved while one types."""
        return reverse("fee_sheet_live", args=[self.proposal.ulid, self.sem.asset_no])

    def sheet(self) -> Sheet:
        """The sheet as it is saved."""
        self.proposal.refresh_from_db()
        found = content_of(self.proposal).sheet_of(self.sem.ulid)
        assert found is not None
        return found

    def save(self, *items: Item, **changes: Any) -> None:
        """The sheet has these items from now on."""
        content = content_of(self.proposal)
        sheet = replace(self.sheet(), items=items, **changes)
        self.proposal = save_draft(
            proposal=self.proposal,
            revision=self.proposal.revision,
            content=replace(content, sheets=(sheet,)),
            by=self.scene.people.teng,
            now=self.scene.now,
        )

    def typed(self, **changes: str) -> dict[str, str]:
        """What a browser sends of the sheet as it is saved; `changes` name cells, with '__' for dots."""
        cells = dict(from_sheet(self.sheet()).texts())
        sent = {name.replace("__", "."): text for name, text in changes.items()}
        return {"revision": str(self.proposal.revision), **cells, **sent}


def propose(scene: Scene, kind: str = "fee") -> Proposing:
    """Teng's draft."""
    they = scene.people
    return Proposing(scene, create_draft(kind=kind, instruments=[they.sem], by=they.teng, now=scene.now))


def item(code: str = "FEE001", internal: int = 260_00, **changes: Any) -> Item:
    """An hour at the FE-SEM as the demonstration's list has it, with a cost sheet that adds up."""
    parts = Parts(4795714, 1438714, 300000, 250000, 0, 150000, 693443)
    cost = CostSheet(
        value_fen=3_357_000_00,
        life_years=5,
        hours=1400,
        stated=parts,
        subtotal_e4=parts.subtotal_e4,
        full_cost_e4=parts.total_e4,
    )
    made = Item(
        code, "自主上机", "Self-operated use", "self", "hour", Prices(internal, 620_00, 900_00), cost, "SEM"
    )
    return replace(made, **changes)


def shown(client: Client, name: str, *args: object, **query: str) -> str:
    """A page that answers."""
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()

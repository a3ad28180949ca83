"""What is the fee review's own in voting: the prices that the panel is asked about."""

from typing import Any

from apps.fees.content import FEE, prices_of
from apps.panels.models import Panel, Round
from documents.canonical import encode
from workflows.fee_review import asked
from workflows.judging import lookup, voting
from workflows.judging.voting import FIRST


class Voting(voting.Voting):
    """The rounds about prices."""

    def first_opened(self, activation: Any) -> None:
        """The panel is asked about what was submitted; members may name other prices of the same items."""
        content = asked.content_of(activation.case)
        option = encode(prices_of(content)) if content.kind == FEE else None
        self.open_round(activation, kind=FIRST, option=option)

    def question(self, activation: Any) -> dict[str, Any]:
        submission = asked.submission_of(activation.case)
        return {
            "case": activation.case.number,
            "submission": submission.ulid,
            "sha256": submission.sha256,
            "appeal": activation.recall("appeal", ""),
            "objections": activation.recall("objections", []),
        }


def deciding_round(case: Any) -> tuple[Panel, Round] | None:
    """The panel and round by which a case was decided last, of those that came to an outcome."""
    for panel in reversed(lookup.panels_of(case)):
        round_ = lookup.last_round(panel)
        if round_ is not None and panel.ended_because == Panel.Ending.DECIDED:
            return panel, round_
    return None

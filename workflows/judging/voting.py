"""The part in which a panel votes: twice at most, and the chair where votes do not decide.

How somebody voted is told to `panels.cast_ballot` and to nobody else: nothing of it is kept here.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_noop

from apps.core.errors import WrongState
from apps.core.parameters import value
from apps.core.workdays import add_working_days
from apps.panels import operations as panels
from apps.panels.counting import result_of
from apps.panels.leaving import leave_panels
from apps.panels.models import PanelSeat
from apps.panels.queries import open_round_of, sitting
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from workflows.judging import lookup
from workflows.judging.seating import branch_of
from workflows.judging.tending import attend, make_good
from workflows.nodes import Answer
from workflows.nodes.human import COMPLETE, EXPIRED

FIRST, SECOND = "first", "second"
RECUSE = "recuse"
INCONCLUSIVE, TIE, NO_QUORUM, REJECTED = "inconclusive", "tie", "no_quorum", "rejected"
CONFLICT = gettext_noop("Conflict of interest")


class Voting:
    """The rounds and the chair."""

    # -- rounds --------------------------------------------------------------------------------------------

    def first_opened(self, activation: Any) -> None:
        """The first round opens: `open_round` with what this process puts to the vote."""
        raise NotImplementedError

    def question(self, activation: Any) -> dict[str, Any]:
        """What the panel is asked, as it is kept for good with the round."""
        raise NotImplementedError

    def is_named(self, activation: Any) -> bool:
        return bool(activation.recall("named"))

    def second_opened(self, activation: Any) -> None:
        """The panel is asked about what the chair named."""
        self.open_round(activation, kind=SECOND, option_key=activation.recall("named"))
        activation.remember(named="")

    def open_round(self, activation: Any, **what: Any) -> None:
        """A round of votes about `question`, for as long as rounds are open."""
        now, panel = activation.now, lookup.panel_of(activation.case)
        if panel is None:
            raise WrongState(gettext("There is no panel."), code="panels.no_panel")
        for seat in sitting(panel):  # somebody's account ended a moment ago: the room has not heard it yet
            if user_state(seat.user, now) != ACTIVE:
                leave_panels(user=seat.user, now=now, reason="")
        panels.open_round(
            panel=panel,
            question=self.question(activation) | {"discussion": activation.recall("discussion", "")},
            due_at=add_working_days(now, int(value("panels.round_days", at=now))),
            by=None,
            now=now,
            **what,
        )

    def voters(self, activation: Any) -> list[dict[str, Any]]:
        panel = lookup.panel_of(activation.case)
        return [branch_of(seat) for seat in sitting(panel)] if panel is not None else []

    def none(self, activation: Any) -> list[dict[str, Any]]:
        """Substitutes come later, one by one."""
        return []

    def vote_by(self, activation: Any) -> datetime | None:
        round_ = open_round_of(lookup.seat_of_task(activation.task).panel)
        return round_.due_at if round_ is not None else None

    def voted(self, activation: Any, answer: Answer) -> None:
        """A ballot, a recusal, or nothing by the deadline: then somebody else is called."""
        seat, now = lookup.seat_of_task(activation.task), activation.now
        if answer.outcome == RECUSE:
            panels.recuse(seat=seat, reason=answer.opinion, by=answer.by, now=now)
        elif answer.outcome == EXPIRED:
            if seat.state == PanelSeat.State.ACCEPTED:
                panels.miss(seat=seat, by=None, now=now)
        elif answer.by is not None:
            self._cast(seat, answer, now)
        attend(activation)

    def _cast(self, seat: PanelSeat, answer: Answer, now: datetime) -> None:
        round_ = open_round_of(seat.panel)
        if round_ is None:
            raise WrongState(gettext("This round of votes is closed."), code="panels.round_closed")
        due_at = answer.step.due_at
        if due_at is not None and due_at <= now:  # the round goes on for substitutes, not for who was late
            raise WrongState(gettext("The time to vote is over."), code="panels.too_late")
        panels.cast_ballot(
            round_=round_,
            choice=answer.data["choice"],
            reason=answer.data["reason"] or answer.opinion,
            option=answer.data.get("option"),
            by=seat.user,
            now=now,
        )

    def round_end(self, activation: Any) -> datetime | None:
        panel = lookup.panel_of(activation.case)
        round_ = open_round_of(panel) if panel is not None else None
        return round_.due_at if round_ is not None else None

    def round_late(self, activation: Any) -> None:
        """The deadline has passed: whoever is late is replaced as long as there is anybody, which gives the
        round more time; else it is closed with what is there.
        """
        make_good(activation)

    def is_closed(self, activation: Any, _active: Any = None) -> bool:
        panel = lookup.panel_of(activation.case)
        return panel is None or open_round_of(panel) is None

    # -- what it came to -----------------------------------------------------------------------------------

    def _result(self, activation: Any) -> str:
        panel = lookup.panel_of(activation.case)
        round_ = lookup.last_round(panel) if panel is not None else None
        found = result_of(round_) if round_ is not None else None
        return str(found.result) if found is not None else ""

    def _has_votes(self, activation: Any) -> bool:
        panel = lookup.panel_of(activation.case)
        round_ = lookup.last_round(panel) if panel is not None else None
        found = result_of(round_) if round_ is not None else None
        return found is not None and found.figures.cast > 0

    def is_inconclusive(self, activation: Any) -> bool:
        return self._result(activation) == INCONCLUSIVE and self._has_votes(activation)

    def is_to_rule(self, activation: Any) -> bool:
        """Whether the chair decides: a tie, or among those present where the quorum was missed."""
        return self._result(activation) in (TIE, NO_QUORUM) and self._has_votes(activation)

    def lacks_chair(self, activation: Any) -> bool:
        panel = lookup.panel_of(activation.case)
        wanted = self.is_inconclusive(activation) or self.is_to_rule(activation)
        return panel is not None and panel.chair_id is None and wanted

    def is_unvoted(self, activation: Any) -> bool:
        return self._result(activation) in (INCONCLUSIVE, TIE, NO_QUORUM, "abandoned", "")

    # -- the chair -----------------------------------------------------------------------------------------

    def the_chair(self, activation: Any) -> list[User]:
        panel = lookup.panel_of(activation.case)
        return [panel.chair] if panel is not None and panel.chair is not None else []

    def chair_named(self, activation: Any, answer: Answer) -> None:
        panel = lookup.panel_of(activation.case)
        if answer.outcome == COMPLETE and answer.by is not None and panel is not None:
            panels.name_chair(
                panel=panel,
                user=answer.data["person"],
                reason=answer.opinion or gettext("Nobody was there to preside."),
                by=answer.by,
                now=activation.now,
            )
        elif answer.opinion:
            activation.remember(note=answer.opinion)

    def price_named(self, activation: Any, answer: Answer) -> None:
        """One concrete option of those proposed, and what was said about them."""
        self._late(activation, answer)
        if answer.outcome == COMPLETE:
            activation.remember(named=answer.data["option_key"], discussion=answer.opinion)

    def _late(self, activation: Any, answer: Answer) -> None:
        """Whoever presides let the deadline pass: the office names who does."""
        if answer.outcome == EXPIRED:
            panel = lookup.panel_of(activation.case)
            activation.remember(late_chair=panel.chair_id if panel is not None else None)

    def ruled(self, activation: Any, answer: Answer) -> None:
        self._late(activation, answer)
        panel = lookup.panel_of(activation.case)
        round_ = lookup.last_round(panel) if panel is not None else None
        if answer.outcome != COMPLETE or answer.by is None or round_ is None:
            return
        result, key = answer.data["decision"]
        panels.rule(
            round_=round_,
            result=result,
            option_key=key,
            reason=answer.data["reason"] or answer.opinion,
            by=answer.by,
            now=activation.now,
        )

"""The part of a fee review in which the panel is formed: who is asked, who accepts, who is called in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from apps.core.errors import Invalid
from apps.core.parameters import value
from apps.fees.panelists import propose_panel
from apps.panels import operations as panels
from apps.panels.models import Panel, PanelSeat
from apps.panels.queries import available, experts, invited, presiding, secretaries, sitting, wants_experts
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.requirements import require_reason
from workflows.fee_review import asked
from workflows.fee_review.conflicts import in_conflict, matter_of
from workflows.fee_review.tending import attend, call_in, empty_seats, invited_until
from workflows.models import Case
from workflows.nodes import Answer
from workflows.nodes.human import COMPLETE, EXPIRED

State = PanelSeat.State


class Seating:
    """The panel, its invitations, its substitutes, and the experts of the class."""

    def the_secretaries(self, activation: Any) -> list[User]:
        found = asked.committee_at(activation.now)
        return secretaries(found, activation.now) if found is not None else []

    def is_secretariat(self, activation: Any, user: User) -> bool:
        """The secretary, or the office above them: nobody else does the business of the committee, also as a
        substitute.
        """
        return user in self.the_secretaries(activation) or is_office(user, activation.now)

    def kept_off(self, case: Case, now: datetime) -> set[int]:
        """Who must not sit on a panel of this case."""
        return in_conflict(case, now)

    def the_seated(self, activation: Any) -> list[User]:
        """Whose the seat of this branch is."""
        return list(User.objects.filter(pk=activation.task.data["user"]))

    # -- forming -------------------------------------------------------------------------------------------

    def panel_formed(self, activation: Any, answer: Answer) -> None:
        """The members that the secretary chose, every one of them judged by the rule again, and recorded."""
        if answer.outcome != COMPLETE:
            activation.remember(note=answer.opinion)
            return
        form_for(
            activation.case,
            members=answer.data["members"],
            substitutes=answer.data.get("substitutes", ()),
            by=answer.by,
            now=activation.now,
        )
        activation.remember(named="", advised=False)

    def to_invite(self, activation: Any) -> list[dict[str, Any]]:
        panel = asked.panel_of(activation.case)
        return [branch_of(seat) for seat in invited(panel)] if panel is not None else []

    def answer_by(self, activation: Any) -> datetime | None:
        return asked.seat_of_task(activation.task).answer_by

    def invitation_answered(self, activation: Any, answer: Answer) -> None:
        """Accepted with how well they know it, declined, recused, or not answered in time; whoever does not
        come is replaced.
        """
        seat = asked.seat_of_task(activation.task)
        if answer.outcome == EXPIRED:
            if seat.state == State.INVITED:
                panels.miss(seat=seat, by=None, now=activation.now)
        elif answer.by is not None:
            panels.answer_invitation(
                seat=seat,
                answer="accept" if answer.outcome == COMPLETE else answer.outcome,
                familiarity=answer.data.get("familiarity"),
                reason=answer.opinion,
                by=answer.by,
                now=activation.now,
            )
        attend(activation)

    # -- complete? -----------------------------------------------------------------------------------------

    def can_call(self, activation: Any) -> bool:
        """Whether the panel is too small or even, and somebody can be called in."""
        panel = asked.panel_of(activation.case)
        return bool(
            panel is not None
            and _is_odd_short(panel)
            and empty_seats(panel)
            and available(panel, activation.now)
        )

    def called(self, activation: Any) -> None:
        panel = asked.panel_of(activation.case)
        if panel is not None:
            call_in(activation.case, panel, activation.now)

    def is_too_few(self, activation: Any) -> bool:
        panel = asked.panel_of(activation.case)
        return panel is None or len(sitting(panel)) < int(panel.rules["minimum_members"])

    def given_up(self, activation: Any) -> None:
        panel = asked.panel_of(activation.case)
        if panel is not None:
            panels.end_panel(panel=panel, because=str(Panel.Ending.NO_MEMBERS), by=None, now=activation.now)
        activation.remember(named="", advised=False)

    # -- experts -------------------------------------------------------------------------------------------

    def is_unfamiliar(self, activation: Any) -> bool:
        """Whether the members know the class too little, and there is somebody who knows it."""
        panel = asked.panel_of(activation.case)
        if panel is None or activation.recall("advised", default=False) or not wants_experts(panel):
            return False
        return bool(self._experts(activation, panel))

    def the_experts(self, activation: Any) -> list[dict[str, Any]]:
        panel = asked.panel_of(activation.case)
        found = self._experts(activation, panel) if panel is not None else []
        activation.remember(advised=True)
        return [{"user": user.pk} for user in found]

    def _experts(self, activation: Any, panel: Panel) -> list[User]:
        case, now = activation.case, activation.now
        seated = set(panel.seats.values_list("user_id", flat=True))
        but = in_conflict(case, now) | seated
        found: dict[int, User] = {}
        for instrument in asked.instruments_of(asked.proposal_of(case)):
            for user in experts(instrument.class6, now, but=but):
                found.setdefault(user.pk, user)
        return list(found.values())[: int(value("panels.experts", at=now))]

    def advised_by(self, activation: Any, answer: Answer) -> None:
        """An opinion is words."""
        if answer.outcome == COMPLETE:
            require_reason(answer.opinion)


def form_for(
    case: Case, *, members: Sequence[User], substitutes: Sequence[User], by: User | None, now: datetime
) -> Panel:
    """The panel of a case, of members whom the rule finds eligible now; a decision about everybody is
    recorded.

    Raises Invalid `fee_review.no_committee`, `fee_review.excluded` (with the person and the reasons); and
    whatever `panels.form_panel` refuses.
    """
    matter = matter_of(case, now)
    if matter is None:
        raise Invalid(
            gettext("There is no committee that judges fees."),
            code="fee_review.no_committee",
            field="members",
        )
    subject = asked.subject_of(case)
    found = propose_panel(matter, subject_ref=subject, asked_by="fee_review.form_panel", now=now)
    kept_off = in_conflict(case, now)
    judged = {one.user.pk: one for one in found.judged}
    for user in (*members, *substitutes):
        one = judged.get(user.pk)
        if one is None or not one.eligible or user.pk in kept_off:
            raise Invalid(
                gettext("%(name)s must not judge this.") % {"name": user.display_name},
                code="fee_review.excluded",
                field="members",
                user=user.ulid,
                reasons=list(one.judgement.decision.codes) if one is not None else [],
            )
    return panels.form_panel(
        committee=matter.committee,
        subject_ref=subject,
        members=list(members),
        substitutes=list(substitutes),
        chair=presiding(matter.committee, now, kept_off),
        answer_by=invited_until(now),
        by=by,
        now=now,
        source_case=subject,
        decisions=found.decisions,
    )


def branch_of(seat: PanelSeat) -> dict[str, Any]:
    """What a branch of a round knows: whose seat it is about."""
    return {"seat": seat.ulid, "user": seat.user_id}


def _is_odd_short(panel: Panel) -> bool:
    members = len(sitting(panel))
    return members % 2 == 0 or members < int(panel.rules["minimum_members"])

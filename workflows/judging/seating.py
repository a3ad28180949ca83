"""The part in which a panel is formed: who is asked, who accepts, who is called in. A process says who its
committee is (`committee_at`) and whom it keeps off (`kept_off`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from apps.core.errors import Invalid
from apps.panels import operations as panels
from apps.panels.models import Committee, Panel, PanelSeat
from apps.panels.queries import available, invited, presiding, secretaries, sitting
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.roles import office_users
from workflows.judging import lookup
from workflows.judging.tending import attend, call_in, empty_seats, invited_until
from workflows.models import Case
from workflows.nodes import Answer
from workflows.nodes.human import COMPLETE, EXPIRED

State = PanelSeat.State


class Seating:
    """The panel, its invitations and its substitutes."""

    def committee_at(self, now: datetime) -> Committee | None:
        """The committee of which the panels of this process are formed."""
        raise NotImplementedError

    def the_office(self, activation: Any) -> list[User]:
        return office_users(activation.now)

    def is_the_office(self, activation: Any, user: User) -> bool:
        """Nobody substitutes the office but the office."""
        return is_office(user, activation.now)

    def the_secretaries(self, activation: Any) -> list[User]:
        found = self.committee_at(activation.now)
        return secretaries(found, activation.now) if found is not None else []

    def is_secretariat(self, activation: Any, user: User) -> bool:
        """The secretary, or the office above them: nobody else does the business of the committee, also as a
        substitute.
        """
        return user in self.the_secretaries(activation) or is_office(user, activation.now)

    def kept_off(self, case: Case, now: datetime) -> set[int]:
        """Who must not sit on a panel of this case (primary keys)."""
        raise NotImplementedError

    def the_seated(self, activation: Any) -> list[User]:
        """Whose the seat of this branch is."""
        return list(User.objects.filter(pk=activation.task.data["user"]))

    # -- forming -------------------------------------------------------------------------------------------

    def to_invite(self, activation: Any) -> list[dict[str, Any]]:
        panel = lookup.panel_of(activation.case)
        return [branch_of(seat) for seat in invited(panel)] if panel is not None else []

    def answer_by(self, activation: Any) -> datetime | None:
        return lookup.seat_of_task(activation.task).answer_by

    def invitation_answered(self, activation: Any, answer: Answer) -> None:
        """Accepted with how well they know it, declined, recused, or not answered in time; whoever does not
        come is replaced.
        """
        seat = lookup.seat_of_task(activation.task)
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
        panel = lookup.panel_of(activation.case)
        return bool(
            panel is not None
            and _is_odd_short(panel)
            and empty_seats(panel)
            and available(panel, activation.now)
        )

    def called(self, activation: Any) -> None:
        panel = lookup.panel_of(activation.case)
        if panel is not None:
            call_in(activation.case, panel, activation.now)

    def is_too_few(self, activation: Any) -> bool:
        panel = lookup.panel_of(activation.case)
        return panel is None or len(sitting(panel)) < int(panel.rules["minimum_members"])

    def given_up(self, activation: Any) -> None:
        end_panel_of(activation.case, Panel.Ending.NO_MEMBERS, activation.now)
        activation.remember(named="", advised=False)

    # -- the case ------------------------------------------------------------------------------------------

    def closed(self, case: Case) -> None:
        """However it ended, its panel ends with it."""
        if case.ended_at is not None:
            end_panel_of(case, Panel.Ending.OVERTAKEN, case.ended_at, case.reason or case.number)


def end_panel_of(case: Case, because: Panel.Ending, now: datetime, reason: str = "") -> None:
    """The panel of a case is over, where there is one."""
    panel = lookup.panel_of(case)
    if panel is not None:
        panels.end_panel(panel=panel, because=str(because), by=None, now=now, reason=reason)


def form_for(
    case: Case,
    *,
    committee: Committee | None,
    members: Sequence[User],
    substitutes: Sequence[User],
    barred: Collection[int],
    excluded: str,
    by: User | None,
    now: datetime,
) -> Panel:
    """The panel of a case whose members are in no conflict: neither they nor whoever presides are among
    `barred` (primary keys). Raises Invalid `panels.no_committee`, the code `excluded` with the person, and
    whatever `panels.form_panel` refuses.
    """
    if committee is None:
        raise Invalid(
            gettext("There is no committee that judges this."), code="panels.no_committee", field="members"
        )
    for user in (*members, *substitutes):
        if user.pk in barred:
            raise Invalid(
                gettext("%(name)s must not judge this.") % {"name": user.display_name},
                code=excluded,
                field="members",
                user=user.ulid,
            )
    subject = lookup.subject_of(case)
    return panels.form_panel(
        committee=committee,
        subject_ref=subject,
        members=list(members),
        substitutes=list(substitutes),
        chair=presiding(committee, now, barred),
        answer_by=invited_until(now),
        by=by,
        now=now,
        source_case=subject,
    )


def branch_of(seat: PanelSeat) -> dict[str, Any]:
    """What a branch of a round knows: whose seat it is about."""
    return {"seat": seat.ulid, "user": seat.user_id}


def _is_odd_short(panel: Panel) -> bool:
    members = len(sitting(panel))
    return members % 2 == 0 or members < int(panel.rules["minimum_members"])

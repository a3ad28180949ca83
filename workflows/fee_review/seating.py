"""What is the fee review's own in forming a panel: the rule that says who may judge, and the experts of the
class.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from apps.core.errors import Invalid
from apps.core.parameters import value
from apps.fees.panelists import propose_panel
from apps.panels import operations as panels
from apps.panels.models import Committee, Panel
from apps.panels.queries import experts, presiding, wants_experts
from apps.people.models import User
from apps.people.requirements import require_reason
from workflows.fee_review import asked
from workflows.fee_review.conflicts import in_conflict, matter_of
from workflows.judging import lookup, seating
from workflows.judging.tending import invited_until
from workflows.models import Case
from workflows.nodes import Answer
from workflows.nodes.human import COMPLETE


class Seating(seating.Seating):
    """The panel over prices, and the experts who are asked where it knows the class too little."""

    def committee_at(self, now: datetime) -> Committee | None:
        return asked.committee_at(now)

    def kept_off(self, case: Case, now: datetime) -> set[int]:
        """Who must not sit on a panel of this case."""
        return in_conflict(case, now)

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

    # -- experts -------------------------------------------------------------------------------------------

    def is_unfamiliar(self, activation: Any) -> bool:
        """Whether the members know the class too little, and there is somebody who knows it."""
        panel = lookup.panel_of(activation.case)
        if panel is None or activation.recall("advised", default=False) or not wants_experts(panel):
            return False
        return bool(self._experts(activation, panel))

    def the_experts(self, activation: Any) -> list[dict[str, Any]]:
        panel = lookup.panel_of(activation.case)
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
    subject = lookup.subject_of(case)
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

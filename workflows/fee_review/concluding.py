"""The part of a fee review after the committee: acceptance or appeal, public notice with objections, and the
decision that brings the prices into force.
"""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from apps.core.errors import Invalid, NotPermitted
from apps.fees.approving import approve_not_open, approve_submission
from apps.fees.content import PriceSet, prices_from
from apps.fees.models import Objection
from apps.fees.noticing import answer_objection, unanswered, withdraw_notice
from apps.panels import operations as panels
from apps.panels.counting import result_of
from apps.panels.models import Panel
from apps.panels.queries import convenes
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.requirements import require_office
from workflows.fee_review import asked
from workflows.fee_review.papers import decide_on_paper, notice_on_paper
from workflows.fee_review.seating import Seating
from workflows.judging import lookup
from workflows.judging.voting import REJECTED
from workflows.nodes import Answer
from workflows.nodes.human import COMPLETE

MODIFIED = "modified"


class Concluding:
    """What came of it, until it is in force."""

    # -- the committee's outcome ---------------------------------------------------------------------------

    def concluded(self, activation: Any) -> None:
        """The panel has done its work. From now on the case can no longer be withdrawn."""
        panel = lookup.panel_of(activation.case)
        round_ = lookup.last_round(panel) if panel is not None else None
        found = result_of(round_) if round_ is not None else None
        if panel is None or found is None:
            raise Invalid(gettext("The panel has not decided yet."), code="panels.undecided")
        panels.end_panel(panel=panel, because=str(Panel.Ending.DECIDED), by=None, now=activation.now)
        changed = found.option if found.result == MODIFIED else None
        note = (
            found.ruling.reason if found.ruling is not None else gettext("The committee did not approve it.")
        )
        activation.remember(
            decided=True,
            result=found.result,
            prices=json.dumps(changed, ensure_ascii=False) if changed is not None else "",
            note=note if found.result == REJECTED else "",
        )

    def is_rejected(self, activation: Any) -> bool:
        return bool(activation.recall("result") == REJECTED)

    def is_appealable(self, activation: Any) -> bool:
        """Changed prices are put to whoever proposed others; after an appeal the word is final."""
        return activation.recall("result") == MODIFIED and not activation.recall("appealed", default=False)

    def prices_answered(self, activation: Any, answer: Answer) -> None:
        if answer.outcome == "appeal":
            activation.remember(appealed=True, appeal=answer.opinion)

    def reconsidered(self, activation: Any) -> None:
        """The committee judges it again: a notice is over, and what was objected is put to the new panel."""
        notice = asked.notice_of(activation.case)
        said: list[str] = []
        if notice is not None:
            sustained = notice.objections.filter(sustained=True).order_by("id")
            said = [one.reason for one in sustained]
            withdraw_notice(notice=notice, reason=gettext("An objection was sustained."), now=activation.now)
        upset = bool(said) or activation.recall("upset", default=False)
        activation.remember(decided=False, upset=upset, objections=said, result="", prices="", advised=False)

    # -- public notice -------------------------------------------------------------------------------------

    def published(self, activation: Any) -> None:
        notice_on_paper(activation.case, changed_prices(activation), activation.now)

    def notice_end(self, activation: Any) -> datetime | None:
        notice = asked.notice_of(activation.case)
        return notice.closes_at if notice is not None else None

    def unanswered(self, activation: Any) -> list[dict[str, Any]]:
        notice = asked.notice_of(activation.case)
        return [{"objection": one.ulid} for one in unanswered(notice)] if notice is not None else []

    def the_answerers(self, activation: Any) -> list[User]:
        """The secretary of the committee; not who has objected."""
        objection = Objection.objects.get(ulid=activation.task.data["objection"])
        assert isinstance(self, Seating)  # noqa: S101 - the flow is made of both
        return [user for user in self.the_secretaries(activation) if user.pk != objection.by_id]

    def objection_answered(self, activation: Any, answer: Answer) -> None:
        by = answer.by
        found = asked.committee_at(activation.now)
        runs = by is not None and found is not None and convenes(found, by, activation.now)
        if by is not None and not runs and not is_office(by, activation.now):
            raise NotPermitted(
                gettext("The secretary of the committee, or the equipment office, answers."),
                code="fee_review.not_answerer",
            )
        answer_objection(
            objection=Objection.objects.get(ulid=activation.task.data["objection"]),
            answer=answer.opinion,
            sustained=answer.outcome == "sustain",
            by=by,
            now=activation.now,
        )

    def is_upset(self, activation: Any, _active: Any = None) -> bool:
        """An objection was sustained and none waits for its answer."""
        notice = asked.notice_of(activation.case)
        return (
            notice is not None
            and notice.objections.filter(sustained=True).exists()
            and not unanswered(notice).exists()
        )

    def has_unanswered(self, activation: Any) -> bool:
        """One came at the last moment."""
        notice = asked.notice_of(activation.case)
        return notice is not None and unanswered(notice).exists()

    # -- the decision --------------------------------------------------------------------------------------

    def issued(self, activation: Any, answer: Answer) -> None:
        """The decision document and what it decides, in one transaction: its number is the version's."""
        if answer.outcome != COMPLETE:
            return
        case, now = activation.case, activation.now
        require_office(answer.by, now)
        if asked.changed_record(case):
            raise Invalid(asked.changed_words(asked.changed_record(case)), code="fee_review.record_changed")
        valid_from: datetime = answer.data["valid_from"]
        if valid_from <= now:
            raise Invalid(
                gettext("Prices come into force later than they are decided."),
                code="fee_review.not_ahead",
                field="valid_from",
            )
        submission, prices = asked.submission_of(case), changed_prices(activation)
        document = decide_on_paper(case, prices, valid_from, by=answer.by, now=now)
        decided: dict[str, Any] = {
            "submission": submission,
            "approval_no": document.number,
            "valid_from": valid_from,
            "source_case": lookup.subject_of(case),
            "now": now,
        }
        if asked.is_not_open(case):
            approve_not_open(**decided)
        else:
            approve_submission(**decided, prices=prices)
        activation.remember(document=document.ulid)


def changed_prices(activation: Any) -> PriceSet | None:
    """The prices that the committee approved where they are others than the submitted ones."""
    text = activation.recall("prices", "")
    return prices_from(text) if text else None

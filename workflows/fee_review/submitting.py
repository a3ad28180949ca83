"""The part of a fee review before the committee: screening, revision, department, finance."""

from typing import Any

from django.utils.translation import gettext

from apps.core.errors import Invalid
from apps.decisions.judging import Judgement
from apps.fees import realhours
from apps.fees.content import read_text
from apps.fees.editing import look_at
from apps.fees.looking import look
from apps.fees.models import Proposal
from apps.fees.noticing import withdraw_notice
from apps.fees.screening import screen_facts
from apps.fees.submitting import reopen, submit
from apps.panels import operations as panels
from apps.panels.models import Panel
from apps.people.models import Post, User
from apps.people.queries import is_office
from apps.people.requirements import require_reason
from apps.people.roles import office_users, post_holders, unit_managers
from workflows.fee_review import asked
from workflows.fee_review.dossier import explained_section, reasons_section, sections_of
from workflows.judging import lookup
from workflows.nodes import Answer
from workflows.nodes.human import APPROVE, REJECT
from workflows.services.starting import freeze

SIMPLIFIED, BLOCK = "simplified", "block"
# What was said and decided about a submission holds for no other.
AFRESH: dict[str, Any] = {
    **dict.fromkeys(("note", "meant", "result", "prices", "named", "appeal", "discussion"), ""),
    **dict.fromkeys(("upset", "appealed", "decided", "advised"), False),
    "objections": [],
}


class Submitting:
    """Screening, revision, department and finance."""

    # -- which way -----------------------------------------------------------------------------------------

    def is_draft(self, activation: Any) -> bool:
        """The case began by itself: its manager has not sent anything yet."""
        return asked.proposal_of(activation.case).state in Proposal.EDITABLE

    def is_not_open(self, activation: Any) -> bool:
        return asked.is_not_open(activation.case)

    def is_simplified(self, activation: Any) -> bool:
        """The short way was open when it was screened, and nobody has objected since."""
        return activation.recall("route") == SIMPLIFIED and not activation.recall("upset", default=False)

    # -- screening -----------------------------------------------------------------------------------------

    def screen_facts(self, activation: Any) -> tuple[Any, Any]:
        submission = asked.submission_of(activation.case)
        instruments = asked.instruments_of(asked.proposal_of(activation.case))
        hours = realhours.of(instruments, activation.now)
        content = read_text(submission.content)
        seen = look(content, at=activation.now, real_hours=hours)
        meant = bool(activation.recall("meant", ""))
        return screen_facts(submission, content, seen, warnings_answered=meant)

    def screened(self, activation: Any, judgement: Judgement) -> None:
        """Keep the way and its reasons; what is wrong goes back to its author."""
        decision, case = judgement.decision, activation.case
        proposal = asked.proposal_of(case)
        activation.remember(route=decision.outcome)
        freeze(
            case,
            [
                *sections_of(case),
                reasons_section(decision.reasons),
                *explained_section(activation.recall("meant", "")),
            ],
        )
        if decision.outcome == BLOCK:
            words = "；".join(one.zh for one in decision.reasons)  # noqa: RUF001 - as the rules say it
            activation.remember(note=words)
            reopen(proposal=proposal, reason=words or gettext("Something is wrong."), now=activation.now)

    def explained(self, activation: Any, answer: Answer) -> None:
        """What was warned of is meant, for a reason; or it is corrected."""
        if answer.outcome == "meant":
            activation.remember(meant=require_reason(answer.opinion))
        else:
            reopen(
                proposal=asked.proposal_of(activation.case),
                reason=answer.opinion or gettext("The author corrects it."),
                now=activation.now,
            )

    def resubmitted(self, activation: Any, answer: Answer) -> None:
        """The author sends it again, as it is saved now (or as the page that sends it has seen it)."""
        proposal = asked.proposal_of(activation.case)
        submit(
            proposal=proposal,
            revision=answer.data.get("revision") or proposal.revision,
            by=answer.by,
            now=activation.now,
            source_case=f"case:{activation.case.ulid}",
            findings=look_at(proposal, activation.now).findings,
            as_it_was=bool(asked.changed_record(activation.case)),
        )
        record = asked.record_of(asked.instruments_of(proposal))
        activation.remember(record=record, **AFRESH)
        freeze(activation.case, sections_of(activation.case))

    # -- who is asked --------------------------------------------------------------------------------------

    def the_office(self, activation: Any) -> list[User]:
        return office_users(activation.now)

    def is_office(self, activation: Any, user: User) -> bool:
        return is_office(user, activation.now)

    def the_department(self, activation: Any) -> list[User]:
        """The head of the department, else whoever manages it: a unit looks at its own proposals."""
        unit = asked.department_of(activation.case.unit)
        if unit is None:
            return []
        heads = post_holders(unit, Post.Kind.DEPARTMENT_HEAD, activation.now)
        return heads or unit_managers(unit, activation.now)

    def the_finance(self, activation: Any) -> list[User]:
        unit = activation.case.unit
        return post_holders(unit, Post.Kind.FINANCE_OFFICER, activation.now) if unit is not None else []

    # -- what they answer ----------------------------------------------------------------------------------

    def noted(self, activation: Any, answer: Answer) -> None:
        """A refusal is told in the words of who refuses. On the short way finance decides."""
        if answer.outcome == REJECT:
            activation.remember(note=answer.opinion)
        elif answer.outcome == APPROVE and answer.step.node == "finance" and self.is_simplified(activation):
            activation.remember(decided=True)

    def reviewed(self, activation: Any, answer: Answer) -> None:
        """The department agrees in a meeting: its minutes are there."""
        self.noted(activation, answer)
        if answer.outcome == APPROVE and not answer.attachments:
            raise Invalid(
                gettext("Attach the minutes of the meeting."),
                code="fee_review.minutes_required",
                field="attachments",
            )

    # -- back for revision ---------------------------------------------------------------------------------

    def give_back(self, activation: Any, reason: str) -> None:
        """The panel and the notice of what was submitted are over; the proposal can be changed again."""
        case, now = activation.case, activation.now
        proposal = asked.proposal_of(case)
        panel, notice = lookup.panel_of(case), asked.notice_of(case)
        if panel is not None:
            panels.end_panel(
                panel=panel, because=str(Panel.Ending.OVERTAKEN), by=None, now=now, reason=reason
            )
        if notice is not None:
            withdraw_notice(notice=notice, reason=reason, now=now)
        if proposal.state == Proposal.State.SUBMITTED:
            reopen(proposal=proposal, reason=reason, now=now)
        activation.remember(note=reason, decided=False, named="", advised=False)

    def is_record_same(self, activation: Any) -> bool:
        asked.proposal_of(activation.case)
        return not asked.changed_record(activation.case)

    def record_changed(self, activation: Any) -> None:
        self.give_back(activation, asked.changed_words(asked.changed_record(activation.case)))

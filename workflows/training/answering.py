"""What the answers of a training do: each is one operation of the domain, or a word to be remembered."""

from typing import Any

from django.utils.translation import gettext

from apps.core.errors import Invalid
from apps.core.parameters import value
from apps.decisions.judging import Judgement
from apps.training.certifying import check_certification, level_facts, needs_countersign, proposal_of
from apps.training.courses import allow_another_attempt
from apps.training.demanding import ask_for_more
from apps.training.places import take_place
from apps.training.trainers import failed_assessments
from workflows.nodes import Answer
from workflows.nodes.human import APPROVE, COMPLETE, EXPIRED, REJECT
from workflows.services.starting import freeze
from workflows.training.asked import progress_in, request_of
from workflows.training.dossier import proposal_section, reasons_section, request_section, result_section

HOURS, ASSESS = "hours", "assess"


class TrainingAnswers:
    """The part of the training flow that follows answers."""

    def noted(self, activation: Any, answer: Answer) -> None:
        """A refusal is told in the words of who refuses."""
        if answer.outcome == REJECT:
            activation.remember(note=answer.opinion)

    def placed(self, activation: Any, answer: Answer) -> None:
        self.noted(activation, answer)
        if answer.by is None or answer.outcome != COMPLETE:
            return
        session = answer.data.get("session")
        if session is None:
            raise Invalid(
                gettext("Choose a session, or plan one first."),
                code="training.session_needed",
                field="session",
            )
        take_place(session=session, request=request_of(activation.case), by=answer.by, now=activation.now)

    def examined(self, activation: Any, answer: Answer) -> None:
        if answer.outcome == EXPIRED:
            activation.remember(note=gettext("The theory exam was not passed in time."))

    def attempted(self, activation: Any, answer: Answer) -> None:
        self.noted(activation, answer)
        if answer.by is not None and answer.outcome == APPROVE:
            request = request_of(activation.case)
            allow_another_attempt(
                user=request.user,
                course=request.course,
                reason=answer.opinion or activation.case.number,
                by=answer.by,
                now=activation.now,
            )

    def assessed(self, activation: Any, answer: Answer) -> None:
        """Of a failed one, how many there are by now, so that each is answered once."""
        failed = failed_assessments(request_of(activation.case))
        words = gettext("%(count)d assessments were not passed.") % {"count": failed}
        activation.remember(failed=failed, note=words if answer.outcome == "failed" else "")

    def may_fail_again(self, activation: Any) -> bool:
        most = int(value("training.most_assessments", at=activation.now))
        return int(activation.recall("failed", 0)) < most

    def more_asked(self, activation: Any, answer: Answer) -> None:
        self.noted(activation, answer)
        if answer.outcome not in (HOURS, ASSESS):
            return
        minutes = answer.data.get("minutes") or value("training.extra_minutes", at=activation.now)
        ask_for_more(
            request=request_of(activation.case),
            reason=answer.opinion,
            by=answer.by,
            now=activation.now,
            minutes=int(minutes) if answer.outcome == HOURS else 0,
            assessment=answer.outcome == ASSESS,
        )

    # -- the certificate -----------------------------------------------------------------------------------

    def level_facts(self, activation: Any) -> tuple[Any, Any]:
        return level_facts(progress_in(activation.case))

    def proposed(self, activation: Any, judgement: Judgement) -> None:
        """What the rules propose, shown to who certifies beside what was shown."""
        progress = progress_in(activation.case)
        found = proposal_of(progress, judgement.decision, activation.now)
        activation.remember(level=found.level, days=found.days)
        sections = [
            request_section(progress.request, activation.now),
            result_section(progress),
            proposal_section(found),
            reasons_section(judgement.decision.reasons),
        ]
        freeze(activation.case, sections)

    def is_proposed(self, activation: Any) -> bool:
        return bool(activation.recall("level", ""))

    def certified_by(self, activation: Any, answer: Answer) -> None:
        self.more_asked(activation, answer)
        if answer.outcome != APPROVE or answer.by is None:
            return
        level = answer.data.get("level") or activation.recall("level")
        days = answer.data.get("days") or activation.recall("days")
        check_certification(
            request=request_of(activation.case), level=level, days=days, by=answer.by, now=activation.now
        )
        activation.remember(given=level, given_days=days, certifier=answer.by.pk, signer=None)

    def is_high(self, activation: Any) -> bool:
        return needs_countersign(activation.recall("given", ""), activation.now)

    def countersigned(self, activation: Any, answer: Answer) -> None:
        self.noted(activation, answer)
        if answer.by is not None:
            activation.remember(signer=answer.by.pk)

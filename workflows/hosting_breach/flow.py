"""A breach: the side is warned and has time to mend it; the office finds it mended or, once the time is
over, the clauses rest; then it is resumed, or the agreement ends.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.hosting.breaches import cure, end_over, resume_after, suspend_for
from apps.hosting.models import Agreement, Breach
from apps.hosting.running import give_notice
from workflows.errors import Overtaken
from workflows.hosting import asked
from workflows.hosting.base import AboutAgreement
from workflows.hosting.ending import begin_exit
from workflows.nodes import Answer, Approval, Begin, Do, End, WorkingDays


class HostingBreachFlow(AboutAgreement):
    """Breach of a hosting agreement"""

    key = "hosting_breach"
    prefix = "HSB"
    process_title = _("Breach of a hosting agreement")
    case_title = _("Breach: {instrument}, {side}")

    start = Begin().Next(this.mended)
    mended = (
        Approval(
            _("Is the breach mended? Without an answer the agreement is suspended when the time is over."),
            title=_("Time to mend it"),
            candidates=this.the_office,
            role="office",
            due=this.cure_until,
            link=asked.page,
            do=this.looked_at,
        )
        .Approve(this.cured, label=_("It is mended"))
        .Reject(this.suspended, label=_("Suspend the agreement"))
        .OnDue(this.rest)
    )
    rest = Do(this.suspended_by_itself, title=_("The clauses rest")).Next(this.suspended)
    suspended = (
        Approval(
            _("Shall the suspended agreement be resumed?"),
            title=_("Agreement suspended"),
            candidates=this.the_office,
            role="office",
            due=WorkingDays("hosting.review_days"),
            link=asked.page,
            do=this.judged,
        )
        .Approve(this.resumed, label=_("Resume it"))
        .Reject(this.given_up, label=_("End the agreement"))
    )
    cured = End(outcome="cured", title=_("Mended in time"))
    resumed = End(outcome="resumed", title=_("Resumed"))
    given_up = End(outcome="ended", title=_("The agreement ends"))

    def breach(self, activation: Any) -> Breach:
        """The breach of the case. Raises Overtaken when it was settled elsewhere."""
        rows = Breach.objects.select_related("agreement__group__pi", "agreement__facility__lab")
        found = rows.get(ulid=activation.recall("breach"))
        if found.state not in (Breach.State.WARNED, Breach.State.SUSPENDED):
            raise Overtaken(str(found.get_state_display()))
        if found.agreement.state not in Agreement.IN_FORCE:
            raise Overtaken(str(found.agreement.get_state_display()))
        return found

    def cure_until(self, activation: Any) -> datetime:
        return self.breach(activation).cure_until

    def looked_at(self, activation: Any, answer: Answer) -> None:
        if answer.by is None:
            return
        act = cure if answer.outcome == "approve" else suspend_for
        act(breach=self.breach(activation), by=answer.by, now=activation.now, note=answer.opinion)

    def suspended_by_itself(self, activation: Any) -> None:
        suspend_for(breach=self.breach(activation), by=None, now=activation.now, note=activation.case.number)

    def judged(self, activation: Any, answer: Answer) -> None:
        if answer.by is None:
            return
        breach = self.breach(activation)
        if answer.outcome == "approve":
            resume_after(breach=breach, by=answer.by, now=activation.now, note=answer.opinion)
            return
        end_over(breach=breach, by=answer.by, now=activation.now, note=answer.opinion)
        if breach.agreement.state != Agreement.State.LEAVING:
            give_notice(agreement=breach.agreement, by=None, now=activation.now, reason=answer.opinion)
        begin_exit(breach.agreement, by=answer.by, now=activation.now)

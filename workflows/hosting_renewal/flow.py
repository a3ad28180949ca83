"""A renewal: while the agreement runs by its terms, both sides agree to others; the rule judges them, the
office countersigns, and from then on they count, with a paper of their own.
"""

from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.hosting.models import Agreement, TermsVersion
from apps.hosting.papers import issue_agreement
from apps.hosting.running import renew
from apps.hosting.screening import terms_facts
from apps.hosting.sides import locked
from rules.points.hosting_terms import KEY as POINT
from workflows.hosting import asked
from workflows.hosting.base import AboutAgreement
from workflows.nodes import Answer, Approval, Begin, Do, End, Rule, Work, WorkingDays


class HostingRenewalFlow(AboutAgreement):
    """Renewal of a hosting agreement"""

    key = "hosting_renewal"
    prefix = "HSN"
    process_title = _("Renewal of a hosting agreement")
    case_title = _("Renewal: {instrument} at {facility}")

    start = Begin().Next(this.negotiate)
    negotiate = (
        Work(
            _("Agree to other terms: either side proposes, both accept the same version."),
            title=_("Terms"),
            candidates=this.the_hosts,
            qualifies=this.is_host,
            role="facility",
            due=WorkingDays("hosting.negotiate_days"),
            link=asked.page,
            automatic=True,
        )
        .Next(this.judge)
        .OnDue(this.unchanged)
    )
    judge = (
        Rule(POINT, facts=this.facts, title=_("Are the terms within the limits?"))
        .When("permit", this.countersign, label=_("Within the limits"))
        .Otherwise(this.consider)
    )
    consider = (
        Approval(
            _("The rule refuses these terms. Shall both sides negotiate anew?"),
            title=_("Terms outside the limits"),
            candidates=this.the_office,
            role="office",
        )
        .Approve(this.negotiate, label=_("Negotiate anew"))
        .Reject(this.unchanged, label=_("It goes on as it is"))
    )
    countersign = (
        Approval(
            _("Do you countersign these terms?"),
            title=_("Countersignature of the equipment office"),
            candidates=this.the_office,
            role="office",
            link=asked.page,
            do=this.countersigned,
        )
        .Approve(this.paper, label=_("Countersign"))
        .Reject(this.negotiate, label=_("Have it negotiated anew"))
    )
    paper = Do(this.printed, title=_("Agreement on paper")).Next(this.renewed)
    renewed = End(outcome="renewed", title=_("Renewed"))
    unchanged = End(outcome="unchanged", title=_("It goes on as it was"))

    def agreed(self, activation: Any) -> TermsVersion:
        """The last version, which both sides have accepted; while it is judged and countersigned, none is
        proposed.
        """
        found = locked(self.running(activation)).versions.order_by("-number").first()
        if found is None:
            raise ValueError("an agreement that runs has terms")
        return found

    def running(self, activation: Any) -> Agreement:
        return asked.agreement_of(activation.case, Agreement.State.RUNNING)

    def facts(self, activation: Any) -> tuple[Any, Any]:
        version = self.agreed(activation)
        asked.keep_judged(activation, version)
        return terms_facts(self.running(activation), activation.now, version)

    def countersigned(self, activation: Any, answer: Answer) -> None:
        if answer.outcome == "approve" and answer.by is not None:
            version = self.agreed(activation)
            asked.require_judged(activation.case, version)
            renew(
                agreement=self.running(activation),
                version=version,
                by=answer.by,
                now=activation.now,
            )

    def printed(self, activation: Any) -> None:
        issue_agreement(self.running(activation), case_number=activation.case.number, now=activation.now)

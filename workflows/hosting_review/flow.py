"""The yearly review: both sides are asked side by side whether they go on; where one does not, the office
looks at it, and other terms are negotiated or the agreement goes on.
"""

from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.hosting.models import Review, Side
from apps.hosting.reviewing import review
from workflows.hosting import asked
from workflows.hosting.base import AboutAgreement
from workflows.hosting.ending import begin_renewal
from workflows.nodes import Answer, Approval, Begin, End, If, Join, Split, WorkingDays


class HostingReviewFlow(AboutAgreement):
    """Yearly review of a hosting agreement"""

    key = "hosting_review"
    prefix = "HSR"
    process_title = _("Yearly review of a hosting agreement")
    case_title = _("Review {year}: {instrument} at {facility}")

    start = Begin().Next(this.ask)
    ask = Split(title=_("Both sides are asked")).Next(this.owner_says).Next(this.host_says)
    owner_says = (
        Approval(
            _("Do you go on with this agreement as it is?"),
            title=_("Review by the owner"),
            of_applicant=True,
            due=WorkingDays("hosting.review_days"),
            link=asked.page,
            do=this.owner_said,
        )
        .Approve(this.both, label=_("Go on as it is"))
        .Reject(this.both, label=_("Something has to change"))
        .OnDue(this.both)
    )
    host_says = (
        Approval(
            _("Do you go on with this agreement as it is?"),
            title=_("Review by the host"),
            candidates=this.the_hosts,
            qualifies=this.is_host,
            role="facility",
            due=WorkingDays("hosting.review_days"),
            link=asked.page,
            do=this.host_said,
        )
        .Approve(this.both, label=_("Go on as it is"))
        .Reject(this.both, label=_("Something has to change"))
        .OnDue(this.both)
    )
    both = Join(title=_("Both have answered")).Next(this.agree)
    agree = If(this.are_content, title=_("Do both go on as it is?")).Then(this.goes_on).Else(this.consider)
    consider = (
        Approval(
            _("A side wants something changed. Shall other terms be negotiated?"),
            title=_("What the review asks for"),
            candidates=this.the_office,
            role="office",
            link=asked.page,
            do=this.considered,
        )
        .Approve(this.renegotiated, label=_("Negotiate other terms"))
        .Reject(this.goes_on, label=_("It goes on as it is"))
    )
    goes_on = End(outcome="goes_on", title=_("It goes on"))
    renegotiated = End(outcome="renegotiated", title=_("Other terms are negotiated"))

    def owner_said(self, activation: Any, answer: Answer) -> None:
        self._said(activation, answer, Side.OWNER)

    def host_said(self, activation: Any, answer: Answer) -> None:
        self._said(activation, answer, Side.HOST)

    def are_content(self, activation: Any) -> bool:
        year = activation.recall("year")
        rows = Review.objects.filter(agreement=self.agreement(activation), year=year)
        return not rows.filter(content=False).exists()

    def considered(self, activation: Any, answer: Answer) -> None:
        agreement = self.agreement(activation)
        if answer.outcome == "approve" and asked.case_of(agreement, "hosting_renewal") is None:
            begin_renewal(agreement=agreement, by=agreement.group.pi, now=activation.now)

    def _said(self, activation: Any, answer: Answer, side: str) -> None:
        review(
            agreement=self.agreement(activation),
            year=activation.recall("year"),
            side=side,
            content=answer.outcome != "reject",
            by=answer.by,
            now=activation.now,
            note=answer.opinion,
        )

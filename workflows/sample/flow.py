"""Samples: the rules take, ask or refuse; the crew offers a price and a day, the requester agrees; then
the samples are received and tested, checked by a second person, released by the rules, and judged by
the requester; an objection that is upheld leads back to the test. In the end they are given back, kept
or disposed of.

What happens to samples one by one happens on their own pages; `catching_up` completes the steps that wait
for it.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.clock import SCHOOL_ZONE
from apps.instruments.models import CrewMember
from apps.people.models import User
from apps.samples.acceptance import acceptance_facts
from apps.samples.drafting import reopen_draft
from apps.samples.ending import withdraw_samples
from apps.samples.models import Sample, SampleRequest
from apps.samples.releasing import release_facts
from rules.points.samples_acceptance import ACCEPT, ASK, REFUSE, SPECIAL
from rules.points.samples_acceptance import KEY as ACCEPTANCE
from rules.points.samples_release import KEY as RELEASE_POINT
from rules.points.samples_release import RELEASE, WAIT_CHECK, WAIT_PAYMENT
from workflows.base import BaseFlow
from workflows.models import Case
from workflows.nodes import Approval, Begin, Days, Do, End, If, Rule, Work, WorkingDays
from workflows.sample import asked
from workflows.sample.answering import SampleAnswers
from workflows.sample.asked import find_request, request_of
from workflows.sample.forms import AgreeForm, HandlingForm, OfferForm, RetestForm, VerdictForm

_BEGUN = (Sample.State.TESTING, Sample.State.TESTED, Sample.State.CHECKED, Sample.State.RELEASED)
AGAIN = "again"


def _note(activation: Any) -> str:
    return str(activation.recall("note", ""))


class SampleFlow(SampleAnswers, BaseFlow):
    """Samples"""

    key = "sample"
    prefix = "SMP"
    process_title = _("Sample submission")
    case_title = _("Samples {number} of {name}: {service}")

    start = Begin().Next(this.acceptance)
    acceptance = (
        Rule(ACCEPTANCE, facts=this.acceptance_facts, then=this.judged, title=_("Are the samples taken?"))
        .When(ACCEPT, this.take, label=_("Taken"))
        .When(SPECIAL, this.take, label=_("Taken with special handling"))
        .When(ASK, this.question, label=_("The crew is asked"))
        .When(REFUSE, this.turn_away, label=_("Not taken"))
        .Otherwise(this.question)
    )
    take = Do(this.taken, title=_("Take the samples")).Next(this.offer)
    turn_away = Do(this.turned_away, title=_("Refuse the samples")).Next(this.refused)
    question = (
        Approval(
            _("Can these samples be tested here? Say how they are to be handled."),
            title=_("Question to the crew"),
            candidates=this.the_crew,
            qualifies=this.serves,
            role="operator",
            due=WorkingDays("samples.offer_days"),
            form=HandlingForm,
            do=this.questioned,
            back_to=(this.revise,),
        )
        .Approve(this.offer)
        .Reject(this.refused)
    )
    revise = Work(
        _("Please correct the request and hand it in again."),
        title=_("Correct the request"),
        of_applicant=True,
        link=asked.request_page,
        automatic=True,
        due=None,
    ).Next(this.acceptance, label=_("Hand in again"))
    offer = (
        Work(
            _("Offer a price and a day."),
            title=_("Offer"),
            candidates=this.the_crew,
            qualifies=this.serves,
            role="operator",
            due=WorkingDays("samples.offer_days"),
            form=OfferForm,
            do=this.offered,
            back_to=(this.revise,),
        )
        .Next(this.agree, label=_("Make this offer"))
        .On("reject", this.refused, label=_("Cannot be tested"), refuses=True)
    )
    agree = (
        Approval(
            _("Do you agree to this price and day? The most that it may cost is held on the fund."),
            title=_("Agreement"),
            of_applicant=True,
            due=this.offer_ends,
            form=AgreeForm,
            do=this.agreed_to,
        )
        .Approve(this.test, label=_("Agree"))
        .Reject(this.declined, label=_("Decline"))
        .On(AGAIN, this.offer, label=_("Ask for another offer"), refuses=True)
        .OnDue(this.lapse)
    )
    lapse = Do(this.lapsed, title=_("Offer over")).Next(this.declined)
    test = Work(
        _("Receive the samples and test them."),
        title=_("Test"),
        candidates=this.the_testers,
        role="operator",
        link=asked.request_page,
        automatic=True,
        due=this.promised,
    ).Next(this.is_checked)
    is_checked = (
        If(this.wants_check, title=_("Does a second person look at the results?"))
        .Then(this.check)
        .Else(this.release)
    )
    check = (
        Work(
            _("Check the results that a colleague has measured."),
            title=_("Second person"),
            candidates=this.the_checkers,
            role="operator",
            link=asked.request_page,
            automatic=True,
            due=WorkingDays("samples.check_days"),
        )
        .Next(this.release)
        .On(AGAIN, this.test, label=_("Tested again"))
    )
    release = (
        Rule(RELEASE_POINT, facts=this.release_facts, title=_("May the results go out?"))
        .When(RELEASE, this.hand_over, label=_("Released"))
        .When(WAIT_PAYMENT, this.payment, label=_("Payment comes first"))
        .When(WAIT_CHECK, this.check, label=_("Check is missing"))
        .Otherwise(this.undecided)
    )
    payment = Work(
        _("The results wait for the payment. They go out by themselves once it is there."),
        title=_("Payment"),
        candidates=this.the_testers,
        role="operator",
        link=asked.request_page,
        automatic=True,
        due=None,
    ).Next(this.release)
    undecided = Work(
        _("The rules gave no clear answer. Ask them again once that is mended."),
        title=_("Rules without an answer"),
        candidates=this.the_testers,
        role="operator",
        link=asked.request_page,
    ).Next(this.release, label=_("Ask the rules again"))
    hand_over = Do(this.handed_over, title=_("Release the results")).Next(this.verdict)
    verdict = (
        Approval(
            _("Are these results what you need? Rate the service, or object and say why."),
            title=_("Your judgement"),
            of_applicant=True,
            due=Days("samples.objection_days"),
            form=VerdictForm,
            do=this.judged_by_requester,
        )
        .Approve(this.is_here, label=_("Agree and close"))
        .Reject(this.objection, label=_("Object"))
        .OnDue(this.close)
    )
    close = Do(this.closed_by_time, title=_("Time for objections over")).Next(this.is_here)
    objection = (
        Approval(
            _("Is the objection justified? Then the samples are tested again at no cost."),
            title=_("Objection"),
            candidates=this.the_managers,
            role="manager",
            due=WorkingDays("samples.check_days"),
            form=RetestForm,
            do=this.objection_judged,
        )
        .Approve(this.test, label=_("Test again"))
        .Reject(this.verdict, label=_("Reject the objection"))
    )
    is_here = If(this.anything_here, title=_("Is anything still here?")).Then(this.give_back).Else(this.done)
    give_back = Work(
        _("Give the samples back, store them or dispose of them, as the requester wished."),
        title=_("Return or disposal"),
        candidates=this.the_testers,
        role="operator",
        link=asked.request_page,
        automatic=True,
        due=None,
    ).Next(this.done)

    done = End(outcome="closed", title=_("Closed"))
    refused = End(outcome="refused", title=_("Refused"), reason=_note)
    declined = End(outcome="declined", title=_("Declined"))

    # -- what the rules are asked --------------------------------------------------------------------------

    def acceptance_facts(self, activation: Any) -> tuple[Any, Any]:
        return acceptance_facts(request_of(activation.case))

    def release_facts(self, activation: Any) -> tuple[Any, Any]:
        request = request_of(activation.case)
        ready = list(request.samples.filter(state__in=(Sample.State.TESTED, Sample.State.CHECKED)))
        return release_facts(request, ready, complete=True)

    # -- until when ----------------------------------------------------------------------------------------

    def offer_ends(self, activation: Any) -> datetime | None:
        offer = request_of(activation.case).quote
        return offer.valid_until if offer is not None else None

    def promised(self, activation: Any) -> datetime | None:
        """The end of the promised day; where it is over already, a day from now."""
        day = request_of(activation.case).promised_on
        if day is None:
            return None
        ends = datetime.combine(day + timedelta(days=1), time(), SCHOOL_ZONE)
        tomorrow: datetime = activation.now + timedelta(days=1)
        return max(ends, tomorrow)

    # -- which way -----------------------------------------------------------------------------------------

    def wants_check(self, activation: Any) -> bool:
        request = request_of(activation.case)
        return request.template.needs_check and request.tested_at is None

    def anything_here(self, activation: Any) -> bool:
        request = find_request(activation.case)
        return request is not None and asked.is_anything_here(request)

    # -- who is asked --------------------------------------------------------------------------------------

    def the_crew(self, activation: Any) -> list[User]:
        request = request_of(activation.case)
        return asked.crew_of(asked.instruments_of(request, activation.now), activation.now)

    def serves(self, activation: Any, user: User) -> bool:
        """A substitute has to be of the crew too: the operations ask for their own right."""
        return user in self.the_crew(activation)

    def the_testers(self, activation: Any) -> list[User]:
        request = find_request(activation.case)
        if request is None:
            return []
        return asked.crew_of(asked.current_instruments(request, activation.now), activation.now)

    def the_checkers(self, activation: Any) -> list[User]:
        tested = asked.testers(request_of(activation.case))
        return [user for user in self.the_testers(activation) if user.pk not in tested]

    def the_managers(self, activation: Any) -> list[User]:
        request = request_of(activation.case)
        where = asked.current_instruments(request, activation.now)
        found = asked.crew_of(where, activation.now, (CrewMember.Role.MANAGER,))
        tested = asked.testers(request)
        return [user for user in found if user.pk not in tested]

    def may_see(self, case: Case, user: Any, now: Any) -> bool:
        """The crew."""
        request = find_request(case)
        if request is None:
            return False
        return user in asked.crew_of(asked.current_instruments(request, now), now)

    # -- following -----------------------------------------------------------------------------------------

    def is_decided(self, case: Case) -> bool:
        """Withdrawn is until the first test begins."""
        request = find_request(case)
        if request is None or request.state in (*SampleRequest.ENDED, SampleRequest.State.RELEASED):
            return True
        return (
            request.samples.filter(state__in=_BEGUN).exists() or request.samples.filter(round__gt=1).exists()
        )

    def returned(self, activation: Any, to: str, reason: str) -> None:
        """The request goes back to its writer."""
        if to == "revise":
            reopen_draft(request=request_of(activation.case), by=None, now=activation.now, reason=reason)

    def closed(self, case: Case) -> None:
        """A case that ended early ends its request too, while nothing was tested."""
        request, now = find_request(case), case.ended_at
        open_ = (SampleRequest.State.SUBMITTED, SampleRequest.State.QUOTED, SampleRequest.State.CONFIRMED)
        if request is None or now is None or case.state == Case.State.DONE or request.state not in open_:
            return
        if not request.samples.filter(state__in=_BEGUN).exists():
            withdraw_samples(request=request, by=None, now=now, reason=case.reason)

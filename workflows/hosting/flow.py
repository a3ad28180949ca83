"""Hosting: offer, inspection, terms, rule, two signatures side by side, countersign, paper, handover. The
case ends when the agreement runs; a yearly review, a renewal, a breach and the exit are processes of their
own.
"""

from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.decisions.judging import Judgement
from apps.hosting.inspecting import inspect, is_inspected
from apps.hosting.inventory import confirm_inventory, write_inventory
from apps.hosting.models import Agreement, Inventory, Side
from apps.hosting.negotiating import reopen_terms
from apps.hosting.offering import decline_offer, withdraw_offer
from apps.hosting.papers import issue_agreement
from apps.hosting.running import take_in
from apps.hosting.screening import terms_facts
from apps.hosting.sides import hosts, locked
from apps.hosting.signing import countersign, sign
from apps.people.models import User
from apps.people.roles import office_users
from rules.points.hosting_terms import KEY as POINT
from workflows.base import BaseFlow
from workflows.hosting import asked
from workflows.hosting.dossier import sections
from workflows.hosting.forms import HandOverForm, InspectForm, SignForm
from workflows.models import Case
from workflows.nodes import (
    Answer,
    Approval,
    Begin,
    Do,
    End,
    If,
    Join,
    Rule,
    Split,
    Work,
    WorkingDays,
)
from workflows.services.starting import freeze

State = Agreement.State


class HostingFlow(BaseFlow):
    """Hosting of an instrument"""

    key = "hosting"
    prefix = "HST"
    process_title = _("Hosting of an instrument")
    case_title = _("Hosting of {instrument} by {facility}")
    deciding = frozenset({"countersign"})

    start = Begin().Next(this.inspect)
    inspect = (
        Work(
            _("Look at the instrument by the check-list."),
            title=_("Inspection"),
            candidates=this.the_hosts,
            qualifies=this.is_host,
            role="facility",
            due=WorkingDays("hosting.inspect_days"),
            form=InspectForm,
            do=this.inspected,
        )
        .Next(this.is_in_order, label=_("Record the inspection"))
        .On("reject", this.declined, label=_("Decline the offer"), refuses=True)
    )
    is_in_order = (
        If(this.has_passed, title=_("Is everything that counts in order?"))
        .Then(this.negotiate)
        .Else(this.mend)
    )
    mend = Work(
        _("Please mend what is not in order, then ask for another inspection."),
        title=_("Mend what is not in order"),
        of_applicant=True,
        link=asked.page,
        due=None,
    ).Next(this.inspect, label=_("Ask for another inspection"))
    negotiate = Work(
        _("Agree to terms: either side proposes, both accept the same version."),
        title=_("Terms"),
        candidates=this.the_hosts,
        qualifies=this.is_host,
        role="facility",
        due=WorkingDays("hosting.negotiate_days"),
        link=asked.page,
        automatic=True,
    ).Next(this.judge)
    judge = (
        Rule(POINT, facts=this.facts, then=this.judged, title=_("Are the terms within the limits?"))
        .When("permit", this.sign, label=_("Within the limits"))
        .Otherwise(this.consider)
    )
    consider = (
        Approval(
            _("The rule refuses these terms. Shall both sides negotiate anew?"),
            title=_("Terms outside the limits"),
            candidates=this.the_office,
            role="office",
        )
        .Approve(this.reopen, label=_("Negotiate anew"))
        .Reject(this.refuse, label=_("Refuse the hosting"))
    )
    reopen = Do(this.reopened, title=_("Terms are open again")).Next(this.negotiate)
    sign = Split(title=_("Both sides sign")).Next(this.owner_signs).Next(this.host_signs)
    owner_signs = (
        Approval(
            _("Do you sign these terms for the owner?"),
            title=_("Signature of the owner"),
            of_applicant=True,
            due=WorkingDays("hosting.sign_days"),
            form=SignForm,
            do=this.owner_signed,
        )
        .Approve(this.both, label=_("Sign"))
        .Reject(this.both, label=_("Do not sign"))
    )
    host_signs = (
        Approval(
            _("Do you sign these terms for the host?"),
            title=_("Signature of the host"),
            candidates=this.the_hosts,
            qualifies=this.is_host,
            role="facility",
            due=WorkingDays("hosting.sign_days"),
            form=SignForm,
            do=this.host_signed,
        )
        .Approve(this.both, label=_("Sign"))
        .Reject(this.both, label=_("Do not sign"))
    )
    both = Join(title=_("Both have answered")).Next(this.are_signed)
    are_signed = (
        If(this.has_signatures, title=_("Have both signed?")).Then(this.countersign).Else(this.reopen)
    )
    countersign = (
        Approval(
            _("Do you countersign this agreement?"),
            title=_("Countersignature of the equipment office"),
            candidates=this.the_office,
            role="office",
            form=SignForm,
            do=this.countersigned,
        )
        .Approve(this.paper, label=_("Countersign"))
        .Reject(this.reopen, label=_("Have it negotiated anew"))
    )
    paper = Do(this.printed, title=_("Agreement on paper")).Next(this.hand_over)
    hand_over = Work(
        _("Write down what changes hands, and who will manage the instrument."),
        title=_("Handover"),
        candidates=this.the_hosts,
        qualifies=this.is_host,
        role="facility",
        due=WorkingDays("hosting.handover_days"),
        form=HandOverForm,
        do=this.written,
    ).Next(this.confirm, label=_("Have it confirmed"))
    confirm = (
        Approval(
            _("Has all of this changed hands, in this condition?"),
            title=_("Confirmation of the owner"),
            of_applicant=True,
            due=WorkingDays("hosting.handover_days"),
            link=asked.page,
            do=this.confirmed,
        )
        .Approve(this.goes_over, label=_("Confirm"))
        .Reject(this.hand_over, label=_("Have it written anew"))
    )
    goes_over = Do(this.taken_in, title=_("The host runs it; the clauses count")).Next(this.runs)
    refuse = Do(this.refused_by_office, title=_("Refuse the hosting")).Next(this.refused)
    runs = End(outcome="running", title=_("Running"))
    declined = End(outcome="declined", title=_("Offer declined"))
    refused = End(outcome="refused", title=_("Refused"))

    # -- who is asked --------------------------------------------------------------------------------------

    def the_hosts(self, activation: Any) -> list[User]:
        return asked.the_hosts(activation.case, activation.now)

    def is_host(self, activation: Any, user: User) -> bool:
        found = asked.find(activation.case)
        return found is not None and hosts(user, found.facility, activation.now)

    def the_office(self, activation: Any) -> list[User]:
        return office_users(activation.now)

    def may_see(self, case: Case, user: Any, now: Any) -> bool:
        """Both sides, whoever is asked at the moment."""
        found = asked.find(case)
        return found is not None and (found.group.pi_id == user.pk or hosts(user, found.facility, now))

    # -- what holds ----------------------------------------------------------------------------------------

    def has_passed(self, activation: Any) -> bool:
        return is_inspected(asked.agreement_of(activation.case))

    def facts(self, activation: Any) -> tuple[Any, Any]:
        """Of the version that is agreed now, which is locked and kept: it is this one that is signed."""
        agreement = locked(asked.agreement_of(activation.case), State.AGREED)
        asked.keep_judged(activation, agreement.terms)
        return terms_facts(agreement, activation.now)

    def has_signatures(self, activation: Any) -> bool:
        return asked.agreement_of(activation.case).state == State.SIGNED

    # -- what happens --------------------------------------------------------------------------------------

    def inspected(self, activation: Any, answer: Answer) -> None:
        agreement = asked.agreement_of(activation.case, State.OFFERED)
        if answer.outcome == "reject":
            decline_offer(agreement=agreement, by=answer.by, now=activation.now, reason=answer.opinion)
            return
        if answer.by is None:
            return
        inspect(
            agreement=agreement,
            found=InspectForm.found(dict(answer.data)),
            by=answer.by,
            now=activation.now,
            note=answer.opinion,
        )
        self._freeze(activation)

    def judged(self, activation: Any, judgement: Judgement) -> None:
        """What the rule said is kept for whoever negotiates anew."""
        reasons = judgement.decision.reasons
        activation.remember(note=[{"zh": one.zh, "en": one.en} for one in reasons])
        self._freeze(activation)

    def reopened(self, activation: Any) -> None:
        """What was judged is open again; what both have agreed to since is judged next."""
        agreement = asked.agreement_of(activation.case)
        judged = asked.is_judged(activation.case, agreement.terms)
        if judged and agreement.state in (State.AGREED, State.SIGNED):
            reopen_terms(agreement=agreement, by=None, now=activation.now, reason=activation.case.number)

    def owner_signed(self, activation: Any, answer: Answer) -> None:
        self._sign(activation, answer, Side.OWNER)

    def host_signed(self, activation: Any, answer: Answer) -> None:
        self._sign(activation, answer, Side.HOST)

    def countersigned(self, activation: Any, answer: Answer) -> None:
        if answer.outcome == "approve" and answer.by is not None:
            countersign(
                agreement=self._as_judged(activation),
                digest=answer.data["digest"],
                by=answer.by,
                now=activation.now,
                opinion=answer.opinion,
            )

    def printed(self, activation: Any) -> None:
        issue_agreement(
            asked.agreement_of(activation.case), case_number=activation.case.number, now=activation.now
        )

    def written(self, activation: Any, answer: Answer) -> None:
        if answer.by is None:
            return
        write_inventory(
            agreement=asked.agreement_of(activation.case, State.COUNTERSIGNED),
            way=Inventory.Way.IN,
            things=answer.data["things"],
            by=answer.by,
            now=activation.now,
            note=answer.opinion,
        )
        activation.remember(manager=answer.data["manager"].pk)

    def confirmed(self, activation: Any, answer: Answer) -> None:
        if answer.outcome == "approve" and answer.by is not None:
            confirm_inventory(
                agreement=asked.agreement_of(activation.case, State.COUNTERSIGNED),
                way=Inventory.Way.IN,
                by=answer.by,
                now=activation.now,
            )

    def taken_in(self, activation: Any) -> None:
        take_in(
            agreement=asked.agreement_of(activation.case, State.COUNTERSIGNED),
            manager=User.objects.filter(pk=activation.recall("manager")).first(),
            by=None,
            now=activation.now,
        )

    def refused_by_office(self, activation: Any) -> None:
        decline_offer(
            agreement=asked.agreement_of(activation.case),
            by=None,
            now=activation.now,
            reason=activation.case.number,
        )

    def closed(self, case: Case) -> None:
        """However the case ended early, the offer ends with it."""
        found, now = asked.find(case), case.ended_at
        if found is None or now is None or found.state not in Agreement.BEFORE:
            return
        if case.state == Case.State.WITHDRAWN:
            withdraw_offer(agreement=found, by=None, now=now, reason=case.reason)
        else:
            decline_offer(agreement=found, by=None, now=now, reason=case.reason or case.number)

    def _sign(self, activation: Any, answer: Answer, side: str) -> None:
        if answer.outcome == "approve" and answer.by is not None:
            sign(
                agreement=self._as_judged(activation),
                side=side,
                digest=answer.data["digest"],
                by=answer.by,
                now=activation.now,
                opinion=answer.opinion,
            )

    def _as_judged(self, activation: Any) -> Agreement:
        """The agreement with the terms that the rule was asked about. Raises WrongState `hosting.moved`,
        `hosting.newer_terms` when others are negotiated meanwhile, or agreed.
        """
        agreement = locked(asked.agreement_of(activation.case), State.AGREED, State.SIGNED)
        asked.require_judged(activation.case, agreement.terms)
        return agreement

    def _freeze(self, activation: Any) -> None:
        freeze(activation.case, sections(asked.agreement_of(activation.case)))

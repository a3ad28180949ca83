"""Registration: screened by rule; the sponsor confirms, or the office checks the contract; the office looks
only where the rules ask it to; then the account is in force, as a visitor's until the safety exam is passed.

The person has no account while this runs: what is asked of them (`revise`) is answered on the page behind
their secret link, and a fact completes the step.
"""

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import Invalid, WrongState
from apps.decisions.judging import Judgement
from apps.people.admitting import (
    activate_application,
    choose_group,
    link_organisation,
    name_sponsor,
    reject_application,
)
from apps.people.applying import withdraw_application
from apps.people.lifecycle import lift_visitor
from apps.people.models import RegistrationApplication, User
from apps.people.organisations import agreement_in_force, find_organisation, is_blocked
from apps.people.roles import office_users
from apps.people.screening import screen_facts
from apps.training.models import Course
from apps.training.queries import safety_until
from rules.points.registration_screen import SILENT
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.moment import current
from workflows.nodes import Answer, Approval, Begin, Do, End, If, Rule, Switch, Work
from workflows.nodes.due import Days, WorkingDays
from workflows.nodes.human import APPROVE, COMPLETE
from workflows.registration.dossier import (
    application_section,
    earlier_sections,
    found_reasons,
    screening_section,
    show_repetitions,
)
from workflows.registration.forms import ContractForm, FindSponsorForm, SponsorForm
from workflows.registration.renewal import RenewalFlow
from workflows.registration.terms import end_of_registration, next_renewal, require_ahead
from workflows.services.starting import freeze

__all__ = ["RegistrationFlow", "RenewalFlow"]

# What the steps after the screening settle by themselves: the office need not look at it once more.
SETTLED_ELSEWHERE = frozenset(
    {
        "registration.sponsor",
        "registration.organisation_not_listed",
        "registration.agreement_missing",
    }
)


def application_of(case: Case) -> RegistrationApplication:
    """The application that a case is about. Raises Overtaken when it was withdrawn or decided otherwise."""
    applications = RegistrationApplication.objects.select_related(
        "applicant", "sponsor", "group", "unit", "organisation"
    )
    found = applications.filter(ulid=case.subject_ref.removeprefix("application:")).first()
    if found is None or not found.is_open:
        raise Overtaken(gettext("The application was withdrawn or decided otherwise."))
    return found


class RegistrationFlow(BaseFlow):
    """Registration"""

    key = "registration"
    prefix = "REG"
    process_title = _("Registration")
    case_title = _("Registration of {name}")
    deciding = frozenset({"sponsor", "contract", "office"})

    start = Begin().Next(this.screen)
    revise = (
        Work(
            _("Please answer the question and send the application again."),
            title=_("Applicant answers"),
            of_applicant=True,
            automatic=True,
            due=WorkingDays("registration.answer_days"),
        )
        .Next(this.screen)
        .OnDue(this.lapse)
    )
    screen = (
        Rule("registration.screen", facts=this.facts, then=this.screened, title=_("Screening"))
        .When("accept", this.route, label=_("In good order"))
        .When("ask_office", this.route, label=_("The office should look"))
        .When("reject", this.turn_away, label=_("To be rejected"))
        .Otherwise(this.route)
    )
    route = (
        Switch(title=_("Who is asked"))
        .Case(this.contract, this.is_external)
        .Case(this.sponsor, this.has_sponsor)
        .Default(this.find_sponsor)
    )
    find_sponsor = (
        Approval(
            _("Who could sponsor this person? Nobody in force was recognised."),
            title=_("Find the sponsor"),
            candidates=this.the_office,
            role="office",
            form=FindSponsorForm,
            do=this.sponsor_found,
            back_to=(this.revise,),
        )
        .Approve(this.sponsor, label=_("Ask this person"))
        .Reject(this.turn_away)
    )
    sponsor = (
        Approval(
            _("Does this person work in your group, and do you answer for their use?"),
            title=_("Sponsor confirms"),
            candidates=this.the_sponsor,
            role="pi",
            due=WorkingDays("registration.sponsor_days"),
            form=SponsorForm,
            do=this.sponsored,
            back_to=(this.revise,),
        )
        .Approve(this.check, label=_("Sponsor this person"))
        .Reject(this.turn_away)
    )
    contract = (
        Approval(
            _("Does an agreement with this organisation cover this person?"),
            title=_("Contract check"),
            candidates=this.the_office,
            role="office",
            due=WorkingDays("registration.contract_days"),
            form=ContractForm,
            do=this.contracted,
            back_to=(this.revise,),
        )
        .Approve(this.check)
        .Reject(this.turn_away)
    )
    check = (
        If(this.wants_the_office, title=_("Do the rules ask the office?"))
        .Then(this.office)
        .Else(this.activate)
    )
    office = (
        Approval(
            _("The rules ask you to look at this application. May this person be registered?"),
            title=_("Office check"),
            candidates=this.the_office,
            role="office",
            do=this.judged,
            back_to=(this.revise, this.sponsor, this.contract),
        )
        .Approve(this.activate, label=_("Register this person"))
        .Reject(this.turn_away)
    )
    activate = Do(this.activated, title=_("Activate the account")).Next(this.visitor)
    visitor = If(this.is_visitor, title=_("Is the safety exam passed?")).Then(this.exam).Else(this.done)
    exam = (
        Work(
            _("Pass the safety exam. Until then you may hand in samples, but not operate instruments."),
            title=_("Safety exam"),
            of_applicant=True,
            automatic=True,
            due=Days("registration.exam_days"),
            link=this.exam_page,
            do=this.examined,
        )
        .Next(this.done)
        .OnDue(this.stays_visitor)
    )
    turn_away = Do(this.rejected, title=_("Reject")).Next(this.refused)
    lapse = Do(this.lapsed, title=_("Close without an answer")).Next(this.unanswered)

    done = End(outcome="activated", title=_("Activated"))
    stays_visitor = End(outcome="visitor", title=_("Activated as a visitor"))
    refused = End(outcome="rejected", title=_("Rejected"))
    unanswered = End(outcome="unanswered", title=_("Closed without an answer"))

    # -- screening -----------------------------------------------------------------------------------------

    def facts(self, activation: Any) -> tuple[Any, Any]:
        return screen_facts(application_of(activation.case), activation.now)

    def screened(self, activation: Any, judgement: Judgement) -> None:
        """Keep what the rules said for the steps to come, and show it to those who decide."""
        reasons = found_reasons(judgement)
        codes = [reason.code for reason in reasons]
        outcome = judgement.decision.outcome
        asked = outcome not in ("accept", "reject") and not (codes and set(codes) <= SETTLED_ELSEWHERE)
        activation.remember(
            codes=codes,
            office=asked,
            note=reasons[0].zh if outcome == "reject" and reasons else "",
            silent=outcome == "reject" and bool(SILENT & set(codes)),
        )
        application = application_of(activation.case)
        sections = [application_section(application), *earlier_sections(application)]
        freeze(activation.case, [*sections, screening_section(reasons)])
        show_repetitions(activation.case, application)

    def is_external(self, activation: Any) -> bool:
        return application_of(activation.case).is_external

    def has_sponsor(self, activation: Any) -> bool:
        sponsor = application_of(activation.case).sponsor
        return sponsor is not None and "registration.sponsor" not in activation.recall("codes", [])

    def wants_the_office(self, activation: Any) -> bool:
        """What else came in under the same identity is looked at, whatever the rules say of this one."""
        repeated = show_repetitions(activation.case, application_of(activation.case))
        return repeated or bool(activation.recall("office", default=False))

    # -- who is asked --------------------------------------------------------------------------------------

    def the_office(self, activation: Any) -> list[User]:
        return office_users(activation.now)

    def the_sponsor(self, activation: Any) -> list[User]:
        sponsor = application_of(activation.case).sponsor
        return [sponsor] if sponsor is not None else []

    # -- what an answer does -------------------------------------------------------------------------------

    def sponsor_found(self, activation: Any, answer: Answer) -> None:
        if _refused(activation, answer):
            return
        name_sponsor(
            application=application_of(activation.case),
            sponsor=answer.data["sponsor"],
            by=answer.by,
            now=activation.now,
        )

    def sponsored(self, activation: Any, answer: Answer) -> None:
        if _refused(activation, answer):
            return
        application, until = application_of(activation.case), answer.data.get("until")
        require_ahead(until or application.wished_until, activation.now)
        choose_group(
            application=application,
            group=answer.data["group"],
            by=answer.by,
            now=activation.now,
        )
        activation.remember(until=_day(until))

    def contracted(self, activation: Any, answer: Answer) -> None:
        if _refused(activation, answer):
            return
        application, now = application_of(activation.case), activation.now
        until = answer.data.get("until")
        require_ahead(until or application.wished_until, now)
        wanted = answer.data["organisation"]
        listed = find_organisation(wanted, wanted)
        if listed is None:
            raise Invalid(
                gettext("No listed organisation has this name or code. List it first."),
                code="registration.organisation_unknown",
                field="organisation",
            )
        if is_blocked(listed, now):
            raise WrongState(
                gettext("This organisation is blocked."), code="registration.organisation_blocked"
            )
        if agreement_in_force(listed, now) is None:
            raise WrongState(
                gettext("No agreement with this organisation is in force. Record it first."),
                code="registration.agreement_missing",
            )
        link_organisation(application=application, organisation=listed, by=answer.by, now=now)
        activation.remember(until=_day(until))

    def judged(self, activation: Any, answer: Answer) -> None:
        _refused(activation, answer)

    # -- effects -------------------------------------------------------------------------------------------

    def activated(self, activation: Any) -> None:
        """The account, until the end of study or contract. What has changed meanwhile ends the case."""
        application, now = application_of(activation.case), activation.now
        until = end_of_registration(
            kind=application.kind,
            number=application.number,
            organisation=application.organisation,
            wished=_date(activation.recall("until")) or application.wished_until,
            at=now,
        )
        if until is not None and until <= now:
            raise Overtaken(gettext("The registration would be over already."))
        assert application.applicant is not None  # noqa: S101 - a constraint of open applications
        visitor = not _cleared(application.applicant, now)
        try:
            activate_application(
                application=application,
                valid_until=until,
                renew_by=next_renewal(until, now),
                visitor=visitor,
                now=now,
                source_case=activation.case.number,
            )
        except WrongState as refusal:
            raise Overtaken(refusal.message) from refusal
        activation.remember(visitor=visitor)

    def is_visitor(self, activation: Any) -> bool:
        return bool(activation.recall("visitor", default=True))

    def examined(self, activation: Any, answer: Answer) -> None:
        if answer.outcome != COMPLETE:
            return
        user = User.objects.get(pk=activation.case.applicant_id)
        if user.is_visitor(activation.now):
            lift_visitor(user=user, now=activation.now)

    def rejected(self, activation: Any) -> None:
        reject_application(
            application=application_of(activation.case),
            reason=activation.recall("note", "") or gettext("The application could not be accepted."),
            by=current().by,
            now=activation.now,
            silent=bool(activation.recall("silent", default=False)),
            source_case=activation.case.number,
        )

    def lapsed(self, activation: Any) -> None:
        reject_application(
            application=application_of(activation.case),
            reason=gettext("The question was not answered in time."),
            by=None,
            now=activation.now,
            source_case=activation.case.number,
        )

    def exam_page(self, case: Case) -> str:
        """The safety course, where it is told and examined; without one, one's own training."""
        course = Course.objects.filter(kind=Course.Kind.SAFETY, retired_at__isnull=True).first()
        return reverse("course_detail", args=[course.ulid]) if course else reverse("training_mine")

    def closed(self, case: Case) -> None:
        """However the case ended, the application does not stay open behind it."""
        application = RegistrationApplication.objects.filter(
            ulid=case.subject_ref.removeprefix("application:"), state__in=RegistrationApplication.OPEN
        ).first()
        if application is None:
            return
        now = current().now
        if case.state == Case.State.WITHDRAWN:
            withdraw_application(application=application, now=now)
        else:
            reject_application(
                application=application,
                reason=case.reason or gettext("The application could not be accepted."),
                by=current().by,
                now=now,
                source_case=case.number,
            )


def _refused(activation: Any, answer: Answer) -> bool:
    """Whether the answer was no; its opinion is what the applicant will read."""
    if answer.outcome == APPROVE:
        return False
    activation.remember(note=answer.opinion, silent=False)
    return True


def _cleared(user: User, at: datetime) -> bool:
    until = safety_until(user, at)
    return until is not None and until > at


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

"""The yearly renewal: the person says that they still need the account, whoever sponsors them confirms it,
and it lasts for another year. Who does not answer until it is due, or is not confirmed, is deregistered.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.people.identities import IN_SCHOOL
from apps.people.lifecycle import renew_user
from apps.people.models import User
from apps.people.queries import groups_of
from apps.people.roles import office_users
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.nodes import Approval, Begin, Do, End, If, Work
from workflows.nodes.due import WorkingDays
from workflows.registration.terms import end_of_registration, next_renewal


def person_of(case: Case) -> User:
    """The person whose registration is renewed. Raises Overtaken when it is not in force any more."""
    assert case.applicant_id is not None  # noqa: S101 - every renewal has one
    user = User.objects.select_related("organisation").get(pk=case.applicant_id)
    if not user.is_active or user.valid_from is None:
        raise Overtaken(gettext("The registration has ended meanwhile."))
    return user


class RenewalFlow(BaseFlow):
    """Yearly renewal"""

    key = "renewal"
    prefix = "REN"
    process_title = _("Renewal of a registration")
    case_title = _("Renewal of {name}")

    start = Begin().Next(this.ask)
    ask = (
        Work(
            _("Do you still need your account? Please say so before it ends."),
            title=_("The person confirms"),
            of_applicant=True,
            due=this.due,
        )
        .Next(this.confirm, label=_("I still need it"))
        .On("leave", this.gone, label=_("I do not need it any more"))
        .OnDue(this.gone)
    )
    confirm = (
        Approval(
            _("Does this person still work with you, or is the agreement still in force?"),
            title=_("Sponsor confirms"),
            candidates=this.the_sponsors,
            role="pi",
            due=WorkingDays("registration.sponsor_days"),
            batch=True,
        )
        .Approve(this.lasts, label=_("Confirm"))
        .Reject(this.gone)
    )
    lasts = (
        If(this.can_last, title=_("Do study, employment or agreement go on?"))
        .Then(this.renew)
        .Else(this.gone)
    )
    renew = Do(this.renewed, title=_("Renew the registration")).Next(this.done)

    done = End(outcome="renewed", title=_("Renewed"))
    gone = End(outcome="not_renewed", title=_("Not renewed"))

    def may_withdraw(self, case: Case, user: Any) -> bool:
        """Nobody: the clock began it, and whoever could end it would never be asked again."""
        return False

    def due(self, activation: Any) -> datetime | None:
        """The day on which the renewal is due, when that lies ahead; else a fortnight of working days."""
        user = User.objects.get(pk=activation.case.applicant_id)
        if user.renew_by is not None and user.renew_by > activation.now:
            return user.renew_by
        return WorkingDays("registration.answer_days").end()

    def the_sponsors(self, activation: Any) -> list[User]:
        """The principal investigators of the person's groups; of people from outside, the office."""
        user = person_of(activation.case)
        if user.kind not in IN_SCHOOL:
            return office_users(activation.now)
        groups = groups_of(user, activation.now).select_related("pi")
        return [group.pi for group in groups if group.pi_id != user.pk] or office_users(activation.now)

    def can_last(self, activation: Any) -> bool:
        """Whether there is an end ahead, or none: of study, employment or agreement."""
        user = person_of(activation.case)
        until = _until(user, activation.now)
        covered = user.kind in IN_SCHOOL or user.organisation is None or until is not None
        return covered and (until is None or until > activation.now)

    def renewed(self, activation: Any) -> None:
        user, now = person_of(activation.case), activation.now
        until = _until(user, now)
        renew_user(
            user=user,
            valid_until=until,
            renew_by=next_renewal(until, now),
            by=None,
            now=now,
            reason=activation.case.number,
        )


def _until(user: User, now: datetime) -> datetime | None:
    """The end that personnel file or agreement name; where they name none, the one that stands."""
    named = end_of_registration(
        kind=user.kind, number=user.username, organisation=user.organisation, wished=None, at=now
    )
    return named if named is not None or user.is_external else user.valid_until

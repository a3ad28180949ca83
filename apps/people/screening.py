"""The facts of `registration.screen` about one application, each with its source. Reads only; deciding and
recording is the flow's, through `apps.decisions`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from apps.core import parameters
from apps.core.clock import school_time
from apps.people.identities import IN_SCHOOL, account_of
from apps.people.models import HrPerson, HrStatus, RegistrationApplication, User
from apps.people.organisations import agreement_in_force, is_blocked
from apps.people.queries import ACTIVE, INACTIVE, active_users, user_state
from rules.points.registration_screen import (
    AccountFound,
    ApplicantKind,
    EmailFound,
    HrMatch,
    OrganisationFound,
    ScreenFacts,
    SponsorFound,
    Terms,
)

Sources = Mapping[str, Mapping[str, Any]]
_FORM = ("申请表", "Application form")
_ACCOUNTS = ("用户登记", "User register")
_HR = ("人事档案", "Personnel file")
_LISTED = ("校外单位名录", "List of organisations")


def screen_facts(application: RegistrationApplication, at: datetime) -> tuple[ScreenFacts, Sources]:
    """What is known about an application at a moment. At most nine queries."""
    in_school = application.kind in IN_SCHOOL
    person = HrPerson.objects.filter(number=application.number).first() if in_school else None
    organisation, agreement_days = _organisation(application, at)
    account = account_of(application.identity)
    facts = ScreenFacts(
        applicant_kind=_kind(application),
        account=_account(application, account, at),
        email=_email(application, account, person) if in_school else EmailFound.NOT_ASKED,
        email_used=_email_used(application, at),
        same_person=_same_person(application, at),
        hr=_hr(application, person) if in_school else HrMatch.NOT_ASKED,
        hr_days_left=_days(person.valid_until, at) if person and person.valid_until else None,
        organisation=organisation,
        agreement_days_left=agreement_days,
        terms=_terms(application, at),
        sponsor=_sponsor(application, at),
        wished_days=_days(application.wished_until, at) if application.wished_until else None,
    )
    return facts, _sources(application, account, person)


def _kind(application: RegistrationApplication) -> ApplicantKind:
    known = application.kind in ApplicantKind.__members__.values()
    return ApplicantKind(application.kind) if known else ApplicantKind.UNKNOWN


def _account(application: RegistrationApplication, account: User | None, at: datetime) -> AccountFound:
    """Who comes back applies with their old account; any other account of that login is another's."""
    if account is None:
        return AccountFound.NONE
    state = user_state(account, at)
    if state != INACTIVE:
        return AccountFound.ACTIVE if state == ACTIVE else AccountFound.SUSPENDED
    return AccountFound.ENDED if account.pk == application.applicant_id else AccountFound.UNKNOWN


def _email_used(application: RegistrationApplication, at: datetime) -> bool:
    others = (
        active_users(at).filter(email__iexact=application.email).exclude(pk=application.applicant_id or 0)
    )
    waiting = RegistrationApplication.objects.filter(
        email__iexact=application.email, state__in=RegistrationApplication.OPEN
    ).exclude(pk=application.pk)
    return others.exists() or waiting.exists()


def _email(application: RegistrationApplication, account: User | None, person: HrPerson | None) -> EmailFound:
    """A number and a name are no secret: only an address that the school had before says who it is."""
    own = account is not None and account.pk == application.applicant_id
    known = {
        address.strip().lower()
        for address in (person.email if person else "", account.email if account and own else "")
    }
    known.discard("")
    if not known:
        return EmailFound.NOT_ON_FILE
    return EmailFound.CONFIRMED if application.email.lower() in known else EmailFound.DIFFERS


def _same_person(application: RegistrationApplication, at: datetime) -> bool:
    """At the school namesakes are told apart by their numbers."""
    if application.organisation_id is None:
        return False
    namesakes = active_users(at).filter(
        organisation_id=application.organisation_id, name_zh=application.name_zh
    )
    return namesakes.exclude(pk=application.applicant_id or 0).exists()


def _hr(application: RegistrationApplication, person: HrPerson | None) -> HrMatch:
    if person is None:
        return HrMatch.NO_RECORD
    if person.left_at is not None or person.status == HrStatus.LEFT:
        return HrMatch.LEFT
    if _plain(person.name_zh) != _plain(application.name_zh):
        return HrMatch.NAME_DIFFERS
    return HrMatch.MATCH if person.kind == application.kind else HrMatch.KIND_DIFFERS


def _plain(name: str) -> str:
    """A name without spaces and the dots of transcribed names, of whichever kind."""
    return "".join(letter for letter in name.casefold() if letter.isalpha())


def _organisation(application: RegistrationApplication, at: datetime) -> tuple[OrganisationFound, int | None]:
    if not application.is_external:
        return OrganisationFound.NOT_ASKED, None
    organisation = application.organisation
    if organisation is None:
        return OrganisationFound.NOT_LISTED, None
    agreement = agreement_in_force(organisation, at)
    days = None
    if agreement is not None and agreement.valid_until is not None:
        days = (school_time(agreement.valid_until).date() - school_time(at).date()).days
    return OrganisationFound.BLOCKED if is_blocked(organisation, at) else OrganisationFound.KNOWN, days


def _terms(application: RegistrationApplication, at: datetime) -> Terms:
    if not application.terms_version:
        return Terms.MISSING
    current = parameters.value("people.terms_version", at=at)
    return Terms.CURRENT if application.terms_version == current else Terms.OUTDATED


def _sponsor(application: RegistrationApplication, at: datetime) -> SponsorFound:
    if application.sponsor is None:
        return SponsorFound.NOT_FOUND if application.sponsor_text else SponsorFound.NONE
    active = user_state(application.sponsor, at) == ACTIVE
    return SponsorFound.ACTIVE if active else SponsorFound.NOT_ACTIVE


def _days(until: date, at: datetime) -> int:
    """Whole days until the end of a school day; negative once it is over."""
    return (until - school_time(at).date()).days


def _sources(
    application: RegistrationApplication, account: User | None, person: HrPerson | None
) -> dict[str, dict[str, Any]]:
    def source(kind: str, ref: str, label: tuple[str, str]) -> dict[str, Any]:
        return {"kind": kind, "ref": ref, "label_zh": label[0], "label_en": label[1]}

    form = source("application", application.ulid, _FORM)
    accounts = source("user", account.ulid if account else "", _ACCOUNTS)
    hr = source("hr_file", person.file.ulid if person else "", _HR)
    listed = source(
        "organisation", application.organisation.ulid if application.organisation else "", _LISTED
    )
    found = dict.fromkeys(("applicant_kind", "terms", "wished_days"), form)
    found |= dict.fromkeys(("account", "email_used", "same_person", "sponsor"), accounts)
    found |= dict.fromkeys(("email", "hr", "hr_days_left"), hr)
    return found | dict.fromkeys(("organisation", "agreement_days_left"), listed)

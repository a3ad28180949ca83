"""An application for registration on its way: sent in, sent back with a question, amended, withdrawn,
rejected, activated. The registration flow moves it; the person who applies has no account yet and comes by a
secret link.

Nothing here tells a stranger whether somebody has an account: a second application under one identity is
kept as a repetition and answered like the first.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit, parameters
from apps.core.clock import school_time
from apps.core.errors import Invalid, WrongState
from apps.core.ids import new_ulid
from apps.core.outbox import publish
from apps.people.identities import (
    IN_SCHOOL,
    ended_account,
    find_sponsor,
    identity_of,
    login_of,
    school_number,
)
from apps.people.lifecycle import require_password
from apps.people.models import OrgUnit, RegistrationApplication, User
from apps.people.organisations import find_organisation

State = RegistrationApplication.State
_TOKEN_BYTES = 24
_LONGEST = {
    "name_zh": 60,
    "name_en": 60,
    "email": 120,
    "phone": 30,
    "sponsor_text": 80,
    "organisation_name": 120,
    "organisation_code": 40,
    "contract": 60,
    "purpose": 2000,
}


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What the form says. `wished_until` is a school day; `language` that of the page."""

    kind: str
    name_zh: str
    email: str
    phone: str
    terms_version: str
    number: str = ""
    name_en: str = ""
    unit: OrgUnit | None = None
    sponsor_text: str = ""
    wished_until: date | None = None
    organisation_name: str = ""
    organisation_code: str = ""
    contract: str = ""
    purpose: str = ""
    language: str = field(default="zh-hans")


def checked(filled: Filled, now: datetime) -> Filled:
    """The same, tidied. Raises Invalid `people.kind`, `people.name`, `people.number`, `people.email`,
    `people.phone`, `people.sponsor`, `people.organisation`, `people.terms`, `people.wished_until`,
    `people.too_long`, each at its field.
    """
    tidy = {name: value.strip() for name, value in vars(filled).items() if isinstance(value, str)}
    if tidy["kind"] not in User.Kind.values:
        raise Invalid(_("Unknown kind of user."), code="people.kind", field="kind")
    in_school = tidy["kind"] in IN_SCHOOL
    tidy["number"] = school_number(tidy["number"]) if in_school else ""
    _require_filled(tidy, in_school=in_school)
    for name, longest in _LONGEST.items():
        if len(tidy[name]) > longest:
            raise Invalid(_("This is too long."), code="people.too_long", field=name)
    try:
        validate_email(tidy["email"])
    except ValidationError as exc:
        raise Invalid(_("This is no e-mail address."), code="people.email", field="email") from exc
    if filled.wished_until is not None and filled.wished_until <= school_time(now).date():
        raise Invalid(_("This day is over."), code="people.wished_until", field="wished_until")
    return Filled(**{**vars(filled), **tidy})


@transaction.atomic
def submit_application(
    *, filled: Filled, password: str, now: datetime
) -> tuple[RegistrationApplication, str]:
    """A new application and the secret of its link, which is told once and kept as a digest only. The
    password is kept hashed; a pending account stands for the person.

    Raises what `checked` raises, Invalid `people.weak_password`, and WrongState `people.application_open`
    when one is open under this identity (see `keep_repetition`).
    """
    filled = checked(filled, now)
    identity = identity_of(filled.kind, filled.number, filled.email)
    _require_password(filled, identity, password)
    hashed = make_password(password)
    ulid = new_ulid()
    try:
        with transaction.atomic():
            applicant = ended_account(identity, now) or _pending(filled, ulid, now)
            application, token = _keep(
                filled, identity, now, ulid=ulid, applicant=applicant, password=hashed, state=State.SUBMITTED
            )
    except IntegrityError as exc:
        raise WrongState(
            _("An application under this identity is open already."), code="people.application_open"
        ) from exc
    audit.record(action="people.submit_application", object_ref=f"application:{application.ulid}", now=now)
    publish("people.application_submitted", now=now, application=application.ulid)
    return application, token


@transaction.atomic
def keep_repetition(
    *, filled: Filled, password: str, now: datetime, tell: bool = True
) -> tuple[RegistrationApplication, str]:
    """An application under an identity that has an open one: kept for the office to see, closed at once, and
    answered as if it were new until `people.silent_days` are over. Who decides about the open one is told by
    a fact, unless not to `tell`: whoever sent a number first may be another than whose number it is.
    """
    filled = checked(filled, now)
    identity = identity_of(filled.kind, filled.number, filled.email)
    _require_password(filled, identity, password)
    make_password(password)  # takes as long as for a new one, and forgets it
    application, token = _keep(
        filled, identity, now, ulid=new_ulid(), applicant=None, password="", state=State.REPEATED
    )
    audit.record(action="people.keep_repetition", object_ref=f"application:{application.ulid}", now=now)
    first = RegistrationApplication.objects.filter(
        identity=identity, state__in=RegistrationApplication.OPEN
    ).first()
    if first is not None and tell:
        publish("people.application_repeated", now=now, application=first.ulid, repetition=application.ulid)
    return application, token


@transaction.atomic
def return_application(
    *, application: RegistrationApplication, question: str, now: datetime
) -> RegistrationApplication:
    """The person is asked something before it goes on. Raises Invalid `people.question`; WrongState
    `people.application_closed`.
    """
    if not question.strip():
        raise Invalid(_("Please say what is asked."), code="people.question", field="question")
    fresh = lock_open(application, (State.SUBMITTED,))
    fresh.state, fresh.question, fresh.changed_at = State.RETURNED, question.strip(), now
    fresh.save(update_fields=["state", "question", "changed_at"])
    publish("people.application_returned", now=now, application=fresh.ulid)
    return fresh


@transaction.atomic
def amend_application(
    *, application: RegistrationApplication, filled: Filled, now: datetime, password: str = ""
) -> RegistrationApplication:
    """The person has answered: what the form says now replaces what it said. Kind, school number and, for
    external people, the e-mail address stay: whoever mistyped these withdraws and applies anew. An empty
    password keeps the one chosen before.

    Raises what `checked` raises; Invalid `people.identity_stays`, `people.weak_password`; WrongState
    `people.application_closed`, `people.application_not_returned`.
    """
    filled = checked(filled, now)
    fresh = lock_open(application, (State.RETURNED,))
    if identity_of(filled.kind, filled.number, filled.email) != fresh.identity or filled.kind != fresh.kind:
        raise Invalid(
            _("This cannot be changed here: withdraw the application and apply anew."),
            code="people.identity_stays",
            field="number" if fresh.number else "email",
        )
    if password:
        _require_password(filled, fresh.identity, password)
        fresh.password = make_password(password)
    for name, value in _columns(filled, now).items():
        setattr(fresh, name, value)
    fresh.state, fresh.question, fresh.changed_at = State.SUBMITTED, "", now
    fresh.save()
    audit.record(action="people.amend_application", object_ref=f"application:{fresh.ulid}", now=now)
    publish("people.application_amended", now=now, application=fresh.ulid)
    return fresh


@transaction.atomic
def withdraw_application(*, application: RegistrationApplication, now: datetime) -> RegistrationApplication:
    """The person does not want it any more. What was closed silently is withdrawn as if it were open, for
    the answer would tell: it stays what it has become, and nothing follows. Raises WrongState
    `people.application_closed`.
    """
    fresh = _locked(application)
    if not fresh.is_open and public_state(fresh, now) == "received":
        fresh.withdrawn_at = now
        fresh.save(update_fields=["withdrawn_at"])
        audit.record(action="people.withdraw_application", object_ref=f"application:{fresh.ulid}", now=now)
        return fresh
    fresh = close_application(application=application, state=State.WITHDRAWN, now=now)
    audit.record(action="people.withdraw_application", object_ref=f"application:{fresh.ulid}", now=now)
    publish("people.application_withdrawn", now=now, application=fresh.ulid)
    return fresh


def repetitions_of(application: RegistrationApplication) -> QuerySet[RegistrationApplication]:
    """What came in under the same identity since this one did, the latest first."""
    return RegistrationApplication.objects.filter(
        identity=application.identity, state=State.REPEATED, submitted_at__gte=application.submitted_at
    ).order_by("-submitted_at", "-id")


def application_by_token(token: str) -> RegistrationApplication | None:
    """The application whose secret link this is."""
    return RegistrationApplication.objects.filter(token_digest=token_digest(token)).first()


def token_digest(token: str) -> str:
    """Under what a secret link is kept: it is random, so that its digest needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def public_state(application: RegistrationApplication, at: datetime) -> str:
    """What the page behind the secret link says: 'received', 'question', 'active', 'withdrawn' or 'closed'.
    What would tell whether somebody has an account shows as received until `told_from`.
    """
    if application.withdrawn_at is not None:
        return "withdrawn"
    if application.state == State.RETURNED:
        return "question"
    if application.state in (State.REJECTED, State.REPEATED):
        silent = application.told_from is not None and application.told_from > at
        return "received" if silent else "closed"
    known = {State.ACTIVATED: "active", State.WITHDRAWN: "withdrawn"}
    return known.get(State(application.state), "received")


def silent_until(now: datetime) -> datetime:
    """Until when an answer that tells something about others is kept back."""
    return now + timedelta(days=parameters.value("people.silent_days", at=now))


def lock_open(
    application: RegistrationApplication, wanted: tuple[str, ...] = RegistrationApplication.OPEN
) -> RegistrationApplication:
    """The application's row, locked until the transaction ends. Raises WrongState
    `people.application_closed`, and `people.application_not_returned` where it is open in another state.
    """
    fresh = _locked(application)
    if not fresh.is_open:
        raise WrongState(_("This application is closed."), code="people.application_closed")
    if fresh.state not in wanted:
        raise WrongState(_("Nothing is asked just now."), code="people.application_not_returned")
    return fresh


def _locked(application: RegistrationApplication) -> RegistrationApplication:
    rows = RegistrationApplication.objects.select_for_update(no_key=True, of=("self",))
    return rows.get(pk=application.pk)


def close_application(
    *,
    application: RegistrationApplication,
    state: str,
    now: datetime,
    source_case: str = "",
    outcome_note: str = "",
    told_from: datetime | None = None,
) -> RegistrationApplication:
    """Its end, in the caller's transaction: the password is forgotten. Raises WrongState
    `people.application_closed`.
    """
    fresh = lock_open(application)
    fresh.state, fresh.ended_at, fresh.changed_at = state, now, now
    fresh.password, fresh.question = "", ""
    fresh.outcome_note, fresh.told_from = outcome_note, told_from
    fresh.source_case = source_case or fresh.source_case
    fresh.save()
    return fresh


def _require_filled(tidy: dict[str, str], *, in_school: bool) -> None:
    wanted = {
        "name_zh": ("people.name", _("A name is needed.")),
        "email": ("people.email", _("An e-mail address is needed.")),
        "phone": ("people.phone", _("A telephone number is needed.")),
        "terms_version": ("people.terms", _("Please accept the user agreement.")),
    }
    if in_school:
        wanted["sponsor_text"] = (
            "people.sponsor",
            _("Please name the principal investigator who sponsors you."),
        )
    else:
        wanted["organisation_name"] = ("people.organisation", _("Please name your organisation."))
    for name, (code, words) in wanted.items():
        if not tidy[name]:
            raise Invalid(words, code=code, field=name)


def _require_password(filled: Filled, identity: str, password: str) -> None:
    require_password(
        password,
        User(username=login_of(identity), name_zh=filled.name_zh, name_en=filled.name_en, email=filled.email),
    )


def _pending(filled: Filled, ulid: str, now: datetime) -> User:
    """An account that nobody can sign in to: it never was in force, and its login is nobody's."""
    user = User(
        username=f"pending:{ulid}",
        name_zh=filled.name_zh,
        name_en=filled.name_en,
        email=filled.email,
        phone=filled.phone,
        kind=filled.kind,
        unit=filled.unit,
        is_active=False,
        date_joined=now,
    )
    user.set_unusable_password()
    user.save()
    return user


def _keep(
    filled: Filled,
    identity: str,
    now: datetime,
    *,
    ulid: str,
    applicant: User | None,
    password: str,
    state: str,
) -> tuple[RegistrationApplication, str]:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    repeated = state == State.REPEATED
    application = RegistrationApplication.objects.create(
        **_columns(filled, now),
        ulid=ulid,
        applicant=applicant,
        identity=identity,
        kind=filled.kind,
        number=filled.number,
        language=filled.language,
        password=password,
        token_digest=token_digest(token),
        state=state,
        submitted_at=now,
        changed_at=now,
        ended_at=now if repeated else None,
        told_from=silent_until(now) if repeated else None,
    )
    return application, token


def _columns(filled: Filled, now: datetime) -> dict[str, object]:
    """What an amendment may change."""
    external = filled.kind not in IN_SCHOOL
    return {
        "name_zh": filled.name_zh,
        "name_en": filled.name_en,
        "email": filled.email,
        "phone": filled.phone,
        "unit": filled.unit,
        "sponsor_text": filled.sponsor_text,
        "sponsor": find_sponsor(filled.sponsor_text, now),
        "wished_until": filled.wished_until,
        "organisation_name": filled.organisation_name if external else "",
        "organisation_code": filled.organisation_code if external else "",
        "organisation": (
            find_organisation(filled.organisation_name, filled.organisation_code) if external else None
        ),
        "contract": filled.contract if external else "",
        "purpose": filled.purpose,
        "terms_version": filled.terms_version,
        "terms_accepted_at": now,
    }

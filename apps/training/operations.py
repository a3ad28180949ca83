"""What makes a person able and allowed: certificates, safety clearances, night endorsements. Guided sessions
are in `guided`.

Nobody certifies, clears or reinstates themselves. A certificate is never changed: it ends, is suspended, or a
new one is issued.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.instruments.queries import holds_manage
from apps.people.models import User
from apps.people.requirements import require_office, require_period, require_reason
from apps.training.guided import cancel_guided_session, schedule_guided_session
from apps.training.models import Certificate, CertificateSuspension, NightEndorsement, SafetyClearance
from apps.training.queries import may_certify

__all__ = [
    "cancel_guided_session",
    "case_decides",
    "end_certificate",
    "endorse_night",
    "grant_safety_clearance",
    "issue_certificate",
    "over_already",
    "reinstate_certificate",
    "require_certifier",
    "revoke_night_endorsement",
    "revoke_safety_clearance",
    "schedule_guided_session",
    "suspend_certificate",
    "withdraw_certificate",
]


@transaction.atomic
def issue_certificate(
    *,
    user: User,
    instrument: Instrument,
    level: str,
    valid_from: datetime,
    valid_until: datetime,
    issued_by: User | None,
    source_case: str,
    now: datetime,
) -> Certificate:
    """The user may operate the instrument at `level` for a period. The same case asked again gets the same
    certificate.

    Raises Invalid `training.level`, `core.period`, `training.source_case`; NotPermitted
    `training.own_certificate`, `training.not_certifier` (see `queries.may_certify`); WrongState
    `training.case_used` when the case has already issued another certificate for this person and instrument.
    """
    if level not in Certificate.Level.values:
        raise Invalid(_("Unknown level."), code="training.level", field="level")
    if not source_case.strip():
        raise Invalid(_("A certificate names its case."), code="training.source_case", field="source_case")
    require_period(valid_from, valid_until)
    require_certifier(user, instrument, level, issued_by, now)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    wanted = {"level": level, "valid_from": valid_from, "valid_until": valid_until}
    of_case = Certificate.objects.filter(user=user, instrument=instrument, source_case=source_case)
    same = of_case.filter(**wanted).first()
    if same is not None:
        return same  # also a withdrawn one: a step that is repeated late must not give the right back
    if of_case.filter(revoked_at__isnull=True).exists():
        raise WrongState(_("This case has already issued another certificate."), code="training.case_used")
    certificate = Certificate.objects.create(
        user=user, instrument=instrument, issued_by=issued_by, source_case=source_case, **wanted
    )
    _record_certificate("issue_certificate", certificate, issued_by, now, "")
    publish(
        "training.certificate_issued",
        now=now,
        user=user.ulid,
        instrument=instrument.ulid,
        certificate=certificate.ulid,
    )
    return certificate


@transaction.atomic
def withdraw_certificate(
    *, certificate: Certificate, reason: str, by: User | None, now: datetime
) -> Certificate:
    """The certificate ends now for good; a running use under it ends too. Its holder may give it up.

    Raises Invalid `core.reason_required`; NotPermitted `training.not_certifier`; WrongState
    `training.withdrawn`, `training.expired`.
    """
    reason = require_reason(reason)
    if by is None or by.pk != certificate.user_id:
        _require_over(certificate, by, now)
    end_certificate(certificate, as_=Certificate.Ending.WITHDRAWN, reason=reason, by=by, now=now)
    certificate.refresh_from_db()
    return certificate


def end_certificate(
    certificate: Certificate, *, as_: str, reason: str, by: User | None, now: datetime
) -> None:
    """The certificate ends now, as one of `Certificate.Ending`; a running use under it is decided again. The
    caller has asked whether it may, inside its own transaction. Raises WrongState `training.withdrawn`,
    `training.expired`.
    """
    ended = Certificate.objects.filter(
        pk=certificate.pk, revoked_at__isnull=True, valid_until__gt=now
    ).update(revoked_at=now, withdrawn_by=by, withdraw_reason=reason, ended_as=as_)
    if not ended:
        raise over_already(certificate)
    _record_certificate("withdraw_certificate", certificate, by, now, reason)
    publish("training.certificate_withdrawn", now=now, **_named(certificate), reason=reason)


@transaction.atomic
def suspend_certificate(
    *,
    certificate: Certificate,
    reason: str,
    by: User | None,
    now: datetime,
    valid_until: datetime | None = None,
    source_case: str = "",
) -> CertificateSuspension:
    """The certificate does not count from now on, until reinstated or `valid_until`. A suspension of a case
    stands beside one that is in force already, and only `releasing` lifts it.

    Raises Invalid `core.reason_required`, `core.period`; NotPermitted `training.not_certifier`; WrongState
    `training.withdrawn`, `training.expired`, `training.suspended`.
    """
    reason = require_reason(reason)
    require_period(now, valid_until)
    _require_over(certificate, by, now)
    row = Certificate.objects.select_for_update(no_key=True).get(pk=certificate.pk)
    if row.revoked_at is not None or (row.valid_until is not None and row.valid_until <= now):
        raise over_already(row)
    others = row.suspensions.filter(in_force(now))
    if (others.filter(source_case=source_case) if source_case else others).exists():
        raise WrongState(_("This certificate is already suspended."), code="training.suspended")
    suspension = CertificateSuspension.objects.create(
        certificate=row,
        reason=reason,
        by=by,
        valid_from=now,
        valid_until=valid_until,
        source_case=source_case,
    )
    _record_certificate("suspend_certificate", row, by, now, reason)
    publish("training.certificate_suspended", now=now, **_named(row), reason=reason)
    return suspension


@transaction.atomic
def reinstate_certificate(
    *, certificate: Certificate, by: User | None, now: datetime, reason: str = ""
) -> Certificate:
    """The suspension in force ends now. Raises `training.own_certificate`, `training.not_certifier`;
    WrongState `training.not_suspended`, and for a person `training.case_decides` while a case does.
    """
    if by is not None and by.pk == certificate.user_id:
        raise NotPermitted(_("Nobody certifies themselves."), code="training.own_certificate")
    _require_over(certificate, by, now)
    Certificate.objects.select_for_update(no_key=True).get(pk=certificate.pk)  # as who suspends does
    lifted = CertificateSuspension.objects.filter(in_force(now), certificate=certificate)
    if by is not None and lifted.exclude(source_case="").exists():
        raise case_decides()
    if not lifted.update(revoked_at=now):
        raise WrongState(_("This certificate is not suspended."), code="training.not_suspended")
    _record_certificate("reinstate_certificate", certificate, by, now, reason)
    publish("training.certificate_reinstated", now=now, **_named(certificate))
    return certificate


@transaction.atomic
def grant_safety_clearance(
    *,
    user: User,
    valid_from: datetime,
    valid_until: datetime | None,
    source_case: str,
    now: datetime,
    by: User | None = None,
) -> SafetyClearance:
    """The user passed the laboratory safety exam. The same case asked again gets the same clearance.

    Raises Invalid `training.source_case`, `core.period`; NotPermitted `people.office_only`,
    `training.own_certificate`.
    """
    if not source_case.strip():
        raise Invalid(_("A clearance names its case."), code="training.source_case", field="source_case")
    require_period(valid_from, valid_until)
    if by is not None and by.pk == user.pk:
        raise NotPermitted(_("Nobody clears themselves."), code="training.own_certificate")
    require_office(by, now)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    clearance, made = SafetyClearance.objects.get_or_create(
        user=user,
        source_case=source_case,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    if made:
        audit.record(
            action="training.grant_safety_clearance", object_ref=f"user:{user.ulid}", now=now, actor=by
        )
        publish("training.clearance_changed", now=now, user=user.ulid)
    return clearance


@transaction.atomic
def revoke_safety_clearance(
    *, clearance: SafetyClearance, reason: str, by: User | None, now: datetime
) -> SafetyClearance:
    """The clearance ends now. Raises Invalid `core.reason_required`; NotPermitted `people.office_only`;
    WrongState `training.clearance_over`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    if not _end_now(SafetyClearance, clearance.pk, now):
        raise WrongState(_("This clearance is over."), code="training.clearance_over")
    audit.record(
        action="training.revoke_safety_clearance",
        object_ref=f"user:{clearance.user.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("training.clearance_changed", now=now, user=clearance.user.ulid)
    clearance.refresh_from_db()
    return clearance


@transaction.atomic
def endorse_night(
    *,
    user: User,
    instrument: Instrument,
    valid_from: datetime,
    valid_until: datetime | None,
    source_case: str,
    now: datetime,
    by: User | None = None,
) -> NightEndorsement:
    """The user may use the instrument at night and on holidays. The same case asked again gets the same
    endorsement.

    Raises Invalid `training.source_case`, `core.period`; NotPermitted `training.own_certificate`,
    `instruments.not_authorized`; WrongState `training.no_night_use` where the instrument is never used at
    night.
    """
    if not source_case.strip():
        raise Invalid(_("An endorsement names its case."), code="training.source_case", field="source_case")
    require_period(valid_from, valid_until)
    if by is not None:
        _require_endorser(user, instrument, by, now)
    if not instrument.night_self_use:
        raise WrongState(_("This instrument is not used at night."), code="training.no_night_use")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    endorsement, made = NightEndorsement.objects.get_or_create(
        user=user,
        instrument=instrument,
        source_case=source_case,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    if made:
        audit.record(
            action="training.endorse_night",
            object_ref=f"user:{user.ulid}",
            now=now,
            actor=by,
            instrument=instrument.ulid,
        )
        publish("training.endorsement_changed", now=now, user=user.ulid, instrument=instrument.ulid)
    return endorsement


@transaction.atomic
def revoke_night_endorsement(
    *, endorsement: NightEndorsement, reason: str, by: User | None, now: datetime
) -> NightEndorsement:
    """The endorsement ends now. Raises Invalid `core.reason_required`; NotPermitted
    `instruments.not_authorized`; WrongState `training.endorsement_over`.
    """
    reason = require_reason(reason)
    if by is not None and by.pk != endorsement.user_id:
        _require_endorser(endorsement.user, endorsement.instrument, by, now)
    if not _end_now(NightEndorsement, endorsement.pk, now):
        raise WrongState(_("This endorsement is over."), code="training.endorsement_over")
    audit.record(
        action="training.revoke_night_endorsement",
        object_ref=f"user:{endorsement.user.ulid}",
        now=now,
        actor=by,
        reason=reason,
        instrument=endorsement.instrument.ulid,
    )
    publish(
        "training.endorsement_changed",
        now=now,
        user=endorsement.user.ulid,
        instrument=endorsement.instrument.ulid,
    )
    endorsement.refresh_from_db()
    return endorsement


def _end_now(model: type[SafetyClearance] | type[NightEndorsement], pk: int, now: datetime) -> bool:
    """Compare-and-set: of two who end the same row one wins. One that has not begun may be ended too."""
    row = model._default_manager.filter(pk=pk, revoked_at__isnull=True).exclude(valid_until__lte=now)
    return bool(row.update(revoked_at=now))


def require_certifier(user: User, instrument: Instrument, level: str, by: User | None, now: datetime) -> None:
    """Whoever may give this level, and never oneself: NotPermitted `training.own_certificate`,
    `training.not_certifier`. `by=None` is the system or an import.
    """
    if by is None:
        return
    if by.pk == user.pk:
        raise NotPermitted(_("Nobody certifies themselves."), code="training.own_certificate")
    if not may_certify(by, instrument, level, now):
        raise NotPermitted(
            _("You may not certify this level on this instrument."), code="training.not_certifier"
        )


def _require_over(certificate: Certificate, by: User | None, now: datetime) -> None:
    if by is not None and not may_certify(by, certificate.instrument, certificate.level, now):
        raise NotPermitted(_("You may not decide about this certificate."), code="training.not_certifier")


def _require_endorser(user: User, instrument: Instrument, by: User, now: datetime) -> None:
    if by.pk == user.pk:
        raise NotPermitted(_("Nobody certifies themselves."), code="training.own_certificate")
    if not holds_manage(by, instrument, now):
        raise NotPermitted(
            _("This needs the right to manage the instrument."), code="instruments.not_authorized"
        )


def case_decides() -> WrongState:
    """The refusal of whatever would go past an open case about certificates: `training.case_decides`."""
    return WrongState(
        _("A case about this person's certificates is in progress; it decides."), code="training.case_decides"
    )


def over_already(certificate: Certificate) -> WrongState:
    """The refusal of whatever is asked of a certificate that is over: `training.withdrawn` or
    `training.expired`.
    """
    certificate.refresh_from_db()
    if certificate.revoked_at is not None:
        return WrongState(_("This certificate has been withdrawn."), code="training.withdrawn")
    return WrongState(_("This certificate has expired."), code="training.expired")


def _named(certificate: Certificate) -> dict[str, str]:
    return {
        "user": certificate.user.ulid,
        "instrument": certificate.instrument.ulid,
        "certificate": certificate.ulid,
    }


def _record_certificate(
    verb: str, certificate: Certificate, by: User | None, now: datetime, reason: str
) -> None:
    audit.record(
        action=f"training.{verb}",
        object_ref=f"certificate:{certificate.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )

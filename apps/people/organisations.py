"""External organisations: listing them, recording their agreements, blocking them. The office's work."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.periods import in_force
from apps.people.models import Organisation, OrganisationAgreement, OrganisationBlock, User
from apps.people.requirements import require_office, require_period, require_reason


@transaction.atomic
def add_organisation(
    *, name_zh: str, name_en: str, kind: str, code: str, by: User | None, now: datetime
) -> Organisation:
    """An organisation that people may name when they apply. Raises Invalid `people.organisation_name`,
    `people.organisation_kind`; NotPermitted `people.office_only`; WrongState `people.organisation_taken`.
    """
    if not name_zh.strip():
        raise Invalid(_("A name is needed."), code="people.organisation_name", field="name_zh")
    if kind not in Organisation.Kind.values:
        raise Invalid(_("Unknown kind of organisation."), code="people.organisation_kind", field="kind")
    require_office(by, now)
    try:
        with transaction.atomic():
            made = Organisation.objects.create(
                name_zh=name_zh.strip(),
                name_en=name_en.strip(),
                kind=kind,
                code=code.strip().upper(),
                added_at=now,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("An organisation of this name or code is listed already."), code="people.organisation_taken"
        ) from exc
    audit.record(action="people.add_organisation", object_ref=f"organisation:{made.ulid}", now=now, actor=by)
    return made


@transaction.atomic
def record_agreement(
    *,
    organisation: Organisation,
    number: str,
    valid_from: datetime,
    valid_until: datetime,
    by: User | None,
    now: datetime,
    note: str = "",
) -> OrganisationAgreement:
    """A contract with the organisation holds for a period. Raises Invalid `people.agreement_number`,
    `core.period`; NotPermitted `people.office_only`; WrongState `people.agreement_taken`.
    """
    if not number.strip():
        raise Invalid(_("An agreement has a number."), code="people.agreement_number", field="number")
    require_period(valid_from, valid_until)
    require_office(by, now)
    try:
        with transaction.atomic():
            agreement = OrganisationAgreement.objects.create(
                organisation=organisation,
                number=number.strip(),
                valid_from=valid_from,
                valid_until=valid_until,
                note=note.strip()[:200],
                recorded_by=by,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("This agreement is recorded already."), code="people.agreement_taken", field="number"
        ) from exc
    audit.record(
        action="people.record_agreement",
        object_ref=f"organisation:{organisation.ulid}",
        now=now,
        actor=by,
        number=agreement.number,
    )
    return agreement


@transaction.atomic
def block_organisation(
    *, organisation: Organisation, reason: str, by: User | None, now: datetime
) -> OrganisationBlock:
    """Nobody of the organisation is registered from now on; who is registered stays. Raises Invalid
    `core.reason_required`; NotPermitted `people.office_only`; WrongState `people.organisation_blocked`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if is_blocked(organisation, now):
        raise WrongState(_("This organisation is blocked already."), code="people.organisation_blocked")
    block = OrganisationBlock.objects.create(
        organisation=organisation, reason=reason[:200], by=by, valid_from=now
    )
    audit.record(
        action="people.block_organisation",
        object_ref=f"organisation:{organisation.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    return block


@transaction.atomic
def lift_block(*, organisation: Organisation, reason: str, by: User | None, now: datetime) -> Organisation:
    """The organisation is blocked no more. Raises Invalid `core.reason_required`; NotPermitted
    `people.office_only`; WrongState `people.organisation_not_blocked`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    if not organisation.blocks.filter(in_force(now)).update(revoked_at=now):
        raise WrongState(_("This organisation is not blocked."), code="people.organisation_not_blocked")
    audit.record(
        action="people.lift_block",
        object_ref=f"organisation:{organisation.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    return organisation


def is_blocked(organisation: Organisation, at: datetime) -> bool:
    """Whether nobody of the organisation may be registered at a moment."""
    return organisation.blocks.filter(in_force(at)).exists()


def agreement_in_force(organisation: Organisation, at: datetime) -> OrganisationAgreement | None:
    """The agreement that holds at a moment; of several the one that lasts longest."""
    return organisation.agreements.filter(in_force(at)).order_by("-valid_until").first()


def find_organisation(name: str, code: str = "") -> Organisation | None:
    """The listed organisation that has this code, or exactly this name in Chinese or English; None where
    nothing or more than one fits.
    """
    name, code = name.strip(), code.strip().upper()
    if code:
        by_code = Organisation.objects.filter(code=code).first()
        if by_code is not None:
            return by_code
    if not name:
        return None
    found = Organisation.objects.filter(Q(name_zh__iexact=name) | Q(name_en__iexact=name))[:2]
    return found[0] if len(found) == 1 else None


def organisations(text: str, at: datetime) -> QuerySet[Organisation]:
    """Listed organisations whose name or code contains a text, by name; each with `blocked` at a moment."""
    text = text.strip()
    hit = Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(code__icontains=text)
    blocked = OrganisationBlock.objects.filter(in_force(at), organisation=OuterRef("pk"))
    return Organisation.objects.filter(hit).annotate(blocked=Exists(blocked)).order_by("name_zh", "id")

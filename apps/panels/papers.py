"""The paper of an appointment: what it says, its issue, whether it stands, and who reads it."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from apps.panels.appointing import accepted, note_document
from apps.panels.models import Appointment
from apps.panels.models.committees import Role
from apps.people.models import OrgUnit, User
from documents.appointments import Appointed, AppointmentContext
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import Words
from documents.models import Document
from documents.operations import issue_document
from documents.saying import in_both, named

KIND = AppointmentContext.kind
_DUTIES = (
    Words(
        "依照学校规定独立评审，对评审和表决情况保密",  # noqa: RUF001
        "to judge independently under the rules of the school, and to keep what was said and voted to itself",
    ),
)


def subject_of(appointment: Appointment) -> str:
    """What the paper is about, as documents name it."""
    return f"appointment:{appointment.ulid}"


def issue_paper(appointment: Appointment, *, case_number: str, by: User | None, now: datetime) -> Document:
    """The numbered paper of an appointment that is in force; asked again, the same one. Raises Invalid
    `documents.missing_glyph`, `documents.too_long` for what cannot be printed.
    """
    document = issue_document(
        context=sheet_of(appointment, case_number),
        subject_ref=subject_of(appointment),
        holder=None,
        by=by,
        now=now,
        language="zh-hans",
    )
    note_document(appointment=appointment, document=document.ulid)
    return document


def sheet_of(appointment: Appointment, case_number: str) -> AppointmentContext:
    """What the paper says, in both languages. Four queries."""
    committee = appointment.committee
    seats = accepted(appointment)
    staying = {seat.user_id for seat in seats}
    before = committee.seats.filter(valid_until=appointment.valid_from).exclude(user__in=staying)
    school = OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first()
    approver = appointment.approved_by
    return AppointmentContext(
        institution=named(school),
        office=in_both(lambda: _("Equipment office")),
        committee=Words(committee.name_zh, committee.name_en),
        seats=tuple(_appointed(seat.user, seat.role) for seat in seats),
        valid_from=appointment.valid_from,
        valid_until=appointment.valid_until,
        founding=not committee.seats.filter(valid_from__lt=appointment.valid_from).exists(),
        duties=_DUTIES,
        leaving=tuple(
            replace(
                _appointed(seat.user, seat.role), valid_from=seat.valid_from, valid_until=seat.valid_until
            )
            for seat in before.select_related("user__unit")
        ),
        approved_by=_approver(approver) if approver else Words(""),
        approved_at=appointment.ended_at,
        case_number=case_number,
    )


@standing_of(KIND)
def appointment_standing(document: Document, now: datetime) -> Standing:
    """Whether somebody of it still sits. A later composition replaces it. At most two queries."""
    appointment = _appointment_of(document)
    if appointment.valid_until <= now:
        return Standing.EXPIRED
    if appointment.valid_from > now:
        return Standing.NOT_YET
    later = Appointment.objects.filter(
        committee=appointment.committee_id,
        state=Appointment.State.IN_FORCE,
        valid_from__lte=now,
        valid_from__gt=appointment.valid_from,
    )
    return Standing.REPLACED if later.exists() else Standing.VALID


@reader_of(KIND)
def members_read(user: User, document: Document, now: datetime) -> bool:
    """Everybody who has an account: who sits on a committee is no secret."""
    return True


def _appointment_of(document: Document) -> Appointment:
    _noun, _colon, ulid = document.subject_ref.partition(":")
    return Appointment.objects.get(ulid=ulid)


def _appointed(user: User, role: str) -> Appointed:
    return Appointed(
        person=named(user),
        role=in_both(lambda: Role(role).label),
        unit=named(user.unit),
    )


def _approver(user: User) -> Words:
    name = named(user)
    return Words(
        in_both(lambda: _("%(name)s of the equipment office")).zh % {"name": name.zh},
        in_both(lambda: _("%(name)s of the equipment office")).en % {"name": name.said("en")},
    )

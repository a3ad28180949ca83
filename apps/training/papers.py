"""The certificate as a paper: what it says, its issue, whether it counts, and who reads it. The certificate
itself is made and ended by `operations`; nothing here changes one.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.errors import NotPermitted
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.notices.models import Profile
from apps.notices.queries import language_of
from apps.people.models import OrgUnit, User
from apps.people.queries import ACTIVE, is_office, user_state
from apps.training.models import Certificate
from apps.training.operations import over_already
from apps.training.reach import instruments_of, within
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import CertificateContext, Words
from documents.models import Document
from documents.operations import issue_document
from documents.queries import document_for, documents_for
from documents.saying import in_both, named

KIND = CertificateContext.kind
_ENDED = {
    Certificate.Ending.REPLACED: Standing.REPLACED,
    Certificate.Ending.DOWNGRADED: Standing.REPLACED,
    Certificate.Ending.LAPSED: Standing.LAPSED,
}


def subject_of(certificate: Certificate) -> str:
    """What the paper of a certificate is about, as documents name it."""
    return f"certificate:{certificate.ulid}"


def certificate_paper(certificate: Certificate, *, by: User | None, now: datetime) -> Document:
    """The numbered paper of a certificate, in its holder's language; asked again, the same one. The file is
    sealed after the commit, in the other language when somebody asks for it.

    Raises NotPermitted `training.paper_not_yours` unless `by` may read it (None: the flow or an import);
    WrongState `training.withdrawn`, `training.expired` for a certificate that is over and never had one;
    Invalid `documents.missing_glyph`, `documents.too_long` for what cannot be printed.
    """
    if by is not None and not reads_certificate(by, certificate, now):
        raise NotPermitted(_("This certificate is not yours to print."), code="training.paper_not_yours")
    issued = document_for(KIND, subject_of(certificate))
    if issued is None and _is_over(certificate, now):
        raise over_already(certificate)
    return issue_document(
        context=sheet_of(certificate),
        subject_ref=subject_of(certificate),
        holder=certificate.user,
        by=by,
        now=now,
        language=language_of(Profile.objects.filter(user=certificate.user).first()),
    )


def with_papers(certificates: Iterable[Any]) -> list[Any]:
    """The certificates, each with its `paper`: the document that stands for it, or None. One query."""
    rows = list(certificates)
    found = documents_for(KIND, map(subject_of, rows)) if rows else {}
    for row in rows:
        row.paper = found.get(subject_of(row))
    return rows


def sheet_of(certificate: Certificate) -> CertificateContext:
    """What the paper says, in both languages. At most seven queries."""
    instrument, holder = certificate.instrument, certificate.user
    assert certificate.valid_until is not None  # noqa: S101 - a constraint says so
    return CertificateContext(
        institution=named(OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first()),
        office=in_both(lambda: _("Equipment office")),
        holder=named(holder),
        holder_number=holder.username,
        holder_unit=named(holder.unit),
        instrument=Words(instrument.name_zh, instrument.name_en),
        instrument_number=instrument.asset_no,
        instrument_model=instrument.model,
        level=in_both(certificate.get_level_display),
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        trainer=named(certificate.issued_by),
        place=Words(instrument.facility.name_zh, instrument.facility.name_en),
        countersigned=named(certificate.countersigned_by),
        conditions=tuple(_conditions(certificate)),
        source_case=certificate.source_case,
    )


@standing_of(KIND)
def certificate_standing(document: Document, now: datetime) -> Standing:
    """Whether the certificate counts now. Ended early comes before everything else; while its holder's
    account is not in force it does not count either. At most three queries.
    """
    certificate = _certificate_of(document)
    if certificate.revoked_at is not None and certificate.revoked_at <= now:
        return _ENDED.get(Certificate.Ending(certificate.ended_as or "withdrawn"), Standing.WITHDRAWN)
    if certificate.valid_until is not None and certificate.valid_until <= now:
        return Standing.EXPIRED
    if certificate.suspensions.filter(in_force(now)).exists():
        return Standing.SUSPENDED
    if user_state(certificate.user, now) != ACTIVE:
        return Standing.SUSPENDED
    return Standing.NOT_YET if certificate.valid_from > now else Standing.VALID


@reader_of(KIND)
def trainers_read(user: User, document: Document, now: datetime) -> bool:
    """Who reads the paper beside its holder and its issuer: as `reads_certificate` says."""
    return reads_certificate(user, _certificate_of(document), now)


def reads_certificate(user: User, certificate: Certificate, now: datetime) -> bool:
    """The holder, who certified and countersigned, who trains on or manages the instrument or another of its
    class (difference training builds on it), and the office. At most seven queries.
    """
    if user.pk in (certificate.user_id, certificate.issued_by_id, certificate.countersigned_by_id):
        return True
    same = Instrument.objects.filter(class6=certificate.instrument.class6)
    return within(same, instruments_of(user, now)).exists() or is_office(user, now)


def _certificate_of(document: Document) -> Certificate:
    _noun, _colon, ulid = document.subject_ref.partition(":")
    return Certificate.objects.select_related("user", "instrument").get(ulid=ulid)


def _is_over(certificate: Certificate, now: datetime) -> bool:
    ends = (certificate.revoked_at, certificate.valid_until)
    return any(end is not None and end <= now for end in ends)


def _conditions(certificate: Certificate) -> Iterable[Words]:
    """What the holder has to know that level and dates do not say."""
    days = certificate.disuse_days
    if days is not None:
        yield in_both(partial(_lapses_after, days))
    if certificate.instrument.night_self_use:
        yield in_both(lambda: _("nights and holidays only with a night endorsement"))


def _lapses_after(days: int) -> str:
    return ngettext("lapses after %(n)d day without use", "lapses after %(n)d days without use", days) % {
        "n": days
    }

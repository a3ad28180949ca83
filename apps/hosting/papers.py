"""The papers of hosting: the agreement, numbered when the office has countersigned it, and the statements;
whether they stand, and who reads them.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.core.clock import end_of_school_day, school_midnight
from apps.core.figures import Figure, written
from apps.core.money import format_yuan
from apps.hosting.content import in_percent
from apps.hosting.figurewords import FIGURE_NAMES
from apps.hosting.models import Agreement, Side, Signature, Statement
from apps.hosting.negotiating import terms_of
from apps.hosting.sides import sides_of
from apps.hosting.signing import signatures
from apps.hosting.words import PARTY_NAMES, clauses
from apps.people.models import OrgUnit, User
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import NOTHING, Countersign, Words
from documents.fonts import legible
from documents.hosting_papers import (
    AgreedClause,
    HostingAgreementContext,
    HostingStatementContext,
    StatedFigure,
    StatedRepair,
    StatedShare,
)
from documents.models import Document
from documents.operations import issue_document
from documents.queries import document_for
from documents.saying import in_both, named

AGREEMENT, STATEMENT = HostingAgreementContext.kind, HostingStatementContext.kind
LANGUAGE = "zh-hans"
_JOINED = ("group__pi__unit", "facility__lab", "instrument", "terms")


def issue_agreement(agreement: Agreement, *, case_number: str, now: datetime) -> Document:
    """The numbered paper of the version that is countersigned; asked again, the same one. Raises Invalid
    `documents.missing_glyph`, `documents.too_long` for what cannot be printed.
    """
    version = agreement.terms
    if version is None:
        raise ValueError("nothing is agreed yet")
    return issue_document(
        context=agreement_sheet(agreement, case_number),
        subject_ref=f"hosting_terms:{version.ulid}",
        holder=agreement.group.pi,
        by=None,
        now=now,
        language=LANGUAGE,
    )


def issue_statement(statement: Statement, *, now: datetime) -> Document:
    """The paper of a statement; asked again, the same one."""
    return issue_document(
        context=statement_sheet(statement),
        subject_ref=f"hosting_statement:{statement.ulid}",
        holder=statement.agreement.group.pi,
        by=None,
        now=now,
        language=LANGUAGE,
    )


def paper_of(agreement: Agreement) -> Document | None:
    """The paper of the terms that count. One query."""
    if agreement.terms is None:
        return None
    return document_for(AGREEMENT, f"hosting_terms:{agreement.terms.ulid}")


def statement_paper(statement: Statement) -> Document | None:
    """The paper of a statement. One query."""
    return document_for(STATEMENT, f"hosting_statement:{statement.ulid}")


def agreement_sheet(agreement: Agreement, case_number: str) -> HostingAgreementContext:
    """What the agreement says, in both languages."""
    row = Agreement.objects.select_related(*_JOINED).get(pk=agreement.pk)
    version = row.terms
    if version is None:
        raise ValueError("nothing is agreed yet")
    terms = terms_of(version)
    said: dict[str, Any] = {}
    for key, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            said[key] = clauses(terms)
    return HostingAgreementContext(
        institution=_school(),
        office=in_both(lambda: _("Equipment office")),
        instrument=Words(row.name_zh, row.name_en),
        instrument_number=row.asset_no,
        owner=named(row.group),
        owner_head=named(row.group.pi),
        owner_unit=named(row.group.pi.unit),
        host=named(row.facility),
        version=version.number,
        terms_digest=version.digest,
        clauses=tuple(
            AgreedClause(title=Words(zh.title, en.title), text=Words(legible(zh.text), legible(en.text)))
            for zh, en in zip(said["zh"], said["en"], strict=True)
        ),
        valid_from=school_midnight(terms.since),
        valid_until=end_of_school_day(terms.until),
        countersigns=tuple(_countersign(one) for one in signatures(row)),
        case_number=case_number,
        submission_digest=version.digest,
    )


def statement_sheet(statement: Statement) -> HostingStatementContext:
    """What a statement says, in both languages, from what was frozen."""
    agreement = Agreement.objects.select_related(*_JOINED).get(pk=statement.agreement_id)
    content = statement.content
    paper = paper_of(agreement)
    return HostingStatementContext(
        institution=_school(),
        host=named(agreement.facility),
        owner=named(agreement.group),
        owner_head=named(agreement.group.pi),
        instrument=Words(agreement.name_zh, agreement.name_en),
        instrument_number=agreement.asset_no,
        agreement_number=paper.number if paper else "",
        month=statement.month,
        figures=tuple(_figures(content["figures"])),
        shares=tuple(_share(one) for one in content["shares"]),
        repairs=tuple(_repair(one) for one in content["repairs"]),
        income=format_yuan(statement.income_fen),
        owner_share=format_yuan(statement.owner_fen),
        owner_repairs=format_yuan(statement.repairs_fen),
        balance=format_yuan(statement.owner_fen - statement.repairs_fen),
    )


@standing_of(AGREEMENT)
def agreement_standing(document: Document, now: datetime) -> Standing:
    """Whether the agreement counts, and by these terms. Two queries."""
    agreement = _of_terms(document)
    if agreement.state not in Agreement.OPEN:
        return Standing.EXPIRED
    if agreement.terms is None or document.subject_ref != f"hosting_terms:{agreement.terms.ulid}":
        return Standing.REPLACED
    return Standing.VALID if agreement.state in Agreement.IN_FORCE else Standing.NOT_YET


@standing_of(STATEMENT)
def statement_standing(document: Document, now: datetime) -> Standing:
    """A statement stays what was stated then."""
    return Standing.VALID


@reader_of(AGREEMENT)
def sides_read_agreement(user: User, document: Document, now: datetime) -> bool:
    """Both sides and the office."""
    return bool(sides_of(user, _of_terms(document), now))


@reader_of(STATEMENT)
def sides_read_statement(user: User, document: Document, now: datetime) -> bool:
    """Both sides and the office."""
    ulid = document.subject_ref.partition(":")[2]
    statement = Statement.objects.select_related("agreement__group", "agreement__facility__lab")
    return bool(sides_of(user, statement.get(ulid=ulid).agreement, now))


def _of_terms(document: Document) -> Agreement:
    ulid = document.subject_ref.partition(":")[2]
    rows = Agreement.objects.select_related("group", "facility__lab", "terms")
    return rows.get(versions__ulid=ulid)


def _school() -> Words:
    return named(OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first())


def _countersign(one: Signature) -> Countersign:
    side = Side(one.side)
    return Countersign(
        step=in_both(lambda: str(side.label)),
        person=named(one.by),
        role=named(one.by.unit) if one.by.unit else NOTHING,
        opinion=legible(one.opinion),
        decision=in_both(lambda: _("Signed")) if side != Side.OFFICE else in_both(lambda: _("Countersigned")),
        approves=True,
        at=one.at,
    )


def _figures(frozen: Mapping[str, Mapping[str, Any]]) -> Iterable[StatedFigure]:
    for key, name in FIGURE_NAMES.items():
        if key in frozen:
            figure = Figure.from_json(frozen[key])
            yield StatedFigure(
                name=in_both(lambda name=name: str(name)),  # type: ignore[misc]
                value=written(figure),
                records=figure.records,
            )


def _share(one: Mapping[str, Any]) -> StatedShare:
    return StatedShare(
        party=in_both(lambda: str(PARTY_NAMES[one["party"]])),
        name=Words(one["name_zh"], one["name_en"]),
        percent=in_percent(one["permille"]),
        amount=format_yuan(one["amount_fen"]),
    )


def _repair(one: Mapping[str, Any]) -> StatedRepair:
    return StatedRepair(
        what=legible(one["summary"]),
        cost=format_yuan(one["cost_fen"]),
        owner=format_yuan(one["owner_fen"]),
    )

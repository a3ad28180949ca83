"""The official papers of a fee review: the public notice and the decision, with the votes in figures and the
countersign table. Numbers are taken in the transaction that makes it true.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.clock import school_time
from apps.core.ids import new_ulid
from apps.core.money import format_yuan
from apps.core.parameters import value
from apps.core.workdays import add_working_days
from apps.fees.approving import with_prices
from apps.fees.content import Content, Item, PriceSet, Sheet, Terms, read_text
from apps.fees.drafting import sheet_in_force
from apps.fees.models import FeeVersion, PublicNotice, Submission, Tier, Unit
from apps.fees.models.versions import ServiceMode
from apps.fees.noticing import open_notice
from apps.fees.queries import version_in_force
from apps.instruments.models import Instrument
from apps.notices.queries import site
from apps.panels.counting import result_of
from apps.panels.models import PanelSeat, Round
from apps.panels.queries import options_of
from apps.people.models import OrgUnit, User
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import NOTHING, Countersign, Pair, Words
from documents.fee_papers import (
    ClosedInstrument,
    FeeDecisionContext,
    FeeNoticeContext,
    NotOpenContext,
    PriceRow,
    PriceSheet,
)
from documents.models import Document
from documents.official import Enclosure, VoteCount, VoteFigures
from documents.operations import issue_document
from workflows.fee_review import asked, wording
from workflows.models import Case
from workflows.paper import countersigns_of
from workflows.words import in_each

LANGUAGE = "zh-hans"
ALWAYS = (Tier.INTERNAL, Tier.EXTERNAL_ACADEMIC, Tier.ENTERPRISE)
NOTICE, DECISION, NOT_OPEN = FeeNoticeContext.kind, FeeDecisionContext.kind, NotOpenContext.kind


def notice_on_paper(case: Case, prices: PriceSet | None, now: datetime) -> PublicNotice:
    """The notice opens, and its paper says so. An application not to open is noticed without a paper of its
    own: it names no price.
    """
    submission = asked.submission_of(case)
    number, document, ulid = "", "", new_ulid()
    if not asked.is_not_open(case):
        paper = issue_document(
            context=_notice(case, submission, prices, ulid, now),
            subject_ref=f"fee_notice:{ulid}",
            holder=None,
            by=None,
            now=now,
            language=LANGUAGE,
        )
        number, document = paper.number, paper.ulid
    return open_notice(
        submission=submission,
        prices=prices,
        number=number,
        document=document,
        source_case=asked.subject_of(case),
        ulid=ulid,
        now=now,
    )


def decide_on_paper(
    case: Case, prices: PriceSet | None, valid_from: datetime, *, by: User | None, now: datetime
) -> Document:
    """The decision, numbered."""
    submission = asked.submission_of(case)
    context = (
        _not_open(case, submission, valid_from, now)
        if asked.is_not_open(case)
        else _decision(case, submission, prices, valid_from, now)
    )
    return issue_document(
        context=context,
        subject_ref=f"submission:{submission.ulid}",
        holder=case.applicant,
        by=by,
        now=now,
        language=LANGUAGE,
    )


# -- what each says ----------------------------------------------------------------------------------------


def _notice(
    case: Case, submission: Submission, prices: PriceSet | None, ulid: str, now: datetime
) -> FeeNoticeContext:
    days = int(value("fees.notice_days", at=now))
    return FeeNoticeContext(
        **_common(case, submission),
        sheets=_sheets(submission, prices, now),
        opens_at=now,
        closes_at=add_working_days(now, days),
        working_days=days,
        applicant_unit=_named(case.unit),
        address=f"{site()}{reverse('fee_notice', args=[ulid])}",
    )


def _decision(
    case: Case, submission: Submission, prices: PriceSet | None, valid_from: datetime, now: datetime
) -> FeeDecisionContext:
    notice = asked.notice_of(case)
    all_notices = PublicNotice.objects.filter(submission__proposal=submission.proposal)
    said = [one for row in all_notices for one in row.objections.all()]
    review = school_time(valid_from).date() + timedelta(days=int(value("fees.review_days", at=now)))
    return FeeDecisionContext(
        **_common(case, submission),
        sheets=_sheets(submission, prices, now),
        valid_from=valid_from,
        review_by=review,
        simplified=not asked.panels_of(case),
        modified=prices is not None,
        applicant_unit=_named(case.unit),
        notice_number=notice.number if notice is not None else "",
        notice_from=notice.opens_at if notice is not None else None,
        notice_until=notice.closes_at if notice is not None else None,
        objections=len(said),
        sustained=sum(one.sustained is True for one in said),
    )


def _not_open(case: Case, submission: Submission, valid_from: datetime, now: datetime) -> NotOpenContext:
    instruments = {one.ulid: one for one in asked.instruments_of(submission.proposal)}
    return NotOpenContext(
        **_common(case, submission),
        instruments=tuple(
            _closed(instruments[wish.instrument], wish.reason)
            for wish in read_text(submission.content).not_open
        ),
        valid_from=valid_from,
        valid_until=valid_from + timedelta(days=int(value("fees.not_open_days", at=now))),
        applicant_unit=_named(case.unit),
    )


def _closed(instrument: Instrument, reason: str) -> ClosedInstrument:
    return ClosedInstrument(
        instrument=Words(instrument.name_zh, instrument.name_en),
        asset_no=instrument.asset_no,
        reason=reason,
        model=instrument.model,
        place=Words(instrument.facility.name_zh, instrument.facility.name_en),
    )


def _common(case: Case, submission: Submission) -> dict[str, Any]:
    school = OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first()
    files = case.attachments.filter(event__isnull=False).order_by("id")
    return {
        "institution": _named(school),
        "office": _words(lambda: _("Equipment office")),
        "addressees": _named(case.unit),
        "votes": vote_figures(case),
        "countersigns": countersigns(case),
        "enclosures": tuple(Enclosure(name=file.name, sha256=file.sha256) for file in files),
        "case_number": case.number,
        "submission_digest": submission.sha256,
    }


# -- signatures and votes ----------------------------------------------------------------------------------


def countersigns(case: Case) -> tuple[Countersign, ...]:
    """Who signed, in order: without what was under seal, which the figures tell, and without what waits."""
    flow = case.process.flow_class
    sealed = (
        {node.name for node in flow.instance.nodes() if getattr(node, "sealed", False)} if flow else set()
    )
    return tuple(line for line in countersigns_of(case, but=sealed) if line.at is not None)


def vote_figures(case: Case) -> tuple[VoteFigures, ...]:
    """Every round that was counted, in figures."""
    found = []
    for panel in asked.panels_of(case):
        recused = panel.seats.filter(state=PanelSeat.State.RECUSED).count()
        for round_ in panel.rounds.exclude(closed_because__in=("", Round.Why.ABANDONED)).order_by("number"):
            figures = _figures(case, round_, recused)
            if figures is not None:
                found.append(figures)
    return tuple(found)


def _figures(case: Case, round_: Round, recused: int) -> VoteFigures | None:
    decided = result_of(round_)
    if decided is None:
        return None
    figures, content = decided.figures, asked.content_of(case)
    options = {one.key: one.option for one in options_of(round_)}
    counts = [
        VoteCount(choice=_words(partial(wording.in_words, content, key, options.get(key))), votes=count)
        for key, count in figures.options
    ]
    if figures.abstain:
        counts.append(VoteCount(choice=_words(lambda: _("Abstain")), votes=figures.abstain))
    put = round_.option_key != wording.SUBMITTED
    return VoteFigures(
        title=_words(lambda: round_.get_kind_display()),
        seats=max(figures.size, figures.cast),
        recused=recused,
        counts=tuple(counts),
        question=_words(partial(wording.in_words, content, round_.option_key, round_.option))
        if put
        else NOTHING,
        result=_words(partial(_result, decided)),
        closed_at=round_.closed_at,
    )


def _result(decided: Any) -> str:
    words = {
        "approved": _("Approved"),
        "modified": _("Approved with changed prices"),
        "rejected": _("Rejected"),
        "inconclusive": _("Not conclusive"),
        "tie": _("A tie"),
        "no_quorum": _("No quorum"),
    }
    said = words.get(str(decided.result), str(decided.result))
    return _("%(result)s (the chair's word)") % {"result": said} if decided.ruling is not None else said


# -- prices ------------------------------------------------------------------------------------------------


def _sheets(submission: Submission, prices: PriceSet | None, at: datetime) -> tuple[PriceSheet, ...]:
    content: Content = with_prices(read_text(submission.content), prices)
    instruments = {one.ulid: one for one in asked.instruments_of(submission.proposal)}
    return tuple(_sheet(sheet, instruments[sheet.instrument], at) for sheet in content.sheets)


def _sheet(sheet: Sheet, instrument: Instrument, at: datetime) -> PriceSheet:
    tiers = [
        tier
        for tier in Tier
        if tier in ALWAYS or any(item.prices.of(tier) is not None for item in sheet.items)
    ]
    before, former = sheet_in_force(instrument, at), version_in_force(instrument.pk, at)
    old = {item.code: item for item in before.items} if before is not None else {}
    newest = FeeVersion.objects.filter(instrument=instrument).order_by("-version").first()
    return PriceSheet(
        instrument=Words(instrument.name_zh, instrument.name_en),
        asset_no=instrument.asset_no,
        model=instrument.model,
        place=Words(instrument.facility.name_zh, instrument.facility.name_en),
        version=newest.version + 1 if newest is not None else 1,
        tiers=tuple(_words(tier.label.__str__) for tier in tiers),
        rows=tuple(_row(item, old.get(item.code), tiers) for item in sheet.items),
        terms=tuple(_terms(sheet.terms)),
        facts=tuple(_facts(sheet)),
        former_number=former.approval_no if former is not None else "",
    )


def _row(item: Item, before: Item | None, tiers: list[Tier]) -> PriceRow:
    return PriceRow(
        item=Words(item.name_zh, item.name_en),
        mode=_words(ServiceMode(item.service_mode).label.__str__),
        unit=_words(Unit(item.unit).label.__str__),
        prices=tuple(_yuan(item.prices.of(tier)) for tier in tiers),
        former=tuple(_yuan(before.prices.of(tier)) for tier in tiers) if before is not None else (),
    )


def _yuan(fen: int | None) -> str:
    return "" if fen is None else format_yuan(fen)


def _terms(terms: Terms) -> list[Words]:
    """The terms that are not the ordinary ones, a sentence each."""
    said = []
    if terms.minimum_minutes:
        minutes = terms.minimum_minutes
        said.append(
            _words(
                lambda: (
                    ngettext(
                        "A use counts as %(count)d minute at least.",
                        "A use counts as %(count)d minutes at least.",
                        minutes,
                    )
                    % {"count": minutes}
                )
            )
        )
    if terms.minimum_fen:
        said.append(
            _words(lambda: _("A use costs %(price)s at least.") % {"price": _yuan(terms.minimum_fen)})
        )
    if terms.cap_fen is not None:
        said.append(_words(lambda: _("A use costs %(price)s at most.") % {"price": _yuan(terms.cap_fen)}))
    if terms.night_rate != "1":
        hours = f"{terms.night_start_hour}:00-{terms.night_end_hour}:00"
        said.append(
            _words(
                lambda: (
                    _("At night (%(hours)s) time costs %(rate)s times the price.")
                    % {"hours": hours, "rate": terms.night_rate}
                )
            )
        )
    if terms.weekend_rate != "1":
        said.append(
            _words(
                lambda: _("On days off time costs %(rate)s times the price.") % {"rate": terms.weekend_rate}
            )
        )
    if terms.rush_rate != "1":
        said.append(
            _words(lambda: _("Rush work costs %(rate)s times the price.") % {"rate": terms.rush_rate})
        )
    return said


def _facts(sheet: Sheet) -> list[Pair]:
    found = []
    if sheet.hours.opening:
        found.append(Pair(_words(lambda: _("Opening hours")), Words(sheet.hours.opening)))
    if sheet.hours.planned_hours_year is not None:
        planned = sheet.hours.planned_hours_year
        found.append(Pair(_words(lambda: _("Planned hours a year")), Words(f"{planned} h")))
    return found


def _named(unit: OrgUnit | None) -> Words:
    return Words(unit.name_zh, unit.name_en) if unit is not None else NOTHING


def _words(said: Any) -> Words:
    each = in_each(said)
    return Words(each["zh"], each["en"])


# -- what the papers count for -----------------------------------------------------------------------------


@standing_of(NOTICE)
def notice_standing(document: Document, now: datetime) -> Standing:
    """Whether one may still object."""
    notice = PublicNotice.objects.filter(document=document.ulid).first()
    if notice is None:
        return Standing.UNKNOWN
    if notice.withdrawn_at is not None:
        return Standing.WITHDRAWN
    return Standing.VALID if now < notice.closes_at else Standing.EXPIRED


@standing_of(DECISION)
def decision_standing(document: Document, now: datetime) -> Standing:
    """Whether the prices that it decides are in force."""
    ulid = document.subject_ref.removeprefix("submission:")
    versions = list(FeeVersion.objects.filter(submission__ulid=ulid, revoked_at__isnull=True))
    if not versions:
        return Standing.WITHDRAWN
    if any(one.valid_from <= now and (one.valid_until is None or now < one.valid_until) for one in versions):
        return Standing.VALID
    return Standing.NOT_YET if all(now < one.valid_from for one in versions) else Standing.REPLACED


@reader_of(NOTICE, DECISION, NOT_OPEN)
def everybody_reads(user: User, document: Document, now: datetime) -> bool:
    """Notices and decisions are public in the school."""
    return user.is_active


__all__ = ["countersigns", "decide_on_paper", "notice_on_paper", "vote_figures"]

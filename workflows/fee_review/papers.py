"""The official papers of a fee review: the public notice and the decision, with the votes in figures and the
countersign table. Numbers are taken in the transaction that makes it true.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.clock import school_time
from apps.core.ids import new_ulid
from apps.core.parameters import citations, value
from apps.core.workdays import add_working_days
from apps.fees.content import PriceSet, read_text
from apps.fees.evidence import files_submitted
from apps.fees.models import FeeVersion, ProposalFile, PublicNotice, Submission
from apps.fees.noticing import open_notice
from apps.instruments.models import Instrument
from apps.notices.queries import site
from apps.panels.counting import result_of
from apps.panels.models import PanelSeat, Round
from apps.panels.queries import options_of
from apps.people.models import OrgUnit, User
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import NOTHING, Countersign, Words
from documents.fee_papers import (
    ClosedInstrument,
    FeeDecisionContext,
    FeeNoticeContext,
    NotOpenContext,
    NotOpenNoticeContext,
)
from documents.fonts import legible, substitute
from documents.models import Document
from documents.official import Enclosure, VoteCount, VoteFigures
from documents.operations import issue_document
from workflows.fee_review import asked, wording
from workflows.fee_review.listing_prices import both, price_sheets
from workflows.judging import lookup
from workflows.models import Attachment, Case
from workflows.paper import countersigns_of

LANGUAGE = "zh-hans"
NOTICE, DECISION, NOT_OPEN = FeeNoticeContext.kind, FeeDecisionContext.kind, NotOpenContext.kind
NOT_OPEN_NOTICE = NotOpenNoticeContext.kind
ROOMS = ("fees", "fee_review", "panels")  # whose numbers, with what they cite, these papers rest on


def notice_on_paper(case: Case, prices: PriceSet | None, now: datetime) -> PublicNotice:
    """The notice opens, and its paper says so."""
    submission, ulid = asked.submission_of(case), new_ulid()
    paper = issue_document(
        context=_not_open_notice(case, submission, ulid, now)
        if asked.is_not_open(case)
        else _notice(case, submission, prices, ulid, now),
        subject_ref=f"fee_notice:{ulid}",
        holder=None,
        by=None,
        now=now,
        language=LANGUAGE,
    )
    return open_notice(
        submission=submission,
        prices=prices,
        number=paper.number,
        document=paper.ulid,
        source_case=lookup.subject_of(case),
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
    return FeeNoticeContext(
        **_common(case, submission, now),
        **_open_to_objections(case, ulid, now),
        sheets=price_sheets(submission, prices, now),
    )


def _not_open_notice(case: Case, submission: Submission, ulid: str, now: datetime) -> NotOpenNoticeContext:
    return NotOpenNoticeContext(
        **_common(case, submission, now),
        **_open_to_objections(case, ulid, now),
        instruments=_closed_instruments(submission),
    )


def _open_to_objections(case: Case, ulid: str, now: datetime) -> dict[str, Any]:
    days = int(value("fees.notice_days", at=now))
    return {
        "opens_at": now,
        "closes_at": add_working_days(now, days),
        "working_days": days,
        "applicant_unit": _named(case.unit),
        "address": f"{site()}{reverse('fee_notice', args=[ulid])}",
    }


def _decision(
    case: Case, submission: Submission, prices: PriceSet | None, valid_from: datetime, now: datetime
) -> FeeDecisionContext:
    notice = asked.notice_of(case)
    all_notices = PublicNotice.objects.filter(submission__proposal=submission.proposal)
    said = [one for row in all_notices for one in row.objections.all()]
    review = school_time(valid_from).date() + timedelta(days=int(value("fees.review_days", at=now)))
    common = _common(case, submission, now)
    return FeeDecisionContext(
        **common,
        sheets=price_sheets(submission, prices, now),
        valid_from=valid_from,
        review_by=review,
        simplified=not common["votes"],
        modified=prices is not None,
        applicant_unit=_named(case.unit),
        notice_number=notice.number if notice is not None else "",
        notice_from=notice.opens_at if notice is not None else None,
        notice_until=notice.closes_at if notice is not None else None,
        objections=len(said),
        sustained=sum(one.sustained is True for one in said),
    )


def _not_open(case: Case, submission: Submission, valid_from: datetime, now: datetime) -> NotOpenContext:
    return NotOpenContext(
        **_common(case, submission, now),
        instruments=_closed_instruments(submission),
        valid_from=valid_from,
        valid_until=valid_from + timedelta(days=int(value("fees.not_open_days", at=now))),
        applicant_unit=_named(case.unit),
    )


def _closed_instruments(submission: Submission) -> tuple[ClosedInstrument, ...]:
    instruments = {one.ulid: one for one in asked.instruments_of(submission.proposal)}
    wishes = read_text(submission.content).not_open
    return tuple(_closed(instruments[wish.instrument], wish.reason) for wish in wishes)


def _closed(instrument: Instrument, reason: str) -> ClosedInstrument:
    return ClosedInstrument(
        instrument=Words(instrument.name_zh, instrument.name_en),
        asset_no=instrument.asset_no,
        reason=reason,
        model=instrument.model,
        place=Words(instrument.facility.name_zh, instrument.facility.name_en),
    )


def _common(case: Case, submission: Submission, now: datetime) -> dict[str, Any]:
    school = OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first()
    files: list[ProposalFile | Attachment] = [
        *files_submitted(submission),
        *case.attachments.filter(event__isnull=False).order_by("id"),
    ]
    return {
        "institution": _named(school),
        "office": both(lambda: _("Equipment office")),
        "addressees": _named(case.unit),
        "basis": tuple(Words(one, one) for one in map(substitute, citations(ROOMS, at=now))),
        "votes": vote_figures(case),
        "countersigns": countersigns(case),
        "enclosures": tuple(legible(Enclosure(name=file.name, sha256=file.sha256)) for file in files),
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
    return tuple(legible(line) for line in countersigns_of(case, but=sealed) if line.at is not None)


def vote_figures(case: Case) -> tuple[VoteFigures, ...]:
    """Every round about what was submitted last that was counted, in figures."""
    found, submission = [], asked.submission_of(case).ulid
    for panel in lookup.panels_of(case):
        recused = panel.seats.filter(state=PanelSeat.State.RECUSED).count()
        for round_ in panel.rounds.exclude(closed_because__in=("", Round.Why.ABANDONED)).order_by("number"):
            about_it = round_.question["submission"] == submission
            figures = _figures(case, round_, recused) if about_it else None
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
        VoteCount(choice=both(partial(wording.in_words, content, key, options.get(key))), votes=count)
        for key, count in figures.options
    ]
    if figures.abstain:
        counts.append(VoteCount(choice=both(lambda: _("Abstain")), votes=figures.abstain))
    put = round_.option_key != wording.SUBMITTED
    return VoteFigures(
        title=both(lambda: round_.get_kind_display()),
        seats=max(figures.size, figures.cast),
        recused=recused,
        counts=tuple(counts),
        question=both(partial(wording.in_words, content, round_.option_key, round_.option))
        if put
        else NOTHING,
        needed=both(partial(_needed, figures)),
        result=both(partial(_result, decided)),
        closed_at=round_.closed_at,
    )


def _needed(figures: Any) -> str:
    """By how many votes the round was decided."""
    said = {"quorum": figures.quorum_needed, "majority": figures.needed}
    return _("Quorum %(quorum)s; for one price %(majority)s.") % said


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


def _named(unit: OrgUnit | None) -> Words:
    return Words(unit.name_zh, unit.name_en) if unit is not None else NOTHING


# -- what the papers count for -----------------------------------------------------------------------------


@standing_of(NOT_OPEN_NOTICE)
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


@reader_of(NOTICE, NOT_OPEN_NOTICE, DECISION, NOT_OPEN)
def everybody_reads(user: User, document: Document, now: datetime) -> bool:
    """Notices and decisions are public in the school."""
    return user.is_active


__all__ = ["countersigns", "decide_on_paper", "notice_on_paper", "vote_figures"]

"""The parts of a dossier that it asks for by itself: what the prices would have meant last year, what was
said and decided before, the votes. Each is a page of its own for whoever has no scripts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotFound
from apps.fees.content import Content, Sheet, read_text
from apps.fees.drafting import sheet_in_force
from apps.fees.evidence import read_file
from apps.fees.models import FeeVersion, Objection, ProposalFile, PublicNotice
from apps.fees.price_list import Listed, listed
from apps.instruments.models import Instrument
from apps.panels.ballots import APPLICANT, READER, Shown
from apps.panels.models import Panel, PanelSeat, Round
from apps.panels.queries import Turnout, ballots_of, may_run, options_of, result_of, turnout
from apps.people.models import User
from apps.people.views import viewer
from apps.reports.drift import real_hours
from apps.reports.whatif import what_if
from workflows.fee_review import asked
from workflows.fee_review.pages.sight import seen_case
from workflows.fee_review.wording import in_words
from workflows.judging import lookup
from workflows.models import Case
from workflows.words import case_title_html, titled

VERSIONS = 6  # of each instrument, the newest


@dataclass(frozen=True, repr=False)
class Vote:
    """A ballot as the viewer may see it, its price in words. It does not print itself."""

    shown: Shown
    words: str

    def __repr__(self) -> str:
        return "Vote(…)"


@dataclass(frozen=True, repr=False)
class Counted:
    """A round: who has voted while it is open; afterwards what it came to, in figures, and the ballots that
    the viewer may see.
    """

    round: Round
    turnout: Turnout | None
    decided: Any
    decided_words: str
    options: list[tuple[str, int]]
    ballots: list[Vote]

    def __repr__(self) -> str:
        return "Counted(…)"


@require_safe
def fee_review_effect(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """What the proposed prices of one instrument would have meant last year, and how long it really ran."""
    user, now = viewer(request), clock.now()
    case, _step = seen_case(ulid, user, now)
    content = asked.content_of(case)
    instrument = Instrument.objects.filter(asset_no=asset_no, ulid__in=content.instruments).first()
    sheet = content.sheet_of(instrument.ulid) if instrument is not None else None
    if instrument is None or sheet is None:
        raise NotFound(_("There is no such sheet."), code="fees.no_sheet")
    before = sheet_in_force(instrument, now)
    context = {
        "whatif": what_if(instrument=instrument, before=before, sheet=sheet, at=now),
        "measured": True,
        "real_hours": real_hours([instrument], now).get(instrument.ulid),
        "planned_hours": _planned(sheet),
        "instrument": instrument,
    }
    return _part(request, case, "fees/parts/whatif.html", context)


@require_safe
def fee_review_past(request: HttpRequest, ulid: str) -> HttpResponse:
    """The prices that were decided before, and the opinions that were given in this case."""
    user, now = viewer(request), clock.now()
    case, _step = seen_case(ulid, user, now)
    submission = asked.submission_of(case)
    content = read_text(submission.content)
    events = case.events.exclude(opinion="").select_related("actor").prefetch_related("attachments")
    context = {
        "opinions": [(event, titled(case.flow, event.node)) for event in events.order_by("id")],
        "versions": _versions(content),
        "hours": content.sheets,
        "files": {one.ulid: one for one in ProposalFile.objects.filter(proposal=submission.proposal)},
        "objections": list(
            Objection.objects.filter(notice__submission__proposal=submission.proposal).order_by("id")
        ),
        "notice": PublicNotice.objects.filter(submission=submission, withdrawn_at=None).first(),
    }
    return _part(request, case, "fee_review/part_past.html", context)


@sensitive_variables()
@require_safe
def fee_review_votes(request: HttpRequest, ulid: str) -> HttpResponse:
    """The rounds: who has voted, and after closing how, as far as the viewer may see it."""
    user, now = viewer(request), clock.now()
    case, step = seen_case(ulid, user, now)
    panel = _newest_panel(case)
    context: dict[str, Any] = {"panel": panel, "rounds": [], "runs": False, "now": now}
    if panel is not None:
        content = asked.content_of(case)
        standing = APPLICANT if user.pk in {case.applicant_id, *asked.authors_of(case)} else READER
        rounds = panel.rounds.select_related("panel__committee").order_by("-number")
        context["rounds"] = [_counted(one, content, user, standing, now) for one in rounds]
        context["named"] = (
            standing != APPLICANT
        )  # who judges them is none of their business before it is over
        if context["named"]:
            seats = panel.seats.exclude(state=PanelSeat.State.RESERVE)
            context["seats"] = list(seats.select_related("user"))
        context["runs"] = panel.chair_id == user.pk or (step is None and may_run(panel, user, now))
    return _part(request, case, "fee_review/part_votes.html", context)


@require_safe
def fee_review_file(request: HttpRequest, ulid: str, file: str) -> HttpResponse:
    """A file of the proposal, for whoever reads its case: evidence is there to be looked at."""
    user, now = viewer(request), clock.now()
    case, _step = seen_case(ulid, user, now)
    found = ProposalFile.objects.filter(proposal=asked.find_proposal(case), ulid=file).first()
    if found is None:
        raise NotFound(_("There is no such file."), code="fees.no_file")
    answer = HttpResponse(read_file(found), content_type=found.content_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _part(request: HttpRequest, case: Case, template: str, context: dict[str, Any]) -> HttpResponse:
    """A part alone for the dossier that asks for it, else as a page. Nobody keeps it on the way."""
    told = {**context, "case": case, "title": case_title_html(case), "part": template}
    whole = not request.headers.get("HX-Request")
    answer = render(request, "fee_review/page_part.html" if whole else template, told)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@sensitive_variables()
def _counted(round_: Round, content: Content, user: User, standing: str, now: datetime) -> Counted:
    decided = result_of(round_)
    return Counted(
        round=round_,
        turnout=turnout(round_) if round_.closed_at is None else None,
        decided=decided,
        decided_words=in_words(content, decided.option_key, decided.option)
        if decided is not None and decided.option is not None
        else "",
        options=[(in_words(content, one.key, one.option), one.count) for one in options_of(round_)],
        ballots=[
            Vote(one, in_words(content, one.option_key, one.option) if one.option is not None else "")
            for one in ballots_of(round_, user, now, standing=standing)
        ],
    )


def _newest_panel(case: Case) -> Panel | None:
    """The panel that judges it, or judged it last. One query."""
    rows = Panel.objects.filter(subject_ref=lookup.subject_of(case)).select_related("committee", "chair")
    return rows.order_by("-id").first()


def _versions(content: Content) -> list[Listed]:
    """The newest versions of each instrument, with their papers. Four queries."""
    rows = (
        FeeVersion.objects.filter(instrument__ulid__in=content.instruments)
        .select_related("instrument__facility")
        .order_by("instrument__asset_no", "-valid_from", "-id")
    )
    kept: dict[int, list[FeeVersion]] = {}
    for row in rows[:100]:
        kept.setdefault(row.instrument_id, []).append(row)
    return listed([row for versions in kept.values() for row in versions[:VERSIONS]])


def _planned(sheet: Sheet) -> int | None:
    return sheet.hours.planned_hours_year

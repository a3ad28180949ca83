"""The dossier: one screen on which somebody who has never seen this class of instrument can judge its price.
The price beside its peers, the gap and the cost sheet come with the page; what hangs on large tables (effects
on last year's use, earlier decisions, the votes) is asked for by the page itself, each part at an address of
its own, so that nobody waits for one to read the others.

How somebody voted passes through here once, on its way to the ballot box; the answer never repeats it.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import NotPermitted, Refusal
from apps.core.money import round_fen
from apps.core.refusals import add_refusal
from apps.fees.assets import Asset
from apps.fees.content import Content, read_text
from apps.fees.figures import ItemFigures, TierFigures, figures_of
from apps.fees.findings import Finding
from apps.fees.looking import Look, SheetLook, look
from apps.fees.models import Submission
from apps.fees.wording import from_stored
from apps.panels.models import Round
from apps.people.models import User
from apps.people.views import viewer
from workflows import services
from workflows.answers import form_of
from workflows.fee_review import asked
from workflows.fee_review.pages.sight import seen_case
from workflows.fee_review.wording import in_words
from workflows.judging import lookup
from workflows.models import Case, Step
from workflows.words import case_title_html, node_title

BALLOTS = frozenset({"vote", "vote_again"})
COMPLETE = "complete"
DRIFT = "fees.hours.drift"
SAME_FROM, SAME_TO = Fraction(95, 100), Fraction(105, 100)  # as good as the same, in words


@dataclass(frozen=True)
class Brief:
    """A price of a tier at a glance: against the median of its peers, what is paid today and the full cost,
    in whole per cent (None: not known). `side` is 'above', 'below' or 'about' the peers.
    """

    item: ItemFigures
    tier: TierFigures
    side: str
    against_peers: int | None
    against_today: int | None
    of_cost: int | None

    @property
    def apart(self) -> int:
        """How far it is from the median, whole per cent."""
        return abs(self.against_peers or 0)


@dataclass(frozen=True)
class Seen:
    """A sheet of the dossier."""

    asset: Asset
    look: SheetLook
    figures: tuple[ItemFigures, ...]
    briefs: tuple[Brief, ...]


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def fee_review_dossier(request: HttpRequest, ulid: str) -> HttpResponse:
    """The dossier; with a POST the ballot of a member whose vote it waits for."""
    user, now = viewer(request), clock.now()
    case, step = seen_case(ulid, user, now)
    submission = asked.find_submission(case)
    if submission is None:  # opened by itself as a draft: there is nothing to judge before it is sent
        return redirect("case_detail", ulid)
    form = None
    if request.method == "POST":
        if step is None or step.node not in BALLOTS:
            raise NotPermitted(_("Your vote is not asked for at present."), code="fee_review.no_ballot")
        form = form_of(step, user, request.POST)
        if form.is_valid() and _cast(form, step, user, now):
            messages.success(
                request, _("Your vote is in the box. Nobody reads it before the round is closed.")
            )
            return redirect("fee_review_dossier", ulid)
    elif step is not None and step.node in BALLOTS:
        form = form_of(step, user)
    status = 422 if form is not None and form.errors else 200
    context = _context(case, submission, step, form, now)
    return render(request, "fee_review/page_dossier.html", context, status=status)


@sensitive_variables()
def _cast(form: Any, step: Step, user: User, now: datetime) -> bool:
    try:
        services.answer(step=step, by=user, now=now, outcome=COMPLETE, data=dict(form.cleaned_data))
    except NotPermitted:
        raise
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _context(
    case: Case, submission: Submission, step: Step | None, form: Any, now: datetime
) -> dict[str, Any]:
    content = read_text(submission.content)
    round_ = newest_round(case)
    seen = look(content, at=now)
    return {
        "case": case,
        "title": case_title_html(case),
        "submission": submission,
        "content": content,
        "step": step,
        "step_title": node_title(step.task.flow_task, step.node) if step is not None else "",
        "form": form,
        "price_fields": price_fields(form),
        "round": round_,
        "question": _question(content, round_, step),
        "sheets": sheets_of(content, seen),
        "findings": (*seen.findings, *_measured(submission)),
        "now": now,
    }


def _measured(submission: Submission) -> list[Finding]:
    """What records of use alone could say, as it was found when this was sent: they are many, and the page
    does not sum them up anew.
    """
    return [from_stored(one) for one in submission.findings if one["code"] == DRIFT]


def newest_round(case: Case) -> Round | None:
    """The round that is open, or was last, with its panel. One query."""
    rounds = Round.objects.filter(panel__subject_ref=lookup.subject_of(case))
    return rounds.select_related("panel__committee", "panel__chair").order_by("-id").first()


def sheets_of(content: Content, seen: Look) -> list[Seen]:
    """The sheets in the order of the proposal."""
    made = []
    for sheet in content.sheets:
        one = seen.sheets.get(sheet.instrument)
        if one is not None:
            figures = figures_of(one)
            made.append(Seen(one.asset, one, figures, _briefs(figures)))
    return made


def price_fields(form: Any) -> list[tuple[Any, str]]:
    """The fields of the prices of a ballot, each with what was submitted."""
    if form is None:
        return []
    return [
        (form[name], str(form.fields[name].help_text)) for name in form.fields if name.startswith("price_")
    ]


def _question(content: Content, round_: Round | None, step: Step | None) -> str:
    """What a second round is about, in words; empty in a first one."""
    if step is None or step.node != "vote_again" or round_ is None:
        return ""
    return in_words(content, round_.option_key, round_.option)


def _briefs(figures: tuple[ItemFigures, ...]) -> tuple[Brief, ...]:
    return tuple(_brief(item, tier) for item in figures for tier in item.tiers)


def _brief(item: ItemFigures, tier: TierFigures) -> Brief:
    summary = tier.peers.summary
    median = summary.median_fen if summary else None
    cost = item.cost.full_cost_e4 if item.cost else None
    return Brief(
        item=item,
        tier=tier,
        side=_side(tier.price_fen, median),
        against_peers=_percent(tier.price_fen - median, median) if median else None,
        against_today=_percent(tier.change_fen, tier.before_fen)
        if tier.before_fen and tier.change_fen is not None
        else None,
        of_cost=_percent(tier.price_fen * 100, cost) if cost else None,
    )


def _side(price: int, median: int | None) -> str:
    if not median:
        return ""
    part = Fraction(price, median)
    return "above" if part > SAME_TO else "below" if part < SAME_FROM else "about"


def _percent(part: int, whole: int) -> int:
    return round_fen(Fraction(part * 100, whole))

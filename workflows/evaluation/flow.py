"""A round of evaluation: the figures of its period are drawn and frozen; every crew completes its sheet,
which goes over laboratory and department; scores are computed by the scheme and the rule; a panel looks at
the best and the last of each cohort; all of it is noticed; appeals go before another panel; the office
publishes, and what follows is recorded by rule.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.evaluation import judging, publishing
from apps.evaluation.judging import APPEAL, BANDS
from apps.evaluation.models import Round, Sheet
from apps.evaluation.rounds import cancel_round, locked
from apps.evaluation.scorers import score_round
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.roles import office_users
from workflows import services
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.evaluation.drawing import draw
from workflows.evaluation_hearing.asked import REFERENCE as HEARING
from workflows.evaluation_hearing.flow import EvaluationHearingFlow
from workflows.evaluation_sheet.flow import REFERENCE as SHEET
from workflows.evaluation_sheet.flow import EvaluationSheetFlow
from workflows.models import Case
from workflows.nodes import Answer, Begin, Children, Do, End, If, Job, Timer, Work, WorkingDays

REFERENCE = "evaluation_round:"


def find_round(case: Case) -> Round | None:
    """The round that a case is about. One query."""
    rows = Round.objects.select_related("version__scheme")
    return rows.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def round_of(case: Case) -> Round:
    """The round, while it is not over. Raises Overtaken."""
    found = find_round(case)
    if found is None or found.is_over:
        raise Overtaken(_("This round is over."))
    return found


class EvaluationFlow(BaseFlow):
    """Evaluation"""

    key = "evaluation"
    prefix = "EVA"
    process_title = _("Evaluation")
    case_title = _("Evaluation: {scheme} {year}")

    start = Begin().Next(this.draw)
    draw = Job(this.drawn, title=_("Figures are drawn and frozen")).Next(this.reports)
    reports = Children(
        "evaluation_sheet", start=this.start_report, items=this.the_sheets, title=_("Reports")
    ).Next(this.score)
    score = Job(this.scored, title=_("Scores are computed")).Next(this.has_bands)
    has_bands = (
        If(this.is_before_panel, title=_("Is anything before the panel?"))
        .Then(this.hearing)
        .Else(this.open_notice)
    )
    hearing = Children(
        "evaluation_hearing", start=this.start_hearing, items=this.the_bands, title=_("Panel")
    ).Next(this.open_notice)
    open_notice = Do(this.notice_opened, title=_("Public notice opens")).Next(this.notice)
    notice = Timer(this.notice_end, title=_("Until the notice closes")).Next(this.has_appeals)
    has_appeals = If(this.is_appealed, title=_("Were there appeals?")).Then(this.appeals).Else(this.publish)
    appeals = Children(
        "evaluation_hearing", start=this.start_hearing, items=this.the_appeals, title=_("Another panel")
    ).Next(this.publish)
    publish = Work(
        _("Publish the results. From then on everybody reads them, and what follows by rule is recorded."),
        title=_("Publishing the results"),
        candidates=this.the_office,
        qualifies=this.is_the_office,
        superiors=this.the_office,
        role="office",
        due=WorkingDays("evaluation.publish_days"),
        do=this.published,
    ).Next(this.done, label=_("Publish the results"))
    done = End(outcome="published", title=_("Published"))

    # -- figures and reports -------------------------------------------------------------------------------

    def drawn(self, case: Case, now: datetime) -> dict[str, Any]:
        """In a worker: the figures, batch by batch."""
        return {"drawn": draw(round_of(case), now)}

    def the_sheets(self, activation: Any) -> list[dict[str, Any]]:
        found = round_of(activation.case).sheets.filter(state=Sheet.State.REPORTING).order_by("id")
        return [{"sheet": ulid} for ulid in found.values_list("ulid", flat=True)]

    def start_report(self, activation: Any, item: dict[str, Any]) -> None:
        rows = Sheet.objects.select_related("round", "instrument", "lab", "unit")
        sheet = rows.get(ulid=item["sheet"])
        services.start(
            EvaluationSheetFlow,
            by=None,
            now=activation.now,
            applicant=None,
            subject_ref=f"{SHEET}{sheet.ulid}",
            unit=sheet.unit,
            title_args={"year": sheet.round.year, "name": sheet},
            parent=activation.task,
        )

    # -- scores and panels ---------------------------------------------------------------------------------

    def scored(self, case: Case, now: datetime) -> dict[str, Any]:
        """In a worker: every sheet, batch by batch."""
        return {"scored": score_round(round_=round_of(case), now=now).total}

    def is_before_panel(self, activation: Any) -> bool:
        return bool(judging.before_panel(round_of(activation.case)))

    def the_bands(self, activation: Any) -> list[dict[str, Any]]:
        return [{"stage": BANDS}]

    def is_appealed(self, activation: Any) -> bool:
        """The round is held: an appeal of the last moment is in, or finds the notice closed."""
        return bool(judging.appealed(locked(round_of(activation.case))))

    def the_appeals(self, activation: Any) -> list[dict[str, Any]]:
        return [{"stage": APPEAL}]

    def start_hearing(self, activation: Any, item: dict[str, Any]) -> None:
        round_ = round_of(activation.case)
        title = round_.version.tree.title
        services.start(
            EvaluationHearingFlow,
            by=None,
            now=activation.now,
            applicant=None,
            subject_ref=f"{HEARING}{round_.ulid}:{item['stage']}",
            unit=activation.case.unit,
            title_args={"scheme": {"zh": title.zh, "en": title.en}, "year": round_.year},
            parent=activation.task,
        )

    # -- notice and publication ----------------------------------------------------------------------------

    def notice_opened(self, activation: Any) -> None:
        publishing.open_notice(round_=round_of(activation.case), now=activation.now)

    def notice_end(self, activation: Any) -> datetime | None:
        return round_of(activation.case).notice_until

    def the_office(self, activation: Any) -> list[User]:
        return office_users(activation.now)

    def is_the_office(self, activation: Any, user: User) -> bool:
        """Nobody substitutes the office but the office."""
        return is_office(user, activation.now)

    def published(self, activation: Any, answer: Answer) -> None:
        publishing.publish_round(
            round_=round_of(activation.case),
            by=answer.by,
            now=activation.now,
            case_number=activation.case.number,
        )

    # -- the case ------------------------------------------------------------------------------------------

    def page_of(self, case: Case) -> str:
        """The board of the round."""
        return reverse("evaluation_round", args=[case.subject_ref.removeprefix(REFERENCE)])

    def may_see(self, case: Case, user: User, now: datetime) -> bool:
        """The office."""
        return is_office(user, now)

    def closed(self, case: Case) -> None:
        """A case that ended otherwise than by publication cancels its round."""
        round_ = find_round(case)
        if round_ is not None and not round_.is_over and case.ended_at is not None:
            cancel_round(round_=round_, reason=case.reason or case.number, by=None, now=case.ended_at)

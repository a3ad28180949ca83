"""What those who decide about a training see: who wants what, what the rules found, and what was shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.people.queries import groups_of
from apps.training.certifying import Proposal
from apps.training.models import Certificate, TrainingRequest
from apps.training.progress import Progress
from rules.decision import Reason

Section = Mapping[str, Any]
KINDS: Mapping[str, str] = {
    TrainingRequest.Kind.NEW: _("Whole training"),
    TrainingRequest.Kind.RENEWAL: _("Renewal"),
    TrainingRequest.Kind.DIFFERENCE: _("Difference training"),
    TrainingRequest.Kind.UPGRADE: _("Upgrade"),
}


def request_section(request: TrainingRequest, now: datetime) -> Section:
    """The request in words."""
    user, instrument = request.user, request.instrument
    groups = [{"zh": one.name_zh, "en": one.name_en} for one in groups_of(user, now)]
    rows: list[dict[str, Any]] = [
        {"label": _("Person"), "value": f"{user.name_zh} ({user.username})"},
        {"label": _("Research group"), "value": groups, "type": "list"},
        {"label": _("Course"), "value": {"zh": request.course.name_zh, "en": request.course.name_en}},
        {"label": _("Level"), "value": str(Certificate.Level(request.course.level).value), "type": "choice"},
        {
            "label": _("Instrument"),
            "value": f"{instrument.name_zh} ({instrument.asset_no})" if instrument else "",
        },
        {"label": _("Kind of training"), "value": KINDS[request.kind], "type": "choice"},
    ]
    return {"title": _("Request"), "rows": [row for row in rows if row["value"] not in ("", [], None)]}


def reasons_section(reasons: Sequence[Reason]) -> Section:
    """What the rules found, in both languages: it is read by people of either."""
    return {
        "title": _("What the rules found"),
        "table": {
            "columns": [_("Finding"), _("Code")],
            "rows": [[{"zh": reason.zh, "en": reason.en}, reason.code] for reason in reasons],
        },
    }


def result_section(progress: Progress) -> Section:
    """What was shown on the way."""
    exam, assessment, demands = progress.exam, progress.assessment, progress.demands
    rows: list[dict[str, Any]] = []
    if demands.exam:
        rows.append({"label": _("Theory exam"), "value": f"{exam.percent} %" if exam else ""})
    elif progress.request.exam_waived:
        rows.append({"label": _("Theory exam"), "value": _("waived: in regular use"), "type": "choice"})
    if demands.minutes:
        rows += [
            {"label": _("Supervised use"), "value": progress.minutes, "type": "hours"},
            {"label": _("Asked for"), "value": demands.minutes, "type": "hours"},
        ]
    if demands.assessment and assessment is not None:
        rows += [
            {"label": _("Practical assessment"), "value": f"{assessment.percent} %"},
            {"label": _("Assessed by"), "value": assessment.assessor.name_zh},
            {"label": _("Remark"), "value": assessment.remark},
        ]
    return {"title": _("What was shown"), "rows": rows}


def proposal_section(proposal: Proposal) -> Section:
    """What the rules propose."""
    level = str(Certificate.Level(proposal.level).value) if proposal.is_one else _("none")
    return {
        "title": _("Proposal"),
        "rows": [
            {"label": _("Level"), "value": level, "type": "choice"},
            {"label": _("Valid for so many days"), "value": proposal.days},
        ],
    }

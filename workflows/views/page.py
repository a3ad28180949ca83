"""Everything that the pages of a task and of a case show, gathered once: the frozen dossier, who is asked,
the rules' decisions with their reasons, the history with opinions and files. Reads only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from apps.decisions.models import DecisionRecord
from apps.people.models import User
from workflows.asking import asked_at
from workflows.drawing import draw
from workflows.inbox import waiting_steps
from workflows.models import Attachment, Case, Dossier, FlowVersion, Step, TaskEvent
from workflows.progress import progress_of
from workflows.verbs import Standing, Verb, refusal, standing
from workflows.words import (
    Look,
    case_outcome,
    case_title_html,
    decided_words,
    look_of,
    process_title,
    sentence,
    titled,
)


@dataclass(frozen=True)
class Happened:
    """A line of the history."""

    event: TaskEvent
    look: Look
    words: str
    step: str
    instead_of: str
    attachments: list[Attachment]


@dataclass(frozen=True)
class Decided:
    """A decision of the rules, in words where there are some, and whether its own page is for the viewer."""

    record: DecisionRecord
    step: str
    words: str
    opens: bool


def shown(request: HttpRequest, user: User, case: Case, step: Step | None, now: datetime) -> dict[str, Any]:
    """The context of both pages."""
    at = standing(user, case, step, now)
    dossiers = list(case.dossiers.defer("content").order_by("number"))
    events = _events(case)
    asked = [asked_at(one, user, now) for one in waiting_steps(case)] if case.is_open else []
    return {
        "case": case,
        "title": case_title_html(case),
        "process": process_title(case.flow),
        "page": _page_of(case) if dossiers else "",
        "outcome": "" if case.is_open else case_outcome(case),
        "now": now,
        "step": step,
        "verbs": {verb.value for verb in Verb if refusal(verb, at) is None},
        "own": case.applicant_id == user.pk,
        "dossier": _dossier(case, dossiers, step, request.GET.get("dossier", "")),
        "dossiers": dossiers,
        "asked": asked,
        "decided": _decided(events, at),
        "history": _history(events),
        **_way(case, events),
    }


def _page_of(case: Case) -> str:
    flow = case.process.flow_class
    return flow.instance.page_of(case) if flow is not None else ""


def _way(case: Case, events: list[TaskEvent]) -> dict[str, Any]:
    """How far it has come in the version of its process that it began in. Three queries."""
    version = FlowVersion.objects.get(pk=case.version_id)
    diagram = draw(version.description, **vars(progress_of(case, events)))
    return {"version": version, "diagram": diagram}


def _dossier(case: Case, known: list[Dossier], step: Step | None, wanted: str) -> Dossier | None:
    """The one that was asked for, else the one that the step's answer is about, else the newest."""
    numbers = {dossier.number for dossier in known}
    if not numbers:
        return None
    number = max(numbers)
    if wanted.isdecimal() and int(wanted) in numbers:
        number = int(wanted)
    elif step is not None and step.dossier is not None:
        number = step.dossier.number
    return case.dossiers.select_related("frozen_by").get(number=number)


def _events(case: Case) -> list[TaskEvent]:
    found = case.events.select_related("actor", "case").prefetch_related("attachments").order_by("-id")
    return list(found)


def _history(events: list[TaskEvent]) -> list[Happened]:
    return [
        Happened(
            event=event,
            look=look_of(event),
            words=sentence(event),
            step=titled(event.case.flow, event.node) if event.node and event.kind != "started" else "",
            instead_of=event.details.get("instead_of", ""),
            attachments=list(event.attachments.all()),
        )
        for event in events
    ]


def _decided(events: list[TaskEvent], at: Standing) -> list[Decided]:
    """The latest decision at each step of the rules, newest first, in one query."""
    latest: dict[str, TaskEvent] = {}
    for event in events:
        if event.kind == "decided" and event.decision:
            latest.setdefault(event.node, event)
    wanted = [event.decision for event in latest.values()]
    if not wanted:
        return []
    records = DecisionRecord.objects.filter(ulid__in=wanted).select_related("ruleset")
    found = {record.ulid: record for record in records}
    return [
        Decided(
            record=found[event.decision],
            step=titled(event.case.flow, event.node),
            words=decided_words(event.case.flow, event.node, found[event.decision].outcome),
            opens=at.office or found[event.decision].subject_id == at.user.pk,
        )
        for event in latest.values()
        if event.decision in found
    ]

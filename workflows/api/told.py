"""A case and a step as programs read them, written out of rows that somebody else has fetched."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.core.api import Told
from apps.people.models import User
from workflows import words
from workflows.models import Attachment, Candidate, Case, Step, TaskEvent


class PersonTold(Told):
    """A person by login and name."""

    username: str
    name_zh: str
    name_en: str


class CaseTold(Told):
    """A case in a list. `flow` is the key of its process; `state` is open, done, withdrawn, cancelled or
    overtaken.
    """

    ulid: str
    number: str
    flow: str
    process: str
    title: str
    subject_ref: str
    state: str
    outcome: str
    reason: str
    applicant: PersonTold | None
    unit: str | None
    created_at: datetime
    ended_at: datetime | None


class CandidateTold(Told):
    """Who may answer a step: in which role, and instead of whom."""

    person: PersonTold
    via: str
    instead_of: PersonTold | None


class TaskTold(Told):
    """A step in a list: the question, whose it is, and until when. `state` is free (to take), held, done or
    cancelled; `outcome` is how it was answered.
    """

    ulid: str
    case: CaseTold
    node: str
    title: str
    asks: str
    state: str
    owner: PersonTold | None
    asked_at: datetime
    due_at: datetime | None
    outcome: str
    opinion: str
    answered_at: datetime | None


class FileTold(Told):
    """A file that belongs to a case."""

    ulid: str
    name: str
    content_type: str
    size: int
    sha256: str


class EventTold(Told):
    """Something that happened in a case. `decision` is the ULID of a recorded decision of the rules."""

    ulid: str
    kind: str
    node: str
    title: str
    actor: PersonTold | None
    opinion: str
    details: dict[str, Any]
    decision: str
    at: datetime
    files: list[FileTold]


class DossierTold(Told):
    """What the deciders saw: frozen, numbered, hashed."""

    number: int
    digest: str
    frozen_at: datetime
    sections: list[dict[str, Any]]


class CaseInFull(CaseTold):
    """A case with its present dossier, its history, the steps that wait, and the verbs that are open to the
    reader now.
    """

    dossier: DossierTold | None
    waiting: list[TaskTold]
    events: list[EventTold]
    verbs: list[str]


class ChoiceTold(Told):
    """One way to answer. One that refuses wants an opinion."""

    key: str
    label: str
    refuses: bool


class FieldTold(Told):
    """One member of `data` that an answer wants."""

    name: str
    label: str
    type: str
    required: bool
    choices: list[tuple[str, str]]


class WayBack(Told):
    """A step to which this one can be sent back."""

    node: str
    title: str


class TaskInFull(TaskTold):
    """A step with everybody who may answer it, the ways to answer it, what an answer has to bring, and the
    verbs that are open to the reader now. `link` is the page where a step that completes by itself is done.
    """

    candidates: list[CandidateTold]
    choices: list[ChoiceTold]
    fields: list[FieldTold]
    ways_back: list[WayBack]
    automatic: bool
    link: str
    verbs: list[str]


def person(user: User | None) -> PersonTold | None:
    """A person, where there is one."""
    return None if user is None else PersonTold.model_validate(user)


def case_members(case: Case) -> dict[str, Any]:
    """The members of a case; it comes with applicant and unit."""
    plain = ("ulid", "number", "flow", "subject_ref", "state", "outcome", "reason", "created_at", "ended_at")
    return {
        **{name: getattr(case, name) for name in plain},
        "process": words.process_title(case.flow),
        "title": words.case_title(case),
        "applicant": person(case.applicant),
        "unit": case.unit.code if case.unit else None,
    }


def case_told(case: Case) -> CaseTold:
    """A case for a list."""
    return CaseTold(**case_members(case))


def task_members(step: Step) -> dict[str, Any]:
    """The members of a step; it comes with its task, its owner and its case."""
    node = step.task.flow_task
    plain = ("ulid", "node", "asked_at", "due_at", "outcome", "opinion", "answered_at")
    return {
        **{name: getattr(step, name) for name in plain},
        "case": case_told(step.case),
        "title": words.node_title(node, step.node),
        "asks": _(node.asks) if node is not None else "",
        "state": _STATES.get(step.task.status, "done"),
        "owner": person(step.task.owner),
    }


_STATES = {"NEW": "free", "ASSIGNED": "held", "DONE": "done", "CANCELED": "cancelled"}


def task_told(step: Step) -> TaskTold:
    """A step for a list."""
    return TaskTold(**task_members(step))


def candidates_told(rows: Iterable[Candidate]) -> list[CandidateTold]:
    """Who may answer; the rows come with their people."""
    return [
        CandidateTold(
            person=PersonTold.model_validate(row.user), via=row.via, instead_of=person(row.instead_of)
        )
        for row in rows
    ]


def event_told(event: TaskEvent, files: Iterable[Attachment]) -> EventTold:
    """An event; it comes with its actor."""
    return EventTold(
        ulid=event.ulid,
        kind=event.kind,
        node=event.node,
        title=words.titled(event.case.flow, event.node) if event.node else "",
        actor=person(event.actor),
        opinion=event.opinion,
        details=event.details,
        decision=event.decision,
        at=event.at,
        files=[FileTold.model_validate(one) for one in files],
    )

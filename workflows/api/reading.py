"""Reading cases and steps, and what waits for me."""

from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query
from pydantic import Field

from apps.core import clock, keyset
from apps.core.api import PageAsked, PageOf, Told
from apps.people.models import User
from apps.people.views import viewer
from apps.tokens.auth import scoped
from workflows import inbox, registry, words
from workflows.answers import form_of
from workflows.api.routers import cases, inboxes, processes, tasks
from workflows.api.told import (
    CaseInFull,
    CaseTold,
    ChoiceTold,
    DossierTold,
    FieldTold,
    TaskInFull,
    TaskTold,
    WayBack,
    candidates_told,
    case_members,
    case_told,
    event_told,
    task_members,
    task_told,
)
from workflows.beginning import beginnings
from workflows.models import Case, Step
from workflows.services.answering import ways_back
from workflows.verbs import verbs_of
from workflows.visibility import find_case, find_step, visible_cases

READ = "cases:read"
State = Literal["", "open", "done", "withdrawn", "cancelled", "overtaken"]


class ProcessTold(Told):
    """A process of this installation. `begin` is the address where people begin it, empty where they do
    not.
    """

    key: str
    title: str
    begin: str


class ProcessesTold(Told):
    """All processes."""

    items: list[ProcessTold]


class CasesAsked(PageAsked):
    """How the list is narrowed: by process, state, the ULID of a unit with all below it, or to what I
    applied for.
    """

    flow: str = Field("", max_length=40)
    state: State = ""
    unit: str = Field("", max_length=26)
    mine: bool = False


class InboxAsked(PageAsked):
    """How a list is narrowed: by process, unit, days since it was asked, or to what is overdue."""

    flow: str = Field("", max_length=40)
    unit: str = Field("", max_length=26)
    older_days: int = Field(0, ge=0, le=3660)
    overdue: bool = False


class CountsTold(Told):
    """Steps that are mine, and steps that I may take."""

    mine: int
    claimable: int


@processes.get("", response=ProcessesTold, **scoped(READ, _("The processes of this installation")))
def processes_known(request: HttpRequest) -> ProcessesTold:
    """Every process with its key and name."""
    viewer(request)
    startable = {one.key for one in beginnings()}
    return ProcessesTold(
        items=[
            ProcessTold(
                key=key,
                title=words.process_title(key),
                begin=f"/api/v1/processes/{key}/cases" if key in startable else "",
            )
            for key in registry.keys()  # noqa: SIM118 - a function of the registry
        ]
    )


@cases.get("", response=PageOf[CaseTold], **scoped(READ, _("Cases that you may read, the latest first")))
def cases_visible(request: HttpRequest, asked: Query[CasesAsked]) -> PageOf[CaseTold]:
    """By part in them, by right over their unit, or all of them for the office. 422 `core.cursor`."""
    user, now = viewer(request), clock.now()
    found = visible_cases(user, now).select_related("applicant", "unit")
    found = inbox.narrowed(found, inbox.Wanted(flow=asked.flow, unit=asked.unit), now, case="")
    if asked.state:
        found = found.filter(state=asked.state)
    if asked.mine:
        found = found.filter(applicant=user)
    part = keyset.slice_of(found, order=("-id",), size=asked.limit, cursor=asked.cursor)
    return PageOf[CaseTold](items=[case_told(one) for one in part.rows], next=part.next)


@cases.get("/{ulid}", response=CaseInFull, **scoped(READ, _("One case with its history")))
def case(request: HttpRequest, ulid: str) -> CaseInFull:
    """The case as its page shows it. 404 `workflows.no_case`, whether or not there is one."""
    user, now = viewer(request), clock.now()
    return case_in_full(find_case(ulid, user, now), user)


@tasks.get("/{ulid}", response=TaskInFull, **scoped(READ, _("One task: what is asked and what you may do")))
def task(request: HttpRequest, ulid: str) -> TaskInFull:
    """The step as its page shows it. 404 `workflows.no_step`, whether or not there is one."""
    user, now = viewer(request), clock.now()
    return task_in_full(find_step(ulid, user, now), user)


@inboxes.get("", response=CountsTold, **scoped(READ, _("How many tasks wait for you")))
def inbox_counts(request: HttpRequest) -> CountsTold:
    """What needs me: one query."""
    return CountsTold.model_validate(inbox.counts(viewer(request)))


@inboxes.get("/mine", response=PageOf[TaskTold], **scoped(READ, _("Your tasks, the oldest first")))
def inbox_mine(request: HttpRequest, asked: Query[InboxAsked]) -> PageOf[TaskTold]:
    """Steps that are mine and wait. 422 `core.cursor`."""
    return _tasks(inbox.held_by(viewer(request)), asked, inbox.OLDEST_FIRST)


@inboxes.get("/claimable", response=PageOf[TaskTold], **scoped(READ, _("Tasks that you may take")))
def inbox_claimable(request: HttpRequest, asked: Query[InboxAsked]) -> PageOf[TaskTold]:
    """Free steps of which I am a candidate, and overdue ones that went up to me. 422 `core.cursor`."""
    return _tasks(inbox.claimable_by(viewer(request)), asked, inbox.OLDEST_FIRST)


@inboxes.get(
    "/done", response=PageOf[TaskTold], **scoped(READ, _("Tasks that you have done, the latest first"))
)
def inbox_done(request: HttpRequest, asked: Query[InboxAsked]) -> PageOf[TaskTold]:
    """Steps that I have answered or sent back. 422 `core.cursor`."""
    return _tasks(inbox.done_by(viewer(request)), asked, inbox.NEWEST_FIRST)


@inboxes.get(
    "/applied", response=PageOf[CaseTold], **scoped(READ, _("What you applied for, the latest first"))
)
def inbox_applied(request: HttpRequest, asked: Query[InboxAsked]) -> PageOf[CaseTold]:
    """Cases in which I am the applicant. 422 `core.cursor`."""
    found = inbox.narrowed(inbox.applied_by(viewer(request)), _wanted(asked), clock.now(), case="")
    part = keyset.slice_of(found, order=inbox.LATEST_FIRST, size=asked.limit, cursor=asked.cursor)
    return PageOf[CaseTold](items=[case_told(one) for one in part.rows], next=part.next)


@inboxes.get("/copied", response=PageOf[CaseTold], **scoped(READ, _("Cases shown to you, the latest first")))
def inbox_copied(request: HttpRequest, asked: Query[InboxAsked]) -> PageOf[CaseTold]:
    """Cases that somebody has shown to me for information. 422 `core.cursor`."""
    found = inbox.narrowed(inbox.copied_to(viewer(request)), _wanted(asked), clock.now(), case="case__")
    part = keyset.slice_of(found, order=inbox.LATEST_FIRST, size=asked.limit, cursor=asked.cursor)
    return PageOf[CaseTold](items=[case_told(one.case) for one in part.rows], next=part.next)


def case_in_full(found: Case, user: User) -> CaseInFull:
    """Everything about a case that the person may read."""
    dossier = found.dossiers.order_by("-number").first()
    events = found.events.select_related("actor", "case").prefetch_related("attachments").order_by("id")
    return CaseInFull(
        **case_members(found),
        dossier=None
        if dossier is None
        else DossierTold(
            number=dossier.number,
            digest=dossier.digest,
            frozen_at=dossier.frozen_at,
            sections=dossier.content["sections"],
        ),
        waiting=[task_told(step) for step in inbox.waiting_steps(found)],
        events=[event_told(event, event.attachments.all()) for event in events],
        verbs=_verbs(user, found, None),
    )


def task_in_full(step: Step, user: User) -> TaskInFull:
    """Everything about a step whose case the person may read."""
    node = step.task.flow_task
    verbs = _verbs(user, step.case, step)
    return TaskInFull(
        **task_members(step),
        candidates=candidates_told(step.candidates.select_related("user", "instead_of").order_by("id")),
        choices=[
            ChoiceTold(
                key=one.key,
                label=str(words.outcome_label(step.flow, step.node, one.key)),
                refuses=one.refuses,
            )
            for one in node.choices
        ],
        fields=_fields(step, user) if "answer" in verbs else [],
        ways_back=[
            WayBack(node=one.name, title=words.node_title(one))
            for one in (ways_back(step) if "send_back" in verbs else [])
        ],
        automatic=node.automatic,
        link=node.link(step.case) if node.link and "answer" not in verbs and user == step.task.owner else "",
        verbs=verbs,
    )


def _verbs(user: User, found: Case, step: Step | None) -> list[str]:
    return sorted(str(verb) for verb in verbs_of(user, found, step, clock.now()))


def _fields(step: Step, user: User) -> list[FieldTold]:
    form = form_of(step, user)
    if form is None:
        return []
    return [
        FieldTold(
            name=name,
            label=str(field.label or name),
            type=type(field).__name__.removesuffix("Field").lower(),
            required=field.required,
            choices=[(str(key), str(label)) for key, label in getattr(field, "choices", ()) if key != ""],
        )
        for name, field in form.fields.items()
    ]


def _wanted(asked: InboxAsked) -> inbox.Wanted:
    return inbox.Wanted(flow=asked.flow, unit=asked.unit, older_days=asked.older_days, overdue=asked.overdue)


def _tasks(found: "QuerySet[Any]", asked: InboxAsked, order: tuple[str, ...]) -> PageOf[TaskTold]:
    found = inbox.narrowed(found, _wanted(asked), clock.now(), case="step__case__", step="step__")
    part = keyset.slice_of(found, order=order, size=asked.limit, cursor=asked.cursor)
    return PageOf[TaskTold](items=[_of_task(one) for one in part.rows], next=part.next)


def _of_task(task: Any) -> TaskTold:
    """A step that was reached from its task, without asking for the task again."""
    step: Step = task.step
    step.task = task
    return task_told(step)

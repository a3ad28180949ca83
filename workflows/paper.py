"""A case as a paper: everything that its page shows, in both languages, for `documents.sheets.print_case`. It
says what the person who prints may read; whether they may is asked before.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.decisions.models import DecisionRecord
from apps.notices.queries import site
from apps.people.models import OrgUnit, User
from documents.contexts import (
    CaseContext,
    Column,
    Countersign,
    Happening,
    Pair,
    Reason,
    Section,
    Table,
    Words,
)
from workflows.diagram_paper import diagram_picture
from workflows.dossiers import written
from workflows.models import Candidate, Case, Dossier, FlowVersion, Step, TaskEvent
from workflows.nodes.human import CANCELLED, SENT_BACK
from workflows.progress import progress_of
from workflows.words import (
    case_outcome,
    case_title,
    in_each,
    localized,
    outcome_label,
    process_title,
    sentence_text,
    titled,
)


def paper_of(case: Case, *, by: User, now: datetime) -> CaseContext:
    """The content of the print, as of `now`. Changes nothing."""
    steps, events = _steps(case), _events(case)
    dossier = case.dossiers.order_by("-number").first()
    decisions = _decisions(events)
    applicant = case.applicant
    unit = case.unit or (applicant.unit if applicant else None)
    return CaseContext(
        institution=_institution(),
        process=_words(lambda: process_title(case.flow)),
        title=_words(lambda: case_title(case)),
        case_number=case.number,
        state=_words(lambda: case_outcome(case)),
        applicant=_person(applicant),
        applicant_number=applicant.username if applicant else "",
        applicant_unit=_named(unit),
        submitted_at=case.created_at,
        printed_at=now,
        printed_by=_person(by),
        settled_at=case.ended_at,
        settled=_settled(case, steps),
        facts=_facts(case),
        sections=_sections(dossier),
        dossier_digest=dossier.digest if dossier else "",
        rule=", ".join(f"{one.point} v{one.ruleset.version}" for one in decisions if one.ruleset),
        reasons=tuple(_reason(said) for one in decisions for said in one.reasons),
        countersigns=tuple(_countersigns(steps, events)),
        history=tuple(_happening(event) for event in events),
        address=f"{site()}{reverse('case_detail', args=[case.ulid])}",
    )


def way_of(case: Case, language: str) -> str:
    """The diagram of the case for its print, as a data: address: the process in the version that it began
    in, and how far it has come. Four queries.
    """
    version = FlowVersion.objects.get(pk=case.version_id)
    return diagram_picture(version.description, progress_of(case), language)


def countersigns_of(case: Case, *, but: Collection[str] = ()) -> tuple[Countersign, ...]:
    """The countersign table of a case, for other papers about it; without some steps."""
    return tuple(_countersigns([step for step in _steps(case) if step.node not in but], _events(case)))


def _steps(case: Case) -> list[Step]:
    """The steps that people sign, in their order, without those that nobody is asked any more."""
    people = Candidate.objects.select_related("user", "instead_of").order_by("id")
    found = (
        case.steps.exclude(outcome=CANCELLED)
        .select_related("task__owner", "answered_by__unit", "case")
        .prefetch_related(Prefetch("candidates", people))
    )
    return [step for step in found.order_by("id") if _is_signed(step.task.flow_task)]


def _is_signed(node: Any) -> bool:
    return node is not None and not node.of_applicant and not node.automatic


def _events(case: Case) -> list[TaskEvent]:
    found = case.events.select_related("actor__unit", "case", "step").prefetch_related("attachments")
    return list(found.order_by("id"))


def _decisions(events: Iterable[TaskEvent]) -> list[DecisionRecord]:
    """The latest decision at each step of the rules, in their order."""
    latest = {event.node: event.decision for event in events if event.decision}
    found = DecisionRecord.objects.filter(ulid__in=latest.values()).select_related("ruleset")
    return list(found.order_by("decided_at", "id"))


def _settled(case: Case, steps: list[Step]) -> bool | None:
    """Granted or refused, where the case was decided: as its last signature says."""
    if case.state != Case.State.DONE:
        return None
    answered = [step for step in steps if step.answered_at is not None and step.outcome != SENT_BACK]
    return not _refuses(answered[-1]) if answered else True


def _refuses(step: Step) -> bool:
    chosen = step.task.flow_task.outcomes.get(step.outcome)
    return bool(chosen is not None and chosen.refuses)


def _countersigns(steps: list[Step], events: list[TaskEvent]) -> Iterable[Countersign]:
    added: dict[int, list[TaskEvent]] = {}
    for event in events:
        if event.step_id is not None and event.details.get("signer"):
            added.setdefault(event.step_id, []).append(event)
    for step in steps:
        for event in added.get(step.pk, []):
            yield _by_signer(step, event)
        yield _answered(step) if step.answered_at else _waiting(step)


def _by_signer(step: Step, event: TaskEvent) -> Countersign:
    """Somebody signed, and somebody else was asked to sign after them."""
    return Countersign(
        step=_words(lambda: titled(step.flow, step.node)),
        person=_person(event.actor),
        role=_named(event.actor.unit if event.actor else None),
        opinion=event.opinion,
        decision=_words(lambda: outcome_label(step.flow, step.node, event.kind)),
        approves=True,
        at=event.at,
    )


def _answered(step: Step) -> Countersign:
    by = step.answered_by
    seat = next((row for row in step.candidates.all() if row.user_id == step.answered_by_id), None)
    if step.outcome == SENT_BACK:
        decision, approves = _words(lambda: _("Sent back")), None
    else:
        decision = _words(lambda: outcome_label(step.flow, step.node, step.outcome))
        approves = None if by is None or step.task.flow_task.sealed else not _refuses(step)
    return Countersign(
        step=_words(lambda: titled(step.flow, step.node)),
        person=_person(by) if by else _words(lambda: _("By itself")),
        role=_named(by.unit if by else None),
        on_behalf_of=_person(seat.instead_of if seat else None),
        opinion=step.opinion,
        decision=decision,
        approves=approves,
        at=step.answered_at,
    )


def _waiting(step: Step) -> Countersign:
    people = [step.task.owner] if step.task.owner else [row.user for row in step.candidates.all()]
    names = [_person(user) for user in people]
    return Countersign(
        step=_words(lambda: titled(step.flow, step.node)),
        person=Words("、".join(one.zh for one in names), ", ".join(one.said("en") for one in names)),
    )


def _happening(event: TaskEvent) -> Happening:
    return Happening(
        at=event.at,
        person=_person(event.actor) if event.actor else _words(lambda: _("By itself")),
        what=_words(lambda: _in_step(event)),
        note=event.opinion,
        files=tuple(file.name for file in event.attachments.all()),
    )


def _in_step(event: TaskEvent) -> str:
    words = sentence_text(event)
    known = event.node and event.kind != "started"
    return f"{titled(event.case.flow, event.node)}: {words}" if known else words


def _facts(case: Case) -> tuple[Pair, ...]:
    return (Pair(_words(lambda: _("Reason")), case.reason),) if case.reason else ()


def _sections(dossier: Dossier | None) -> tuple[Section, ...]:
    sections = dossier.content["sections"] if dossier is not None else []
    return tuple(_section(section) for section in sections)


def _section(section: dict[str, Any]) -> Section:
    rows = section.get("rows", [])
    pairs = tuple(Pair(_msgid(row["label"]), _words(partial(written, row))) for row in rows)
    table = section.get("table")
    return Section(
        title=_msgid(section.get("title", "")), pairs=pairs, tables=(_table(table),) if table else ()
    )


def _table(table: dict[str, Any]) -> Table:
    rows = tuple(tuple(_words(partial(localized, cell)) for cell in row) for row in table["rows"])
    columns = tuple(
        Column(title=_msgid(title), numeric=_is_numeric(table["rows"], place))
        for place, title in enumerate(table["columns"])
    )
    return Table(columns=columns, rows=rows)


def _is_numeric(rows: list[list[Any]], place: int) -> bool:
    return bool(rows) and all(isinstance(row[place], int | float) for row in rows)


def _reason(said: dict[str, Any]) -> Reason:
    return Reason(code=str(said.get("code", "")), words=Words(said.get("zh", ""), said.get("en", "")))


def _institution() -> Words:
    return _named(OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first())


def _person(user: User | None) -> Words:
    return Words(user.name_zh, user.name_en) if user is not None else Words("")


def _named(unit: OrgUnit | None) -> Words:
    return Words(unit.name_zh, unit.name_en) if unit is not None else Words("")


def _msgid(text: str) -> Words:
    return _words(lambda: _(text)) if text else Words("")


def _words(said: Callable[[], object]) -> Words:
    each = in_each(said)
    return Words(each["zh"], each["en"])

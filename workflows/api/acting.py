"""Acting in cases: one endpoint for each verb, each asks the service of the page. Whoever may not read the
case hears that there is none; whoever may read it hears why the verb is not theirs.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Status

from apps.core import clock
from apps.core.api import ErrorTold, error_of
from apps.core.errors import Invalid, Refusal
from apps.people.models import User
from apps.people.queries import active_users
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once
from workflows import services
from workflows.answers import cleaned
from workflows.api.routers import cases, tasks
from workflows.api.told import CaseTold, TaskTold, case_told, task_told
from workflows.api.wishes import (
    AnswerWish,
    BatchLine,
    BatchTold,
    BatchWish,
    CopyWish,
    OpinionWish,
    PassingWish,
    ReasonWish,
    SignerGone,
    SignerWish,
    WayBackWish,
    WithdrawalWish,
    WordsWish,
)
from workflows.models import Case, Step
from workflows.visibility import find_case, find_step

DECIDE, APPLY = "tasks:write", "cases:write"
WHOLE = ("task__owner", "task__process", "case__applicant", "case__unit")
Doing = Callable[[Step, User, datetime], Any]
DoingCase = Callable[[Case, User, datetime], Any]


def _on_task(request: HttpRequest, ulid: str, key: str | None, do: Doing) -> "Status[Any]":
    """The step after the verb. Whoever has just acted on it is told, even where it is no longer theirs to
    read.
    """

    def act() -> TaskTold:
        user, now = viewer(request), clock.now()
        step = find_step(ulid, user, now)
        do(step, user, now)
        return task_told(Step.objects.select_related(*WHOLE).get(pk=step.pk))

    return once(request, key, act)


def _on_case(request: HttpRequest, ulid: str, key: str | None, do: DoingCase) -> "Status[Any]":
    """The case after the verb."""

    def act() -> CaseTold:
        user, now = viewer(request), clock.now()
        found = find_case(ulid, user, now)
        do(found, user, now)
        found.refresh_from_db()
        return case_told(found)

    return once(request, key, act)


def _person(login: str, now: datetime, field: str) -> User:
    """An active person by login. Raises Invalid `people.unknown`."""
    found = active_users(now).filter(username=login.strip()).first()
    if found is None:
        raise Invalid(
            _("There is no such person, or their account is not in force."),
            code="people.unknown",
            field=field,
        )
    return found


@tasks.post("/batch", response=BatchTold, **scoped(DECIDE, _("Answer many tasks alike")))
def answer_batch(
    request: HttpRequest, wish: BatchWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Each by itself: one that is refused stops no other. Each line may hold what answering one refuses,
    and 409 `workflows.not_in_batch`, 404 `workflows.no_step`.
    """

    def act() -> BatchTold:
        user, now = viewer(request), clock.now()
        return BatchTold(items=[_line(ulid, user, wish, now) for ulid in wish.tasks])

    return once(request, idempotency_key, act)


def _line(ulid: str, user: User, wish: BatchWish, now: datetime) -> BatchLine:
    try:
        step = find_step(ulid, user, now)
        [(_step, refused)] = services.batch(
            steps=[step], by=user, now=now, outcome=wish.outcome, opinion=wish.opinion
        )
    except Refusal as refusal:
        refused = refusal
    return BatchLine(task=ulid, error=ErrorTold(**error_of(refused)) if refused else None)


@tasks.post("/{ulid}/answer", response=TaskTold, **scoped(DECIDE, _("Approve, refuse or complete a task")))
def answer(
    request: HttpRequest, ulid: str, wish: AnswerWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """With one of its outcomes. 403 `workflows.` own_case, not_yours, conflict; 409 `workflows.` answered,
    taken, automatic, delegated, no_candidate, overtaken; 422 `workflows.` outcome, opinion_required, data,
    file; and whatever the process refuses.
    """

    def do(step: Step, user: User, now: datetime) -> None:
        files = list(step.case.attachments.filter(ulid__in=wish.files, by=user, event__isnull=True))
        if len(files) != len(set(wish.files)):
            raise Invalid(_("There is no such file in this case."), code="workflows.file", field="files")
        services.answer(
            step=step,
            by=user,
            now=now,
            outcome=wish.outcome,
            opinion=wish.opinion,
            data=cleaned(step, user, wish.data),
            attachments=files,
        )

    return _on_task(request, ulid, idempotency_key, do)


@tasks.post("/{ulid}/claim", response=TaskTold, **scoped(DECIDE, _("Take a task")))
def claim(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """One that several may answer, or an overdue one as the superior. 403 `workflows.` own_case, not_yours;
    409 `workflows.` taken, answered.
    """
    return _on_task(
        request, ulid, idempotency_key, lambda step, user, now: services.claim(step=step, by=user, now=now)
    )


@tasks.post("/{ulid}/release", response=TaskTold, **scoped(DECIDE, _("Give a task back to the others")))
def release(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """So that another candidate may take it. 403 `workflows.not_yours`; 409 `workflows.sole_candidate`."""
    return _on_task(
        request, ulid, idempotency_key, lambda step, user, now: services.release(step=step, by=user, now=now)
    )


@tasks.post(
    "/{ulid}/send-back", response=TaskTold, **scoped(DECIDE, _("Send a case back to an earlier step"))
)
def send_back(
    request: HttpRequest, ulid: str, wish: WayBackWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Everything else that waits in it is cancelled. As answering, and 409 `workflows.no_way_back`, 422
    `workflows.way_back`.
    """
    return _on_task(
        request,
        ulid,
        idempotency_key,
        lambda step, user, now: services.send_back(
            step=step, by=user, now=now, to=wish.to, reason=wish.reason
        ),
    )


@tasks.post(
    "/{ulid}/transfer", response=TaskTold, **scoped(DECIDE, _("Pass a task to a colleague of the same role"))
)
def transfer(
    request: HttpRequest, ulid: str, wish: PassingWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Mine, or one of a unit that I manage. 422 `workflows.not_eligible`, `people.unknown`."""
    return _on_task(
        request,
        ulid,
        idempotency_key,
        lambda step, user, now: services.transfer(
            step=step, by=user, to=_person(wish.to, now, "to"), now=now, reason=wish.reason
        ),
    )


@tasks.post("/{ulid}/delegate", response=TaskTold, **scoped(DECIDE, _("Ask somebody for an opinion first")))
def delegate(
    request: HttpRequest, ulid: str, wish: PassingWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """They cannot answer it; it comes back with their opinion. 403 `workflows.own_case`; 422
    `workflows.not_eligible`, `people.unknown`.
    """
    return _on_task(
        request,
        ulid,
        idempotency_key,
        lambda step, user, now: services.delegate(
            step=step, by=user, to=_person(wish.to, now, "to"), now=now, reason=wish.reason
        ),
    )


@tasks.post(
    "/{ulid}/give-back", response=TaskTold, **scoped(DECIDE, _("Give the opinion that you were asked for"))
)
def give_back(
    request: HttpRequest, ulid: str, wish: OpinionWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The step returns to who asked. 409 `workflows.not_delegated`."""
    return _on_task(
        request,
        ulid,
        idempotency_key,
        lambda step, user, now: services.give_back(step=step, by=user, now=now, opinion=wish.opinion),
    )


@tasks.post("/{ulid}/signers", response=TaskTold, **scoped(DECIDE, _("Ask one more person to sign")))
def add_signer(
    request: HttpRequest, ulid: str, wish: SignerWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Before, after or beside me. 403 `workflows.own_case`; 409 `workflows.` no_signers, signer_there,
    no_round, no_after; 422 `workflows.not_eligible`, `people.unknown`.
    """
    return _on_task(
        request,
        ulid,
        idempotency_key,
        lambda step, user, now: services.add_signer(
            step=step,
            by=user,
            user=_person(wish.user, now, "user"),
            now=now,
            where=wish.where,
            reason=wish.reason,
        ),
    )


@tasks.post("/{ulid}/signers/remove", response=TaskTold, **scoped(DECIDE, _("Take back an added signer")))
def remove_signer(
    request: HttpRequest, ulid: str, wish: SignerGone, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """While they have not signed. 409 `workflows.signer_gone`; 422 `people.unknown`."""
    return _on_task(
        request,
        ulid,
        idempotency_key,
        lambda step, user, now: services.remove_signer(
            step=step, by=user, user=_person(wish.user, now, "user"), now=now, reason=wish.reason
        ),
    )


@cases.post("/{ulid}/urge", response=CaseTold, **scoped(APPLY, _("Remind everybody whom a case waits for")))
def urge(
    request: HttpRequest, ulid: str, wish: WordsWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Not too often. 403 `workflows.not_yours`; 409 `workflows.` urged, nobody_asked, case_closed."""
    return _on_case(
        request,
        ulid,
        idempotency_key,
        lambda found, user, now: services.urge(case=found, by=user, now=now, words=wish.words),
    )


@cases.post("/{ulid}/copy", response=CaseTold, **scoped(APPLY, _("Show a case to people for information")))
def copy(
    request: HttpRequest, ulid: str, wish: CopyWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """They may read it and do nothing in it. 403 `workflows.not_yours`; 422 `people.unknown`."""

    def do(found: Case, user: User, now: datetime) -> None:
        services.copy(case=found, to=[_person(one, now, "to") for one in wish.to], by=user, now=now)

    return _on_case(request, ulid, idempotency_key, do)


@cases.post("/{ulid}/withdraw", response=CaseTold, **scoped(APPLY, _("Withdraw what you applied for")))
def withdraw(
    request: HttpRequest, ulid: str, wish: WithdrawalWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Until the deciding step. 403 `workflows.not_applicant`; 409 `workflows.` too_late, case_closed."""
    return _on_case(
        request,
        ulid,
        idempotency_key,
        lambda found, user, now: services.withdraw(case=found, by=user, now=now, reason=wish.reason),
    )


@cases.post("/{ulid}/cancel", response=CaseTold, **scoped(DECIDE, _("End a case that should not go on")))
def cancel_case(
    request: HttpRequest, ulid: str, wish: ReasonWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """By the equipment office. 403 `workflows.not_yours`; 409 `workflows.case_closed`."""
    return _on_case(
        request,
        ulid,
        idempotency_key,
        lambda found, user, now: services.cancel(case=found, by=user, now=now, reason=wish.reason),
    )


@cases.post("/{ulid}/retry", response=CaseTold, **scoped(DECIDE, _("Have tried again what failed by itself")))
def retry_case(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """By the equipment office. 403 `workflows.not_yours`; 409 `workflows.` nothing_failed, case_closed."""
    return _on_case(
        request, ulid, idempotency_key, lambda found, user, now: services.retry(case=found, by=user, now=now)
    )

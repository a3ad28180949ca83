"""Writing the append-only history of a case. One function, one row; the moment and the actor come from the
transition that is going on.
"""

from collections.abc import Mapping
from typing import Any

from apps.core.prepared import insert
from apps.people.models import User
from workflows.models import Attachment, Case, Step, TaskEvent
from workflows.moment import current

_ACTOR: Any = object()


def record(
    kind: str,
    case: Case,
    *,
    step: Step | None = None,
    node: str = "",
    opinion: str = "",
    decision: str = "",
    actor: User | None = _ACTOR,
    attachments: tuple[Attachment, ...] = (),
    details: Mapping[str, Any] | None = None,
) -> TaskEvent:
    """Append what happened. `actor` defaults to who does the transition (None is the system). Attachments
    that were uploaded to this case and are not yet part of its history become part of this event.
    """
    moment = current()
    event = TaskEvent(
        case=case,
        step=step,
        node=node or (step.node if step else ""),
        kind=kind,
        actor=moment.by if actor is _ACTOR else actor,
        opinion=opinion,
        decision=decision,
        details=dict(details or {}),
        at=moment.now,
    )
    insert([event])
    if attachments:
        Attachment.objects.filter(pk__in=[a.pk for a in attachments], case=case, event__isnull=True).update(
            event=event
        )
    return event


def named(user: User) -> dict[str, str]:
    """A person in the details of an event: readable years later, whatever became of them."""
    return {"user": user.ulid, "name": user.name_zh, "name_en": user.name_en}

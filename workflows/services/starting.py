"""A case begins, and what its deciders see is frozen."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.clock import school_time
from apps.core.errors import WrongState
from apps.core.ids import new_ulid
from apps.core.prepared import insert
from apps.people.models import OrgUnit, User
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.history import record
from workflows.models import Case, Dossier
from workflows.moment import current, moment
from workflows.telling import tell, together
from workflows.versions import pin


@transaction.atomic
def start(
    flow: type[BaseFlow],
    *,
    by: User | None,
    now: datetime,
    applicant: User | None,
    subject_ref: str,
    unit: OrgUnit | None = None,
    title_args: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    dossier: Sequence[Mapping[str, Any]] = (),
    parent: Any = None,
    ulid: str = "",
) -> Case:
    """A new case of the flow. `subject_ref` ('noun:ulid') is what it is about: one open case of a flow for
    each.

    `title_args` fill the title: a noun of the school (what has `name_zh` and `name_en`) is named in both
    languages, for each reader theirs. `ulid` names the case when its object had to know it beforehand.
    `data` are the flow's own values (`activation.recall`), `dossier` the sections that deciders see, frozen
    now. Raises WrongState `workflows.case_open` (with the number of the open case), whatever the first steps
    refuse, and `workflows.overtaken` when its object is gone already.
    """
    node = flow.start
    with moment(now=now, by=by):
        activation = node.activation_class.create(node, None, None)
        process = activation.process
        process.data = dict(data or {})
        process.parent_task = parent
        process.save()
        with flow.lock(process.pk), together():
            activation.complete()
            case = _open(flow, process, by, now, applicant, subject_ref, unit, title_args, ulid or new_ulid())
            process.case = case
            if dossier:
                _freeze(case, dossier, number=1)
            record("started", case, node=node.name)
            tell("workflows.case_started", case=case.ulid, flow=case.flow)
            try:
                activation.activate_next()
            except Overtaken as overtaken:
                raise WrongState(overtaken.reason, code="workflows.overtaken") from overtaken
    return case


def _open(
    flow: type[BaseFlow],
    process: Any,
    by: User | None,
    now: datetime,
    applicant: User | None,
    subject_ref: str,
    unit: OrgUnit | None,
    title_args: Mapping[str, Any] | None,
    ulid: str,
) -> Case:
    case = Case(
        ulid=ulid,
        process=process,
        number=f"{flow.prefix}{school_time(now):%Y}-{process.pk:06d}",
        flow=flow.key,
        version_id=pin(flow, now),
        title=flow.case_title,
        title_args={name: _in_both(value) for name, value in (title_args or {}).items()},
        subject_ref=subject_ref,
        applicant=applicant,
        started_by=by,
        unit=unit,
        created_at=now,
    )
    try:
        with transaction.atomic():
            insert([case])
    except IntegrityError as exc:
        other = Case.objects.filter(flow=flow.key, subject_ref=subject_ref, state=Case.State.OPEN).first()
        raise WrongState(
            _("A case about this is already in progress."),
            code="workflows.case_open",
            case=other.ulid if other else "",
            number=other.number if other else "",
        ) from exc
    return case


def _in_both(value: Any) -> Any:
    if not hasattr(value, "name_zh"):
        return value
    return {"zh": value.name_zh, "en": value.name_en or value.name_zh}


def freeze(case: Case, sections: Sequence[Mapping[str, Any]]) -> Dossier:
    """The next dossier of a case, frozen and hashed; opinions from now on are about this one. Called by a
    flow's hook, inside the transition.
    """
    return _freeze(case, sections, number=case.dossiers.count() + 1)


def _freeze(case: Case, sections: Sequence[Mapping[str, Any]], *, number: int) -> Dossier:
    content = {"sections": [dict(section) for section in sections]}
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    dossier = Dossier(
        case=case,
        number=number,
        content=content,
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
        frozen_at=current().now,
        frozen_by=current().by,
    )
    insert([dossier])
    return dossier

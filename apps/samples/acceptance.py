"""Whether samples are taken: the facts of `samples.acceptance` with their sources, and what follows from the
answer. An engine that failed never takes anything: the crew is asked.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.samples.access import require_crew
from apps.samples.locking import lock_request
from apps.samples.models import Hazard, SampleRequest
from rules.points.samples_acceptance import AcceptanceFacts, Tolerance

State, Acceptance = SampleRequest.State, SampleRequest.Acceptance
CONTROLLED = frozenset({Hazard.EXPLOSIVE.value, Hazard.RADIOACTIVE.value})


def acceptance_facts(request: SampleRequest) -> tuple[AcceptanceFacts, dict[str, dict[str, Any]]]:
    """What is known of the samples of a request, each fact with its source. At most two queries."""
    service, samples = request.template, list(request.samples.all())
    declared = {hazard for one in samples for hazard in one.hazards}
    accepted, refused = set(service.hazards_accepted), set(service.hazards_refused)
    sizes = [one.size_mm for one in samples if one.size_mm is not None]
    limit = service.max_size_mm
    facts = AcceptanceFacts(
        sample_count=len(samples),
        hazards=frozenset(declared),
        hazard_refused=bool(declared & refused),
        hazard_controlled=bool((declared & CONTROLLED) - accepted),
        hazard_unlisted=bool(declared - accepted - refused),
        hazard_accepted=bool(declared & accepted),
        magnetic=any(one.magnetic for one in samples),
        magnetic_rule=Tolerance(service.magnetic),
        volatile=any(one.volatile for one in samples),
        volatile_rule=Tolerance(service.volatile),
        too_large=limit is not None and any(size > limit for size in sizes),
        size_unknown=limit is not None and len(sizes) < len(samples),
        largest_mm=max(sizes, default=None),
        limit_mm=limit,
        rush=request.rush,
        external=request.is_external,
    )
    row = _source("sample_request", request.ulid, "送样单", "Sample request")
    offered = _source("service", service.ulid, "服务说明", "Service")
    said = dict.fromkeys(AcceptanceFacts.__dataclass_fields__, row)
    return facts, {
        **said,
        **dict.fromkeys(("magnetic_rule", "volatile_rule", "limit_mm"), offered),
        "external": _source("user", request.requester.ulid, "用户登记", "User register"),
    }


@transaction.atomic
def accept_samples(
    *, request: SampleRequest, by: User | None, now: datetime, handling: str = "", special: bool = False
) -> SampleRequest:
    """The samples are taken; with `special`, or words on `handling`, under conditions that everybody
    reads who touches them. By the rules (`by=None`) or the crew.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; WrongState `samples.not_submitted`,
    `samples.accepted`.
    """
    require_crew(request, by, now)
    request = _locked_submitted(request)
    if request.acceptance:
        raise WrongState(_("These samples are accepted already."), code="samples.accepted")
    handling = handling.strip()
    request.acceptance = Acceptance.SPECIAL if special or handling else Acceptance.ACCEPTED
    request.handling = handling
    request.save(update_fields=["acceptance", "handling"])
    _record("accept_samples", request, by, now, handling)
    publish("samples.accepted", now=now, request=request.ulid)
    return request


@transaction.atomic
def refuse_samples(*, request: SampleRequest, by: User | None, now: datetime, reason: str) -> SampleRequest:
    """The samples are not taken. Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid
    `core.reason_required`; WrongState `samples.not_submitted`.
    """
    require_crew(request, by, now)
    reason = require_reason(reason)
    request = _locked_submitted(request)
    request.state, request.ended_at, request.outcome_note = State.REFUSED, now, reason
    request.save(update_fields=["state", "ended_at", "outcome_note"])
    _record("refuse_samples", request, by, now, reason)
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return request


def _locked_submitted(request: SampleRequest) -> SampleRequest:
    request = lock_request(request)
    if request.state != State.SUBMITTED:
        raise WrongState(_("This request is not being judged."), code="samples.not_submitted")
    return request


def _record(verb: str, request: SampleRequest, by: User | None, now: datetime, reason: str) -> None:
    audit.record(
        action=f"samples.{verb}",
        object_ref=f"sample_request:{request.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}

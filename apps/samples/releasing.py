"""Handing results over: whether they may go is the rule `samples.release`'s to say, on record, with
payment first where the service wants it. A rule that failed releases nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import record_judgement
from apps.people.models import User
from apps.samples.access import require_crew
from apps.samples.locking import lock_request
from apps.samples.models import Sample, SampleRequest
from rules.points.samples_release import KEY, RELEASE, WAIT_PAYMENT, ReleaseFacts

State = Sample.State
_UNRELEASED = (State.TESTED, State.CHECKED)


@transaction.atomic
def release_results(
    *,
    request: SampleRequest,
    by: User | None,
    now: datetime,
    samples: Sequence[Sample] | None = None,
) -> SampleRequest:
    """The requester may read these results from now on; without `samples` all that are there. When nothing is
    left the request is released.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; WrongState `samples.not_under_way`,
    `samples.nothing_to_release`, `samples.unpaid`, `samples.unchecked`, `samples.release_undecided`.
    """
    require_crew(request, by, now)
    request = lock_request(request)
    if request.state != SampleRequest.State.CONFIRMED:
        raise WrongState(_("This request is not under way."), code="samples.not_under_way")
    ready = _ready(request, samples)
    complete = (
        not request.samples.filter(state__in=(*Sample.WAITING, *_UNRELEASED))
        .exclude(pk__in=[one.pk for one in ready])
        .exists()
    )
    if not ready and not complete:
        raise _nothing()
    if ready:
        _require_released_by_rule(request, ready, by, now, complete=complete)
    Sample.objects.filter(pk__in=[one.pk for one in ready]).update(state=State.RELEASED, released_at=now)
    if complete:
        request.state, request.released_at = SampleRequest.State.RELEASED, now
        request.save(update_fields=["state", "released_at"])
    audit.record(
        action="samples.release_results",
        object_ref=f"sample_request:{request.ulid}",
        now=now,
        actor=by,
        samples=[one.code for one in ready],
    )
    publish("samples.results_released", now=now, request=request.ulid, complete=complete)
    return request


def release_facts(
    request: SampleRequest, samples: Sequence[Sample], *, complete: bool
) -> tuple[ReleaseFacts, dict[str, dict[str, Any]]]:
    """What is known about a release of these samples, each fact with its source. At most one query."""
    service, fund = request.template, request.fund
    balance = fund.account.balance_fen if fund is not None else 0
    facts = ReleaseFacts(
        check_needed=service.needs_check,
        checked=all(one.state == State.CHECKED for one in samples),
        payment_first=service.payment_first,
        charged=request.charged_at is not None,
        charged_fen=request.charged_fen or 0,
        fund_in_debt=balance < 0,
        debt_fen=max(0, -balance),
        external=request.is_external,
        complete=complete,
    )
    row = _source("sample_request", request.ulid, "送样单", "Sample request")
    offered = _source("service", service.ulid, "服务说明", "Service")
    ledger = _source("fund", fund.ulid if fund else "", "付费账户", "Fund account")
    return facts, {
        **dict.fromkeys(ReleaseFacts.__dataclass_fields__, row),
        **dict.fromkeys(("check_needed", "payment_first"), offered),
        **dict.fromkeys(("fund_in_debt", "debt_fen"), ledger),
        "external": _source("user", request.requester.ulid, "用户登记", "User register"),
    }


def judge_release(request: SampleRequest, now: datetime) -> Judgement | None:
    """What the rule would say now about everything that is there; None where nothing is. Recorded nowhere."""
    ready = _ready(request, None)
    if not ready:
        return None
    facts, _sources = release_facts(request, ready, complete=False)
    return judge(point=KEY, facts=facts, at=now)


def _ready(request: SampleRequest, samples: Sequence[Sample] | None) -> list[Sample]:
    there = list(request.samples.filter(state__in=_UNRELEASED))
    for one in there:
        one.request = request
    if samples is None:
        checked = [one for one in there if one.state == State.CHECKED]
        return checked if request.template.needs_check and checked else there
    chosen = {one.pk for one in samples}
    found = [one for one in there if one.pk in chosen]
    if len(found) != len(chosen):
        raise _nothing()
    return found


def _require_released_by_rule(
    request: SampleRequest, ready: Sequence[Sample], by: User | None, now: datetime, *, complete: bool
) -> None:
    facts, sources = release_facts(request, ready, complete=complete)
    judged = judge(point=KEY, facts=facts, at=now)
    decision = judged.decision
    if decision.outcome == RELEASE:
        record_judgement(
            judged,
            sources=sources,
            subject_id=request.requester_id,
            object_ref=f"sample_request:{request.ulid}",
            asked_by=f"user:{by.ulid}" if by else "flow",
            now=now,
        )
        return
    codes = list(decision.codes)
    if judged.alarm:
        raise WrongState(
            _("The rules could not be asked, so nothing is released."),
            code="samples.release_undecided",
            codes=codes,
        )
    if decision.outcome == WAIT_PAYMENT:
        raise WrongState(
            _("Payment comes first here, and it is outstanding."), code="samples.unpaid", codes=codes
        )
    raise WrongState(
        _("A second person has to check these results first."), code="samples.unchecked", codes=codes
    )


def _nothing() -> WrongState:
    return WrongState(_("There is nothing to release."), code="samples.nothing_to_release")


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}

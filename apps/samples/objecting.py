"""What the requester says to released results: an objection, which whoever is responsible for the instrument
decides, or agreement and a rating.
"""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.samples.access import require_manager_of, require_requester
from apps.samples.attaching import keep_files
from apps.samples.custody import next_rank
from apps.samples.locking import lock_request, lock_sample
from apps.samples.models import Delay, Objection, Rating, Sample, SampleRequest
from apps.samples.quoting import delay_request

State = SampleRequest.State
_LONGEST = 500


@transaction.atomic
def object_to(*, sample: Sample, reason: str, by: User | None, now: datetime) -> Objection:
    """The requester does not believe the released result of a sample; once for each test of it.

    Raises NotPermitted `samples.not_yours`, `people.not_active`; Invalid `core.reason_required`; WrongState
    `samples.not_released`, `samples.objection_late`, `samples.objected`.
    """
    reason = require_reason(reason)
    sample, request = lock_sample(sample)
    require_requester(request, by, now)
    if request.state != State.RELEASED or sample.state != Sample.State.RELEASED:
        raise WrongState(_("There is no released result to object to."), code="samples.not_released")
    released = sample.released_at or now
    if released + timedelta(days=value("samples.objection_days", at=released)) <= now:
        raise WrongState(_("The time for objections is over."), code="samples.objection_late")
    try:
        with transaction.atomic():
            objection = Objection.objects.create(
                sample=sample, round=sample.round, reason=reason[:_LONGEST], raised_at=now
            )
    except IntegrityError as again:
        raise WrongState(
            _("There was an objection to this result before."), code="samples.objected"
        ) from again
    audit.record(
        action="samples.object_to", object_ref=f"sample:{sample.ulid}", now=now, actor=by, reason=reason
    )
    publish("samples.objected", now=now, request=request.ulid, objection=objection.ulid)
    return objection


@transaction.atomic
def decide_objection(
    *,
    objection: Objection,
    uphold: bool,
    why: str,
    by: User | None,
    now: datetime,
    promised_on: date | None = None,
) -> Objection:
    """Upheld, the sample is tested again at no cost, in the queue where it is here, else once it is handed in
    again; `promised_on` moves the day. Rejected, the result stays.

    By whoever is responsible for the instrument, and not by whoever tested. Raises NotPermitted
    `samples.manager_only`, `samples.own_result`, `samples.own_request`; Invalid `core.reason_required`,
    `samples.promise`; WrongState `samples.objection_decided`.
    """
    why = require_reason(why)
    sample, request = lock_sample(objection.sample)
    _require_judge(sample, request, by, now)
    state = Objection.State.UPHELD if uphold else Objection.State.REJECTED
    decided = Objection.objects.filter(pk=objection.pk, state=Objection.State.OPEN).update(
        state=state, decided_by=by, decided_at=now, why=why[:_LONGEST]
    )
    if not decided:
        raise WrongState(_("This objection is already decided."), code="samples.objection_decided")
    if uphold:
        _begin_again(sample, request, promised_on, by, now)
    objection.refresh_from_db()
    audit.record(
        action="samples.decide_objection",
        object_ref=f"sample:{sample.ulid}",
        now=now,
        actor=by,
        reason=why,
        upheld=uphold,
    )
    publish(
        "samples.objection_decided",
        now=now,
        request=request.ulid,
        objection=objection.ulid,
        upheld=uphold,
    )
    return objection


@transaction.atomic
def close_request(*, request: SampleRequest, by: User | None, now: datetime) -> SampleRequest:
    """The requester agrees to the results, or the time for objections is over (`by=None`).

    Raises NotPermitted `samples.not_yours`, `people.not_active`; WrongState `samples.not_released`,
    `samples.objection_open`.
    """
    require_requester(request, by, now)
    request = lock_request(request)
    if request.state != State.RELEASED:
        raise WrongState(_("These results are not released."), code="samples.not_released")
    if Objection.objects.filter(sample__request=request, state=Objection.State.OPEN).exists():
        raise WrongState(_("An objection is still open."), code="samples.objection_open")
    request.state, request.ended_at = State.CLOSED, now
    request.save(update_fields=["state", "ended_at"])
    keep_files(request, now)
    audit.record(
        action="samples.close_request", object_ref=f"sample_request:{request.ulid}", now=now, actor=by
    )
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return request


@transaction.atomic
def rate_request(
    *, request: SampleRequest, stars: int, by: User | None, now: datetime, words: str = ""
) -> Rating:
    """What the requester thinks of the service, from 1 to 5 stars, once. Raises NotPermitted
    `samples.not_yours`; Invalid `samples.stars`; WrongState `samples.not_released`, `samples.rated`.
    """
    require_requester(request, by, now)
    request = lock_request(request)
    if not 1 <= stars <= 5:
        raise Invalid(_("From one to five stars."), code="samples.stars", field="stars")
    if request.state not in (State.RELEASED, State.CLOSED):
        raise WrongState(_("These results are not released."), code="samples.not_released")
    if Rating.objects.filter(request=request).exists():
        raise WrongState(_("You have rated this before."), code="samples.rated")
    return Rating.objects.create(request=request, stars=stars, words=words.strip()[:_LONGEST], at=now)


def _require_judge(sample: Sample, request: SampleRequest, by: User | None, now: datetime) -> None:
    if by is None:
        return
    if by.pk == request.requester_id:
        raise NotPermitted(_("Nobody serves their own request."), code="samples.own_request")
    if sample.tested_by_id == by.pk:
        raise NotPermitted(_("Whoever tested does not decide about it."), code="samples.own_result")
    if sample.instrument is not None:
        require_manager_of(sample.instrument, by, now)


def _begin_again(
    sample: Sample, request: SampleRequest, promised_on: date | None, by: User | None, now: datetime
) -> None:
    sample.round, sample.run = sample.round + 1, None
    if sample.is_here:
        sample.state, sample.rank = Sample.State.QUEUED, next_rank(sample.instrument_id)
    else:
        sample.state = Sample.State.DECLARED
    sample.save(update_fields=["round", "run", "state", "rank"])
    request.state, request.tested_at, request.last_call_until = State.CONFIRMED, None, None
    request.save(update_fields=["state", "tested_at", "last_call_until"])
    if promised_on is not None:
        delay_request(request=request, reason=Delay.Reason.RETEST, becomes=promised_on, by=by, now=now)

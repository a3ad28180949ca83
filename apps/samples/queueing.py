"""The queue of an instrument: its order, what waits in it for a reason, what falls out of it. A rush goes
before everything that is none; within both, the crew's order counts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.samples.access import require_crew_of, require_not_own
from apps.samples.custody import next_rank
from apps.samples.locking import lock_sample
from apps.samples.models import HoldReason, Sample, SampleRequest
from apps.samples.progress import note_progress

State = Sample.State


def queue_of(instrument: Instrument) -> QuerySet[Sample]:
    """What waits or is tested on an instrument, in its order, with everything a board shows. One query."""
    return (
        Sample.objects.filter(
            instrument=instrument,
            state__in=Sample.TESTABLE,
            request__state=SampleRequest.State.CONFIRMED,
        )
        .select_related("request__requester", "request__template", "holder", "run__operator")
        .order_by("-request__rush", "rank", "id")
    )


@transaction.atomic
def order_queue(
    *, instrument: Instrument, samples: Sequence[Sample], by: User, now: datetime
) -> list[Sample]:
    """The samples of the queue stand in this order from now on; those that are not named follow as they were.

    The order is one of a moment: asked for again it is the same. Raises NotPermitted `samples.crew_only`,
    `samples.own_request` (somebody else's sample would come after one's own); Invalid `samples.not_queued`,
    `samples.twice`.
    """
    require_crew_of(instrument, by, now)
    locked = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    queue = {one.pk: one for one in queue_of(locked)}
    named = [one.pk for one in samples]
    if len(set(named)) != len(named):
        raise Invalid(_("A sample stands in this order twice."), code="samples.twice")
    if not set(named) <= set(queue):
        raise Invalid(_("Some of these samples do not wait here any more."), code="samples.not_queued")
    order = [*named, *(key for key in queue if key not in set(named))]
    _require_fair(queue, order, by)
    Sample.objects.filter(pk__in=order, instrument=locked).update(
        rank=Case(*(When(pk=key, then=Value(place)) for place, key in enumerate(order, start=1)))
    )
    audit.record(action="samples.order_queue", object_ref=f"instrument:{instrument.ulid}", now=now, actor=by)
    return list(queue_of(locked))


@transaction.atomic
def move_in_queue(
    *, instrument: Instrument, sample: str, down: bool, by: User, now: datetime
) -> list[Sample]:
    """A sample (by its ULID) changes its place with its neighbour in the queue as it is now, so that two who
    move at once both have their way; at the end of the queue nothing changes. Raises NotPermitted
    `samples.crew_only`, `samples.own_request`; Invalid `samples.not_queued`.
    """
    require_crew_of(instrument, by, now)
    locked = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    queue = list(queue_of(locked))
    place = next((number for number, one in enumerate(queue) if one.ulid == sample), None)
    if place is None:
        raise Invalid(_("Some of these samples do not wait here any more."), code="samples.not_queued")
    other = place + (1 if down else -1)
    if not 0 <= other < len(queue):
        return queue
    queue[place], queue[other] = queue[other], queue[place]
    return order_queue(instrument=locked, samples=queue, by=by, now=now)


@transaction.atomic
def place_in_queue(
    *, instrument: Instrument, sample: str, before: str, by: User, now: datetime
) -> list[Sample]:
    """A sample (by its ULID) goes before another one of the queue as it is now, or to its end where `before`
    is empty. Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid `samples.not_queued`.
    """
    require_crew_of(instrument, by, now)
    locked = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    queue = {one.ulid: one for one in queue_of(locked)}
    moved = queue.pop(sample, None)
    if moved is None or (before and before != sample and before not in queue):
        raise Invalid(_("Some of these samples do not wait here any more."), code="samples.not_queued")
    if before == sample:
        return list(queue_of(locked))
    order = list(queue.values())
    order.insert(list(queue).index(before) if before else len(order), moved)
    return order_queue(instrument=locked, samples=order, by=by, now=now)


@transaction.atomic
def hold_sample(*, sample: Sample, reason: str, by: User, now: datetime, note: str = "") -> Sample:
    """The sample waits, for a reason that the requester reads. Raises NotPermitted `samples.crew_only`,
    `samples.own_request`; Invalid `samples.hold_reason`; WrongState `samples.not_queued`, `samples.held`.
    """
    sample, request = lock_sample(sample)
    _require_crew_of(sample, request, by, now)
    if reason not in HoldReason.values:
        raise Invalid(_("Choose a reason."), code="samples.hold_reason", field="reason")
    if sample.state not in (State.DECLARED, State.RECEIVED, State.QUEUED):
        raise _not_queued()
    if sample.held:
        raise WrongState(_("This sample is on hold already."), code="samples.held")
    sample.held, sample.held_note = reason, note.strip()[:200]
    sample.save(update_fields=["held", "held_note"])
    _told("hold_sample", sample, request, by, now, note)
    return sample


@transaction.atomic
def resume_sample(*, sample: Sample, by: User, now: datetime) -> Sample:
    """What the sample waited for is settled; when it is here it takes its place at the end of the queue,
    or the one it had. Raises NotPermitted `samples.crew_only`, `samples.own_request`; WrongState
    `samples.not_held`.
    """
    sample, request = lock_sample(sample)
    _require_crew_of(sample, request, by, now)
    if not sample.held:
        raise WrongState(_("This sample is not on hold."), code="samples.not_held")
    sample.held = sample.held_note = ""
    if sample.state == State.RECEIVED and sample.is_here:
        sample.state, sample.rank = State.QUEUED, next_rank(sample.instrument_id)
    sample.save(update_fields=["held", "held_note", "state", "rank"])
    _told("resume_sample", sample, request, by, now)
    return sample


@transaction.atomic
def drop_sample(*, sample: Sample, reason: str, by: User, now: datetime) -> Sample:
    """The sample will not be tested; it costs nothing and stays with whoever has it. When it was the last
    one to wait for, the request is tested.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid `core.reason_required`; WrongState
    `samples.not_queued`.
    """
    reason = require_reason(reason)
    sample, request = lock_sample(sample)
    _require_crew_of(sample, request, by, now)
    waits = sample.state in (State.DECLARED, State.RECEIVED, State.QUEUED)
    if not waits or request.state != SampleRequest.State.CONFIRMED:
        raise _not_queued()
    sample.state, sample.drop_reason, sample.held = State.DROPPED, reason[:200], ""
    sample.save(update_fields=["state", "drop_reason", "held"])
    _told("drop_sample", sample, request, by, now, reason)
    note_progress(request, now)
    return sample


def _require_fair(queue: Mapping[int, Sample], order: Sequence[int], by: User) -> None:
    """Nobody puts their own samples before those of others, however the order is told."""
    own = {key for key, one in queue.items() if one.request.requester_id == by.pk}
    after = sorted(order, key=lambda key: not queue[key].request.rush)
    for key in own:
        ahead, passed = (
            {other for other in keys[: keys.index(key)] if other not in own} for keys in (list(queue), after)
        )
        if not ahead <= passed:
            raise NotPermitted(_("Nobody puts their own samples forward."), code="samples.own_request")


def _require_crew_of(sample: Sample, request: SampleRequest, by: User, now: datetime) -> None:
    require_not_own(request, by)
    if sample.instrument is None:
        raise _not_queued()
    require_crew_of(sample.instrument, by, now)


def _not_queued() -> WrongState:
    return WrongState(_("This sample does not wait for its test."), code="samples.not_queued")


def _told(
    verb: str, sample: Sample, request: SampleRequest, by: User, now: datetime, reason: str = ""
) -> None:
    audit.record(
        action=f"samples.{verb}",
        object_ref=f"sample:{sample.ulid}",
        now=now,
        actor=by,
        reason=reason.strip(),
    )
    publish(
        "samples.sample_changed", now=now, sample=sample.ulid, request=request.ulid, state=str(sample.state)
    )

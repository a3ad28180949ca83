"""Who has a sample: each act adds one link to its chain, with a named holder. The database moves the
sample with the link and refuses everything else (`guards.py`).
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.samples.access import require_crew, require_crew_of
from apps.samples.locking import lock_sample
from apps.samples.models import Custody, HoldReason, Objection, Sample, SampleRequest

State, Held = Sample.State, Sample.Custody
_HELD_FOR = {
    Custody.Condition.DAMAGED: HoldReason.DAMAGED,
    Custody.Condition.LEAKING: HoldReason.DAMAGED,
    Custody.Condition.TOO_LITTLE: HoldReason.TOO_LITTLE,
    Custody.Condition.UNLABELLED: HoldReason.UNLABELLED,
}
_MOST_MG = 10**9  # a ton
# A test is over, or will never be: only then does a sample leave the house for good.
_DONE = (State.RELEASED, State.DROPPED)


@transaction.atomic
def receive_sample(
    *,
    sample: Sample,
    by: User,
    now: datetime,
    condition: str = Custody.Condition.GOOD,
    weight_mg: int | None = None,
    place: str = "",
    note: str = "",
) -> Sample:
    """The sample is here, and `by` has it. In good order it stands in the queue at once; else it waits
    for what is wrong with it.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; WrongState `samples.not_agreed`,
    `samples.received`, `samples.disposed`; Invalid `samples.condition`, `samples.weight`.
    """
    sample, request = lock_sample(sample)
    _require_crew_for(sample, request, by, now)
    if condition not in Custody.Condition.values:
        raise Invalid(_("Say in which condition it is."), code="samples.condition", field="condition")
    if weight_mg is not None and not 0 < weight_mg <= _MOST_MG:
        raise Invalid(
            _("The weight must be positive, and at most a ton."), code="samples.weight", field="weight_mg"
        )
    if request.state != SampleRequest.State.CONFIRMED or sample.state == State.DROPPED:
        raise WrongState(_("Nobody has agreed to test this sample."), code="samples.not_agreed")
    if sample.custody == Held.DISPOSED:
        raise _disposed()
    if sample.is_here:
        raise WrongState(_("This sample was received before."), code="samples.received")
    add_link(
        sample,
        Held.CREW,
        by,
        by=by,
        now=now,
        place=place,
        weight_mg=weight_mg,
        condition=condition,
        note=note,
    )
    if sample.state in (State.DECLARED, State.RECEIVED):
        held = _HELD_FOR.get(Custody.Condition(condition), "")
        sample.state = State.RECEIVED if held else State.QUEUED
        sample.held, sample.rank = held, next_rank(sample.instrument_id)
        sample.save(update_fields=["state", "held", "rank"])
    _record("receive_sample", sample, by, now, note)
    publish("samples.sample_received", now=now, sample=sample.ulid, request=request.ulid)
    return sample


@transaction.atomic
def move_sample(
    *,
    sample: Sample,
    holder: User,
    by: User,
    now: datetime,
    stored: bool = False,
    place: str = "",
    note: str = "",
) -> Sample:
    """The sample goes to somebody else of the crew, or into storage, for which `holder` answers.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; WrongState `samples.not_here`; Invalid
    `samples.holder`, `samples.place`.
    """
    sample, request = lock_sample(sample)
    _require_crew_for(sample, request, by, now)
    _require_here(sample)
    instrument = sample.instrument
    if instrument is None or not may_manage(holder, instrument, now):
        raise Invalid(_("Only the crew can take it."), code="samples.holder", field="holder")
    if stored and not place.strip():
        raise Invalid(_("Say where it is stored."), code="samples.place", field="place")
    state = Held.STORED if stored else Held.CREW
    add_link(sample, state, holder, by=by, now=now, place=place, note=note)
    _record("move_sample", sample, by, now, note)
    return sample


@transaction.atomic
def transfer_sample(
    *, sample: Sample, instrument: Instrument, by: User, now: datetime, reason: str
) -> Sample:
    """The sample will be tested on a sister instrument; the price that was agreed to stays. Where it is here
    already it is on the way, still with `by`, until the other crew receives it.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid `core.reason_required`,
    `samples.sister`; WrongState `samples.not_under_way`, `samples.being_tested`.
    """
    reason = require_reason(reason)
    sample, request = lock_sample(sample)
    _require_crew_for(sample, request, by, now)
    if request.state != SampleRequest.State.CONFIRMED or sample.state not in Sample.WAITING:
        raise WrongState(_("This request is not under way."), code="samples.not_under_way")
    if sample.state == State.TESTING:
        raise WrongState(_("This sample is being tested."), code="samples.being_tested")
    if not _is_sister(sample, instrument, now):
        raise Invalid(
            _("Only another instrument of the same kind that takes samples can take over."),
            code="samples.sister",
            field="instrument",
        )
    sample.instrument = instrument
    if sample.is_here:
        # First out of the queue: what is on the way can be tested nowhere.
        sample.state, sample.rank = State.RECEIVED, 0
        sample.save(update_fields=["instrument", "state", "rank"])
        add_link(sample, Held.TRANSIT, by, by=by, now=now, note=reason)
    else:
        sample.save(update_fields=["instrument"])
    _record("transfer_sample", sample, by, now, reason, instrument=instrument.ulid)
    publish(
        "samples.sample_changed", now=now, sample=sample.ulid, request=request.ulid, state=str(sample.state)
    )
    return sample


@transaction.atomic
def return_sample(*, sample: Sample, by: User, now: datetime, note: str = "") -> Sample:
    """The requester has the sample back. Raises NotPermitted `samples.crew_only`, `samples.own_request`;
    WrongState `samples.not_here`, `samples.not_done`.
    """
    sample, request = lock_sample(sample)
    _require_crew_for(sample, request, by, now)
    _require_here(sample)
    _require_done(sample)
    add_link(sample, Held.RETURNED, request.requester, by=by, now=now, note=note)
    _record("return_sample", sample, by, now, note)
    return sample


@transaction.atomic
def dispose_sample(*, sample: Sample, by: User, now: datetime, reason: str) -> Sample:
    """The sample is gone for good, by the hand of `by`: after its last call, or where the requester
    wanted it so and the request is over.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid `core.reason_required`;
    WrongState `samples.not_here`, `samples.not_done`, `samples.last_call`, `samples.objection_open`.
    """
    reason = require_reason(reason)
    sample, request = lock_sample(sample)
    _require_crew_for(sample, request, by, now)
    _require_here(sample)
    _require_done(sample)
    if sample.objections.filter(state=Objection.State.OPEN).exists():
        raise WrongState(
            _("The requester objects to its result: it may have to be tested again."),
            code="samples.objection_open",
        )
    if not may_be_disposed(request, school_time(now).date()):
        raise WrongState(
            _("Samples are disposed of after a last call, or when the requester wants it so."),
            code="samples.last_call",
            last_call_until=str(request.last_call_until or ""),
        )
    add_link(sample, Held.DISPOSED, by, by=by, now=now, note=reason)
    _record("dispose_sample", sample, by, now, reason)
    return sample


def may_be_received(sample: Sample) -> bool:
    """Whether a sample may come to the crew as things are. No query where its request is known."""
    agreed = sample.request.state == SampleRequest.State.CONFIRMED and sample.state != State.DROPPED
    return agreed and not sample.is_here and sample.custody != Held.DISPOSED


def may_be_disposed(request: SampleRequest, today: date) -> bool:
    """Whether the samples of a request may be disposed of on a day. No query."""
    if request.last_call_until is not None and request.last_call_until < today:
        return True
    return request.disposition == SampleRequest.Disposition.DISPOSE and request.state in SampleRequest.ENDED


def add_link(
    sample: Sample,
    state: str,
    holder: User,
    *,
    by: User | None,
    now: datetime,
    place: str = "",
    weight_mg: int | None = None,
    condition: str = "",
    note: str = "",
) -> Custody:
    """The next link of a sample's chain; the caller holds the request's lock and has asked who may."""
    link = Custody.objects.create(
        sample=sample,
        seq=sample.custody_seq + 1,
        state=state,
        holder=holder,
        place=place.strip()[:80],
        instrument=sample.instrument,
        weight_mg=weight_mg,
        condition=condition,
        note=note.strip()[:500],
        by=by,
        at=now,
    )
    sample.refresh_from_db(fields=["custody", "holder", "custody_seq"])
    publish(
        "samples.custody_changed",
        now=now,
        sample=sample.ulid,
        request=sample.request.ulid,
        custody=sample.custody,
    )
    return link


def next_rank(instrument_id: int | None) -> int:
    """The place behind everything that waits on an instrument."""
    if instrument_id is None:
        return 0
    last = Sample.objects.filter(instrument_id=instrument_id).aggregate(last=Max("rank"))["last"]
    return (last or 0) + 1


def _require_crew_for(sample: Sample, request: SampleRequest, by: User, now: datetime) -> None:
    """The crew of the instrument on which the sample is to be tested, or that of the request."""
    if sample.instrument is None:
        require_crew(request, by, now)
        return
    if by.pk == request.requester_id:
        raise NotPermitted(_("Nobody serves their own request."), code="samples.own_request")
    if sample.custody == Held.TRANSIT and sample.holder_id == by.pk:
        return
    require_crew_of(sample.instrument, by, now)


def sisters_of(instrument: Instrument) -> QuerySet[Instrument]:
    """The other instruments of the kind that take samples and were not retired, by asset number."""
    found = Instrument.objects.filter(
        class6=instrument.class6, service_modes__contains="T", retired_at__isnull=True
    )
    return found.exclude(pk=instrument.pk).order_by("asset_no")


def _is_sister(sample: Sample, instrument: Instrument, now: datetime) -> bool:
    mine = sample.instrument
    if mine is None or instrument.pk == mine.pk or instrument.class6 != mine.class6:
        return False
    in_use = instrument.retired_at is None or instrument.retired_at > now
    return in_use and "T" in instrument.service_modes


def _require_here(sample: Sample) -> None:
    if not sample.is_here:
        raise WrongState(_("This sample is not here."), code="samples.not_here")


def _require_done(sample: Sample) -> None:
    if sample.state not in _DONE:
        raise WrongState(_("This sample is still needed for its test."), code="samples.not_done")


def _disposed() -> WrongState:
    return WrongState(_("This sample was disposed of."), code="samples.disposed")


def _record(verb: str, sample: Sample, by: User, now: datetime, reason: str = "", **details: str) -> None:
    audit.record(
        action=f"samples.{verb}",
        object_ref=f"sample:{sample.ulid}",
        now=now,
        actor=by,
        reason=reason.strip(),
        **details,
    )

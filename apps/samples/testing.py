"""Testing: a batch goes on the instrument in one run, each sample gets its result, somebody else looks at
it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.samples.access import require_crew_of
from apps.samples.attaching import are_results_coming
from apps.samples.custody import add_link
from apps.samples.locking import lock_sample, lock_samples
from apps.samples.models import Result, ResultCheck, Sample, SampleRequest, SampleRun
from apps.samples.pricing import require_extras
from apps.samples.progress import note_progress

State = Sample.State
_LONGEST = 20_000


@transaction.atomic
def start_run(
    *, instrument: Instrument, samples: Sequence[Sample], by: User, now: datetime, note: str = ""
) -> SampleRun:
    """`by` takes these samples of the queue and tests them together on the instrument; all of them or none.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid `samples.none`; WrongState
    `samples.not_queued` (details: samples, their codes), `samples.run_open`.
    """
    require_crew_of(instrument, by, now)
    if not samples:
        raise Invalid(_("Choose at least one sample."), code="samples.none", field="samples")
    locked = lock_samples(samples)
    unfit = [one.code for one in locked if not _is_ready(one, instrument)]
    if unfit or len(locked) != len({one.pk for one in samples}):
        raise WrongState(
            _("Some of these samples cannot be tested now: %(codes)s.") % {"codes": ", ".join(unfit)},
            code="samples.not_queued",
            samples=unfit,
        )
    if any(one.request.requester_id == by.pk for one in locked):
        raise NotPermitted(_("Nobody serves their own request."), code="samples.own_request")
    try:
        with transaction.atomic():
            run = SampleRun.objects.create(
                instrument=instrument, operator=by, started_at=now, note=note.strip()[:500]
            )
    except IntegrityError as taken:
        raise WrongState(
            _("A run is under way on this instrument. Finish it first."), code="samples.run_open"
        ) from taken
    for one in locked:
        if one.holder_id != by.pk or one.custody != Sample.Custody.CREW:
            add_link(one, Sample.Custody.CREW, by, by=by, now=now, place=instrument.asset_no)
        one.state, one.run = State.TESTING, run
        one.save(update_fields=["state", "run"])
        _tell(one, now)
    audit.record(
        action="samples.start_run",
        object_ref=f"sample_run:{run.ulid}",
        now=now,
        actor=by,
        samples=[one.code for one in locked],
    )
    return run


@transaction.atomic
def end_run(*, run: SampleRun, by: User | None, now: datetime) -> SampleRun:
    """The run is over; what has no result goes back to where it stood in the queue.

    Raises NotPermitted `samples.crew_only`; WrongState `samples.run_over`.
    """
    require_crew_of(run.instrument, by, now)
    left = lock_samples(Sample.objects.filter(run=run, state=State.TESTING))
    if not SampleRun.objects.filter(pk=run.pk, ended_at__isnull=True).update(ended_at=now):
        raise WrongState(_("This run is over."), code="samples.run_over")
    for one in left:
        if one.state == State.TESTING and one.run_id == run.pk:
            one.state, one.run = State.QUEUED, None
            one.save(update_fields=["state", "run"])
            _tell(one, now)
    audit.record(action="samples.end_run", object_ref=f"sample_run:{run.ulid}", now=now, actor=by)
    run.refresh_from_db()
    return run


@transaction.atomic
def record_result(
    *,
    sample: Sample,
    summary: str,
    by: User,
    now: datetime,
    extras: Mapping[str, int] | None = None,
) -> Result:
    """What the test gave. Until it is checked or released a further one corrects it; where all is tested and
    something else was needed than was said, that is told, so that the charge follows.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid `samples.summary`,
    `samples.extras`; WrongState `samples.not_tested`.
    """
    sample, request = lock_sample(sample)
    _require_crew(sample, request, by, now)
    summary = summary.strip()
    if not summary or len(summary) > _LONGEST:
        raise Invalid(_("Say what came out."), code="samples.summary", field="summary")
    if sample.state not in (State.TESTING, State.TESTED) or request.quote is None:
        raise WrongState(_("This sample is not being tested."), code="samples.not_tested")
    used = require_extras(request.quote, request, extras or {})
    before = sample.results.filter(round=sample.round).order_by("-seq").first()
    result = Result.objects.create(
        sample=sample,
        round=sample.round,
        seq=before.seq + 1 if before is not None else 1,
        summary=summary,
        extras=used,
        tester=by,
        at=now,
    )
    was = sample.state
    sample.state, sample.tested_by, sample.tested_at = State.TESTED, by, now
    sample.save(update_fields=["state", "tested_by", "tested_at"])
    _record("record_result", sample, by, now, result=result.ulid)
    if was == State.TESTING:
        _tell(sample, now)
        note_progress(request, now)
    elif request.tested_at is not None and before is not None and before.extras != used:
        publish("samples.extras_corrected", now=now, request=request.ulid)
    return result


@transaction.atomic
def check_result(*, sample: Sample, passed: bool, by: User, now: datetime, note: str = "") -> ResultCheck:
    """A second person of the crew looked at the last result of a sample. Passed, it may be released; else the
    sample is tested again, which costs nothing.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`, `samples.own_result`; Invalid
    `core.reason_required` for one that did not pass; WrongState `samples.not_to_check`,
    `samples.files_coming` (a file of the result that passes is not here yet).
    """
    sample, request = lock_sample(sample)
    _require_crew(sample, request, by, now)
    result = sample.results.filter(round=sample.round).order_by("-seq").first()
    if sample.state != State.TESTED or result is None:
        raise WrongState(_("There is no result to check."), code="samples.not_to_check")
    if by.pk == result.tester_id:
        raise NotPermitted(_("A second person checks, not whoever tested."), code="samples.own_result")
    if passed and are_results_coming(sample, now):
        raise WrongState(
            _("A file of this result is still being sent or checked. Look at it first, or drop it."),
            code="samples.files_coming",
        )
    if not passed:
        note = require_reason(note)
    made = ResultCheck.objects.create(
        result=result, tester=result.tester, checker=by, passed=passed, note=note.strip()[:500], at=now
    )
    sample.state = State.CHECKED if passed else State.QUEUED if sample.is_here else State.DECLARED
    sample.run = sample.run if passed else None
    sample.save(update_fields=["state", "run"])
    _record("check_result", sample, by, now, passed=passed)
    publish("samples.checked", now=now, sample=sample.ulid, request=request.ulid, passed=passed)
    if passed:
        note_progress(request, now)
    return made


def _is_ready(sample: Sample, instrument: Instrument) -> bool:
    agreed = sample.request.state == SampleRequest.State.CONFIRMED
    here = sample.instrument_id == instrument.pk and sample.is_here
    return agreed and here and sample.state == State.QUEUED and not sample.held


def _require_crew(sample: Sample, request: SampleRequest, by: User, now: datetime) -> None:
    if by.pk == request.requester_id:
        raise NotPermitted(_("Nobody serves their own request."), code="samples.own_request")
    if sample.instrument is None:
        raise WrongState(_("This sample is not being tested."), code="samples.not_tested")
    require_crew_of(sample.instrument, by, now)


def _tell(sample: Sample, now: datetime) -> None:
    publish(
        "samples.sample_changed",
        now=now,
        sample=sample.ulid,
        request=sample.request.ulid,
        state=str(sample.state),
    )


def _record(verb: str, sample: Sample, by: User, now: datetime, **details: Any) -> None:
    audit.record(action=f"samples.{verb}", object_ref=f"sample:{sample.ulid}", now=now, actor=by, **details)

"""How requests end before their time, and what is said before samples are disposed of; what other rooms
push down: the charge, and uses of the instrument under a run.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.workdays import add_working_days
from apps.people.models import User
from apps.samples.access import require_crew, require_requester
from apps.samples.locking import lock_request
from apps.samples.models import Objection, RunSession, Sample, SampleRequest, SampleRun
from apps.samples.quoting import give_back_hold

State = SampleRequest.State
_OVER = (*SampleRequest.ENDED, State.RELEASED)
_BEGUN = (Sample.State.TESTING, Sample.State.TESTED, Sample.State.CHECKED, Sample.State.RELEASED)


@transaction.atomic
def withdraw_samples(
    *, request: SampleRequest, by: User | None, now: datetime, reason: str = ""
) -> SampleRequest:
    """The requester wants no test any more, as long as none has begun: nothing is charged, what was held goes
    back, and samples that are here wait to be given back.

    Raises NotPermitted `samples.not_yours`; WrongState `samples.not_open`, `samples.begun`.
    """
    require_requester(request, by, now)
    request = lock_request(request)
    if request.state not in (State.SUBMITTED, State.QUOTED, State.CONFIRMED):
        raise WrongState(_("This request cannot be withdrawn any more."), code="samples.not_open")
    if request.samples.filter(Q(state__in=_BEGUN) | Q(round__gt=1)).exists():
        raise WrongState(_("The tests have begun."), code="samples.begun")
    request.samples.exclude(state=Sample.State.DROPPED).update(state=Sample.State.DROPPED, held="")
    give_back_hold(request, now)
    request.state, request.ended_at, request.outcome_note = State.WITHDRAWN, now, reason.strip()
    request.save(update_fields=["state", "ended_at", "outcome_note"])
    audit.record(
        action="samples.withdraw_samples",
        object_ref=f"sample_request:{request.ulid}",
        now=now,
        actor=by,
        reason=reason.strip(),
    )
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return request


@transaction.atomic
def call_last(*, request: SampleRequest, by: User | None, now: datetime) -> SampleRequest:
    """Tell the requester to fetch what is still here: after `samples.last_call_days` working days it may be
    disposed of.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; WrongState `samples.not_done`,
    `samples.nothing_here`, `samples.called`, `samples.objection_open`.
    """
    require_crew(request, by, now)
    request = lock_request(request)
    if request.state not in _OVER:
        raise WrongState(_("These samples are still needed for their test."), code="samples.not_done")
    if not request.samples.filter(custody__in=Sample.HERE).exists():
        raise WrongState(_("Nothing of this request is here."), code="samples.nothing_here")
    if Objection.objects.filter(sample__request=request, state=Objection.State.OPEN).exists():
        raise WrongState(_("An objection is still open."), code="samples.objection_open")
    if request.last_call_until is not None:
        raise WrongState(_("The last call was made."), code="samples.called")
    ends = add_working_days(now, value("samples.last_call_days", at=now))
    request.last_call_until = school_time(ends - timedelta(microseconds=1)).date()
    request.save(update_fields=["last_call_until"])
    audit.record(action="samples.call_last", object_ref=f"sample_request:{request.ulid}", now=now, actor=by)
    publish("samples.last_call", now=now, request=request.ulid)
    return request


def call_due(*, now: datetime, limit: int = 100) -> int:
    """The last call for everything that was kept as long as its service says; how many requests were
    called.
    """
    kept = SampleRequest.objects.filter(
        state__in=_OVER, last_call_until__isnull=True, samples__custody__in=Sample.HERE
    ).annotate(over_since=Coalesce(F("ended_at"), F("released_at")))
    # Services say few different numbers of days; each is asked for, so that none waits behind another.
    due = Q(pk__in=())
    for days in kept.order_by().values_list("template__keep_days", flat=True).distinct():
        due |= Q(template__keep_days=days, over_since__lte=now - timedelta(days=days))
    called = 0
    disputed = Q(samples__objections__state=Objection.State.OPEN)
    for request in kept.filter(due).exclude(disputed).order_by("pk").distinct()[:limit]:
        with suppress(WrongState):  # fetched, objected to or called by hand this very moment
            call_last(request=request, by=None, now=now)
            called += 1
    return called


@transaction.atomic
def note_charge(*, request: SampleRequest, charge: str, amount_fen: int, now: datetime) -> SampleRequest:
    """The room that charges has charged: what was held goes back. Another charge, after a correction, takes
    the place of the first. Told again, nothing happens.
    """
    request = lock_request(request)
    if request.charge == charge:
        return request
    if request.charged_at is None:
        request.charged_at = now
        give_back_hold(request, now)
    request.charge, request.charged_fen = charge, amount_fen
    request.save(update_fields=["charge", "charged_fen", "charged_at"])
    publish("samples.charged", now=now, request=request.ulid)
    return request


def note_session(
    *,
    session: str,
    instrument_id: int,
    started_at: datetime,
    ended_at: datetime | None = None,
    powered_ms: int = 0,
) -> RunSession | None:
    """A use of an instrument for sample runs (its ULID, when, how long it was powered) belongs to the run
    that was open then; None where there was none. Told again, the later word counts.
    """
    run = (
        SampleRun.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=started_at),
            instrument_id=instrument_id,
            started_at__lt=ended_at or started_at + timedelta(hours=24),
        )
        .order_by("started_at", "pk")
        .first()
    )
    known = RunSession.objects.filter(session=session).first()
    if known is not None:
        known.ended_at, known.powered_ms = ended_at or known.ended_at, max(powered_ms, known.powered_ms)
        known.save(update_fields=["ended_at", "powered_ms"])
        return known
    if run is None:
        return None
    return RunSession.objects.create(
        run=run, session=session, started_at=started_at, ended_at=ended_at, powered_ms=powered_ms
    )

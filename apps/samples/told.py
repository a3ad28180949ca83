"""Samples as programs read them: what the interface answers, made from rows by one function each."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from apps.core.api import Told
from apps.people.models import User
from apps.samples.attaching import files_for
from apps.samples.models import Custody, Result, Sample, SampleFile, SampleRequest, SampleRun, ServiceTemplate
from apps.samples.promising import Promise
from apps.samples.queries import chain_of, results_for, results_of_all


class SampleServiceTold(Told):
    """A service: of an instrument (`asset_no`) or of every instrument of a class (`class6`). `fields` is what
    is asked about each sample.
    """

    ulid: str
    asset_no: str | None
    class6: str
    name_zh: str
    name_en: str
    fields: list[dict[str, Any]]
    max_samples: int
    max_size_mm: int | None
    magnetic: str
    volatile: str
    hazards_accepted: list[str]
    hazards_refused: list[str]
    minutes_per_sample: int
    needs_check: bool
    payment_first: bool
    rush_allowed: bool
    keep_days: int


class SampleServicesTold(Told):
    """All services that are offered, by name."""

    items: list[SampleServiceTold]


class SamplePromiseTold(Told):
    """By when an instrument could be ready; `is_out`: it is out of service with no end in sight."""

    asset_no: str
    ahead_samples: int
    ahead_minutes: int
    day: date
    is_out: bool


class SamplePromisesTold(Told):
    """Where a service could be had, the soonest first."""

    items: list[SamplePromiseTold]


class SampleQuoteTold(Told):
    """An offer: the charge is between the two amounts (fen)."""

    ulid: str
    asset_no: str
    low_fen: int
    high_fen: int
    extras: dict[str, int]
    promised_on: date
    note: str
    quoted_at: datetime
    valid_until: datetime


class SampleDelayTold(Told):
    """The promised day moved, and why."""

    reason: str
    note: str
    was: date
    becomes: date
    at: datetime


class SampleRequestTold(Told):
    """What somebody hands in at once. `promised_on` is the day of the offer, moved by delays only."""

    ulid: str
    number: str
    state: str
    requester: str
    service: str
    asset_no: str | None
    sample_count: int
    rush: bool
    disposition: str
    acceptance: str
    promised_on: date | None
    submitted_at: datetime | None
    charged_fen: int | None
    last_call_until: date | None


class SampleTold(Told):
    """A sample: where it stands, who has it, what was declared. `held` is why it waits."""

    ulid: str
    code: str
    request: str
    name: str
    state: str
    round: int
    held: str
    asset_no: str | None
    custody: str
    holder: str
    values: dict[str, Any]
    hazards: list[str]
    magnetic: bool
    volatile: bool
    size_mm: int | None


class SampleResultTold(Told):
    """What a test gave; `passed` is what a second person found, where one looked."""

    sample: str
    round: int
    seq: int
    summary: str
    extras: dict[str, int]
    tester: str
    at: datetime
    passed: bool | None


class SampleFileTold(Told):
    """A large file of a sample; its bytes are sent to `/api/v1/uploads/{upload}`."""

    ulid: str
    kind: str
    round: int
    upload: str
    name: str
    size: int
    sha256: str
    state: str


class SampleCustodyTold(Told):
    """One link of the chain: who had it from this moment on."""

    state: str
    holder: str
    place: str
    condition: str
    weight_mg: int | None
    note: str
    at: datetime


class SampleRequestInFull(SampleRequestTold):
    """The request with everything that its reader may know."""

    wishes: str
    handling: str
    outcome_note: str
    quote: SampleQuoteTold | None
    fund: str | None
    delays: list[SampleDelayTold]
    samples: list[SampleTold]
    results: list[SampleResultTold]


class SampleInFull(SampleTold):
    """The sample with its chain, and the results and files that its reader may read."""

    chain: list[SampleCustodyTold]
    results: list[SampleResultTold]
    files: list[SampleFileTold]


class SampleQueueTold(Told):
    """What waits on an instrument, in its order, and the run that is open, if one is."""

    asset_no: str
    run: str | None
    items: list[SampleTold]


class SampleRunTold(Told):
    """Samples that are tested together."""

    ulid: str
    asset_no: str
    operator: str
    started_at: datetime
    ended_at: datetime | None


class SamplesTold(Told):
    """Some samples."""

    items: list[SampleTold]


class SampleDone(Told):
    """It is done, and nothing is left to be told."""

    done: bool = True


def service_told(one: ServiceTemplate) -> SampleServiceTold:
    """A service as programs read it."""
    asset_no = one.instrument.asset_no if one.instrument else None
    names = SampleServiceTold.model_fields.keys() - {"asset_no"}
    return SampleServiceTold(asset_no=asset_no, **{name: getattr(one, name) for name in names})


def promise_told(one: Promise) -> SamplePromiseTold:
    """A promise as programs read it."""
    return SamplePromiseTold(
        asset_no=one.instrument.asset_no,
        ahead_samples=one.ahead_samples,
        ahead_minutes=one.ahead_minutes,
        day=one.day,
        is_out=one.is_out,
    )


def request_told(one: SampleRequest, count: int) -> SampleRequestTold:
    """A request as programs read it in a list."""
    return SampleRequestTold(**_request_members(one, count))


def request_in_full(one: SampleRequest, user: User, now: datetime) -> SampleRequestInFull:
    """A request with what the user may know of it."""
    samples = list(one.samples.select_related("holder", "instrument"))
    for sample in samples:
        sample.request = one
    results = results_of_all(user, one, samples, now)
    return SampleRequestInFull(
        **_request_members(one, len(samples)),
        wishes=one.wishes,
        handling=one.handling,
        outcome_note=one.outcome_note,
        quote=_quote_told(one),
        fund=one.fund.number if one.fund else None,
        delays=[SampleDelayTold.model_validate(delay) for delay in one.delays.all()],
        samples=[sample_told(sample) for sample in samples],
        results=[result_told(sample, result) for sample, found in results for result in found],
    )


def sample_told(one: Sample) -> SampleTold:
    """A sample as programs read it in a list."""
    return SampleTold(**_sample_members(one))


def sample_in_full(one: Sample, user: User, now: datetime) -> SampleInFull:
    """A sample with what the user may know of it."""
    return SampleInFull(
        **_sample_members(one),
        chain=[_link_told(link) for link in chain_of(one)],
        results=[result_told(one, result) for result in results_for(user, one, now)],
        files=[file_told(file) for file in files_for(user, one, now)],
    )


def result_told(sample: Sample, one: Result) -> SampleResultTold:
    """A result as programs read it."""
    check = getattr(one, "check_made", None)
    return SampleResultTold(
        sample=sample.ulid,
        round=one.round,
        seq=one.seq,
        summary=one.summary,
        extras=one.extras,
        tester=one.tester.username,
        at=one.at,
        passed=check.passed if check is not None else None,
    )


def file_told(one: SampleFile) -> SampleFileTold:
    """A file as programs read it."""
    file = one.file
    return SampleFileTold(
        ulid=one.ulid,
        kind=one.kind,
        round=one.round,
        upload=file.ulid,
        name=file.name,
        size=file.size,
        sha256=file.sha256,
        state=file.state,
    )


def queue_told(asset_no: str, run: SampleRun | None, queue: Sequence[Sample]) -> SampleQueueTold:
    """A queue as programs read it."""
    items = [sample_told(one) for one in queue]
    return SampleQueueTold(asset_no=asset_no, run=run.ulid if run else None, items=items)


def run_told(one: SampleRun) -> SampleRunTold:
    """A run as programs read it."""
    return SampleRunTold(
        ulid=one.ulid,
        asset_no=one.instrument.asset_no,
        operator=one.operator.username,
        started_at=one.started_at,
        ended_at=one.ended_at,
    )


def samples_told(rows: Iterable[Sample]) -> SamplesTold:
    """Some samples."""
    return SamplesTold(items=[sample_told(one) for one in rows])


def _request_members(one: SampleRequest, count: int) -> dict[str, Any]:
    same = ("ulid", "number", "state", "rush", "disposition", "acceptance", "promised_on")
    more = ("submitted_at", "charged_fen", "last_call_until")
    return {
        **{name: getattr(one, name) for name in (*same, *more)},
        "requester": one.requester.username,
        "service": one.template.ulid,
        "asset_no": one.instrument.asset_no if one.instrument else None,
        "sample_count": count,
    }


def _sample_members(one: Sample) -> dict[str, Any]:
    same = ("ulid", "code", "name", "state", "round", "held", "custody", "values", "hazards")
    return {
        **{name: getattr(one, name) for name in (*same, "magnetic", "volatile", "size_mm")},
        "request": one.request.ulid,
        "asset_no": one.instrument.asset_no if one.instrument else None,
        "holder": one.holder.username,
    }


def _quote_told(one: SampleRequest) -> SampleQuoteTold | None:
    offer = one.quote
    if offer is None:
        return None
    names = SampleQuoteTold.model_fields.keys() - {"asset_no"}
    return SampleQuoteTold(
        asset_no=offer.instrument.asset_no, **{name: getattr(offer, name) for name in names}
    )


def _link_told(link: Custody) -> SampleCustodyTold:
    names = SampleCustodyTold.model_fields.keys() - {"holder"}
    return SampleCustodyTold(holder=link.holder.username, **{name: getattr(link, name) for name in names})

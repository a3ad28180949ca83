"""What was taught and tested in the past years of the demonstration school: certificates, sessions, samples.
An import like the uses (`years`), written in bulk below the operations, the same on every run.

Certificates and seats have ended with the people. Of samples each month of an instrument is one request that
is closed, with its run, its offer and its charge; the samples were given back before, so that their chain is
still the first link.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from apps.billing.models import SampleCharge
from apps.core.clock import school_midnight
from apps.fees.models import FeeVersion
from apps.instruments.models import Instrument
from apps.ledger.models import Account, Entry, Period, Transaction
from apps.people.models import User
from apps.portal.demo import year_rows as rows
from apps.portal.demo.years import TAKEN_UNTIL_AGO, accounts_of, deterministic, first_day, takeover
from apps.samples.models import Quote, RunSession, Sample, SampleRequest, SampleRun, ServiceTemplate
from apps.training.models import Certificate, GuidedSession, TrainingPlace
from apps.usage.models import UsageSession

_YEAR = timedelta(days=365)
_HOUR = timedelta(hours=1)
_BATCH = 500


@dataclass(frozen=True)
class Years:
    """The instruments, the people of these years, and the days."""

    machines: Sequence[Instrument]
    insiders: Sequence[User]
    outsiders: Sequence[User]
    leader: dict[int, User]
    first: date
    last: date


def past_lessons(*, now: datetime) -> dict[str, int]:
    """All of it; returns how many of each."""
    last = (now - TAKEN_UNTIL_AGO).date()
    people = list(User.objects.filter(username__startswith="past").order_by("username"))
    machines = list(Instrument.objects.select_related("facility").order_by("asset_no"))
    crews = {one.pk: one.crew.select_related("user").order_by("pk").first() for one in machines}
    someone = next(crew.user for crew in crews.values() if crew is not None)
    years = Years(
        machines,
        [one for one in people if not one.is_external],
        [one for one in people if one.is_external],
        {key: crew.user if crew else someone for key, crew in crews.items()},
        first_day(now),
        last,
    )
    return {"certificates": _certify(years), "seats": _teach(years), "samples": _test(years)}


def _certify(years: Years) -> int:
    made = []
    for one in years.machines:
        dice = Random(f"certificates of {one.asset_no}")  # noqa: S311 - nothing is kept secret by it
        for day in _days(dice, one, years, rows.TRAINED_A_YEAR):
            begun = school_midnight(day) + 2 * _HOUR
            made.append(
                Certificate(
                    user=dice.choice(years.insiders),
                    instrument=one,
                    level=dice.choice(("assisted", "basic", "basic", "advanced")),
                    issued_by=years.leader[one.pk],
                    source_case="import:past-years",
                    valid_from=begun,
                    valid_until=min(begun + 2 * _YEAR, school_midnight(years.last) + _HOUR),
                    ended_as=Certificate.Ending.LAPSED,
                    lapsed_at=school_midnight(years.last),
                )
            )
    return len(Certificate.objects.bulk_create(made, batch_size=_BATCH))


def _teach(years: Years) -> int:
    """Supervised training for a few and slots of courses for a class."""
    held, sizes = [], []
    kinds = GuidedSession.Kind
    plans = (
        (kinds.TRAINING, rows.GUIDED_A_YEAR, rows.SEATS),
        (kinds.TEACHING, rows.TAUGHT_A_YEAR, rows.CLASS),
    )
    for one in years.machines:
        dice = Random(f"lessons of {one.asset_no}")  # noqa: S311 - nothing is kept secret by it
        for kind, often, seats in plans:
            for day in _days(dice, one, years, often):
                at = school_midnight(day) + dice.choice((9, 14)) * _HOUR
                leader = years.leader[one.pk]
                held.append(
                    GuidedSession(
                        kind=kind,
                        instrument=one,
                        leader=leader,
                        capacity=seats,
                        starts_at=at,
                        ends_at=at + 2 * _HOUR,
                    )
                )
                sizes.append(seats)
    GuidedSession.objects.bulk_create(held, batch_size=_BATCH)
    dice = Random("seats")  # noqa: S311 - nothing is kept secret by it
    places = [
        TrainingPlace(
            session=session,
            user=person,
            state=TrainingPlace.State.SEATED,
            asked_at=session.starts_at - 24 * _HOUR,
            seated_at=session.starts_at - 24 * _HOUR,
            absent_at=session.ends_at if dice.randrange(20) == 0 else None,
        )
        for session, seats in zip(held, sizes, strict=True)
        for person in dice.sample(years.insiders, seats)
    ]
    return len(TrainingPlace.objects.bulk_create(places, batch_size=_BATCH))


@dataclass(frozen=True)
class _Batch:
    """The samples of one instrument in one month."""

    machine: Instrument
    at: datetime
    person: User
    count: int
    tier: str


def _test(years: Years) -> int:
    """One request a month where samples are handed in."""
    batches = list(_batches(years))
    templates = _templates({batch.machine for batch in batches}, years)
    requests = SampleRequest.objects.bulk_create(
        (
            SampleRequest(
                requester=batch.person,
                template=templates[batch.machine.pk],
                instrument=batch.machine,
                state=SampleRequest.State.SUBMITTED,
                created_at=batch.at - 72 * _HOUR,
                submitted_at=batch.at - 72 * _HOUR,
            )
            for batch in batches
        ),
        batch_size=_BATCH,
    )
    runs = _runs(batches)
    samples = [
        Sample(
            request=request,
            position=position,
            name=f"{batch.machine.asset_no[-3:]}-{position}",
            state=Sample.State.RELEASED,
            instrument=batch.machine,
            run=run,
            tested_by_id=run.operator_id,
            tested_at=batch.at + 4 * _HOUR,
            released_at=batch.at + 24 * _HOUR,
            holder=batch.person,
        )
        for batch, request, run in zip(batches, requests, runs, strict=True)
        for position in range(1, batch.count + 1)
    ]
    Sample.objects.bulk_create(samples, batch_size=_BATCH)
    _close(batches, requests)
    return len(samples)


def _batches(years: Years) -> Iterator[_Batch]:
    for one in years.machines:
        if "T" not in one.service_modes.split():
            continue
        dice = Random(f"samples of {one.asset_no}")  # noqa: S311 - nothing is kept secret by it
        day = max(years.first, one.commissioned.replace(day=1))
        while day < years.last - timedelta(days=31):
            at = school_midnight(day + timedelta(days=dice.randrange(4, 25))) + 9 * _HOUR
            outer = dice.randrange(100) < 2 * rows.EXTERNAL_PERCENT
            person = dice.choice(years.outsiders if outer else years.insiders)
            tier = str(person.kind) if outer else "internal"
            yield _Batch(one, at, person, dice.randint(*rows.SAMPLES_A_MONTH), tier)
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _templates(machines: set[Instrument], years: Years) -> dict[int, ServiceTemplate]:
    """The services of the time, ended with it: nobody can choose them."""
    made = ServiceTemplate.objects.bulk_create(
        ServiceTemplate(
            instrument=one,
            name_zh=f"{one.name_zh}测试(原系统)",
            name_en=f"{one.name_en} tests (system before)",
            valid_from=school_midnight(years.first),
            valid_until=school_midnight(years.last),
        )
        for one in sorted(machines, key=lambda machine: machine.asset_no)
    )
    return {one.instrument_id: one for one in made if one.instrument_id is not None}


@dataclass(frozen=True)
class _Session:
    """A sample run of an instrument, as the uses have it."""

    ulid: str
    opened: datetime
    operator: int


def _runs(batches: Sequence[_Batch]) -> list[SampleRun]:
    """A run for each batch, with the sample run of the instrument that came next, each taken once."""
    sessions = _sample_runs()
    found = [_next(sessions.get(batch.machine.pk, []), batch.at) for batch in batches]
    spare = next(iter(sessions.values()))[0].operator
    runs = SampleRun.objects.bulk_create(
        (
            SampleRun(
                instrument=batch.machine,
                operator_id=one.operator if one else spare,
                started_at=batch.at,
                ended_at=batch.at + 4 * _HOUR,
            )
            for batch, one in zip(batches, found, strict=True)
        ),
        batch_size=_BATCH,
    )
    RunSession.objects.bulk_create(
        (
            RunSession(run=run, session=one.ulid, started_at=one.opened, ended_at=one.opened + _HOUR)
            for run, one in zip(runs, found, strict=True)
            if one is not None
        ),
        batch_size=_BATCH,
    )
    return runs


def _sample_runs() -> dict[int, list[_Session]]:
    found: dict[int, list[_Session]] = {}
    rows_of = UsageSession.objects.filter(dev__startswith="past", purpose="sample_run").order_by("opened_at")
    for instrument, ulid, opened, user in rows_of.values_list(
        "instrument_id", "ulid", "opened_at", "user_id"
    ).iterator():
        if opened is not None and user is not None:
            found.setdefault(instrument, []).append(_Session(ulid, opened, user))
    return found


def _next(sessions: list[_Session], at: datetime) -> _Session | None:
    """The first one from a moment on; it and those before are gone then."""
    while sessions:
        one = sessions.pop(0)
        if one.opened >= at:
            return one
    return None


def _close(batches: Sequence[_Batch], requests: Sequence[SampleRequest]) -> None:
    """Offers, charges and the ends of the requests."""
    versions = {
        one.instrument_id: one for one in FeeVersion.objects.order_by("-version").select_related("instrument")
    }
    quotes = [
        Quote(
            request=request,
            instrument=batch.machine,
            fee_version=versions.get(batch.machine.pk),
            tier=batch.tier,
            sample_count=batch.count,
            low_fen=_fen(batch, versions),
            high_fen=_fen(batch, versions),
            promised_on=(batch.at + 72 * _HOUR).date(),
            quoted_at=batch.at - 48 * _HOUR,
            valid_until=batch.at,
        )
        for batch, request in zip(batches, requests, strict=True)
    ]
    Quote.objects.bulk_create(quotes, batch_size=_BATCH)
    for batch, request, quote in zip(batches, requests, quotes, strict=True):
        request.quote, request.promised_on = quote, quote.promised_on
        request.state, request.acceptance = SampleRequest.State.CLOSED, SampleRequest.Acceptance.ACCEPTED
        request.confirmed_at = batch.at - 24 * _HOUR
        request.tested_at = request.released_at = request.ended_at = batch.at + 24 * _HOUR
    SampleRequest.objects.bulk_update(
        requests,
        [
            "quote",
            "promised_on",
            "state",
            "acceptance",
            "confirmed_at",
            "tested_at",
            "released_at",
            "ended_at",
        ],
        batch_size=100,
    )
    _pay(batches, requests, versions)


def _fen(batch: _Batch, versions: dict[int, FeeVersion]) -> int:
    return rows.SAMPLE_FEN[batch.tier] * batch.count if batch.machine.pk in versions else 0


def _pay(
    batches: Sequence[_Batch], requests: Sequence[SampleRequest], versions: dict[int, FeeVersion]
) -> None:
    """A charge with a transaction each, from the takeover to the income of the facility."""
    outside, income = takeover(), accounts_of([batch.machine for batch in batches])
    paid = [
        (number, batch, request)
        for number, (batch, request) in enumerate(zip(batches, requests, strict=True))
        if _fen(batch, versions)
    ]
    for key in sorted({f"{batch.at:%Y-%m}" for _number, batch, _request in paid}):
        Period.objects.get_or_create(key=key)
    ids = {number: deterministic("00pastq", number) for number, _batch, _request in paid}
    legs: list[tuple[int, Account, int]] = []
    for number, batch, _request in paid:
        fen = _fen(batch, versions)
        legs += [(number, outside, -fen), (number, income[batch.machine.facility_id], fen)]
    Entry.objects.bulk_create(
        (Entry(transaction_id=ids[number], account=account, amount_fen=fen) for number, account, fen in legs),
        batch_size=_BATCH,
    )
    Transaction.objects.bulk_create(
        (
            Transaction(
                ulid=ids[number],
                kind=Transaction.Kind.CHARGE,
                period_id=f"{batch.at:%Y-%m}",
                source=f"import:{ids[number]}",
                memo=request.number,
                posted_at=batch.at + 5 * _HOUR,
            )
            for number, batch, request in paid
        ),
        batch_size=_BATCH,
    )
    SampleCharge.objects.bulk_create(
        (
            SampleCharge(
                request=request,
                fee_version=versions[batch.machine.pk],
                tier=batch.tier,
                sample_count=batch.count,
                lines=[],
                amount_fen=_fen(batch, versions),
                transaction_id=ids[number],
                charged_at=batch.at + 5 * _HOUR,
            )
            for number, batch, request in paid
        ),
        batch_size=_BATCH,
    )


def _days(dice: Random, one: Instrument, years: Years, often: int) -> list[date]:
    """So many days a year on which something was held, in order."""
    first = max(years.first, one.commissioned)
    length = (years.last - first).days
    if length <= 0:
        return []
    return sorted(first + timedelta(days=dice.randrange(length)) for _number in range(often * length // 365))

"""Rows of the interface of samples. Alice hands them in at the FE-SEM A, whose crew (Teng, Olga) and the
office serve her; whoever serves nothing there hears that there is no such thing.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from apps.instruments.models import Instrument
from apps.samples.acceptance import accept_samples
from apps.samples.custody import receive_sample
from apps.samples.models import Quote, Result, Sample, SampleRequest, ServiceTemplate
from apps.samples.objecting import object_to
from apps.samples.queueing import hold_sample
from apps.samples.quoting import confirm_quote
from apps.samples.releasing import release_results
from tests.factories.instruments import many
from tests.factories.samples import DRAFT, Lab, offered, samples_of
from tests.web.matrix.rows import ANYBODY, Answers, Call, Calls
from tests.web.matrix.samples import agreed, draft, photo, run, sample, service
from tests.web.scene import Scene

OWN: Answers = (404, 200, 404, 404, 404)  # a draft is its writer's alone
HERS: Answers = (404, 200, 403, 404, 403)
CREWS: Answers = (404, 403, 200, 404, 200)
BEGINS: Answers = (404, 403, 201, 404, 201)
QUEUE: Answers = (404, 404, 200, 404, 200)
REASON = {"reason": "because"}


def submitted(scene: Scene) -> SampleRequest:
    """Alice's request that is being judged."""
    return scene.once("submitted", lambda: _handed_in(scene, scene.people.sem))


def sister(scene: Scene) -> Instrument:
    """Another instrument of the class, free of charge, which only the office runs."""

    def make() -> Instrument:
        many(scene.people.sem, 1)
        found = Instrument.objects.get(asset_no__startswith="ZZ")
        Instrument.objects.filter(pk=found.pk).update(use_charged=False)
        found.refresh_from_db()
        return found

    return scene.once("sister", make)


def accepted(scene: Scene) -> SampleRequest:
    """Alice's request that waits for an offer of the sister."""
    return scene.once(
        "accepted",
        lambda: accept_samples(request=_handed_in(scene, sister(scene)), by=None, now=scene.now),
    )


def quoted(scene: Scene) -> SampleRequest:
    """Alice's request with an offer that costs nothing."""
    return scene.once("quoted", lambda: _quoted(scene, scene.people.sem))


def agreement(scene: Scene) -> Call:
    """Alice agrees to it."""
    request = quoted(scene)
    assert request.quote is not None
    return Call(path={"ulid": request.ulid}, body={"quote": request.quote.ulid})


def fresh(scene: Scene, instrument: Instrument) -> SampleRequest:
    """Alice's request that was agreed to, with its sample here."""
    request = _quoted(scene, instrument)
    assert request.quote is not None
    confirm_quote(request=request, offer=request.quote, fund=None, by=scene.people.alice, now=scene.now)
    for one in samples_of(request):
        receive_sample(sample=one, by=scene.people.office, now=scene.now)
    return SampleRequest.objects.get(pk=request.pk)


def begun(scene: Scene) -> SampleRequest:
    """One that may still be withdrawn."""
    return scene.once("withdrawable", lambda: fresh(scene, scene.people.sem))


def elsewhere(scene: Scene) -> SampleRequest:
    """One whose sample waits at the sister."""
    return scene.once("elsewhere", lambda: fresh(scene, sister(scene)))


def tested(scene: Scene) -> SampleRequest:
    """One that Olga has measured."""
    return scene.once("tested", lambda: measured(scene))


def measured(scene: Scene) -> SampleRequest:
    """One that Olga has measured, anew each time."""
    request, olga = fresh(scene, scene.people.sem), scene.people.olga
    for one in samples_of(request):
        Result.objects.create(sample=one, round=1, seq=1, summary="2 µm", tester=olga, at=scene.now)
        Sample.objects.filter(pk=one.pk).update(state="tested", tested_by=olga, tested_at=scene.now)
    return request


def released(scene: Scene) -> SampleRequest:
    """One whose results Alice may read; its sample is still here, and its last call is over."""

    def make() -> SampleRequest:
        request = release_results(request=measured(scene), by=scene.people.olga, now=scene.now)
        before = scene.now.date() - timedelta(days=1)
        SampleRequest.objects.filter(pk=request.pk).update(last_call_until=before)
        return request

    return scene.once("released", make)


def uncalled(scene: Scene) -> SampleRequest:
    """The same before the last call."""
    return scene.once(
        "uncalled", lambda: release_results(request=measured(scene), by=scene.people.olga, now=scene.now)
    )


def objected(scene: Scene) -> Sample:
    """A sample to whose result Alice objects."""

    def make() -> Sample:
        request = release_results(request=measured(scene), by=scene.people.olga, now=scene.now)
        one = samples_of(request)[0]
        object_to(sample=one, reason="too coarse", by=scene.people.alice, now=scene.now)
        return one

    return scene.once("objected", make)


def awaited(scene: Scene) -> Sample:
    """A sample of Alice's that is not here yet."""
    request = agreed(scene)
    found = Sample.objects.filter(request=request, position=9).first()
    return found or Sample.objects.create(
        request=request, position=9, name="S9", holder=scene.people.alice, instrument=scene.people.sem
    )


def held(scene: Scene) -> Sample:
    """A sample that waits for an answer."""

    def make() -> Sample:
        one = samples_of(fresh(scene, scene.people.sem))[0]
        return hold_sample(sample=one, reason="unclear", by=scene.people.olga, now=scene.now)

    return scene.once("held", make)


def testing(scene: Scene) -> Sample:
    """The sample on the instrument."""
    return Sample.objects.get(run=run(scene))


def _handed_in(scene: Scene, instrument: Instrument) -> SampleRequest:
    before = scene.now - timedelta(minutes=1)
    found = ServiceTemplate.objects.filter(instrument=instrument, name_en=DRAFT.name_en).first()
    place = Lab(scene.people, found or offered(instrument, before), scene.fund, scene.now)
    return place.submitted(1)


def _quoted(scene: Scene, instrument: Instrument) -> SampleRequest:
    request = accept_samples(request=_handed_in(scene, instrument), by=None, now=scene.now)
    offer = Quote.objects.create(
        request=request,
        instrument=instrument,
        tier="internal",
        sample_count=1,
        low_fen=0,
        high_fen=0,
        promised_on=scene.now.date() + timedelta(days=3),
        quoted_by=scene.people.olga,
        quoted_at=scene.now,
        valid_until=scene.now + timedelta(days=14),
    )
    SampleRequest.objects.filter(pk=request.pk).update(
        state="quoted", quote=offer, instrument=instrument, promised_on=offer.promised_on
    )
    request.refresh_from_db()
    return request


def _first(of: Callable[[Scene], SampleRequest]) -> Callable[[Scene], Sample]:
    return lambda scene: samples_of(of(scene))[0]


def _at(of: Callable[[Scene], Any], body: Any = None) -> Calls:
    return lambda scene: Call(path={"ulid": of(scene).ulid}, body=body)


_ROW = {"name": "S1", "values": {"material": "SiC"}, "size_mm": 10}
_SERVICE = {"name_zh": "能谱", "name_en": "EDS", "fields": list(DRAFT.fields)}
_AT = "/api/v1/samples"
# method and address -> who hears what, and what is asked
_ROWS: dict[str, tuple[Answers, Calls | None]] = {
    f"GET {_AT}/services": (ANYBODY, lambda scene: Call(query={"asset_no": scene.people.sem.asset_no})),
    f"POST {_AT}/services": (
        (403, 403, 201, 403, 201),
        lambda scene: Call(body={**_SERVICE, "asset_no": scene.people.sem.asset_no}),
    ),
    f"POST {_AT}/services/{{ulid}}/end": ((403, 403, 200, 403, 200), _at(service)),
    f"GET {_AT}/services/{{ulid}}/promises": (
        ANYBODY,
        lambda scene: Call(path={"ulid": service(scene).ulid}, query={"count": "2", "rush": "true"}),
    ),
    f"GET {_AT}/requests": (ANYBODY, None),
    f"POST {_AT}/requests": (
        (201, 201, 201, 201, 201),
        lambda scene: Call(body={"service": service(scene).ulid, "samples": [_ROW]}),
    ),
    f"GET {_AT}/requests/{{ulid}}": ((404, 200, 200, 404, 200), _at(agreed)),
    f"POST {_AT}/requests/{{ulid}}/draft": (OWN, _at(draft, {"samples": [_ROW], "wishes": "gently"})),
    f"POST {_AT}/requests/{{ulid}}/discard": (OWN, _at(draft)),
    f"POST {_AT}/requests/{{ulid}}/submit": (OWN, _at(draft)),
    f"POST {_AT}/requests/{{ulid}}/withdraw": (HERS, _at(begun, REASON)),
    f"POST {_AT}/requests/{{ulid}}/agree": (HERS, agreement),
    f"POST {_AT}/requests/{{ulid}}/decline": (HERS, _at(quoted, REASON)),
    f"POST {_AT}/requests/{{ulid}}/close": (HERS, _at(released)),
    f"POST {_AT}/requests/{{ulid}}/rate": (HERS, _at(released, {"stars": 5, "words": "quick"})),
    f"POST {_AT}/requests/{{ulid}}/accept": (CREWS, _at(submitted, {"handling": "cold"})),
    f"POST {_AT}/requests/{{ulid}}/refuse": (CREWS, _at(submitted, REASON)),
    f"POST {_AT}/requests/{{ulid}}/quote": (
        (404, 403, 404, 404, 200),
        lambda scene: Call(
            path={"ulid": accepted(scene).ulid},
            body={"asset_no": sister(scene).asset_no, "promised_on": "2026-12-24", "note": "by hand"},
        ),
    ),
    f"POST {_AT}/requests/{{ulid}}/delay": (
        CREWS,
        _at(agreed, {"reason": "staff", "becomes": "2026-12-24", "note": "flu"}),
    ),
    f"POST {_AT}/requests/{{ulid}}/release": (CREWS, _at(tested)),
    f"POST {_AT}/requests/{{ulid}}/last-call": (CREWS, _at(uncalled)),
    f"GET {_AT}/held": (ANYBODY, None),
    f"GET {_AT}/queues/{{asset_no}}": (QUEUE, lambda scene: Call(path=_queue(scene).path)),
    f"POST {_AT}/queues/{{asset_no}}/order": (QUEUE, lambda scene: _queue(scene)),
    f"POST {_AT}/queues/{{asset_no}}/runs": (
        (404, 404, 404, 404, 201),
        lambda scene: Call(
            path={"asset_no": sister(scene).asset_no},
            body={"samples": [one.ulid for one in samples_of(elsewhere(scene))]},
        ),
    ),
    f"POST {_AT}/runs/{{ulid}}/end": (QUEUE, _at(run)),
    f"GET {_AT}/pieces/{{ulid}}": ((404, 200, 200, 404, 200), _at(sample)),
    f"POST {_AT}/pieces/{{ulid}}/object": (HERS, _at(_first(released), REASON)),
    f"POST {_AT}/pieces/{{ulid}}/receive": (CREWS, _at(awaited, {"condition": "good", "weight_mg": 20})),
    f"POST {_AT}/pieces/{{ulid}}/move": (
        CREWS,
        _at(sample, {"holder": "olga", "stored": True, "place": "F2"}),
    ),
    f"POST {_AT}/pieces/{{ulid}}/transfer": (
        CREWS,
        lambda scene: Call(
            path={"ulid": sample(scene).ulid}, body={"asset_no": sister(scene).asset_no, **REASON}
        ),
    ),
    f"POST {_AT}/pieces/{{ulid}}/return": (CREWS, _at(_first(released), {"note": "by hand"})),
    f"POST {_AT}/pieces/{{ulid}}/dispose": (CREWS, _at(_first(released), REASON)),
    f"POST {_AT}/pieces/{{ulid}}/hold": (CREWS, _at(sample, {"reason": "unclear", "note": "which side"})),
    f"POST {_AT}/pieces/{{ulid}}/resume": (CREWS, _at(held)),
    f"POST {_AT}/pieces/{{ulid}}/drop": (CREWS, _at(sample, REASON)),
    f"POST {_AT}/pieces/{{ulid}}/result": (CREWS, _at(testing, {"summary": "2 µm"})),
    f"POST {_AT}/pieces/{{ulid}}/check": (CREWS, _at(_first(tested), {"passed": True, "note": ""})),
    f"POST {_AT}/pieces/{{ulid}}/files": (
        BEGINS,
        _at(sample, {"kind": "photo", "name": "box.jpg", "size": 3}),
    ),
    f"GET {_AT}/files/{{ulid}}": ((404, 200, 200, 404, 200), _at(photo)),
    f"POST {_AT}/pieces/{{ulid}}/judge": (CREWS, _at(objected, {"uphold": True, "why": "yes"})),
}


def _queue(scene: Scene) -> Call:
    """The queue of the FE-SEM A, with Alice's sample named."""
    return Call(path={"asset_no": scene.people.sem.asset_no}, body={"samples": [sample(scene).ulid]})


API: dict[str, Answers] = {key: answers for key, (answers, _call) in _ROWS.items()}
API_ALSO: dict[str, dict[str, int]] = {
    f"GET {_AT}/requests/{{ulid}}": {"lin": 200, "wang": 200},
    f"GET {_AT}/files/{{ulid}}": {"lin": 200, "wang": 200},
    f"GET {_AT}/pieces/{{ulid}}": {"lin": 200, "wang": 200},
    f"POST {_AT}/requests/{{ulid}}/delay": {"lin": 200, "wang": 403},
    f"POST {_AT}/pieces/{{ulid}}/judge": {"olga": 403},
}
CALLS: dict[str, Calls] = {key: call for key, (_answers, call) in _ROWS.items() if call is not None}
API_ADMIN: dict[str, int] = {f"POST {_AT}/requests": 403}  # no registration stands behind the account

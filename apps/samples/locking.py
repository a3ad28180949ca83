"""The order of locks in this room: requests by primary key, then whatever lies below (funds, accounts).
All that happens to a request or to one of its samples happens under the lock of the request's row.
"""

from collections.abc import Iterable

from apps.samples.models import Sample, SampleRequest

_JOINED = ("requester", "template__instrument", "instrument__facility", "quote__fee_version", "group", "hold")


def lock_request(request: SampleRequest) -> SampleRequest:
    """The request's row as it is now, locked until the transaction ends."""
    return _locked([request.pk])[0]


def lock_sample(sample: Sample) -> tuple[Sample, SampleRequest]:
    """A sample and its request as they are now, under the request's lock."""
    [found] = lock_samples([sample])
    return found, found.request


def lock_samples(samples: Iterable[Sample]) -> list[Sample]:
    """Samples of any requests as they are now, by primary key, under the locks of their requests."""
    wanted = list(samples)
    requests = {row.pk: row for row in _locked(sorted({one.request_id for one in wanted}))}
    found = list(
        Sample.objects.filter(pk__in=[one.pk for one in wanted])
        .select_related("instrument", "holder", "tested_by", "run")
        .order_by("pk")
    )
    for one in found:
        one.request = requests[one.request_id]
    return found


def _locked(keys: list[int]) -> list[SampleRequest]:
    rows = SampleRequest.objects.select_for_update(no_key=True, of=("self",)).select_related(*_JOINED)
    found = list(rows.filter(pk__in=keys).order_by("pk"))
    if len(found) != len(keys):
        raise SampleRequest.DoesNotExist
    return found

"""Questions about samples: whose they are, who may read what, what is to be charged. Changes nothing."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.people.models import User
from apps.samples.access import leads, may_see, run_by, serves
from apps.samples.models import Custody, Objection, Result, Sample, SampleRequest

State = Sample.State
_CODE = re.compile(r"SP[0-9]{4}-(?P<request>[0-9]{5,12})-(?P<position>[0-9]{2,3})")
_AT_HAND = ("instrument", "holder", "run__operator")
_JOINED = ("requester", "group", "template", "instrument", "quote__fee_version", "fund")


def find_request(ulid: str, user: User, now: datetime) -> SampleRequest:
    """A request that the user may know of; NotFound `samples.no_request` for any other, whether there is
    one or not.
    """
    found = SampleRequest.objects.select_related(*_JOINED).filter(ulid=ulid).first()
    if found is None or not may_see(user, found, now):
        raise NotFound(_("There is no such request."), code="samples.no_request")
    return found


def find_sample(ulid: str, user: User, now: datetime) -> Sample:
    """A sample of a request that the user may know of; NotFound `samples.no_sample` for any other."""
    found = (
        Sample.objects.select_related(
            "instrument", "holder", "run__operator", *(f"request__{one}" for one in _JOINED)
        )
        .filter(ulid=ulid)
        .first()
    )
    if found is None or not (may_see(user, found.request, now) or runs_sample(user, found, now)):
        raise NotFound(_("There is no such sample."), code="samples.no_sample")
    return found


def sample_by_code(text: str, user: User, now: datetime) -> Sample | None:
    """The sample with this code on its label, as somebody types it; None where the user may know of none."""
    typed = _CODE.fullmatch(text.strip().upper())
    if typed is None:
        return None
    request, position = int(typed["request"]), int(typed["position"])
    found = Sample.objects.select_related("request").filter(request_id=request, position=position).first()
    if found is None or found.code != text.strip().upper():
        return None
    try:
        return find_sample(found.ulid, user, now)
    except NotFound:
        return None


def my_requests(user: User) -> QuerySet[SampleRequest]:
    """The requests of a person, the latest first, each with `sample_count`. One query."""
    rows = user.sample_requests.select_related("template", "instrument", "quote")
    return rows.annotate(sample_count=Count("samples")).order_by("-created_at", "-pk")


def open_requests(user: User) -> QuerySet[SampleRequest]:
    """What a person has written down or handed in and that is not over, the soonest promised first, each with
    `sample_count`. One query.
    """
    rows = my_requests(user).exclude(state__in=SampleRequest.ENDED)
    return rows.order_by(F("promised_on").asc(nulls_last=True), "-created_at", "-pk")


def requests_served_by(user: User, now: datetime) -> QuerySet[SampleRequest]:
    """The requests that are handed in and that the user serves, those waiting longest first, each with
    `sample_count`. One query, and three for the rights.
    """
    mine = run_by(user, now)
    classes = mine.filter(service_modes__contains="T").values("class6")
    anywhere = Q(instrument__isnull=True, template__instrument__isnull=True, template__class6__in=classes)
    found = SampleRequest.objects.filter(Q(instrument__in=mine.values("pk")) | anywhere)
    return (
        found.exclude(state=SampleRequest.State.DRAFT)
        .exclude(requester=user)
        .select_related("requester", "template", "instrument", "quote")
        .annotate(sample_count=Count("samples"))
        .order_by("submitted_at", "pk")
    )


def still_to_do() -> Q:
    """Requests that are not over, and those that are while something of them is still here."""
    here = Sample.objects.filter(request=OuterRef("pk"), custody__in=Sample.HERE)
    return ~Q(state__in=SampleRequest.ENDED) | Q(Exists(here))


def held_by(user: User) -> QuerySet[Sample]:
    """The samples that a person of a crew has now, or answers for. One query."""
    here = (*Sample.HERE, Sample.Custody.TRANSIT)
    rows = Sample.objects.filter(holder=user, custody__in=here)
    return rows.select_related("request__requester", "instrument").order_by("pk")


def chain_of(sample: Sample) -> QuerySet[Custody]:
    """Everybody who has had a sample, the first one first. One query."""
    return sample.chain.select_related("holder", "by", "instrument").order_by("seq")


def objections_to(request: SampleRequest) -> QuerySet[Objection]:
    """What was objected to in a request, and how it was decided, the latest first."""
    rows = Objection.objects.filter(sample__request=request).select_related("sample__request", "decided_by")
    return rows.order_by("-raised_at", "-pk")


def may_read_results(user: User, sample: Sample, now: datetime) -> bool:
    """Whether the person may ever read results of a sample: its requester, their principal investigator where
    the school says so, and whoever runs the instrument; nobody else, whatever else they may do.
    """
    request = sample.request
    if user.pk == request.requester_id:
        return may_see(user, request, now)
    return leads(user, request, now) or serves(user, request, now) or runs_sample(user, sample, now)


def results_for(user: User, sample: Sample, now: datetime) -> list[Result]:
    """The results of a sample that the user may read: whoever runs the instrument all of them; requester and
    principal investigator the last one of each released test. None for anybody else.
    """
    if not may_read_results(user, sample, now):
        return []
    found = list(sample.results.select_related("tester", "check_made__checker").order_by("round", "seq"))
    request = sample.request
    crew = serves(user, request, now) or runs_sample(user, sample, now)
    return _readable(sample, found, everything=crew and user.pk != request.requester_id)


def billable(request: SampleRequest) -> tuple[int, dict[str, int]]:
    """How many samples of a request were tested, and the extras of their first tests: what is tested again is
    free. One query.
    """
    first = Prefetch("results", queryset=Result.objects.filter(round=1).order_by("seq"))
    count, extras = 0, Counter[str]()
    for sample in request.samples.prefetch_related(first):
        results = list(sample.results.all())
        if results:
            count += 1
            extras.update(results[-1].extras)
    return count, dict(extras)


def is_released(sample: Sample, number: int) -> bool:
    """Whether what the test of this number gave was handed over."""
    return number < sample.round or sample.state == State.RELEASED


def runs_sample(user: User, sample: Sample, now: datetime) -> bool:
    """Whether the person runs the instrument to which a sample was moved."""
    moved = sample.instrument
    return moved is not None and run_by(user, now).filter(pk=moved.pk).exists()


def serves_request(user: User, request: SampleRequest, now: datetime) -> bool:
    """Whether the person is the crew of a request that is not their own."""
    return user.pk != request.requester_id and serves(user, request, now)


def serves_sample(user: User, sample: Sample, now: datetime) -> bool:
    """Whether the person is the crew that has a sample of somebody else before it."""
    if user.pk == sample.request.requester_id:
        return False
    if sample.instrument is None:
        return serves(user, sample.request, now)
    return runs_sample(user, sample, now) or (
        sample.custody == Sample.Custody.TRANSIT and sample.holder_id == user.pk
    )


def results_of_all(
    user: User, request: SampleRequest, samples: Iterable[Sample], now: datetime
) -> list[tuple[Sample, list[Result]]]:
    """The readable results of the samples of a request, each sample that has some with them, by the rules of
    `results_for`. As many queries for many samples as for one.
    """
    tested = [one for one in samples if one.tested_at is not None]
    if not tested:
        return []
    own = user.pk == request.requester_id
    crew = not own and serves(user, request, now)
    runs = set() if own or crew else set(run_by(user, now).values_list("pk", flat=True))
    reads = may_see(user, request, now) if own else crew or leads(user, request, now)
    found: dict[int, list[Result]] = {}
    rows = Result.objects.filter(sample__in=tested).select_related("tester", "check_made__checker")
    for result in rows.order_by("sample_id", "round", "seq"):
        found.setdefault(result.sample_id, []).append(result)
    shown = []
    for one in tested:
        everything = crew or one.instrument_id in runs
        if everything or reads:
            shown.append((one, _readable(one, found.get(one.pk, []), everything=everything)))
    return [(one, results) for one, results in shown if results]


def _readable(sample: Sample, results: list[Result], *, everything: bool) -> list[Result]:
    """All of them for the crew; for others the last one of each released test."""
    if everything:
        return results
    last = {result.round: result for result in results}
    return [result for number, result in last.items() if is_released(sample, number)]


def instruments_with_samples(user: User, now: datetime) -> QuerySet[Any]:
    """The instruments that a person runs and on which something waits, each with `waiting`. One query,
    and three for the rights.
    """
    waits = Q(samples__state__in=Sample.TESTABLE, samples__request__state=SampleRequest.State.CONFIRMED)
    found = run_by(user, now).annotate(waiting=Count("samples", filter=waits))
    return found.filter(waiting__gt=0).order_by("asset_no")

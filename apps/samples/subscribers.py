"""What the requester is told when it happens: the day moves, a sample waits, the last call."""

from datetime import datetime

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import override

from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.kinds import both
from apps.notices.operations import notify
from apps.samples.models import Delay, HoldReason, Sample, SampleRequest
from apps.samples.noticekinds import DELAYED, HELD, LAST_CALL
from apps.samples.papers import sample_report


@subscribe("samples.tell_delayed", to="samples.delayed", channel=WORKER)
def tell_delayed(payload: Payload, now: datetime) -> None:
    """Each move of the day once, with its reason."""
    delay = Delay.objects.select_related("request__requester").get(ulid=payload["delay"])
    request = delay.request
    notify(
        user=request.requester,
        kind=DELAYED.key,
        now=now,
        args={
            "number": request.number,
            "was": delay.was.isoformat(),
            "becomes": delay.becomes.isoformat(),
            "why": _said(Delay.Reason(delay.reason)),
        },
        url=reverse("sample_request", args=[request.ulid]),
        dedupe=f"samples.delayed:{delay.ulid}",
    )


@subscribe("samples.tell_held", to="samples.sample_changed", channel=WORKER)
def tell_held(payload: Payload, now: datetime) -> None:
    """A sample that waits; the fact also tells of other changes, and of one that waits no more."""
    _held(Sample.objects.select_related("request__requester").get(ulid=payload["sample"]), now)


@subscribe("samples.tell_arrived_badly", to="samples.sample_received", channel=WORKER)
def tell_arrived_badly(payload: Payload, now: datetime) -> None:
    """A sample that came in a bad state waits at once."""
    _held(Sample.objects.select_related("request__requester").get(ulid=payload["sample"]), now)


@subscribe("samples.tell_last_call", to="samples.last_call", channel=WORKER)
def tell_last_call(payload: Payload, now: datetime) -> None:
    """Until when samples have to be fetched."""
    request = SampleRequest.objects.select_related("requester").get(ulid=payload["request"])
    if request.last_call_until is None:
        return
    notify(
        user=request.requester,
        kind=LAST_CALL.key,
        now=now,
        args={"number": request.number, "until": request.last_call_until.isoformat()},
        url=reverse("sample_request", args=[request.ulid]),
        dedupe=f"samples.last_call:{request.ulid}:{request.last_call_until}",
    )


@subscribe("samples.report", to="samples.results_released", channel=WORKER)
def issue_report(payload: Payload, now: datetime) -> None:
    """The report of a request, once all its results are released; the next edition after another test."""
    if payload["complete"]:
        rows = SampleRequest.objects.select_related(
            "requester__unit", "group", "template", "instrument__facility"
        )
        sample_report(rows.get(ulid=payload["request"]), now=now)


def _held(sample: Sample, now: datetime) -> None:
    if not sample.held:
        return
    notify(
        user=sample.request.requester,
        kind=HELD.key,
        now=now,
        args={"code": sample.code, "why": _said(HoldReason(sample.held)), "note": sample.held_note},
        url=reverse("sample_detail", args=[sample.ulid]),
        dedupe=f"samples.held:{sample.ulid}:{sample.round}:{sample.held}:{sample.custody_seq}",
    )


def _said(choice: TextChoices) -> dict[str, str]:
    """The words of a choice in both languages."""
    words = []
    for language in ("zh-hans", "en"):
        with override(language):
            words.append(str(choice.label))
    return both(*words)

"""Facts of training become notices to the person concerned: certificates, and places in sessions. What is not
true any more when it is told is not told.
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from apps.core.clock import school_time
from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.kinds import Kind, both, in_both
from apps.notices.operations import notify
from apps.training.coverage import courses_for
from apps.training.models import Certificate, GuidedSession, LastUse, TrainingPlace, TrainingRequest
from workflows.training import noticekinds as kinds

State = TrainingPlace.State
_OF_PLACE: dict[str, Kind] = {
    State.SEATED: kinds.SEATED,
    State.WAITING: kinds.WAITING,
    State.LEFT: kinds.LOST,
}


@subscribe("training_flow.tell_issued", to="training.certificate_issued", channel=WORKER)
def tell_issued(payload: Payload, now: datetime) -> None:
    """A case has given it, and it counts. Of what is imported nobody hears: it is nothing new to them."""
    one = _certificate(payload)
    if one.revoked_at is None and one.source_case.startswith("case:"):
        _tell(kinds.ISSUED, one, now, reverse("training_mine"), until=_until(one))


@subscribe("training_flow.tell_lapsing", to="training.certificate_lapsing", channel=WORKER)
def tell_lapsing(payload: Payload, now: datetime) -> None:
    """It ends before long: on the day that it was given for, or by disuse. The way leads to its renewal."""
    one = _certificate(payload)
    if one.revoked_at is None:
        _tell(kinds.LAPSING, one, now, renewal_page(one), until=school_time(_ends(one)).isoformat())


@subscribe("training_flow.tell_lapsed", to="training.certificate_lapsed", channel=WORKER)
def tell_lapsed(payload: Payload, now: datetime) -> None:
    """It has ended by itself."""
    one = _certificate(payload)
    _tell(kinds.LAPSED, one, now, renewal_page(one))


@subscribe("training_flow.tell_suspended", to="training.certificate_suspended", channel=WORKER)
def tell_suspended(payload: Payload, now: datetime) -> None:
    """It does not count for a while."""
    one = _certificate(payload)
    _tell(kinds.SUSPENDED, one, now, reverse("training_mine"), reason=payload["reason"])


@subscribe("training_flow.tell_reinstated", to="training.certificate_reinstated", channel=WORKER)
def tell_reinstated(payload: Payload, now: datetime) -> None:
    """It counts again."""
    one = _certificate(payload)
    _tell(kinds.REINSTATED, one, now, reverse("training_mine"), until=_until(one))


@subscribe("training_flow.tell_withdrawn", to="training.certificate_withdrawn", channel=WORKER)
def tell_withdrawn(payload: Payload, now: datetime) -> None:
    """It counts no more. Who gave it up themselves knows."""
    one = _certificate(payload)
    if one.withdrawn_by_id != one.user_id:
        _tell(kinds.WITHDRAWN, one, now, reverse("training_mine"), reason=payload["reason"])


@subscribe("training_flow.tell_place", to="training.place_changed", channel=WORKER)
def tell_place(payload: Payload, now: datetime) -> None:
    """A seat, the waiting list, or a place that is gone while the training goes on."""
    session = GuidedSession.objects.select_related("instrument").get(ulid=payload["session"])
    rows = TrainingPlace.objects.filter(session=session, user__ulid=payload["user"])
    place = rows.select_related("user", "request").order_by("-pk").first()
    if place is None or place.state != payload["state"] or session.starts_at <= now:
        return
    if place.state == State.LEFT and (
        place.request is None or place.request.state not in TrainingRequest.OPEN
    ):
        return
    lost = place.state == State.LEFT
    notify(
        user=place.user,
        kind=_OF_PLACE[place.state].key,
        now=now,
        args={
            "instrument": both(session.instrument.name_zh, session.instrument.name_en),
            "starts": school_time(session.starts_at).isoformat(),
        },
        url=reverse("training_mine") if lost else reverse("session_detail", args=[session.ulid]),
        dedupe=f"place:{place.ulid}:{place.state}",
    )


def renewal_page(one: Certificate) -> str:
    """Where a certificate is renewed: the application, with the course for its level filled in."""
    course = courses_for(one.instrument).filter(level=one.level).first()
    if course is None:
        return reverse("training_mine")
    asked = {"course": course.ulid, "instrument": one.instrument.asset_no, "kind": "renewal"}
    return f"{reverse('process_begin', args=['training'])}?{urlencode(asked)}"


def _certificate(payload: Payload) -> Certificate:
    return Certificate.objects.select_related("user", "instrument").get(ulid=payload["certificate"])


def _ends(one: Certificate) -> datetime:
    """When it ends if it is not used any more."""
    assert one.valid_until is not None  # noqa: S101 - a constraint says so
    if one.disuse_days is None:
        return one.valid_until
    last = LastUse.objects.filter(user=one.user, instrument=one.instrument).first()
    used = max(last.used_at, one.valid_from) if last is not None else one.valid_from
    return min(one.valid_until, used + timedelta(days=one.disuse_days))


def _until(one: Certificate) -> str:
    assert one.valid_until is not None  # noqa: S101 - a constraint says so
    return school_time(one.valid_until).isoformat()


def _tell(kind: Kind, one: Certificate, now: datetime, url: str, **more: str) -> None:
    notify(
        user=one.user,
        kind=kind.key,
        now=now,
        args={
            "instrument": both(one.instrument.name_zh, one.instrument.name_en),
            "level": in_both(Certificate.Level(one.level).label),
            **more,
        },
        url=url,
    )

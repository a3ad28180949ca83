"""Every page about bookings, with something on it: addresses for the crawls in both languages and for the
browser at both widths.
"""

from datetime import timedelta

from django.urls import reverse

from apps.bookings.forms import suggested
from apps.bookings.models import Booking, PointEntry
from apps.bookings.points import appeal, give_points
from apps.instruments.states import open_work_order, report_incident, start_outage
from tests.web.matrix import here, moving
from tests.web.scene import HOUR, Scene


def at_risk(scene: Scene) -> Booking:
    """Alice's booking of next week, which would cost something else and could not be used as things are."""
    booking = moving.coming(scene, 6)
    reasons = [
        {
            "code": "bookings.outage",
            "zh": "该时段仪器停机",
            "en": "The instrument is out of service in this time",
            "mender": "manager",
        }
    ]
    Booking.objects.filter(pk=booking.pk).update(
        at_risk=reasons, at_risk_at=scene.now, expected_fen=booking.estimated_fen + 500
    )
    return booking


def points(scene: Scene) -> tuple[PointEntry, PointEntry]:
    """Points of Alice's: some may be appealed against, about others she has."""
    late, missed = moving.coming(scene, 7), moving.coming(scene, 8)
    give_points(booking=late, kind="late_cancel", points=1, now=scene.now)
    if give_points(booking=missed, kind="no_show", points=2, now=scene.now) is not None:
        entry = PointEntry.objects.get(booking=missed)
        appeal(entry=entry, by=scene.people.alice, reason="停电", now=scene.now)
    return PointEntry.objects.get(booking=late), PointEntry.objects.get(booking=missed)


def in_the_way(scene: Scene) -> None:
    """An outage to come, a fault that Alice reported, and a work order, at the instrument of everybody."""
    sem, olga, now = scene.people.sem, scene.people.olga, scene.now
    starts = now + timedelta(days=20)
    words = {"reason_zh": "检修", "reason_en": "Service"}
    start_outage(instrument=sem, starts_at=starts, ends_at=starts + HOUR, by=olga, now=now, **words)
    report_incident(
        instrument=sem, effect="refuse_new", description="门锁松了", by=scene.people.alice, now=now
    )
    open_work_order(instrument=sem, summary="换真空泵", by=olga, now=now)


def of_alice(scene: Scene) -> list[str]:
    """What Alice sees."""
    sem = scene.people.sem.asset_no
    moving.twin(scene)
    coming, risky = moving.coming(scene), at_risk(scene)
    may, _did = points(scene)
    handed, got = moving.offered(scene), moving.received(scene)
    period = suggested(coming.end, coming.end + HOUR)
    asked = f"start={period['start']}&end={period['end']}"
    there = f"start={suggested(coming.start, coming.end)['start']}&end={period['end']}&instrument=QY900001"
    return [
        reverse("booking_list"),
        reverse("booking_detail", args=[coming.ulid]),
        reverse("booking_detail", args=[risky.ulid]),
        reverse("booking_create", args=[sem]),
        f"{reverse('booking_create', args=[sem])}?{asked}",
        reverse("booking_change", args=[coming.ulid]),
        f"{reverse('booking_change', args=[coming.ulid])}?{there}",
        reverse("booking_cancel", args=[coming.ulid]),
        reverse("booking_hand_over", args=[coming.ulid]),
        reverse("hand_over", args=[handed.ulid]),
        reverse("hand_over", args=[got.ulid]),
        reverse("point_list"),
        reverse("point_appeal", args=[may.ulid]),
        reverse("booking_calendar"),
        reverse("series_create", args=[sem]),
        reverse("series_mine"),
        reverse("waiting_mine"),
        reverse("waiting_join", args=[sem]),
        reverse("booking_timetable"),
        reverse("instrument_timetable", args=[sem]),
        reverse("slot_finder"),
        reverse("slot_finder") + "?minutes=120",
        reverse("slot_finder") + "?minutes=120&q=nothing",
        reverse("here", args=[sem]),
        reverse("here_fault", args=[sem]),
    ]


def of_crew(scene: Scene) -> list[str]:
    """What Teng, who manages the instrument, sees of the same."""
    sem = scene.people.sem.asset_no
    _may, did = points(scene)
    found = [
        reverse("instrument_condition", args=[sem]),
        reverse("instrument_detail", args=[sem]),
        reverse("booking_detail", args=[at_risk(scene).ulid]),
        reverse("booking_change", args=[moving.coming(scene).ulid]),
        reverse("booking_create", args=[sem]),
        reverse("appeal_list"),
        reverse("appeal_decide", args=[did.appeal.ulid]),
        reverse("waiting_list", args=[sem]),
        reverse("booking_terms", args=[sem]),
        reverse("held_record", args=[here.held(scene).ulid]),
        reverse("my_day"),
    ]
    scene.once("in_the_way", lambda: in_the_way(scene))  # last: a fault lets nobody begin a use
    return found

"""The pages of training that cross rooms: my own way to certificates, a course with what it asks of me (money
too), and planning a session where nobody has booked.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.bookings.queries import live_between
from apps.core import clock
from apps.core.errors import NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer
from apps.portal.forms import SessionForm
from apps.portal.training import missing_of
from apps.standing.training import asked_of
from apps.training.coverage import covered_by, version_in_force
from apps.training.desk import open_sessions, to_place
from apps.training.eligibility import Wish, suggested_kind
from apps.training.guided import Period, schedule_guided_session
from apps.training.holders import mine
from apps.training.models import Course, CourseVersion, GuidedSession, TrainingPlace, TrainingRequest
from apps.training.papers import with_papers
from apps.training.progress import Progress, progress_of_many
from apps.training.queries import may_train, safety_until, trainers_of
from apps.training.reach import answers_somewhere, may_keep_course, may_train_on_any

CHOICES = 20
PAST = 20


@require_safe
def training_mine(request: HttpRequest) -> HttpResponse:
    """My clearance, my certificates, and how far I have come in what I am learning."""
    user, now = viewer(request), clock.now()
    rows = user.training_requests.select_related("course", "version", "instrument")
    under_way = list(rows.filter(state__in=TrainingRequest.OPEN).order_by("requested_at"))
    progress = {one.request.pk: one for one in progress_of_many(under_way)}
    places = (
        user.training_places.exclude(state=TrainingPlace.State.LEFT)
        .filter(session__ends_at__gt=now, session__cancelled_at__isnull=True)
        .select_related("session__instrument", "session__leader")
        .order_by("session__starts_at")
    )
    context = {
        "safety_until": safety_until(user, now),
        "safety": _safety(now),
        "certificates": with_papers(mine(user, now)),
        "under_way": [
            (one, progress.get(one.pk), _sessions(one, progress.get(one.pk), now)) for one in under_way
        ],
        "places": list(places),
        "past": list(rows.exclude(state__in=TrainingRequest.OPEN).order_by("-closed_at")[:PAST]),
        "now": now,
    }
    return render(request, "portal/training.html", context)


@require_safe
def course_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """What a course asks and gives, and what is missing for me to begin it."""
    user, now = viewer(request), clock.now()
    course = get_object_or_404(Course.objects.select_related("instrument__facility"), ulid=ulid)
    version = version_in_force(course, now)
    covered = Instrument.objects.filter(covered_by(course)).select_related("facility").order_by("asset_no")
    chosen = course.instrument or covered.filter(asset_no=request.GET.get("instrument", "")).first()
    mine_now = user.training_requests.filter(course=course, state__in=TrainingRequest.OPEN)
    own = mine_now.select_related("version", "course").first()
    answers = answers_somewhere(user, now)
    context: dict[str, Any] = {
        "course": course,
        "version": version,
        "shares": list(version.shares.select_related("topic").order_by("topic__code")) if version else [],
        "required": list(version.required_courses.all()) if version else [],
        "instruments": [] if course.instrument_id else list(covered[:CHOICES]),
        "chosen": chosen,
        "own": own,
        "keeps": answers and may_keep_course(user, course, now),
        "trains": answers and may_train_on_any(user, course, now),
        **_missing(user, course, chosen, version, own, now),
    }
    return render(request, "portal/course.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def session_schedule(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Plan a session for several of those who wait, at a time that nobody has booked."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(Instrument.objects.select_related("facility"), asset_no=asset_no)
    if not may_train(user, instrument, now):
        raise NotPermitted(_("Only the instrument's trainers may do this."), code="training.not_crew")
    waiting = to_place(frozenset({instrument.pk}), now)
    options: dict[str, Any] = {
        "trainers": trainers_of(instrument, now),
        "waiting": [one.request for one in waiting],
    }
    if request.method == "POST":
        form = SessionForm(request.POST, **options)
        session = _schedule(form, instrument, user, now)
        if session is not None:
            messages.success(request, _("The session is planned. Those who have a seat are told."))
            return redirect("session_detail", session.ulid)
    else:
        form = SessionForm(initial={"leader": user.ulid}, **options)
    context = {"instrument": instrument, "form": form, "waiting": waiting}
    return render(request, "portal/session_schedule.html", context, status=422 if form.errors else 200)


def _safety(now: datetime) -> Course | None:
    """The safety course while it is given."""
    course = Course.objects.filter(kind=Course.Kind.SAFETY, retired_at__isnull=True).first()
    return course if course and version_in_force(course, now) else None


def _sessions(request: TrainingRequest, progress: Progress | None, now: datetime) -> list[Any]:
    """Sessions in which somebody in training could sit, while time or the assessment is missing."""
    return open_sessions(request, now) if progress and set(progress.missing) - {"exam"} else []


def _missing(
    user: User,
    course: Course,
    instrument: Instrument | None,
    version: CourseVersion | None,
    own: TrainingRequest | None,
    now: datetime,
) -> dict[str, Any]:
    """What is missing to begin; nothing is asked about the safety course, or while the training runs."""
    if course.is_safety or version is None or own is not None:
        return {"missing": None, "kind": ""}
    kind = suggested_kind(user, course, instrument, now)
    asked = asked_of(Wish(user, course, kind, instrument), now=now)
    return {"missing": missing_of(asked, now), "kind": TrainingRequest.Kind(kind).label}


def _schedule(form: SessionForm, instrument: Instrument, user: User, now: datetime) -> GuidedSession | None:
    if not form.is_valid():
        return None
    try:
        return schedule_guided_session(
            kind=GuidedSession.Kind.TRAINING,
            instrument=instrument,
            participants=(),
            by=user,
            now=now,
            promised=_booked,
            **form.wanted(),
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None


def _booked(instrument_id: int, start: datetime, end: datetime) -> list[Period]:
    return [(booking.start, booking.end) for booking in live_between(instrument_id, start, end)]

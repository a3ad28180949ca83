"""What a case of training is about, and what is still to do for it. Reads only: everything is derived from
the domain's rows each time it is asked, so that a fact that comes early, late or twice changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext

from apps.core.parameters import value
from apps.instruments.models import Instrument
from apps.people.models import OrgUnit
from apps.training.exam_papers import standing_of
from apps.training.models import Course, TrainingPlace, TrainingRequest
from apps.training.progress import ASSESSMENT, Progress, progress_of
from apps.training.trainers import instruments_for, place_until
from workflows.errors import Overtaken
from workflows.models import Case

REFERENCE = "training_request:"


def find_request(case: Case) -> TrainingRequest | None:
    """The request that a case is about, whatever its state."""
    rows = TrainingRequest.objects.select_related(
        "user", "course", "version", "instrument__unit", "instrument__facility"
    )
    return rows.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def request_of(case: Case) -> TrainingRequest:
    """The open request of a case. Raises Overtaken when it, or its instrument, is over."""
    found = find_request(case)
    if found is None or found.state not in TrainingRequest.OPEN:
        raise Overtaken(gettext("The training has been decided otherwise."))
    if is_void(found):
        raise Overtaken(gettext("The instrument has left service."))
    return found


def is_void(request: TrainingRequest) -> bool:
    """Whether there is no instrument left for which somebody could be trained."""
    if request.instrument is not None:
        return request.instrument.retired_at is not None
    return not instruments_for(request)


def progress_in(case: Case) -> Progress:
    """How far the training of a case has come. Raises Overtaken as `request_of`, and before acceptance."""
    found = progress_of(request_of(case))
    if found is None:
        raise Overtaken(gettext("The training has not begun."))
    return found


def place_over(request: TrainingRequest, now: datetime) -> bool:
    """Whether there is no place to wait for: none was had, or the last session is over so long that its use
    would be recorded (`training.record_days`).
    """
    until = record_until(request, now)
    return until is None or until <= now


def record_until(request: TrainingRequest, now: datetime) -> datetime | None:
    """Until when use in the last session may still be recorded; None without a place."""
    until = place_until(request)
    return None if until is None else until + timedelta(days=value("training.record_days", at=now))


def needs_place(progress: Progress, now: datetime) -> bool:
    """Whether somebody has to be placed in a session: while hours are missing and none lies ahead; and once
    before the assessment.
    """
    if progress.minutes_missing:
        return place_over(progress.request, now)
    return ASSESSMENT in progress.missing and place_until(progress.request) is None


def exam_exhausted(progress: Progress, now: datetime) -> bool:
    """Whether the exam is missing and no attempt is left nor under way."""
    request = progress.request
    if progress.exam_done or request.version is None:
        return False
    standing = standing_of(request.user, request.course, request.version, now)
    return standing.left < 1 and standing.running is None


def instrument_shown(request: TrainingRequest) -> Instrument | None:
    """The instrument at which somebody is assessed: theirs, or that of their last session, or the first that
    the course covers.
    """
    if request.instrument is not None:
        return request.instrument
    places = TrainingPlace.objects.filter(request=request).exclude(state=TrainingPlace.State.LEFT)
    last = places.select_related("session__instrument").order_by("-session__starts_at").first()
    if last is not None:
        return last.session.instrument
    return next(iter(instruments_for(request)), None)


def unit_for(course: Course, instruments: Iterable[Instrument]) -> OrgUnit | None:
    """The unit that answers for a training: that of its instruments, if they have one in common."""
    units = {instrument.unit_id: instrument.unit for instrument in instruments}
    return next(iter(units.values())) if len(units) == 1 else None


def exam_page(case: Case) -> str:
    """Where the exam is sat."""
    request = find_request(case)
    return reverse("exam_start", args=[request.course.ulid]) if request else ""


def learner_page(_case: Case) -> str:
    """Where the learner finds sessions and sees their hours."""
    return reverse("training_mine")


def session_page(case: Case) -> str:
    """Where a trainer plans a session for those who wait."""
    request = find_request(case)
    shown = instrument_shown(request) if request else None
    return reverse("session_schedule", args=[shown.asset_no]) if shown else ""


def assess_page(case: Case) -> str:
    """Where the rubric is filled in."""
    request = find_request(case)
    shown = instrument_shown(request) if request else None
    return reverse("request_assess", args=[request.ulid, shown.asset_no]) if request and shown else ""

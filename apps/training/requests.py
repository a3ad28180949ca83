"""Asking to be trained, and how that ends. The training flow moves a request by these operations; nobody
else does.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_active, require_reason
from apps.training.coverage import covers, version_in_force
from apps.training.models import Certificate, Course, TrainingRequest
from apps.training.places import give_up_all
from apps.training.recency import renews_without_exam

State, Kind = TrainingRequest.State, TrainingRequest.Kind


@transaction.atomic
def request_training(
    *,
    user: User,
    course: Course,
    kind: str,
    by: User | None,
    now: datetime,
    instrument: Instrument | None = None,
    source_case: str = "",
) -> TrainingRequest:
    """The user wants to be trained: for the course's own instrument, for one that it covers, or (None) for
    any of these.

    Whether they may is the rule `training.eligibility`'s to say, asked by the flow. Raises Invalid
    `training.request_kind`, `training.course_closed`, `training.instrument_needed`,
    `training.other_instrument`; NotPermitted `training.not_own_request`, `people.not_active`; WrongState
    `training.request_open`.
    """
    if by is not None and by.pk != user.pk:
        raise NotPermitted(_("Everybody applies for themselves."), code="training.not_own_request")
    require_active(by, now)
    if kind not in Kind.values:
        raise Invalid(_("Unknown kind of training."), code="training.request_kind", field="kind")
    if course.is_safety or version_in_force(course, now) is None:
        raise Invalid(_("This course is not given now."), code="training.course_closed", field="course")
    if instrument is None:
        instrument = course.instrument
    if instrument is None and kind == Kind.RENEWAL:
        raise Invalid(
            _("Say on which instrument: a certificate is renewed for its own."),
            code="training.instrument_needed",
            field="instrument",
        )
    if instrument is not None and not covers(course, instrument):
        raise Invalid(
            _("The course is not about this instrument."),
            code="training.other_instrument",
            field="instrument",
        )
    try:
        with transaction.atomic():
            request = TrainingRequest.objects.create(
                user=user,
                course=course,
                instrument=instrument,
                kind=kind,
                requested_at=now,
                source_case=source_case,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("You have applied for this course already."), code="training.request_open", field="course"
        ) from exc
    _record("request_training", request, by, now, "")
    _tell(request, now)
    return request


@transaction.atomic
def accept_request(*, request: TrainingRequest, now: datetime, by: User | None = None) -> TrainingRequest:
    """The rule says yes: the training begins under the terms in force now, and these stay. Who renews what
    they used of late sits no exam.

    Raises WrongState `training.request_moved`, `training.course_closed`.
    """
    row = locked(request)
    if row.state != State.REQUESTED:
        raise moved()
    version = version_in_force(row.course, now)
    if version is None:
        raise WrongState(_("This course is not given now."), code="training.course_closed")
    row.state, row.version, row.accepted_at = State.ACCEPTED, version, now
    row.exam_waived = renews_without_exam(row.user, row.course, row.instrument, row.kind, now)
    row.save(update_fields=["state", "version", "accepted_at", "exam_waived"])
    _record("accept_request", row, by, now, "")
    _tell(row, now)
    return row


def refuse_request(
    *, request: TrainingRequest, reason: str, by: User | None, now: datetime
) -> TrainingRequest:
    """The training does not happen, or ends without a certificate. Nobody refuses their own.

    Raises Invalid `core.reason_required`; NotPermitted `training.own_certificate`; WrongState
    `training.request_moved`.
    """
    if by is not None and by.pk == request.user_id:
        raise NotPermitted(_("Nobody decides in their own case."), code="training.own_certificate")
    return _close(request, State.REFUSED, require_reason(reason), by, now)


def withdraw_request(
    *, request: TrainingRequest, by: User | None, now: datetime, reason: str = ""
) -> TrainingRequest:
    """The person gives it up; their seats go to the next in line.

    Raises NotPermitted `training.not_own_request`; WrongState `training.request_moved`.
    """
    if by is not None and by.pk != request.user_id:
        raise NotPermitted(_("Everybody applies for themselves."), code="training.not_own_request")
    return _close(request, State.WITHDRAWN, reason.strip(), by, now)


def overtake_request(*, request: TrainingRequest, reason: str, now: datetime) -> TrainingRequest:
    """What the request was about has changed or gone under it. Raises Invalid `core.reason_required`;
    WrongState `training.request_moved`.
    """
    return _close(request, State.OVERTAKEN, require_reason(reason), None, now)


def locked(request: TrainingRequest) -> TrainingRequest:
    """The request's row under its lock, which comes before those of sessions and people."""
    return (
        TrainingRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user", "course", "version", "instrument")
        .get(pk=request.pk)
    )


def finish(
    request: TrainingRequest, certificate: Certificate, by: User | None, now: datetime
) -> TrainingRequest:
    """The request ends with its certificate; the caller holds its lock and has checked everything."""
    request.certificate = certificate
    request.save(update_fields=["certificate"])
    return _close(request, State.CERTIFIED, "", by, now)


def moved() -> WrongState:
    """Somebody else was faster, or the request is over."""
    return WrongState(_("This training has moved on."), code="training.request_moved")


@transaction.atomic
def _close(
    request: TrainingRequest, state: str, reason: str, by: User | None, now: datetime
) -> TrainingRequest:
    row = locked(request)
    if row.state not in TrainingRequest.OPEN:
        raise moved()
    row.state, row.closed_at, row.close_reason = state, now, reason
    row.save(update_fields=["state", "closed_at", "close_reason"])
    give_up_all(row, now)
    _record(f"close_request_{state}", row, by, now, reason)
    _tell(row, now)
    return row


def _record(verb: str, request: TrainingRequest, by: User | None, now: datetime, reason: str) -> None:
    audit.record(
        action=f"training.{verb}",
        object_ref=f"training_request:{request.ulid}",
        now=now,
        actor=by,
        reason=reason,
        case=request.source_case,
    )


def _tell(request: TrainingRequest, now: datetime) -> None:
    publish(
        "training.request_changed",
        now=now,
        user=request.user.ulid,
        request=request.ulid,
        state=str(request.state),
    )

"""Night use: somebody asks for an instrument and a period, with a buddy who will be there; the flow's last
yes makes the endorsement. It ends with the semester at the latest.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.people.requirements import require_active, require_period, require_reason
from apps.training.models import NightRequest
from apps.training.operations import endorse_night
from apps.training.queries import level_of, rank, safety_until

State = NightRequest.State


def semester_end(at: datetime) -> datetime:
    """The first instant after the semester that a moment falls into, by `training.semester_ends`."""
    local = school_time(at)
    ends = []
    for year in (local.year, local.year + 1):
        for month_day in value("training.semester_ends", at=at):
            month, day = (int(part) for part in month_day.split("-"))
            last = local.replace(year=year, month=month, day=day, hour=0, minute=0, second=0, microsecond=0)
            ends.append(last + timedelta(days=1))
    return min(end for end in ends if end > at)


@transaction.atomic
def request_night(
    *,
    user: User,
    instrument: Instrument,
    buddy: User,
    starts_at: datetime,
    ends_at: datetime,
    purpose: str,
    by: User | None,
    now: datetime,
    source_case: str = "",
) -> NightRequest:
    """The user wants to use the instrument at night from `starts_at` until `ends_at`.

    Raises Invalid `core.period`, `core.reason_required`, `training.beyond_semester` (with the last instant),
    `training.own_buddy`, `training.buddy_not_cleared`; NotPermitted `training.not_own_request`,
    `people.not_active`; WrongState `training.no_night_use`, `training.none`, `training.request_open`.
    """
    if by is not None and by.pk != user.pk:
        raise NotPermitted(_("Everybody applies for themselves."), code="training.not_own_request")
    require_active(by, now)
    purpose = require_reason(purpose)
    _check_period(starts_at, ends_at, now)
    _check_buddy(user, buddy, now)
    if not instrument.night_self_use:
        raise WrongState(_("This instrument is not used at night."), code="training.no_night_use")
    needed = max(rank(instrument.required_level), 1)
    if rank(level_of(user, instrument, now)) < needed:
        raise WrongState(
            _("Night use needs a certificate for this instrument."), code="training.none", field="instrument"
        )
    try:
        with transaction.atomic():
            request = NightRequest.objects.create(
                user=user,
                instrument=instrument,
                buddy=buddy,
                starts_at=starts_at,
                ends_at=ends_at,
                purpose=purpose,
                requested_at=now,
                source_case=source_case,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("You have applied for this already."), code="training.request_open", field="instrument"
        ) from exc
    _record("request_night", request, by, now, "")
    return request


@transaction.atomic
def revise_night(
    *,
    request: NightRequest,
    buddy: User,
    starts_at: datetime,
    ends_at: datetime,
    purpose: str,
    by: User | None,
    now: datetime,
) -> NightRequest:
    """The person corrects an open application that was sent back. Raises as `request_night` does; WrongState
    `training.request_moved`.
    """
    if by is not None and by.pk != request.user_id:
        raise NotPermitted(_("Everybody applies for themselves."), code="training.not_own_request")
    row = _locked(request)
    purpose = require_reason(purpose)
    _check_period(starts_at, ends_at, now)
    _check_buddy(row.user, buddy, now)
    row.buddy, row.starts_at, row.ends_at, row.purpose = buddy, starts_at, ends_at, purpose
    row.save(update_fields=["buddy", "starts_at", "ends_at", "purpose"])
    _record("revise_night", row, by, now, "")
    return row


@transaction.atomic
def grant_night(*, request: NightRequest, by: User | None, now: datetime) -> NightRequest:
    """Everybody said yes: the endorsement is in force for the period that was asked for, from now on at the
    earliest.

    Raises NotPermitted `training.own_certificate`; WrongState `training.request_moved`, `core.period` (the
    period has passed meanwhile), `training.no_night_use`.
    """
    if by is not None and by.pk == request.user_id:
        raise NotPermitted(_("Nobody decides in their own case."), code="training.own_certificate")
    row = _locked(request)
    if row.ends_at <= now:
        raise WrongState(_("This period is over."), code="core.period")
    row.endorsement = endorse_night(
        user=row.user,
        instrument=row.instrument,
        valid_from=max(row.starts_at, now),
        valid_until=row.ends_at,
        source_case=row.source_case or f"night:{row.ulid}",
        now=now,
    )
    return _close(row, State.GRANTED, "", by, now)


@transaction.atomic
def refuse_night(*, request: NightRequest, reason: str, by: User | None, now: datetime) -> NightRequest:
    """Somebody said no. Raises Invalid `core.reason_required`; NotPermitted `training.own_certificate`;
    WrongState `training.request_moved`.
    """
    if by is not None and by.pk == request.user_id:
        raise NotPermitted(_("Nobody decides in their own case."), code="training.own_certificate")
    return _close(_locked(request), State.REFUSED, require_reason(reason), by, now)


@transaction.atomic
def withdraw_night(
    *, request: NightRequest, by: User | None, now: datetime, reason: str = ""
) -> NightRequest:
    """The person gives it up. Raises NotPermitted `training.not_own_request`; WrongState
    `training.request_moved`.
    """
    if by is not None and by.pk != request.user_id:
        raise NotPermitted(_("Everybody applies for themselves."), code="training.not_own_request")
    return _close(_locked(request), State.WITHDRAWN, reason.strip(), by, now)


@transaction.atomic
def overtake_night(*, request: NightRequest, reason: str, now: datetime) -> NightRequest:
    """What it was about has changed under it. Raises Invalid `core.reason_required`; WrongState
    `training.request_moved`.
    """
    return _close(_locked(request), State.OVERTAKEN, require_reason(reason), None, now)


def _locked(request: NightRequest) -> NightRequest:
    rows = NightRequest.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("user", "instrument", "buddy").get(pk=request.pk)
    if row.state != State.OPEN:
        raise WrongState(_("This application has been decided."), code="training.request_moved")
    return row


def _close(row: NightRequest, state: str, reason: str, by: User | None, now: datetime) -> NightRequest:
    row.state, row.closed_at, row.close_reason = state, now, reason
    row.save(update_fields=["state", "closed_at", "close_reason", "endorsement"])
    _record(f"close_night_{state}", row, by, now, reason)
    publish("training.night_request_changed", now=now, user=row.user.ulid, request=row.ulid, state=str(state))
    return row


def _check_period(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    require_period(starts_at, ends_at)
    if ends_at <= now:
        raise Invalid(_("This period is over."), code="core.period", field="ends_at")
    last = semester_end(max(starts_at, now))
    if ends_at > last:
        raise Invalid(
            _("Night use ends with the semester at the latest."),
            code="training.beyond_semester",
            field="ends_at",
            last=last.isoformat(),
        )


def _check_buddy(user: User, buddy: User, now: datetime) -> None:
    if buddy.pk == user.pk:
        raise Invalid(_("The buddy is another person."), code="training.own_buddy", field="buddy")
    if user_state(buddy, now) != ACTIVE or safety_until(buddy, now) is None:
        raise Invalid(
            _("The buddy has to be registered and to hold a safety clearance."),
            code="training.buddy_not_cleared",
            field="buddy",
        )


def _record(verb: str, request: NightRequest, by: User | None, now: datetime, reason: str) -> None:
    audit.record(
        action=f"training.{verb}",
        object_ref=f"night_request:{request.ulid}",
        now=now,
        actor=by,
        reason=reason,
        case=request.source_case,
    )

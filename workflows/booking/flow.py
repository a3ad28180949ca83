"""A booking on request: whom the rule `booking.route` named agrees, one after the other, before it begins.

The rules of booking are the domain's (`apps.bookings.requested`); the time and the money are kept meanwhile.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.bookings.models import Booking
from apps.bookings.operations import cancel_booking
from apps.bookings.requested import confirm_requested, record_refusal, refuse_requested
from apps.core.errors import Refusal
from apps.core.parameters import value
from apps.instruments.models import CrewMember
from apps.instruments.queries import crew_of
from apps.people.models import User
from apps.people.queries import groups_of
from apps.people.roles import lab_heads
from rules.points.booking_route import ASKED
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.nodes import Answer, Approval, Begin, Do, End, If

REFERENCE = "booking:"
_SOON = timedelta(minutes=1)


def find_booking(case: Case) -> Booking | None:
    """The booking that a case is about, whatever became of it."""
    rows = Booking.objects.select_related("user", "instrument__unit", "group__pi", "fund", "hold")
    return rows.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def booking_of(case: Case) -> Booking:
    """The requested booking that a case is about. Raises Overtaken when it was cancelled or decided."""
    found = find_booking(case)
    if found is None or found.state != Booking.State.REQUESTED:
        raise Overtaken(gettext("The booking has been cancelled or decided otherwise."))
    return found


class BookingFlow(BaseFlow):
    """Booking on request"""

    key = "booking"
    prefix = "BOK"
    process_title = _("Booking on request")
    case_title = _("Booking of {instrument} by {name}")

    start = Begin().Next(this.to_pi)
    to_pi = (
        If(this.asks_pi, title=_("Is the principal investigator asked?")).Then(this.pi).Else(this.to_manager)
    )
    pi = (
        Approval(
            _("May this person use this time, paid by your group?"),
            title=_("Principal investigator"),
            candidates=this.the_pi,
            role="pi",
            do=this.answered,
            due=this.last_moment,
            batch=True,
        )
        .Approve(this.to_manager)
        .Reject(this.refused)
        .OnDue(this.expired)
    )
    to_manager = (
        If(this.asks_manager, title=_("Is the manager asked?")).Then(this.manager).Else(this.to_lab_head)
    )
    manager = (
        Approval(
            _("May this person have the instrument at this time?"),
            title=_("Manager of the instrument"),
            candidates=this.the_managers,
            role="manager",
            do=this.answered,
            due=this.last_moment,
            batch=True,
        )
        .Approve(this.to_lab_head)
        .Reject(this.refused)
        .OnDue(this.expired)
    )
    to_lab_head = (
        If(this.asks_lab_head, title=_("Is the head of the lab asked?"))
        .Then(this.lab_head)
        .Else(this.confirm)
    )
    lab_head = (
        Approval(
            _("May this person use the instrument at this time, at night without the crew?"),
            title=_("Head of the lab"),
            candidates=this.the_lab_heads,
            role="lab_head",
            do=this.answered,
            due=this.last_moment,
            batch=True,
        )
        .Approve(this.confirm)
        .Reject(this.refused)
        .OnDue(this.expired)
    )
    confirm = Do(this.confirmed, title=_("Booking confirmed")).Next(this.granted)
    granted = End(outcome="confirmed", title=_("Confirmed"))
    refused = End(outcome="refused", title=_("Refused"))
    expired = End(outcome="expired", title=_("Nobody answered in time"))

    def asks_pi(self, activation: Any) -> bool:
        return "pi" in ASKED.get(booking_of(activation.case).route, ())

    def asks_manager(self, activation: Any) -> bool:
        return "manager" in ASKED.get(booking_of(activation.case).route, ())

    def asks_lab_head(self, activation: Any) -> bool:
        return "lab_head" in ASKED.get(booking_of(activation.case).route, ())

    def the_pi(self, activation: Any) -> list[User]:
        booking = booking_of(activation.case)
        if booking.group is not None:
            return [booking.group.pi]
        return [group.pi for group in groups_of(booking.user, activation.now).select_related("pi")]

    def the_managers(self, activation: Any) -> list[User]:
        crew = crew_of(booking_of(activation.case).instrument, activation.now)
        managers = crew.filter(role=CrewMember.Role.MANAGER).select_related("user")
        return [member.user for member in managers]

    def the_lab_heads(self, activation: Any) -> list[User]:
        return lab_heads(booking_of(activation.case).instrument.unit, activation.now)

    def last_moment(self, activation: Any) -> datetime:
        """So long before the start that somebody else could still have the time; at least a moment from
        now.
        """
        ahead = timedelta(hours=value("bookings.answer_hours", at=activation.now))
        start = booking_of(activation.case).start
        early = start - ahead
        return early if early > activation.now else max(start, activation.now + _SOON)

    def answered(self, activation: Any, answer: Answer) -> None:
        booking = booking_of(activation.case)
        if answer.outcome == "reject":
            refuse_requested(booking=booking, by=answer.by, now=activation.now, reason=answer.opinion)

    def confirmed(self, activation: Any) -> None:
        try:
            confirm_requested(booking=booking_of(activation.case), by=None, now=activation.now)
        except Refusal as refusal:
            raise Overtaken(str(refusal.message)) from refusal

    def closed(self, case: Case) -> None:
        """However the case ended, the booking is confirmed or its time is free."""
        booking = find_booking(case)
        if booking is None or booking.state != Booking.State.REQUESTED or case.ended_at is None:
            return
        if case.state in (Case.State.WITHDRAWN, Case.State.CANCELLED):
            cancel_booking(booking=booking, by=None, now=case.ended_at, reason=case.reason)
            return
        if case.state == Case.State.OVERTAKEN:
            record_refusal(booking=booking, now=case.ended_at)
        reason = case.reason or _words_of(case.outcome)
        refuse_requested(booking=booking, by=None, now=case.ended_at, reason=reason)


def _words_of(outcome: str) -> str:
    return gettext("Nobody answered in time") if outcome == "expired" else ""

"""Facts of committees become notices to those who will sit."""

from datetime import datetime

from django.urls import reverse

from apps.core.clock import school_time
from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.kinds import both, in_both
from apps.notices.operations import notify
from apps.panels.appointing import accepted
from apps.panels.models import Appointment
from apps.panels.models.committees import Role
from workflows.committee import noticekinds as kinds


@subscribe("committee_flow.tell_appointed", to="panels.appointment_changed", channel=WORKER)
def tell_appointed(payload: Payload, now: datetime) -> None:
    """Everybody of a composition that has come into force."""
    if payload["state"] != Appointment.State.IN_FORCE:
        return
    appointment = Appointment.objects.select_related("committee").get(ulid=payload["appointment"])
    committee = appointment.committee
    for seat in accepted(appointment):
        notify(
            user=seat.user,
            kind=kinds.APPOINTED.key,
            now=now,
            args={
                "committee": both(committee.name_zh, committee.name_en),
                "role": in_both(Role(seat.role).label),
                "starts": school_time(appointment.valid_from).isoformat(),
                "ends": school_time(appointment.valid_until).isoformat(),
            },
            url=reverse("expertise"),
            dedupe=f"appointed:{seat.ulid}",
        )

"""What happens to qualifications when a registration ends. A suspension leaves them: they count again on the
day of the reinstatement. Sessions that somebody was to lead do not take place in either case.
"""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.core.periods import in_force
from apps.people.models import User
from apps.people.queries import ACTIVE, left_behind, user_state
from apps.training.guided import cancel_guided_session
from apps.training.models import Certificate, GuidedSession, NightEndorsement
from apps.training.operations import revoke_night_endorsement, withdraw_certificate


@subscribe("training.person_gone", to="people.user_ended", channel=WORKER)
def withdraw_qualifications(payload: Payload, now: datetime) -> None:
    """Certificates of before are withdrawn and night endorsements revoked, also when the person was
    registered anew meanwhile. That they once passed the safety exam stays true.
    """
    user = User.objects.get(ulid=payload["user"])
    reason, of_before = payload["reason"], left_behind(user, now)
    certificates = Certificate.objects.filter(
        of_before, user=user, revoked_at__isnull=True, valid_until__gt=now
    )
    for certificate in certificates.select_related("user", "instrument").order_by("id"):
        withdraw_certificate(certificate=certificate, reason=reason, by=None, now=now)
    endorsements = NightEndorsement.objects.filter(in_force(now), of_before, user=user)
    for endorsement in endorsements.select_related("user", "instrument").order_by("id"):
        revoke_night_endorsement(endorsement=endorsement, reason=reason, by=None, now=now)


@subscribe("training.leader_gone", to=("people.user_ended", "people.user_suspended"), channel=WORKER)
def cancel_led_sessions(payload: Payload, now: datetime) -> None:
    """Sessions to come are cancelled, and one under way ends, unless the leader is back meanwhile: who had a
    seat looks for another.
    """
    user = User.objects.get(ulid=payload["user"])
    if user_state(user, now) == ACTIVE:
        return
    led = GuidedSession.objects.filter(leader=user, cancelled_at__isnull=True, ends_at__gt=now)
    for session in led.select_related("instrument").order_by("pk"):
        cancel_guided_session(session=session, by=None, now=now, reason=payload["reason"])

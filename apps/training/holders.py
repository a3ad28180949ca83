"""The register of certificates for those who answer for instruments: found by person, instrument, level and
state. Reads only.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.people.models import User
from apps.training.models import Certificate, CertificateSuspension
from apps.training.queries import certificates_of

IN_FORCE, ENDING, SUSPENDED, ENDED = "in_force", "ending", "suspended", "ended"
STATES = (IN_FORCE, ENDING, SUSPENDED, ENDED)
SOON = timedelta(days=30)


def register(
    reach: frozenset[int] | None,
    *,
    text: str = "",
    instrument: str = "",
    level: str = "",
    state: str = "",
    at: datetime,
) -> QuerySet[Any]:
    """Certificates on the instruments in reach that fit all criteria; empty ones do not count. Each with
    whether it is `suspended`; people and instruments are fetched along.

    `text` is found in people's logins and names and in the instrument's; `instrument` is an asset number;
    `state` is one of STATES, anything else means those that are not over.
    """
    suspended = CertificateSuspension.objects.filter(in_force(at), certificate=OuterRef("pk"))
    found = Certificate.objects.annotate(suspended=Exists(suspended))
    if reach is not None:
        found = found.filter(instrument__in=reach)
    for word in text.split():
        found = found.filter(
            Q(user__username__icontains=word)
            | Q(user__name_zh__icontains=word)
            | Q(user__name_en__icontains=word)
            | Q(instrument__name_zh__icontains=word)
            | Q(instrument__name_en__icontains=word)
        )
    exact = {"instrument__asset_no": instrument, "level": level}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    found = found.filter(_in_state(state, at))
    return found.select_related("user", "instrument", "issued_by").order_by(
        "instrument__asset_no", "user__username", "-valid_until", "-pk"
    )


def mine(user: User, at: datetime) -> QuerySet[Any]:
    """All certificates of a person, the latest end first, each with whether it is `suspended`."""
    suspended = CertificateSuspension.objects.filter(in_force(at), certificate=OuterRef("pk"))
    return certificates_of(user).annotate(suspended=Exists(suspended))


def _in_state(state: str, at: datetime) -> Q:
    over = Q(valid_until__lte=at) | Q(revoked_at__lte=at)
    if state == ENDED:
        return over
    if state == SUSPENDED:
        return ~over & Q(suspended=True)
    if state == ENDING:
        return in_force(at) & Q(suspended=False, valid_until__lte=at + SOON)
    if state == IN_FORCE:
        return in_force(at) & Q(suspended=False)
    return ~over


def state_of(certificate: Any, at: datetime) -> str:
    """The state of a row of `register` at a moment, one of STATES (or 'planned' before it begins)."""
    if certificate.valid_until <= at or (certificate.revoked_at and certificate.revoked_at <= at):
        return ENDED
    if certificate.suspended:
        return SUSPENDED
    if certificate.valid_from > at:
        return "planned"
    return ENDING if certificate.valid_until <= at + SOON else IN_FORCE

"""The register of certificates for those who answer for instruments: found by person, instrument, level and
state. Reads only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.people.models import User
from apps.training.models import Certificate, CertificateSuspension
from apps.training.queries import certificates_of, counting, rank
from apps.training.reach import trained_and_managed

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
    whether it is `suspended`, and so by a case (`held_by_case`); people and instruments are fetched along.

    `text` is found in people's logins and names and in the instrument's; `instrument` is an asset number;
    `state` is one of STATES, anything else means those that are not over.
    """
    suspended = CertificateSuspension.objects.filter(in_force(at), certificate=OuterRef("pk"))
    of_case = suspended.exclude(source_case="")
    found = Certificate.objects.annotate(suspended=Exists(suspended), held_by_case=Exists(of_case))
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


@dataclass(frozen=True)
class Powers:
    """What somebody may do to certificates, asked once for a whole page: instruments (ids; None means all)
    that they train on and that they manage, and the level they hold on each. The operations ask again.
    """

    user_id: int
    trains: frozenset[int] | None
    manages: frozenset[int] | None
    held: Mapping[int, str]

    def may_read_paper(self, certificate: Certificate) -> bool:
        """Whether the paper is offered: to its holder and whoever trains on the instrument."""
        return certificate.user_id == self.user_id or _within(certificate.instrument_id, self.trains)

    def may_decide(self, certificate: Certificate) -> bool:
        """Whether suspending and withdrawing are offered, as `queries.may_certify` says; nobody's own."""
        if certificate.user_id == self.user_id:
            return False
        if _within(certificate.instrument_id, self.manages):
            return True
        level = self.held.get(certificate.instrument_id, "none")
        return _within(certificate.instrument_id, self.trains) and rank(certificate.level) <= rank(level)


def powers_of(user: User, at: datetime) -> Powers:
    """What the user may do to certificates. At most five queries."""
    held: dict[int, str] = {}
    for instrument, level in counting(at).filter(user=user).values_list("instrument_id", "level"):
        held[instrument] = max(held.get(instrument, "none"), level, key=rank)
    trains, manages = trained_and_managed(user, at)
    return Powers(user_id=user.pk, trains=trains, manages=manages, held=held)


def _within(instrument_id: int, reach: frozenset[int] | None) -> bool:
    return reach is None or instrument_id in reach


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

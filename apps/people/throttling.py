"""How often the public form may be sent: by where from and by who is named, counted in rows, so that every
process counts together. Neither is stored in clear.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from apps.core import parameters
from apps.core.errors import TooMany
from apps.people.models import ApplicationAttempt

KEPT = timedelta(days=7)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@transaction.atomic
def note_attempt(*, address: str, identity: str, now: datetime) -> bool:
    """Count one sending of the form; gives whether it is within `people.applications_per_identity` a day,
    which limits what is told and refuses nobody: else a stranger would close the form to whoever's number
    they send. Raises TooMany `people.too_many_applications` above `people.applications_per_address` an hour;
    a refused one counts no further.
    """
    limits = parameters.values(
        ("people.applications_per_address", "people.applications_per_identity"), at=now
    )
    where, who = _digest("address", address), _digest("identity", identity)
    lately = ApplicationAttempt.objects.filter(address=where, at__gt=now - _HOUR).count()
    today = ApplicationAttempt.objects.filter(identity=who, at__gt=now - _DAY).count()
    if lately >= limits["people.applications_per_address"]:
        raise TooMany(
            _("Too many applications came in. Please wait and try again later."),
            code="people.too_many_applications",
            retry_after=int(_HOUR.total_seconds()),
        )
    ApplicationAttempt.objects.create(address=where, identity=who, at=now)
    return bool(today < limits["people.applications_per_identity"])


def forget_attempts(*, now: datetime) -> int:
    """Attempts of more than a week ago are deleted; returns how many were."""
    return int(ApplicationAttempt.objects.filter(at__lt=now - KEPT).delete()[0])


def _digest(what: str, text: str) -> str:
    """43 characters, keyed with the installation's secret: an address is not found by trying all."""
    return salted_hmac(f"apps.people.throttling.{what}", text, algorithm="sha256").hexdigest()[:43]

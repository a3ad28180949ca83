"""What a case about certificates held back is let go when it ends. Only the lowering flow calls this."""

from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.periods import in_force
from apps.training.models import Certificate, CertificateSuspension
from apps.training.operations import reinstate_certificate


@transaction.atomic
def release_certificates(*, source_case: str, counts: bool, reason: str, now: datetime) -> list[Certificate]:
    """The suspensions of a case end. A certificate counts again unless it is suspended otherwise, too; gives
    those that do. With `counts` false each stays suspended, and whoever may decide about it lifts that by
    hand. What is over stays as it is.
    """
    found = CertificateSuspension.objects.filter(
        in_force(now),
        source_case=source_case,
        certificate__revoked_at__isnull=True,
        certificate__valid_until__gt=now,
    )
    again = []
    for suspension in found.select_related("certificate__user", "certificate__instrument").order_by("pk"):
        certificate = suspension.certificate
        Certificate.objects.select_for_update(no_key=True).get(pk=certificate.pk)
        others = certificate.suspensions.filter(in_force(now)).exclude(pk=suspension.pk)
        if counts and not others.exists():
            reinstate_certificate(certificate=certificate, by=None, now=now, reason=reason)
            again.append(certificate)
            continue
        if others.filter(source_case="", valid_until__isnull=True).exists() or counts:
            suspension.revoked_at = now
        else:
            suspension.source_case = ""
        suspension.save(update_fields=["revoked_at", "source_case"])
        audit.record(
            action="training.release_certificate",
            object_ref=f"certificate:{certificate.ulid}",
            now=now,
            reason=reason,
            case=source_case,
        )
    return again

"""The last step: the certificate is in force, and its paper is made."""

from typing import Any

from django.db import transaction

from apps.core.errors import Invalid
from apps.core.outbox import publish
from apps.people.models import User
from apps.training.certifying import certify_request
from apps.training.models import Certificate
from apps.training.papers import certificate_paper
from workflows.training.asked import request_of


def issue(activation: Any) -> None:
    """The certificate in the name of who certified and countersigned. What is refused now (somebody has lost
    the right meanwhile) rolls the signature back.
    """
    case, now = activation.case, activation.now
    signer = activation.recall("signer")
    certificate = certify_request(
        request=request_of(case),
        level=activation.recall("given"),
        days=activation.recall("given_days"),
        by=User.objects.get(pk=activation.recall("certifier")),
        countersigned_by=User.objects.get(pk=signer) if signer else None,
        source_case=f"case:{case.ulid}",
        now=now,
    )
    print_certificate(activation, certificate)


def print_certificate(activation: Any, certificate: Certificate) -> None:
    """The paper. One that cannot be printed (a letter that no font has) does not take the certificate away:
    the office is alarmed.
    """
    try:
        with transaction.atomic():
            certificate_paper(certificate, by=certificate.issued_by, now=activation.now)
    except Invalid as refusal:
        publish(
            "workflows.alarm",
            now=activation.now,
            case=activation.case.ulid,
            node=activation.flow_task.name,
            code=refusal.code,
        )

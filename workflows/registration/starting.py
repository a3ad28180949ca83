"""A registration begins when an application has come in: told by a fact, because whoever applies has no
account and the people's room knows no flow.
"""

from datetime import datetime

from apps.core.errors import WrongState
from apps.people.models import OrgUnit, RegistrationApplication, User
from workflows import services
from workflows.models import Case
from workflows.registration.flow import RegistrationFlow
from workflows.registration.renewal import RenewalFlow

_DONE_ALREADY = frozenset({"workflows.case_open", "workflows.overtaken"})


def begin_registration(*, application: RegistrationApplication, now: datetime) -> Case | None:
    """The case of an application; None when it has one, or was withdrawn before anybody looked. Safe to
    repeat.
    """
    subject = f"application:{application.ulid}"
    if not application.is_open or Case.objects.filter(subject_ref=subject).exists():
        return None
    try:
        return services.start(
            RegistrationFlow,
            by=None,
            now=now,
            applicant=application.applicant,
            subject_ref=subject,
            unit=_unit(application),
            title_args={"name": application},
        )
    except WrongState as refusal:
        if refusal.code not in _DONE_ALREADY:
            raise
        return None


def begin_renewal(*, user: User, now: datetime) -> Case:
    """The yearly question to a person. Raises WrongState `workflows.case_open` when it is being asked."""
    return services.start(
        RenewalFlow,
        by=None,
        now=now,
        applicant=user,
        subject_ref=f"user:{user.ulid}",
        unit=user.unit,
        title_args={"name": user},
    )


def case_of_application(application: RegistrationApplication) -> Case | None:
    """The open case of an application."""
    return Case.objects.filter(subject_ref=f"application:{application.ulid}", state=Case.State.OPEN).first()


def _unit(application: RegistrationApplication) -> OrgUnit | None:
    if application.unit is not None or application.sponsor is None:
        return application.unit
    group = application.sponsor.led_groups.select_related("unit").order_by("id").first()
    return group.unit if group is not None else None

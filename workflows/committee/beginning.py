"""The office proposes a committee: the appointment is made and its case begins, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.clock import end_of_school_day, school_midnight
from apps.core.errors import WrongState
from apps.core.ids import new_ulid
from apps.panels.appointing import propose_appointment
from apps.panels.models import Committee
from apps.panels.operations import create_committee
from apps.people.models import OrgUnit, User
from apps.people.queries import is_office
from apps.people.requirements import require_office
from apps.people.roles import office_users
from workflows import services
from workflows.beginning import offer
from workflows.committee.dossier import sections
from workflows.committee.flow import CommitteeFlow
from workflows.committee.forms import AppointForm
from workflows.models import Case


@transaction.atomic
def appoint_committee(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The case of a proposed committee. Raises what `panels.appointing.propose_appointment` refuses, and
    WrongState `panels.no_approver` when nobody of the office is left to approve.
    """
    require_office(by, now)
    seats = _seats(data)
    proposed = {user.pk for user, _role in seats}
    if all(user.pk == by.pk or user.pk in proposed for user in office_users(now)):
        raise WrongState(
            _("Somebody of the equipment office who is not proposed has to approve, and there is nobody."),
            code="panels.no_approver",
        )
    committee = data["committee"] or _founded(by, now, data)
    ulid = new_ulid()
    made = propose_appointment(
        committee=committee,
        seats=seats,
        valid_from=school_midnight(data["valid_from"]),
        valid_until=end_of_school_day(data["valid_until"]),
        by=by,
        now=now,
        source_case=f"case:{ulid}",
    )
    return services.start(
        CommitteeFlow,
        by=by,
        now=now,
        applicant=by,
        subject_ref=f"appointment:{made.ulid}",
        unit=committee.unit,
        title_args={"committee": {"zh": committee.name_zh, "en": committee.name_en}},
        dossier=sections(made),
        ulid=ulid,
    )


def _seats(data: Mapping[str, Any]) -> list[tuple[User, str]]:
    named = [("chair", [data["chair"]])]
    named += [("deputy", data["deputies"]), ("member", data["members"]), ("secretary", data["secretaries"])]
    return [(user, role) for role, users in named for user in users]


def _founded(by: User, now: datetime, data: Mapping[str, Any]) -> Committee:
    return create_committee(
        code=data["code"],
        name_zh=data["name_zh"],
        name_en=data["name_en"],
        unit=OrgUnit.objects.get(kind=OrgUnit.Kind.SCHOOL),
        by=by,
        now=now,
    )


offer(
    "committee",
    summary=_("Appoint a committee, or its new composition"),
    form=AppointForm,
    begin=appoint_committee,
    concerns=is_office,
)

"""Somebody asks for a night: the application is made and its case begins, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.ids import new_ulid
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.training.nights import request_night
from workflows import services
from workflows.beginning import offer
from workflows.models import Case
from workflows.night_endorsement.dossier import sections
from workflows.night_endorsement.flow import NightEndorsementFlow
from workflows.night_endorsement.forms import NightForm


@transaction.atomic
def apply_for_night(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The case of an application for night use. Raises what `training.nights.request_night` refuses."""
    instrument = Instrument.objects.select_related("unit").get(asset_no=data["instrument"])
    ulid = new_ulid()
    request = request_night(
        user=by,
        instrument=instrument,
        buddy=data["buddy"],
        starts_at=data["starts_at"],
        ends_at=data["ends_at"],
        purpose=data["purpose"],
        by=by,
        now=now,
        source_case=f"case:{ulid}",
    )
    return services.start(
        NightEndorsementFlow,
        by=by,
        now=now,
        applicant=by,
        subject_ref=f"night_request:{request.ulid}",
        unit=instrument.unit,
        title_args={"instrument": instrument, "name": by},
        dossier=sections(request, now),
        ulid=ulid,
    )


offer(
    "night_endorsement",
    summary=_("Apply for night and holiday use"),
    form=NightForm,
    begin=apply_for_night,
)

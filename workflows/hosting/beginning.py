"""An owner offers an instrument: the offer is made and its case begins, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.ids import new_ulid
from apps.hosting.offering import offer_instrument
from apps.people.models import ResearchGroup, User
from workflows import services
from workflows.beginning import offer
from workflows.hosting.dossier import sections
from workflows.hosting.flow import HostingFlow
from workflows.hosting.forms import OfferHostingForm
from workflows.models import Case


@transaction.atomic
def offer_for_hosting(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The case of an offered instrument. Raises what `hosting.offering.offer_instrument` refuses."""
    ulid = new_ulid()
    made = offer_instrument(
        group=data["group"],
        facility=data["facility"],
        asset_no=data["asset_no"],
        why=data["why"],
        name_zh=data.get("name_zh", ""),
        name_en=data.get("name_en", ""),
        by=by,
        now=now,
        source_case=f"case:{ulid}",
    )
    return services.start(
        HostingFlow,
        by=by,
        now=now,
        applicant=by,
        subject_ref=made.source,
        unit=made.facility.lab,
        title_args={
            "instrument": {"zh": made.name_zh, "en": made.name_en or made.name_zh},
            "facility": {"zh": made.facility.name_zh, "en": made.facility.name_en},
        },
        dossier=sections(made),
        ulid=ulid,
    )


def leads_a_group(user: User, now: datetime) -> bool:
    """Whether the person could be an owner."""
    return ResearchGroup.objects.filter(pi=user).exists()


offer(
    "hosting",
    summary=_("Offer an instrument of your group for hosting"),
    form=OfferHostingForm,
    begin=offer_for_hosting,
    concerns=leads_a_group,
)

"""A year of all facilities is opened: tables are generated and each gets its case, in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.evaluation.facility import open_review
from apps.evaluation.models import FacilityReview
from apps.people.models import User
from apps.people.requirements import require_office
from workflows import services
from workflows.facility_review.collecting import collect
from workflows.facility_review.dossier import sections
from workflows.facility_review.flow import REFERENCE, FacilityReviewFlow


@transaction.atomic
def open_year(*, year: int, judges: Sequence[User], by: User | None, now: datetime) -> FacilityReview:
    """The review of a year, and a case for each facility. Raises as `facility.open_review`."""
    require_office(by, now)  # before anything is counted
    review = open_review(year=year, figures=collect(year, now), judges=judges, by=by, now=now)
    for table in review.tables.select_related("facility__lab", "review"):
        services.start(
            FacilityReviewFlow,
            by=by,
            now=now,
            applicant=None,
            subject_ref=f"{REFERENCE}{table.ulid}",
            unit=table.facility.lab,
            title_args={"facility": table.facility, "year": str(year)},
            dossier=sections(table),
        )
    return review

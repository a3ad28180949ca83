"""A year of all facilities is opened: tables are generated and each gets its case, in one transaction."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import WrongState
from apps.evaluation.facility import open_review
from apps.evaluation.models import FacilityReview
from apps.people.models import User
from apps.people.requirements import require_office
from workflows import services
from workflows.evaluation_hearing.asked import committee_at
from workflows.facility_review.collecting import collect
from workflows.facility_review.dossier import sections
from workflows.facility_review.flow import REFERENCE, FacilityReviewFlow


@transaction.atomic
def open_year(*, year: int, by: User | None, now: datetime) -> FacilityReview:
    """The review of a year, and a case for each facility. Raises as `facility.open_review`; WrongState
    `evaluation.no_committee` while nobody could be asked to score.
    """
    require_office(by, now)  # before anything is counted
    if committee_at(now) is None:
        raise WrongState(_("There is no committee that judges evaluations."), code="evaluation.no_committee")
    review = open_review(year=year, figures=collect(year, now), by=by, now=now)
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

"""The office opens a round, with its case."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.core.ids import new_ulid
from apps.evaluation.models import Round, SchemeVersion
from apps.evaluation.rounds import open_round
from apps.instruments.models import Instrument
from apps.people.models import OrgUnit, User
from workflows import services
from workflows.evaluation.flow import REFERENCE, EvaluationFlow
from workflows.models import Case


@transaction.atomic
def begin_round(
    *,
    version: SchemeVersion,
    year: int,
    by: User,
    now: datetime,
    cohort: str = "",
    instruments: QuerySet[Instrument] | None = None,
) -> tuple[Round, Case]:
    """A round of the period that begins in `year` (`instruments`: of these only), and the case that leads it.
    It has no applicant: whoever opened it may publish it. Raises what `open_round` refuses.
    """
    ulid = new_ulid()
    round_ = open_round(
        version=version,
        year=year,
        cohort=cohort,
        instruments=instruments,
        by=by,
        now=now,
        source_case=f"case:{ulid}",
    )
    title = version.tree.title
    case = services.start(
        EvaluationFlow,
        by=by,
        now=now,
        applicant=None,
        subject_ref=f"{REFERENCE}{round_.ulid}",
        unit=OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first(),
        title_args={"scheme": {"zh": title.zh, "en": title.en}, "year": year},
        ulid=ulid,
    )
    return round_, case

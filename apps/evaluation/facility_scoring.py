"""How a panel of `apps.panels` scores the confirmed table of a facility, and what its points come to: the
score, and the numbered paper of the table.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.evaluation.facility import State, judges_of, locked, recorded
from apps.evaluation.facility_papers import issue_table
from apps.evaluation.models import FacilityScore, FacilityTable
from apps.panels.models import Panel
from apps.people.models import User
from apps.people.requirements import require_reason

MOST_POINTS = 100


@transaction.atomic
def seat_panel(*, table: FacilityTable, panel: Panel, by: User | None, now: datetime) -> FacilityTable:
    """The panel that was formed scores this table from now on; what members of one before it gave counts as
    far as they sit on this one too. Raises WrongState `facility.not_confirmed`.
    """
    table = locked(table)
    _require_confirmed(table)
    table.panel = panel.ulid
    table.save(update_fields=["panel"])
    recorded("facility.seat_panel", f"facility_table:{table.ulid}", by, now, panel=panel.ulid)
    return table


@transaction.atomic
def score_table(*, table: FacilityTable, points: int, opinion: str, by: User, now: datetime) -> FacilityScore:
    """What one of the panel gives: 0 to 100 points and why, once. Raises NotPermitted `facility.not_judge`
    for others and for who belongs to the facility; WrongState `facility.not_confirmed`, `facility.scored`;
    Invalid `facility.points`, `core.reason_required`.
    """
    table = locked(table)
    if by.pk not in judges_of(table):
        raise NotPermitted(_("You are not of the panel for this facility."), code="facility.not_judge")
    _require_confirmed(table)
    if not 0 <= points <= MOST_POINTS:
        raise Invalid(_("Give 0 to 100 points."), code="facility.points", field="points")
    opinion = require_reason(opinion)[:500]
    try:
        with transaction.atomic():
            made = FacilityScore.objects.create(table=table, user=by, points=points, opinion=opinion, at=now)
    except IntegrityError as error:
        raise WrongState(_("You have scored this table."), code="facility.scored") from error
    recorded("facility.score_table", f"facility_table:{table.ulid}", by, now, points=points)
    return made


@transaction.atomic
def conclude_table(
    *, table: FacilityTable, now: datetime, case_number: str = "", submission_digest: str = ""
) -> FacilityTable:
    """The panel is through: the score is the mean of what those gave who sit on it, in hundredths, half up;
    none where nobody gave any. The table gets its numbered paper, which is read by the office until the year
    is published. Raises WrongState `facility.not_confirmed`.
    """
    table = locked(table)
    _require_confirmed(table)
    given = table.scores.filter(user__in=judges_of(table))
    table.score = mean_score(list(given.values_list("points", flat=True)))
    table.state = State.SCORED
    table.save(update_fields=["state", "score"])
    issue_table(table, case_number=case_number, submission_digest=submission_digest, now=now)
    recorded("facility.conclude_table", f"facility_table:{table.ulid}", None, now, score=table.score)
    return table


def mean_score(points: Sequence[int]) -> int | None:
    """The mean of points in hundredths, half up; None of nothing. Pure."""
    if not points:
        return None
    return (2 * 100 * sum(points) + len(points)) // (2 * len(points))


def _require_confirmed(table: FacilityTable) -> None:
    if table.state != State.CONFIRMED:
        raise WrongState(_("This table does not wait for the panel."), code="facility.not_confirmed")

"""Who looks at a fee review, in as few queries as it takes: a dossier is opened by every member of a panel,
on a phone, again and again.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.core.periods import in_force
from apps.panels.models import CommitteeSeat, Panel
from apps.panels.models.committees import Role
from apps.people.models import User
from apps.people.queries import active_users
from workflows.fee_review.flow import FeeReviewFlow
from workflows.models import Case, Step
from workflows.visibility import find_case, part_of, read_by_school

KEY = FeeReviewFlow.key
WAITING = ("NEW", "ASSIGNED")
CONVENE = (Role.SECRETARY, Role.CHAIR, Role.DEPUTY)
_WITH = ("process", "applicant", "started_by", "unit", "version")


def seen_case(ulid: str, user: User, now: datetime) -> tuple[Case, Step | None]:
    """A fee review that the person may read, with the step of it that is theirs, if any. One query for whom
    it asks, two for members, the convening committee and the office; others are judged like readers of any
    case. Raises NotFound `workflows.no_case`.
    """
    step = _my_step(ulid, user, now)
    if step is not None:
        return step.case, step
    case = _near(user, now).filter(ulid=ulid).first() or find_case(ulid, user, now)
    if case.flow != KEY:
        raise NotFound(_("There is no such case."), code="workflows.no_case")
    return case, None


def _my_step(ulid: str, user: User, now: datetime) -> Step | None:
    """The oldest step of a case that waits for an active person."""
    steps = Step.objects.filter(
        case__ulid=ulid,
        case__flow=KEY,
        task__owner=user,
        task__owner__in=active_users(now),
        task__status__in=WAITING,
        answered_at__isnull=True,
    )
    joined = (f"case__{name}" for name in _WITH)
    return steps.select_related("task__owner", "task__process", *joined).order_by("id").first()


def _near(user: User, now: datetime) -> QuerySet[Case]:
    """The fee reviews that an active person has a part in, reads as the office does, or is to see judged, as
    one who runs the committee. In one query, what `find_case` asks one by one.
    """
    panels = Panel.objects.filter(
        Exists(
            CommitteeSeat.objects.filter(
                in_force(now), committee=OuterRef("committee"), user=user, role__in=CONVENE
            )
        ),
        subject_ref=Concat(Value("case:"), OuterRef("ulid")),
    )
    near = part_of(user) | read_by_school(user, now) | Q(Exists(panels))
    active = active_users(now).filter(pk=user.pk)
    found = Case.objects.filter(near, Exists(active), flow=KEY)
    return found.select_related(*_WITH).defer("version__description")


__all__ = ["CONVENE", "KEY", "WAITING", "seen_case"]

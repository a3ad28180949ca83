"""Who trains somebody, and where they have a place. Reads only."""

from datetime import datetime

from django.db.models import Max, QuerySet

from apps.core.parameters import value
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.people.models import Membership, User
from apps.people.queries import active_users
from apps.training.coverage import covered_by
from apps.training.models import Assessment, TrainingPlace, TrainingRequest
from apps.training.reach import TRAINS


def instruments_for(request: TrainingRequest) -> list[Instrument]:
    """The instrument of a request, or all that are in service and could become it. At most one query."""
    if request.instrument is not None:
        return [request.instrument]
    found = Instrument.objects.filter(covered_by(request.course), retired_at__isnull=True)
    return list(found.select_related("unit").order_by("asset_no"))


def trainers_for(request: TrainingRequest, at: datetime) -> list[User]:
    """The active trainers of the crews, best first: who led a session in which the person sat, then by login.
    Never the person. Three queries.
    """
    crew = CrewMember.objects.filter(
        in_force(at), instrument__in=instruments_for(request), role__in=TRAINS
    ).values("user")
    found = active_users(at).filter(pk__in=crew).exclude(pk=request.user_id).order_by("username")
    leaders = set(_places(request).values_list("session__leader", flat=True))
    return sorted(found, key=lambda user: user.pk not in leaders)


def barred_from(trainee: User, at: datetime) -> set[int]:
    """Primary keys of the people of the trainee's own groups while policy keeps them from training and
    assessing (`training.trainer_of_same_group_barred`), else nobody.
    """
    if not value("training.trainer_of_same_group_barred", at=at):
        return set()
    groups = Membership.objects.filter(in_force(at), user=trainee).values("group")
    members = Membership.objects.filter(in_force(at), group__in=groups)
    return set(members.values_list("user_id", flat=True)) - {trainee.pk}


def place_until(request: TrainingRequest) -> datetime | None:
    """The end of the last session in which the person has a seat or waits for one; None without a place."""
    found: datetime | None = _places(request).aggregate(last=Max("session__ends_at"))["last"]
    return found


def failed_assessments(request: TrainingRequest) -> int:
    """How many assessments of this training were not passed."""
    return Assessment.objects.filter(request=request, passed=False).count()


def _places(request: TrainingRequest) -> QuerySet[TrainingPlace]:
    return TrainingPlace.objects.filter(request=request).exclude(state=TrainingPlace.State.LEFT)

"""Who uses an instrument all the time need not show once more that they can. Reads only."""

from datetime import datetime, timedelta

from apps.core.parameters import value
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.training.coverage import covered_by
from apps.training.models import Course, LastUse, TrainingRequest


def used_lately(user: User, course: Course, instrument: Instrument | None, now: datetime) -> bool:
    """Whether the user has used the instrument (None: one that the course covers) within
    `training.renewal_use_days`; never while that is 0. At most two queries.
    """
    days = value("training.renewal_use_days", at=now)
    if days < 1:
        return False
    uses = LastUse.objects.filter(user=user, used_at__gt=now - timedelta(days=days))
    if instrument is not None:
        return uses.filter(instrument=instrument).exists()
    return uses.filter(instrument__in=Instrument.objects.filter(covered_by(course))).exists()


def renews_without_exam(
    user: User, course: Course, instrument: Instrument | None, kind: str, now: datetime
) -> bool:
    """Whether a training of this kind asks for no theory exam, because it renews what is in use."""
    return kind == TrainingRequest.Kind.RENEWAL and used_lately(user, course, instrument, now)

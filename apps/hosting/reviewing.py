"""The yearly review of a running agreement: each side says whether it goes on with it as it is."""

from datetime import datetime

from django.db import transaction

from apps.hosting.models import Agreement, Review
from apps.hosting.sides import locked, require_side, traced
from apps.people.models import User
from apps.people.requirements import require_reason


@transaction.atomic
def review(
    *,
    agreement: Agreement,
    year: int,
    side: str,
    content: bool,
    by: User | None,
    now: datetime,
    note: str = "",
) -> Review:
    """A side's answer for a year, once; whoever is not content says why. Without `by` it did not answer and
    goes on.

    Raises Invalid `core.reason_required`; NotPermitted `hosting.not_your_side`; WrongState `hosting.moved`.
    """
    require_side(agreement, side, by, now)
    note = note.strip() if content else require_reason(note)
    row = locked(agreement, *Agreement.IN_FORCE)
    known = row.reviews.filter(year=year, side=side).first()
    if known is not None:
        return known
    made = Review.objects.create(
        agreement=row, year=year, side=side, content=content, note=note, by=by, at=now
    )
    traced("review", row, by, now, reason=note, year=year, side=str(side), content=content)
    return made

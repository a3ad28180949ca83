"""A part of the fee for a late cancellation or a no-show: told to the room that charges. It moves no money.

It is asked only together with points, because the appeal is against these: upheld, both are gone.
"""

from datetime import datetime

from django.db import transaction

from apps.bookings.cancelling import Cancellation, part_fen
from apps.bookings.models import PointAppeal, PointEntry
from apps.bookings.points import give_points
from apps.core.outbox import publish


@transaction.atomic
def give_points_and_part(
    *, judged: Cancellation, kind: str, points: int, base_fen: int, now: datetime
) -> PointEntry | None:
    """The booking's person has these points, and owes the rule's part of `base_fen`; once for each kind
    (`bookings.part_due`). None where there are no points, or they were given before.
    """
    entry = give_points(booking=judged.booking, kind=kind, points=points, now=now)
    fen = part_fen(base_fen, judged.per_mille)
    if entry is not None and fen > 0:
        publish(
            "bookings.part_due",
            now=now,
            entry=entry.ulid,
            booking=judged.booking.ulid,
            kind=PointEntry.Kind(kind).value,
            per_mille=judged.per_mille,
            base_fen=base_fen,
            fen=fen,
        )
    return entry


def is_lifted(entry: PointEntry) -> bool:
    """Whether the points count no more because they should not have been given: an appeal was upheld, or a
    no-show was no no-show. One query.
    """
    if PointAppeal.objects.filter(entry=entry, state=PointAppeal.State.UPHELD).exists():
        return True
    return entry.came_after_all

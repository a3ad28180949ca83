"""The owner's discount on a hosted instrument, as a dated row that an agreement makes and ends."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q

from apps.core.periods import give_way, in_force, not_over
from apps.fees.models import OwnerTerm
from apps.instruments.models import HOSTED, Instrument
from apps.people.models import Membership, ResearchGroup, User


@transaction.atomic
def favour_owner(
    *,
    instrument: Instrument,
    group: ResearchGroup,
    permille: int,
    source: str,
    now: datetime,
    begins: datetime | None = None,
) -> OwnerTerm:
    """From now on, or from `begins` where that is later, the group pays `permille` of the internal price.
    What was in force for the instrument ends then; asked again for the same, the row that there is.
    """
    begins = max(now, begins or now)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    same = {"group": group, "permille": permille, "source": source}
    rows = OwnerTerm.objects.filter(not_over(begins), instrument=instrument)
    found = rows.filter(valid_from__lte=begins, **same).first()
    if found is not None and len(rows) == 1:
        return found
    give_way(rows, begins=begins, now=now)
    return OwnerTerm.objects.create(instrument=instrument, valid_from=begins, **same)


def end_favour(*, source: str, now: datetime) -> int:
    """What the agreement gave ends now. Returns how many rows ended."""
    return give_way(OwnerTerm.objects.filter(source=source), begins=now, now=now)


def owner_of(instrument: Instrument, at: datetime) -> OwnerTerm | None:
    """The owner's term of an instrument at a moment. One query for a hosted one, else none."""
    if instrument.hosting != HOSTED:
        return None
    rows = OwnerTerm.objects.filter(in_force(at), instrument=instrument)
    return rows.select_related("group").order_by("-valid_from", "-id").first()


def owned_by(user: User, instruments: Iterable[Instrument], at: datetime) -> set[int]:
    """Those of the instruments (primary keys) whose hosted owner the user's group is at a moment. One query
    where one of them is hosted, else none.
    """
    hosted = [one.pk for one in instruments if one.hosting == HOSTED]
    if not hosted:
        return set()
    mine = Membership.objects.filter(in_force(at), user=user).values("group_id")
    rows = OwnerTerm.objects.filter(in_force(at), instrument__in=hosted, group__in=mine)
    return set(rows.values_list("instrument_id", flat=True))


def owner_rate(instrument_id: int, at: datetime | None) -> str | None:
    """The factor on the internal price for the hosted owner at a moment; where none is in force then, that of
    the last agreement that had begun. None where there never was one. One query.
    """
    began = Q(revoked_at__isnull=True) | Q(revoked_at__gt=F("valid_from"))
    rows = OwnerTerm.objects.filter(began, instrument_id=instrument_id)
    if at is not None:
        rows = rows.filter(valid_from__lte=at)
    permille = rows.order_by("-valid_from", "-id").values_list("permille", flat=True).first()
    return None if permille is None else as_rate(permille)


def as_rate(permille: int) -> str:
    """Parts of a thousand as the factor that prices take."""
    return str(Decimal(permille) / 1000)

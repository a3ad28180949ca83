"""Which tables somebody may read, and how far a review has come. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.evaluation.facility import judges_of
from apps.evaluation.models import FacilityReview, FacilityTable
from apps.instruments.models import Facility
from apps.instruments.queries import manages_facility
from apps.instruments.scopes import facilities_within
from apps.panels.models import PanelSeat
from apps.people.models import User
from apps.people.queries import counting_rights, is_office


@dataclass(frozen=True, slots=True)
class Line:
    """One facility of the overview: its table, and how many of its cells say something."""

    table: FacilityTable
    said: int
    cells: int


def find_review(year: int, user: User, now: datetime) -> FacilityReview:
    """A review of which the person may read something. Raises NotFound `facility.no_review`."""
    found = FacilityReview.objects.filter(year=year).first()
    if found is None or not (is_office(user, now) or lines(found, user, now)):
        raise NotFound(_("There is no such review."), code="facility.no_review")
    return found


def reviews_for(user: User, now: datetime) -> list[FacilityReview]:
    """The reviews of which the person may read something, the latest year first."""
    found = FacilityReview.objects.order_by("-year")
    return list(found) if is_office(user, now) else [one for one in found if lines(one, user, now)]


def lines(review: FacilityReview, user: User, now: datetime) -> Sequence[Line]:
    """The tables of a review that the person may read. Five queries, and one for each that waits for a panel
    of which they are.
    """
    said = Count("cells", filter=Q(cells__value__isnull=False) | ~Q(cells__note=""))
    tables = review.tables.select_related("facility__lab", "review").order_by("facility__code")
    rows = list(tables.annotate(said=said, number=Count("cells")))
    published = review.state == FacilityReview.State.PUBLISHED
    if not published and not is_office(user, now):
        held = counting_rights(now).filter(user=user, kind="manage").values_list("scope", flat=True)
        mine = set(facilities_within(list(held)).values_list("pk", flat=True))
        seats = PanelSeat.objects.filter(user=user, panel__ulid__in=review.tables.values("panel"))
        judge = seats.exists()
        rows = [one for one in rows if one.facility_id in mine or (judge and _judges(user, one))]
    return [Line(one, one.said, one.number) for one in rows]


def reads_records(table: FacilityTable, user: User, now: datetime) -> bool:
    """Whether somebody opens the records behind the numbers of a table: who manages the facility, the office,
    and who judges it, once it is confirmed.
    """
    return manages_facility(user, table.facility, now) or is_office(user, now) or _judges(user, table)


def may_read_papers(facility: Facility, year: int, user: User, now: datetime) -> bool:
    """Whether somebody opens the core papers of a facility in a year: as `reads_records` of its table."""
    if manages_facility(user, facility, now) or is_office(user, now):
        return True
    table = FacilityTable.objects.filter(facility=facility, review__year=year).first()
    return table is not None and _judges(user, table)


def judges(review: FacilityReview) -> list[User]:
    """Who sits on a panel of the year, each once. One query."""
    seats = PanelSeat.objects.filter(
        panel__ulid__in=review.tables.exclude(panel="").values("panel"), state=PanelSeat.State.ACCEPTED
    )
    return list(User.objects.filter(pk__in=seats.values("user")).order_by("pk"))


def _judges(user: User, table: FacilityTable) -> bool:
    return table.state != FacilityTable.State.COLLECTING and user.pk in judges_of(table)

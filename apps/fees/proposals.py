"""Questions about proposals, and about what the office looks after: coverage, what is due for review. Changes
nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from apps.core.clock import school_time
from apps.core.periods import in_force
from apps.fees.models import FeeVersion, NotOpenApproval, Proposal, ProposalInstrument
from apps.instruments.models import CrewMember, Instrument
from apps.people.models import User
from apps.people.queries import is_office


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many instruments are open, how many of them have a fee standard in force, and how many instruments
    are approved not to be open.
    """

    open: int
    priced: int
    not_open: int

    @property
    def percent(self) -> int:
        """Whole per cent, rounded down; 100 where nothing is open."""
        return self.priced * 100 // self.open if self.open else 100


def coverage(at: datetime) -> Coverage:
    """Open instruments in service with a fee standard in force, of all open ones. One query."""
    found = (
        _in_service(at)
        .annotate(is_priced=Exists(_priced(at)), is_closed=Exists(_closed(at)))
        .aggregate(
            open=Count("pk", filter=Q(opening_level__gte=1)),
            priced=Count("pk", filter=Q(opening_level__gte=1, is_priced=True)),
            not_open=Count("pk", filter=Q(is_closed=True)),
        )
    )
    return Coverage(found["open"], found["priced"], found["not_open"])


def without_fee(at: datetime) -> QuerySet[Instrument]:
    """The open instruments in service that have no fee standard in force, by asset number."""
    found = _in_service(at).filter(~Exists(_priced(at)), opening_level__gte=1)
    return found.select_related("facility", "unit").order_by("asset_no")


def not_open_at(instrument_id: int, at: datetime) -> NotOpenApproval | None:
    """The approval that an instrument is not open at a moment. One query."""
    return NotOpenApproval.objects.filter(in_force(at), instrument_id=instrument_id).first()


def due_for_review(at: datetime) -> QuerySet[FeeVersion]:
    """The versions in force whose review is due on the school's day, and that no open case is about; the
    longest overdue first.
    """
    day: date = school_time(at).date()
    cases = ProposalInstrument.objects.filter(open=True, instrument=OuterRef("instrument"))
    due = FeeVersion.objects.filter(in_force(at), ~Exists(cases), review_by__lte=day)
    return due.select_related("instrument__facility").order_by("review_by", "id")


def lapsing_not_open(at: datetime, until: datetime) -> QuerySet[NotOpenApproval]:
    """Approvals not to be open, in force, that end before a moment, and that no open case is about."""
    cases = ProposalInstrument.objects.filter(open=True, instrument=OuterRef("instrument"))
    ending = NotOpenApproval.objects.filter(in_force(at), ~Exists(cases), valid_until__lte=until)
    return ending.select_related("instrument__facility").order_by("valid_until", "id")


def proposals_of(user: User, at: datetime) -> QuerySet[Proposal]:
    """The proposals that somebody may see as a manager: those that they made, and those about an instrument
    whose crew they manage; all for the office. Newest first.
    """
    found = Proposal.objects.all()
    if not is_office(user, at):
        mine = CrewMember.objects.filter(in_force(at), user=user, role=CrewMember.Role.MANAGER)
        about = ProposalInstrument.objects.filter(
            proposal=OuterRef("pk"), instrument__in=mine.values("instrument")
        )
        found = found.filter(Q(created_by=user) | Exists(about))
    return found.select_related("created_by", "saved_by").order_by("-saved_at", "-id")


def _in_service(at: datetime) -> QuerySet[Instrument]:
    return Instrument.objects.filter(Q(retired_at__isnull=True) | Q(retired_at__gt=at), valid_from__lte=at)


def _priced(at: datetime) -> QuerySet[FeeVersion]:
    return FeeVersion.objects.filter(in_force(at), instrument=OuterRef("pk"))


def _closed(at: datetime) -> QuerySet[NotOpenApproval]:
    return NotOpenApproval.objects.filter(in_force(at), instrument=OuterRef("pk"))

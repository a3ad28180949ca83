"""The records behind each figure, as query sets: what measures and what lists asks the same ones, so that a
figure and its records never differ. `Among` narrows them to instruments; None means all.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.billing.models import BookingCharge, BookingRefund, Charge, SampleCharge
from apps.bookings.models import Booking
from apps.fees.content import EXTERNAL
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.reports.figures.periods import Period
from apps.samples.models import RunSession, Sample, SampleRun
from apps.training.models import Certificate, GuidedSession, TrainingPlace, TrainingRequest
from apps.usage.models import UsageRecord

Among = Collection[int] | QuerySet[Instrument, Any] | None

SAMPLE_RUN = "sample_run"
OWN_USE = ("booking", "walk_in")
EFFECTIVE = (*OWN_USE, SAMPLE_RUN, "training", "teaching")
MAINTENANCE = ("maintenance", "commissioning")
OUTSIDE = (User.Kind.EXTERNAL_ACADEMIC.value, User.Kind.ENTERPRISE.value)
ALONE = (Certificate.Level.BASIC, Certificate.Level.ADVANCED, Certificate.Level.TRAINER)

EXTERNAL_SAMPLE = ~Q(request__customer_kind="") | Q(request__requester__kind__in=OUTSIDE)


def within(rows: QuerySet[Any], among: Among, path: str = "instrument") -> QuerySet[Any]:
    """The rows of some instruments."""
    return rows if among is None else rows.filter(**{f"{path}__in": among})


def uses(period: Period, among: Among) -> QuerySet[UsageRecord]:
    """Every use that counts: begun in the period, neither held nor dismissed."""
    found = UsageRecord.objects.filter(started_at__gte=period.since, started_at__lt=period.until, held="")
    return within(found.exclude(verdict=UsageRecord.Verdict.DISMISSED), among)


def external_runs(period: Period, among: Among) -> QuerySet[UsageRecord]:
    """The uses for sample runs in which every sample came from outside."""
    inside = Sample.objects.filter(run=OuterRef("pk")).exclude(EXTERNAL_SAMPLE)
    outside = Sample.objects.filter(EXTERNAL_SAMPLE, run=OuterRef("pk"))
    runs = SampleRun.objects.filter(Exists(outside), ~Exists(inside))
    sessions = RunSession.objects.filter(run__in=runs).values("session")
    return uses(period, among).filter(purpose=SAMPLE_RUN, session__ulid__in=sessions)


def _external_uses(period: Period, among: Among) -> QuerySet[UsageRecord]:
    own = Q(purpose__in=OWN_USE, user__kind__in=OUTSIDE)
    runs = Q(pk__in=external_runs(period, among).values("pk"))
    return uses(period, among).filter(own | runs)


def uses_of(key: str, period: Period, among: Among) -> QuerySet[UsageRecord]:
    """The uses behind a figure in hours."""
    if key == "external_hours":
        return _external_uses(period, among)
    return uses(period, among).filter(purpose__in=PURPOSES[key])


PURPOSES: Mapping[str, tuple[str, ...]] = {
    "effective_hours": EFFECTIVE,
    "supervised_hours": ("training",),
    "teaching_hours": ("teaching",),
    "maintenance_hours": MAINTENANCE,
}


def samples(period: Period, among: Among, *, external: bool = False) -> QuerySet[Sample]:
    """The samples that were last tested in the period."""
    done = (Sample.State.TESTED, Sample.State.CHECKED, Sample.State.RELEASED)
    found = Sample.objects.filter(
        state__in=done, tested_at__gte=period.since, tested_at__lt=period.until, instrument__isnull=False
    )
    return within(found.filter(EXTERNAL_SAMPLE) if external else found, among)


def users(period: Period, among: Among, *, external: bool = False) -> QuerySet[User]:
    """The people who used the instruments themselves or whose samples were tested."""
    own = uses(period, among).filter(purpose__in=OWN_USE, user__isnull=False).values("user")
    handed_in = samples(period, among).values("request__requester")
    found = User.objects.filter(Q(pk__in=own) | Q(pk__in=handed_in))
    return found.filter(kind__in=OUTSIDE) if external else found


def _certified(period: Period) -> QuerySet[Certificate]:
    renewed = TrainingRequest.objects.filter(certificate=OuterRef("pk"), kind=TrainingRequest.Kind.RENEWAL)
    return Certificate.objects.filter(
        ~Exists(renewed), level__in=ALONE, valid_from__gte=period.since, valid_from__lt=period.until
    )


def trained_alone(period: Period, among: Among) -> QuerySet[Certificate]:
    """One certificate to work alone for each person and instrument: the first of the period."""
    earlier = _certified(period).filter(
        Q(valid_from__lt=OuterRef("valid_from"))
        | Q(valid_from=OuterRef("valid_from"), pk__lt=OuterRef("pk")),
        instrument=OuterRef("instrument"),
        user=OuterRef("user"),
    )
    return within(_certified(period).filter(~Exists(earlier)), among)


def _seats(period: Period, kind: str) -> QuerySet[TrainingPlace]:
    return TrainingPlace.objects.filter(
        session__kind=kind,
        session__cancelled_at__isnull=True,
        session__starts_at__gte=period.since,
        session__starts_at__lt=period.until,
        state=TrainingPlace.State.SEATED,
        absent_at__isnull=True,
    )


def trained_guided(period: Period, among: Among) -> QuerySet[TrainingPlace]:
    """One seat in supervised training for each person and instrument, the first of the period, where no
    certificate to work alone came of it in the period.
    """
    seats = _seats(period, GuidedSession.Kind.TRAINING)
    alone = _certified(period).filter(instrument=OuterRef("session__instrument"), user=OuterRef("user"))
    earlier = seats.filter(
        pk__lt=OuterRef("pk"), session__instrument=OuterRef("session__instrument"), user=OuterRef("user")
    )
    return within(seats.filter(~Exists(alone), ~Exists(earlier)), among, "session__instrument")


def demonstrations(period: Period, among: Among) -> QuerySet[TrainingPlace]:
    """Every seat that was taken in a teaching slot."""
    return within(_seats(period, GuidedSession.Kind.TEACHING), among, "session__instrument")


def bookings(period: Period, among: Among) -> QuerySet[Booking]:
    """Confirmed bookings and those to which nobody came."""
    kept = Q(state=Booking.State.CONFIRMED) | Q(no_show_at__isnull=False)
    found = Booking.objects.filter(kept, start__gte=period.since, start__lt=period.until)
    return within(found, among)


# Nobody came; where the journal told later that somebody had, it is no no-show.
NOT_COME = Q(no_show_at__isnull=False, used_at__isnull=True)


def no_shows(period: Period, among: Among) -> QuerySet[Booking]:
    """Of the bookings those to which nobody came."""
    return bookings(period, among).filter(NOT_COME)


def _posted(period: Period, column: str = "charged_at") -> Q:
    return Q(**{f"{column}__gte": period.since, f"{column}__lt": period.until})


def charges(period: Period, among: Among) -> QuerySet[Charge]:
    """Charges for uses that cost something."""
    return within(Charge.objects.filter(_posted(period), amount_fen__gt=0), among, "record__instrument")


def charges_back(period: Period, among: Among) -> QuerySet[Charge]:
    """Charges with whose posting an earlier one (`replaces`) went back."""
    found = Charge.objects.filter(_posted(period), reversal__isnull=False)
    return within(found, among, "record__instrument")


def sample_charges(period: Period, among: Among) -> QuerySet[SampleCharge]:
    """Charges for samples that cost something."""
    found = SampleCharge.objects.filter(_posted(period), amount_fen__gt=0)
    return within(found, among, "request__instrument")


def sample_charges_back(period: Period, among: Among) -> QuerySet[SampleCharge]:
    """Charges for samples with whose posting an earlier one went back."""
    found = SampleCharge.objects.filter(_posted(period), reversal__isnull=False)
    return within(found, among, "request__instrument")


def parts(period: Period, among: Among) -> QuerySet[BookingCharge]:
    """Parts of fees for bookings that were not kept."""
    return within(BookingCharge.objects.filter(_posted(period)), among, "booking__instrument")


def refunds(period: Period, among: Among) -> QuerySet[BookingRefund]:
    """Parts of fees that went back."""
    return within(BookingRefund.objects.filter(_posted(period, "at")), among, "charge__booking__instrument")


TIERS_OF: Mapping[str, tuple[str, ...] | None] = {
    "income": None,
    "income_internal": ("internal", "own_group", "hosted_owner"),
    "income_external": EXTERNAL,
    "income_external_academic": ("external_academic",),
    "income_enterprise": ("enterprise",),
    "income_own_group": ("own_group",),
    "income_hosted_owner": ("hosted_owner",),
}

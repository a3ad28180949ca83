"""Years of records of every kind behind the figures, at random but the same for the same seed: written to the
tables as they would lie there, so that a test holds hundreds of them in a second.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from apps.billing.models import BookingCharge, BookingRefund, Charge, SampleCharge
from apps.bookings.models import Booking, PointEntry
from apps.instruments.models import Instrument
from apps.ledger.models import Account, Transaction
from apps.ledger.operations import ensure_account, post, reverse
from apps.people.models import User
from apps.people.operations import register_user
from apps.reports.figures import sources
from apps.samples.models import RunSession, Sample, SampleRequest, SampleRun
from apps.training.models import Certificate, GuidedSession, TrainingPlace
from apps.usage.models import UsageRecord
from tests.factories.instruments import sister
from tests.factories.money import funded, priced
from tests.factories.samples import offered
from tests.factories.usage import Past, past_uses
from tests.people import People

HOUR = timedelta(hours=1)
PURPOSES = (*sources.EFFECTIVE, *sources.MAINTENANCE, "emergency", "override")
TIERS = ("internal", "external_academic", "enterprise", "own_group", "hosted_owner")


class Years:
    """Three instruments, five people, and whatever happened between `since` and `until`."""

    def __init__(self, they: People, since: datetime, until: datetime, *, seed: int, many: int = 40) -> None:
        self.they, self.since, self.until, self.many = they, since, until, many
        self.dice = Random(seed)  # noqa: S311 - nothing is kept secret by it
        other = register_user(
            username=f"xu{seed}",
            name_zh="徐博士",
            name_en="Dr Xu",
            kind="external_academic",
            unit=None,
            now=since,
        )
        self.people = [they.alice, they.bob, they.wang, they.charlie, other]
        self.machines = [they.sem, *(sister(they.sem, f"FIG{seed:02d}{n}", since) for n in range(2))]
        self.fund = funded(they.group, since, number=f"QY-F-{seed}", amount_fen=0)
        self.fee = priced(they.sem, since)
        self.outside = ensure_account(code="outside", kind=Account.Kind.OUTSIDE, name_zh="外", name_en="Out")
        self.income = ensure_account(code="income:x", kind=Account.Kind.INCOME, name_zh="收", name_en="In")
        self.number = 0

    def happen(self) -> "Years":
        """All of it."""
        self._use()
        self._teach()
        self._test()
        self._book()
        return self

    def _moment(self) -> datetime:
        """Some moment, every fourth at an edge of the period or a moment before it."""
        if self.dice.random() < 0.25:
            return self.dice.choice(
                [self.since, self.until, self.since - timedelta(milliseconds=1), self.until - HOUR / 60]
            )
        span = self.until - self.since
        return self.since - span / 4 + span * 1.5 * self.dice.random()

    def _use(self) -> None:
        for machine in self.machines:
            pasts = [
                Past(
                    start=self._moment(),
                    powered_ms=self.dice.randrange(0, 8 * 3_600_000),
                    user=self.dice.choice(self.people),
                    tier=self.dice.choice(TIERS),
                    purpose=self.dice.choice(PURPOSES),
                    held=self.dice.choice(["", "", "", "usage.implausible"]),
                )
                for _number in range(self.many)
            ]
            for record in past_uses(machine, pasts):
                self._charge(record)
        dismissed = UsageRecord.objects.filter(held="").order_by("pk")[: self.many // 8]
        UsageRecord.objects.filter(pk__in=list(dismissed.values_list("pk", flat=True))).update(
            verdict=UsageRecord.Verdict.DISMISSED
        )

    def _pay(self, fen: int, at: datetime) -> Transaction:
        self.number += 1
        legs = [(self.outside, -fen), (self.income, fen)]
        return post(kind=Transaction.Kind.CHARGE, legs=legs, source=f"figures:{self.number}", memo="", now=at)

    def _charge(self, record: UsageRecord) -> None:
        fen, at = self.dice.choice([0, self.dice.randrange(1, 10**6)]), self._moment()
        tier = self.dice.choice(TIERS)
        paid = self._pay(fen, at) if fen else None
        row: dict[str, Any] = {"record": record, "lines": [], "fee_version": self.fee}
        first = Charge.objects.create(**row, tier=tier, amount_fen=fen, transaction=paid, charged_at=at)
        if self.dice.random() < 0.3:
            later = max(at, self._moment())
            back = reverse(transaction=paid, reason="correction", by=None, now=later) if paid else None
            less = fen // 2
            Charge.objects.create(
                **row,
                tier=tier,
                amount_fen=less,
                transaction=self._pay(less, later) if less else None,
                charged_at=later,
                replaces=first,
                reversal=back,
            )

    def _teach(self) -> None:
        for _number in range(self.many // 8):
            begun = self._moment()
            Certificate.objects.create(
                user=self.dice.choice(self.people),
                instrument=self.dice.choice(self.machines),
                level=self.dice.choice(Certificate.Level.values),
                source_case="test",
                valid_from=begun,
                valid_until=begun + 400 * 24 * HOUR,
            )
        for _number in range(self.many):
            begun = self._moment()
            held = GuidedSession.objects.create(
                kind=self.dice.choice(GuidedSession.Kind.values),
                instrument=self.dice.choice(self.machines),
                leader=self.they.teng,
                starts_at=begun,
                ends_at=begun + 2 * HOUR,
                cancelled_at=self.dice.choice([None, None, begun]),
            )
            for person in self.dice.sample(self.people, 2):
                TrainingPlace.objects.create(
                    session=held,
                    user=person,
                    state=TrainingPlace.State.SEATED,
                    asked_at=begun,
                    seated_at=begun,
                    absent_at=self.dice.choice([None, None, begun]),
                )

    def _test(self) -> None:
        service = offered(self.they.sem, self.since)
        for _number in range(self.many // 2):
            self._request(service, self.dice.choice(self.people), self.dice.choice(self.machines))

    def _request(self, service: Any, person: User, machine: Instrument) -> None:
        guest = self.dice.random() < 0.3
        at = self._moment()
        customer = (
            {"customer_kind": "enterprise", "customer_name": "甲", "customer_org": "乙"} if guest else {}
        )
        request = SampleRequest.objects.create(
            requester=person, template=service, instrument=machine, created_at=at, **customer
        )
        [record] = past_uses(machine, [Past(at, 3_600_000, self.they.olga, purpose="sample_run")])
        run = SampleRun.objects.create(
            instrument=machine, operator=self.they.olga, started_at=at, ended_at=at + HOUR
        )
        RunSession.objects.create(run=run, session=record.session.ulid, started_at=at, powered_ms=3_600_000)
        for position in range(1, self.dice.randrange(2, 5)):
            Sample.objects.create(
                request=request,
                position=position,
                name=f"S{position}",
                state=self.dice.choice([Sample.State.TESTED, Sample.State.RELEASED, Sample.State.DROPPED]),
                instrument=machine,
                run=run if self.dice.random() < 0.8 else None,
                tested_by=self.they.olga,
                tested_at=self._moment(),
                released_at=at,
                holder=person,
            )
        fen = self.dice.randrange(1, 10**5)
        SampleCharge.objects.create(
            request=request,
            fee_version=self.fee,
            tier=self.dice.choice(TIERS),
            sample_count=1,
            lines=[],
            amount_fen=fen,
            transaction=self._pay(fen, at),
            charged_at=at,
        )

    def _book(self) -> None:
        for number in range(self.many):
            # Days apart, so that no two of one instrument meet.
            start = self.since + timedelta(days=3 * number - 10) + self.dice.randrange(24) * HOUR
            missed = self.dice.random() < 0.3
            booking = Booking.objects.create(
                instrument=self.machines[number % len(self.machines)],
                user=self.dice.choice(self.people),
                start=start,
                end=start + HOUR,
                state="cancelled" if missed else self.dice.choice(["confirmed", "confirmed", "cancelled"]),
                requested_at=start - HOUR,
                no_show_at=start if missed else None,
                used_at=start if missed and self.dice.random() < 0.3 else None,
            )
            if missed:
                self._part(booking, start)

    def _part(self, booking: Booking, at: datetime) -> None:
        entry = PointEntry.objects.create(user=booking.user, booking=booking, kind="no_show", points=1, at=at)
        fen = self.dice.randrange(1, 10_000)
        part = BookingCharge.objects.create(
            entry=entry,
            booking=booking,
            fund=self.fund,
            base_fen=fen,
            per_mille=1000,
            amount_fen=fen,
            transaction=self._pay(fen, at),
            charged_at=at,
        )
        if self.dice.random() < 0.5:
            later = max(at, self._moment())
            back = reverse(transaction=part.transaction, reason="upheld", by=None, now=later)
            BookingRefund.objects.create(charge=part, why="upheld", transaction=back, at=later)

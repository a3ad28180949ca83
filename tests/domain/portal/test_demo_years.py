"""The past years of the demonstration school: the same on every run, under every law of the database, and
plausible where somebody looks.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, F, Q, Sum

from apps.billing.models import Charge, SampleCharge
from apps.core.figures import HOUR_MS
from apps.evaluation.models import Appeal, FacilityCell, FacilityReview, Judge, Round
from apps.instruments.models import Instrument
from apps.ledger.queries import prove
from apps.panels.models import Panel
from apps.people.models import User
from apps.people.queries import active_users, run_out
from apps.portal.demo.committee import seat_committee
from apps.portal.demo.evaluations import evaluations
from apps.portal.demo.facility_years import facility_years
from apps.portal.demo.fees import demo_hours
from apps.portal.demo.reviews import FOUNDED_AGO
from apps.portal.demo.school import School, found_school
from apps.portal.demo.year_lessons import past_lessons
from apps.portal.demo.years import TAKEN_UNTIL_AGO, past_years
from apps.reports.figures import of_instruments, read_period
from apps.usage.models import UsageRecord, UsageSession
from documents.models import Document

INCOME = Q(transaction__entries__account__kind="income")
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]


def test_three_past_years_are_taken_over_whole(now: datetime) -> None:
    school = found_school(founded=now - FOUNDED_AGO, now=now)
    _statistics_were_taken_while_nothing_was_committed()
    uses = past_years(founded=now - FOUNDED_AGO, now=now)
    told = past_lessons(now=now)
    assert uses == UsageRecord.objects.count() == Charge.objects.count() == 123_471
    assert told["samples"] > 10_000
    assert told["certificates"] > 1_000
    assert prove().ok
    _odometers_have_no_gap()
    _nobody_of_them_is_here_now(now)
    _hours_are_those_of_the_asset_list(now)
    _money_is_the_ledgers()
    _instruments_are_judged(school, now)
    _last_year_of_facilities_is_published(school, now)
    assert UsageRecord.objects.order_by("-ended_at")[0].ended_at < now - TAKEN_UNTIL_AGO + timedelta(days=1)


def _statistics_were_taken_while_nothing_was_committed() -> None:
    """As PostgreSQL leaves them when its own vacuum comes by in the middle: the import ran for hours then."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pg_class SET reltuples = 0, relpages = 100 WHERE relname = ANY(%s)",
                [[one._meta.db_table for one in (UsageSession, UsageRecord, Charge)]],
            )


def _instruments_are_judged(school: School, now: datetime) -> None:
    """One round is published, after an appeal that another panel upheld; one waits for reports."""
    seat_committee(school, founded=now - FOUNDED_AGO)
    assert evaluations(school, now=now) == 2
    last, this = Round.objects.order_by("pk")
    assert (last.state, this.state) == (Round.State.PUBLISHED, Round.State.REPORTING)
    assert last.sheets.count() == this.sheets.count() > 4
    [appeal] = Appeal.objects.all()
    assert appeal.upheld
    first, second = (
        set(Judge.objects.filter(stage=stage).values_list("user", flat=True)) for stage in ("bands", "appeal")
    )
    assert first
    assert second
    assert not first & second
    hours = last.sheets.get(instrument__asset_no="QY000004").figures.get(key="effective_hours")
    assert hours.value > 100 * HOUR_MS
    assert hours.records > 50


def _odometers_have_no_gap() -> None:
    """Every session begins where the one before it on the node ended, in the order of time."""
    last: dict[str, tuple[int, datetime]] = {}
    rows: Any = UsageSession.objects.order_by("dev", "odo0").values_list(
        "dev", "odo0", "odo1", "opened_at", "closed_at", "busy0", "busy1"
    )
    for dev, odo0, odo1, opened, closed, busy0, busy1 in rows.iterator():
        odo, moment = last.get(dev, (0, opened))
        assert (odo0, opened >= moment) == (odo, True), dev
        assert (closed - opened) == timedelta(milliseconds=odo1 - odo0)
        assert busy1 - busy0 <= odo1 - odo0
        last[dev] = odo1, closed
    assert len(last) == Instrument.objects.count()


def _nobody_of_them_is_here_now(now: datetime) -> None:
    gone = User.objects.filter(username__startswith="past")
    assert gone.count() > 200
    assert not active_users(now).filter(username__startswith="past").exists()
    assert not run_out(now).filter(username__startswith="past").exists()
    assert not any(user.has_usable_password() for user in gone[:5])


def _hours_are_those_of_the_asset_list(now: datetime) -> None:
    figures = of_instruments(None, read_period("2024-2025", now))
    wanted = demo_hours()
    for one in Instrument.objects.filter(commissioned__lt="2024-09-01"):
        hours = figures[one.pk]["effective_hours"].value / HOUR_MS
        if hours and wanted[one.asset_no] > 100:
            assert 0.6 < hours / wanted[one.asset_no] < 1.3, one.asset_no
    winter = UsageRecord.objects.filter(started_at__month=2).count()
    assert UsageRecord.objects.filter(started_at__month=4).count() > 1.5 * winter


def _money_is_the_ledgers() -> None:
    """What was charged stands on the accounts of facilities, and nothing of it on a fund."""
    charged = Charge.objects.aggregate(fen=Sum("amount_fen"))["fen"]
    charged += SampleCharge.objects.aggregate(fen=Sum("amount_fen"))["fen"]
    posted = Charge.objects.filter(transaction__isnull=False).aggregate(
        fen=Sum("transaction__entries__amount_fen", filter=INCOME)
    )["fen"]
    posted += SampleCharge.objects.filter(transaction__isnull=False).aggregate(
        fen=Sum("transaction__entries__amount_fen", filter=INCOME)
    )["fen"]
    assert charged == posted > 0
    assert not Charge.objects.filter(fund__isnull=False).exists()
    twice = Charge.objects.values("record").annotate(n=Count("pk")).filter(n__gt=1)
    assert not twice.exists()
    assert not UsageRecord.objects.exclude(powered_ms=F("effective_ms") + F("idle_ms")).exists()


def _last_year_of_facilities_is_published(school: School, now: datetime) -> None:
    """With scores; this year's is under way, and the numbers are those of the records."""
    number = facility_years(school, now=now)
    last, present = FacilityReview.objects.order_by("year")
    assert (last.year, last.state, present.year, present.state) == (2025, "published", 2026, "open")
    assert number == last.tables.filter(score__gt=6000).count() == present.tables.count() > 5
    panels = Panel.objects.filter(ulid__in=last.tables.values("panel"), ended_because="scored")
    assert panels.count() == Document.objects.filter(kind="facility_table").count() == number
    cells = FacilityCell.objects.filter(table__review=last, key="effective_hours")
    hours = cells.aggregate(ms=Sum("value"))["ms"]
    figures = of_instruments(None, read_period("2025", now)).values()
    assert hours == sum(one["effective_hours"].value for one in figures)
    assert present.tables.get(facility__code="MCC").cells.filter(note__startswith="由调度").exists()

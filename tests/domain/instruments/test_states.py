"""Locks, outages, incidents and work orders: who may, once each, and every one told."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.models import InstrumentLock, Outage
from apps.instruments.operations import (
    close_incident,
    close_work_order,
    end_outage,
    lock_instrument,
    open_work_order,
    release_lock,
    report_incident,
    start_outage,
)
from apps.instruments.queries import open_incidents, open_lock, open_work_orders, outages_between
from apps.people.models import User
from apps.people.operations import suspend_user
from tests import people
from tests.factories.facts import audited, told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_an_operator_locks_with_a_reason_and_the_lock_is_told(now: datetime) -> None:
    they = people.gather(now)
    lock = lock_instrument(instrument=they.sem, reason="smoke", by=they.olga, now=now)
    assert open_lock(they.sem) == lock
    assert told("instruments.locked") == [{"instrument": they.sem.ulid, "reason": "smoke"}]
    release_lock(lock=lock, by=they.teng, now=now + HOUR, reason="false alarm")
    assert open_lock(they.sem) is None
    assert told("instruments.unlocked") == [{"instrument": they.sem.ulid}]
    assert audited("instruments.release_lock")[0].reason == "false alarm"


def test_neither_users_nor_outsiders_nor_suspended_crew_lock(now: datetime) -> None:
    they = people.gather(now)
    suspend_user(user=they.olga, reason="inquiry", by=None, now=now)
    for who in (they.alice, they.charlie, they.wang, they.finance, they.olga):
        with refused(NotPermitted, "instruments.not_crew"):
            lock_instrument(instrument=they.sem, reason="spite", by=who, now=now)
    with refused(Invalid, "core.reason_required"):
        lock_instrument(instrument=they.sem, reason=" ", by=they.teng, now=now)
    lock_instrument(instrument=they.sem, reason="the office may", by=they.office, now=now)


def test_the_second_lock_is_told_of_the_first_and_the_second_release_too(now: datetime) -> None:
    they = people.gather(now)
    lock = lock_instrument(instrument=they.sem, reason="smoke", by=they.olga, now=now)
    with refused(WrongState, "instruments.locked"):
        lock_instrument(instrument=they.sem, reason="smoke", by=they.teng, now=now)
    with refused(NotPermitted, "instruments.not_crew"):
        release_lock(lock=lock, by=they.alice, now=now)
    release_lock(lock=lock, by=they.olga, now=now)
    with refused(WrongState, "instruments.not_locked"):
        release_lock(lock=lock, by=they.olga, now=now)
    lock_instrument(instrument=they.sem, reason="smoke again", by=they.teng, now=now)


def test_the_database_itself_keeps_one_open_lock(now: datetime) -> None:
    they = people.gather(now)
    lock_instrument(instrument=they.sem, reason="smoke", by=they.olga, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        InstrumentLock.objects.create(
            instrument=they.sem, locked_at=now, locked_by=they.teng, reason="past the operation"
        )


def test_an_outage_holds_for_its_period_and_may_end_early(now: datetime) -> None:
    they = people.gather(now)
    outage = start_outage(
        instrument=they.sem, starts_at=now, ends_at=None, reason_zh="换灯丝", by=they.teng, now=now
    )
    assert list(outages_between(they.sem.pk, now + 100 * HOUR, now + 101 * HOUR)) == [outage]
    ended = end_outage(outage=outage, by=they.olga, now=now + HOUR)
    assert ended.ends_at == now + HOUR
    assert not outages_between(they.sem.pk, now + HOUR, now + 2 * HOUR).exists()
    with refused(WrongState, "instruments.outage_over"):
        end_outage(outage=outage, by=they.teng, now=now + 2 * HOUR)
    assert len(told("instruments.changed")) == 2  # the beginning, the end


def test_a_planned_outage_that_is_called_off_vanishes_but_stays_in_the_audit_log(now: datetime) -> None:
    they = people.gather(now)
    outage = start_outage(
        instrument=they.sem,
        starts_at=now + HOUR,
        ends_at=now + 2 * HOUR,
        reason_zh="保养",
        by=they.teng,
        now=now,
    )
    end_outage(outage=outage, by=they.teng, now=now)
    assert not Outage.objects.exists()
    assert audited("instruments.cancel_outage")[0].reason == "保养"
    with refused(WrongState, "instruments.outage_over"):
        end_outage(outage=outage, by=they.teng, now=now)


def test_an_outage_needs_a_period_ahead_a_reason_and_the_crew(now: datetime) -> None:
    they = people.gather(now)

    def begin(starts: datetime, ends: datetime | None, reason: str = "坏", by: User = they.teng) -> None:
        start_outage(
            instrument=they.sem,
            starts_at=starts,
            ends_at=ends,
            reason_zh=reason,
            by=by,
            now=now,
        )

    with refused(Invalid, "core.period"):
        begin(now, now)
    with refused(Invalid, "instruments.outage_past"):
        begin(now - 2 * HOUR, now)
    with refused(Invalid, "core.reason_required"):
        begin(now, None, reason="")
    with refused(NotPermitted, "instruments.not_crew"):
        begin(now, None, by=they.bob)


def test_anyone_in_force_reports_an_incident_and_only_the_crew_closes_it(now: datetime) -> None:
    they = people.gather(now)
    incident = report_incident(
        instrument=they.sem, effect="refuse_new", description="water on the floor", by=they.charlie, now=now
    )
    assert list(open_incidents(they.sem)) == [incident]
    with refused(NotPermitted, "instruments.not_crew"):
        close_incident(incident=incident, by=they.charlie, now=now)
    close_incident(incident=incident, by=they.teng, now=now, reason="mopped")
    assert not open_incidents(they.sem).exists()
    with refused(WrongState, "instruments.incident_closed"):
        close_incident(incident=incident, by=they.teng, now=now)


def test_only_the_crew_reports_with_a_lock_and_nobody_while_suspended(now: datetime) -> None:
    they = people.gather(now)
    with refused(NotPermitted, "instruments.not_crew"):
        report_incident(instrument=they.sem, effect="locked", description="gas", by=they.alice, now=now)
    report_incident(instrument=they.sem, effect="locked", description="gas", by=they.olga, now=now)
    suspend_user(user=they.bob, reason="inquiry", by=None, now=now)
    with refused(NotPermitted, "people.not_active"):
        report_incident(instrument=they.sem, effect="refuse_new", description="x", by=they.bob, now=now)
    with refused(Invalid, "instruments.incident_effect"):
        report_incident(instrument=they.sem, effect="explode", description="x", by=they.olga, now=now)
    with refused(Invalid, "core.reason_required"):
        report_incident(instrument=they.sem, effect="refuse_new", description="", by=they.olga, now=now)


def test_a_work_order_is_opened_and_closed_by_the_crew(now: datetime) -> None:
    they = people.gather(now)
    with refused(NotPermitted, "instruments.not_crew"):
        open_work_order(instrument=they.sem, summary="align", by=they.bob, now=now)
    with refused(Invalid, "core.reason_required"):
        open_work_order(instrument=they.sem, summary="", by=they.teng, now=now)
    order = open_work_order(
        instrument=they.sem, summary="align", by=they.teng, now=now, engineer=they.charlie
    )
    assert list(open_work_orders(they.sem)) == [order]
    with refused(NotPermitted, "instruments.not_crew"):
        close_work_order(work_order=order, by=they.charlie, now=now)
    close_work_order(work_order=order, by=they.olga, now=now)
    with refused(WrongState, "instruments.work_order_closed"):
        close_work_order(work_order=order, by=they.olga, now=now)

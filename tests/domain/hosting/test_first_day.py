"""No clause counts before the first day of the terms, however early the instrument is handed over, and terms
of a renewal follow those of before on their first day.
"""

from datetime import date, datetime, timedelta

import pytest

from apps.billing.allocating import split_of
from apps.bookings.models import PriorityWindow
from apps.bookings.priority import Hours, window_in_the_way
from apps.core.clock import school_midnight, school_time
from apps.core.errors import WrongState
from apps.core.periods import in_force
from apps.fees.models import OwnerTerm
from apps.fees.owners import owner_of, owner_rate
from apps.hosting.content import Band
from apps.hosting.inventory import confirm_inventory, write_inventory
from apps.hosting.models import Agreement
from apps.hosting.negotiating import accept_terms, propose_terms, terms_of
from apps.hosting.repairs import bear_cost, terms_at, work_on
from apps.hosting.running import end_agreement, renew, resume, suspend
from apps.instruments.operations import open_work_order
from tests.factories.hosting import THINGS, House, fresh, running, terms
from tests.factories.refusals import refused

ALWAYS = (Hours("1234567", 0, 24 * 60, 0),)
MINUTE = timedelta(minutes=1)


def days_ahead(home: House, days: int) -> date:
    """A school day that lies so many days ahead."""
    return school_time(home.now).date() + timedelta(days=days)


def kept(home: House, start: datetime) -> bool:
    """Whether an hour is kept for the owner, seen by somebody who is in no group of theirs."""
    home.machine.refresh_from_db()
    stranger = home.they.office
    return window_in_the_way(home.machine, stranger, start, start + timedelta(hours=1), home.now) is not None


def shares(home: House, at: datetime) -> list[int]:
    """The parts of a thousand by which income counts at a moment; none where it is not divided."""
    split = split_of(home.machine, at)
    return [one.permille for one in split.shares.all()] if split else []


def pays(home: House, at: datetime) -> int | None:
    """The parts of a thousand of the price that the owner pays at a moment."""
    home.machine.refresh_from_db()
    found = owner_of(home.machine, at)
    return found.permille if found else None


def renewed(home: House, agreement: Agreement, since: date) -> Agreement:
    """Other terms from a day on, which both sides and the office want."""
    said = terms(
        home.now,
        since=since,
        owner_pays_permille=800,
        windows=(),
        shares=(("owner", 100), ("host", 900)),
        repairs=(Band(0, 1000),),
    )
    last = agreement.versions.order_by("-number").first()
    assert last is not None
    made = propose_terms(agreement=agreement, terms=said, by=home.hana, now=home.now, base=last.number)
    accept_terms(agreement=agreement, number=made.number, by=home.owner, now=home.now)
    return renew(agreement=agreement, version=made, by=home.they.office, now=home.now)


def test_handed_over_early_no_clause_counts_before_the_first_day(home: House) -> None:
    since = days_ahead(home, 10)
    agreement = running(home, since=since, windows=ALWAYS)
    begins = school_midnight(since)
    assert agreement.state == "running"
    for before in (home.now, begins - MINUTE):
        assert (pays(home, before), shares(home, before)) == (None, [])
    assert (pays(home, begins), shares(home, begins)) == (500, [200, 600, 100, 100])
    assert not kept(home, begins - timedelta(hours=2))
    assert kept(home, begins)


def test_a_repair_that_began_before_the_first_day_is_nobodys_by_the_terms(home: House) -> None:
    since = days_ahead(home, 10)
    agreement = running(home, since=since, repairs=(Band(0, 1000),))
    begins = school_midnight(since)
    early = open_work_order(instrument=home.machine, summary="真空泵", by=home.hugo, now=begins - MINUTE)
    assert list(work_on(agreement)) == []
    with refused(WrongState, "hosting.not_hosted"):
        bear_cost(work_order=early, cost_fen=100, by=home.hana, now=begins)
    early.closed_at = begins - MINUTE / 2
    early.save(update_fields=["closed_at"])
    order = open_work_order(instrument=home.machine, summary="电子枪", by=home.hugo, now=begins)
    assert list(work_on(agreement)) == [order]
    assert bear_cost(work_order=order, cost_fen=100, by=home.hana, now=begins).owner_fen == 100


def test_an_agreement_that_ends_before_its_first_day_never_counted(home: House) -> None:
    since = days_ahead(home, 10)
    agreement = running(home, since=since, windows=ALWAYS)
    write_inventory(agreement=agreement, way="out", things=THINGS, by=home.hana, now=home.now)
    confirm_inventory(agreement=agreement, way="out", by=home.owner, now=home.now)
    end_agreement(agreement=agreement, by=home.they.office, now=home.now, reason="not needed")
    later = school_midnight(since) + timedelta(days=1)
    assert (pays(home, later), shares(home, later)) == (None, [])
    assert not PriorityWindow.objects.filter(in_force(later), source=agreement.source).exists()
    assert owner_rate(home.machine.pk, later) is None


def test_a_suspension_takes_privileges_away_that_were_still_to_begin(home: House) -> None:
    since = days_ahead(home, 10)
    agreement = running(home, since=since, windows=ALWAYS)
    begins = school_midnight(since)
    suspend(agreement=agreement, by=None, now=home.now, reason="not kept")
    assert (pays(home, begins), kept(home, begins), shares(home, begins)) == (
        *(None, False),
        [200, 600, 100, 100],
    )
    resume(agreement=agreement, by=None, now=home.now + MINUTE)
    assert (pays(home, begins - MINUTE), pays(home, begins), kept(home, begins)) == (None, 500, True)


@pytest.mark.parametrize("suspended", [False, True])
def test_renewed_terms_follow_those_of_before_on_their_first_day(home: House, *, suspended: bool) -> None:
    agreement = running(home, windows=ALWAYS)
    since = days_ahead(home, 30)
    begins = school_midnight(since)
    renewed(home, agreement, since)
    agreement = fresh(agreement)
    if suspended:
        suspend(agreement=agreement, by=None, now=home.now + MINUTE, reason="not kept")
        assert (pays(home, begins - MINUTE), pays(home, begins)) == (None, None)
        resume(agreement=agreement, by=None, now=home.now + 2 * MINUTE)
    assert (pays(home, begins - MINUTE), pays(home, begins)) == (500, 800)
    assert (shares(home, begins - MINUTE), shares(home, begins)) == ([200, 600, 100, 100], [100, 900])
    assert (kept(home, begins - timedelta(hours=2)), kept(home, begins)) == (True, False)
    counted = [terms_of(terms_at(agreement, at)).owner_pays_permille for at in (begins - MINUTE, begins)]
    assert counted == [500, 800]
    assert OwnerTerm.objects.filter(in_force(begins), instrument=home.machine).count() == 1

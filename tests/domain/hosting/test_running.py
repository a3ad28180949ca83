"""An agreement in force: its clauses run from the handover to the exit, rest while it is suspended, and no
step is taken from another state than its own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.billing.models import IncomeSplit
from apps.bookings.models import PriorityWindow
from apps.core.errors import Invalid, NotPermitted, Refusal, WrongState
from apps.core.periods import in_force
from apps.fees.models import OwnerTerm
from apps.hosting.breaches import cure, end_over, open_breach, report_breach, resume_after, suspend_for
from apps.hosting.inventory import Thing, confirm_inventory, write_inventory
from apps.hosting.models import Agreement, InventoryItem
from apps.hosting.negotiating import propose_terms, terms_of
from apps.hosting.offering import decline_offer, withdraw_offer
from apps.hosting.repairs import bear_cost, costs_of
from apps.hosting.reviewing import review
from apps.hosting.running import end_agreement, ends_at, give_notice, run_out, take_in
from apps.hosting.signing import sign
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.operations import open_work_order
from apps.people.operations import create_unit
from apps.training.models import Certificate
from tests.factories.hosting import (
    THINGS,
    House,
    breached,
    countersigned,
    fresh,
    offered,
    running,
)
from tests.factories.refusals import refused

DAY = timedelta(days=1)


def clauses(agreement: Agreement, at: datetime) -> tuple[int, int, int]:
    """How many windows, discounts and splits of the agreement are in force."""
    return tuple(  # type: ignore[return-value]
        model.objects.filter(in_force(at), source=agreement.source).count()
        for model in (PriorityWindow, OwnerTerm, IncomeSplit)
    )


def test_nothing_changes_hands_before_both_have_confirmed_it(home: House) -> None:
    agreement = countersigned(home)
    with refused(WrongState, "hosting.not_confirmed"):
        take_in(agreement=agreement, manager=home.hugo, by=home.owner, now=home.now)
    with refused(WrongState, "hosting.no_inventory"):
        confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    with refused(Invalid, "hosting.things"):
        write_inventory(agreement=agreement, way="in", things=[], by=home.hana, now=home.now)
    with refused(Invalid, "hosting.things"):
        write_inventory(agreement=agreement, way="in", things=[Thing("台", 0)], by=home.hana, now=home.now)
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    with refused(NotPermitted, "hosting.own_inventory"):
        confirm_inventory(agreement=agreement, way="in", by=home.hana, now=home.now)
    with refused(NotPermitted, "hosting.not_your_side"):
        confirm_inventory(agreement=agreement, way="in", by=home.they.alice, now=home.now)
    write_inventory(agreement=agreement, way="in", things=THINGS[:1], by=home.hana, now=home.now)
    confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    assert InventoryItem.objects.count() == 1
    with refused(WrongState, "hosting.confirmed"):
        write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    assert clauses(agreement, home.now) == (0, 0, 0)


def test_at_the_handover_it_moves_to_the_host_and_every_clause_runs(home: House) -> None:
    before = home.they.sem.facility
    agreement = running(home)
    machine = home.they.sem
    assert (agreement.state, agreement.facility_before) == ("running", before)
    assert (machine.facility, machine.hosting) == (home.facility, "agreed")
    assert clauses(agreement, home.now) == (1, 1, 1)
    split = IncomeSplit.objects.get(source=agreement.source)
    assert [(one.party, one.permille) for one in split.shares.all()] == [
        *(("owner", 200), ("host", 600), ("school", 100), ("repair", 100))
    ]
    assert {one.user for one in CrewMember.objects.filter(in_force(home.now), instrument=machine)} == {
        home.hugo
    }


def test_certificates_of_before_end_so_that_everybody_needs_the_hosts(home: House) -> None:
    assert Certificate.objects.filter(in_force(home.now), user=home.they.alice).exists()
    running(home)
    assert not Certificate.objects.filter(in_force(home.now), instrument=home.they.sem).exists()


def test_what_is_not_in_the_register_is_not_taken_in(home: House) -> None:
    agreement = countersigned(home)
    Agreement.objects.filter(pk=agreement.pk).update(instrument=None, asset_no="NEW9")
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    with refused(WrongState, "hosting.not_taken_in"):
        take_in(agreement=agreement, manager=home.hugo, by=home.owner, now=home.now)


def test_what_came_into_the_register_since_is_looked_at_as_any_offer(home: House) -> None:
    """It was offered by its number; the register says now that it is another unit's."""
    agreement = countersigned(home)
    department = home.they.lab.parent
    assert department is not None
    elsewhere = create_unit(
        code="ELS",
        kind=department.kind,
        name_zh="别院",
        name_en="Elsewhere",
        parent=department.parent,
        now=home.now,
    )
    Agreement.objects.filter(pk=agreement.pk).update(instrument=None)
    Instrument.objects.filter(pk=home.they.sem.pk).update(unit=elsewhere)
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    with refused(WrongState, "hosting.not_theirs"):
        take_in(agreement=agreement, manager=home.hugo, by=home.owner, now=home.now)
    Instrument.objects.filter(pk=home.they.sem.pk).update(unit=home.they.sem.unit)
    assert take_in(agreement=agreement, manager=home.hugo, by=home.owner, now=home.now).state == "running"


def test_a_breach_is_warned_suspends_and_is_resumed(home: House) -> None:
    agreement = running(home)
    breach = breached(home, agreement)
    with refused(WrongState, "hosting.breach_open"):
        breached(home, agreement, side="host")
    with refused(WrongState, "hosting.cure_runs"):
        suspend_for(breach=breach, by=None, now=home.now + DAY, note="not mended")
    later = breach.cure_until
    suspend_for(breach=breach, by=None, now=later, note="not mended")
    agreement = fresh(agreement)
    assert agreement.state == "suspended"
    # The owner's hours and discount rest; the income is divided as before.
    assert clauses(agreement, later) == (0, 0, 1)
    assert Instrument.objects.get(pk=home.they.sem.pk).hosting == "agreed"
    resume_after(breach=breach, by=home.they.office, now=later + DAY)
    assert fresh(agreement).state == "running"
    assert clauses(agreement, later + DAY) == (1, 1, 1)
    with refused(WrongState, "hosting.breach_settled"):
        resume_after(breach=breach, by=home.they.office, now=later + DAY)


def test_a_breach_that_is_mended_in_time_changes_nothing(home: House) -> None:
    agreement = running(home)
    breach = breached(home, agreement, side="host")
    with refused(NotPermitted, "hosting.not_your_side"):
        cure(breach=breach, by=home.hana, now=home.now)
    cure(breach=breach, by=home.they.office, now=home.now + DAY, note="seen")
    assert open_breach(agreement) is None
    with refused(WrongState, "hosting.breach_settled"):
        suspend_for(breach=breach, by=None, now=home.now + 99 * DAY, note="late")
    assert clauses(agreement, home.now + DAY) == (1, 1, 1)


def test_nobody_reports_a_breach_of_their_own_side(home: House) -> None:
    agreement = running(home)
    with refused(NotPermitted, "hosting.own_breach"):
        report_breach(agreement=agreement, side="owner", what="x", by=home.owner, now=home.now)
    with refused(NotPermitted, "hosting.not_your_side"):
        report_breach(agreement=agreement, side="owner", what="x", by=home.they.alice, now=home.now)
    with refused(Invalid, "hosting.side"):
        report_breach(agreement=agreement, side="office", what="x", by=home.hana, now=home.now)
    assert report_breach(agreement=agreement, side="owner", what="x", by=home.hana, now=home.now)


def test_a_suspended_agreement_may_be_given_up(home: House) -> None:
    agreement = running(home)
    breach = breached(home, agreement)
    suspend_for(breach=breach, by=home.they.office, now=home.now, note="grave")
    end_over(breach=breach, by=home.they.office, now=home.now, note="will not be resumed")
    give_notice(agreement=agreement, by=home.hana, now=home.now, reason="over")
    assert fresh(agreement).state == "leaving"
    assert clauses(agreement, home.now) == (0, 0, 1)


def test_the_notice_runs_then_it_is_given_back_and_the_clauses_end(home: House) -> None:
    before = home.they.sem.facility
    agreement = running(home)
    notice = give_notice(agreement=agreement, by=home.owner, now=home.now, reason="a new project")
    assert notice.side == "owner"
    assert timedelta(days=60) < notice.ends_at - home.now < timedelta(days=61)
    assert ends_at(agreement) == notice.ends_at
    assert clauses(agreement, home.now) == (1, 1, 1)
    write_inventory(agreement=agreement, way="out", things=THINGS, by=home.hana, now=home.now)
    confirm_inventory(agreement=agreement, way="out", by=home.owner, now=home.now)
    with refused(WrongState, "hosting.notice_runs"):
        end_agreement(agreement=agreement, by=None, now=home.now + DAY, reason="over")
    with refused(WrongState, "hosting.notice_runs"):
        run_out(agreement=agreement, now=home.now + DAY)
    run_out(agreement=agreement, now=notice.ends_at)
    assert clauses(agreement, notice.ends_at) == (0, 0, 0)
    assert Instrument.objects.get(pk=home.they.sem.pk).hosting == "ended"
    end_agreement(agreement=agreement, by=None, now=notice.ends_at, reason="over")
    machine = Instrument.objects.get(pk=home.they.sem.pk)
    assert (machine.facility, machine.hosting, fresh(agreement).state) == (before, "own", "ended")
    assert offered(home, now=notice.ends_at).state == "offered"


def test_without_a_return_inventory_it_does_not_end(home: House) -> None:
    agreement = running(home)
    with refused(WrongState, "hosting.not_confirmed"):
        end_agreement(agreement=agreement, by=None, now=home.now, reason="over")


def test_a_repair_is_borne_as_agreed_and_the_last_cost_counts(home: House) -> None:
    agreement = running(home)
    order = open_work_order(instrument=home.they.sem, summary="pump", by=home.hugo, now=home.now + DAY)
    with refused(NotPermitted, "hosting.not_your_side"):
        bear_cost(work_order=order, cost_fen=100, by=home.owner, now=home.now + DAY)
    with refused(Invalid, "hosting.cost"):
        bear_cost(work_order=order, cost_fen=-1, by=home.hana, now=home.now + DAY)
    small = bear_cost(work_order=order, cost_fen=499_999, by=home.hana, now=home.now + DAY)
    assert (small.owner_fen, small.host_fen) == (0, 499_999)
    assert bear_cost(work_order=order, cost_fen=499_999, by=home.hana, now=home.now + DAY) == small
    large = bear_cost(work_order=order, cost_fen=1_000_001, by=home.hana, now=home.now + 2 * DAY)
    assert (large.number, large.owner_fen, large.host_fen) == (2, 500_001, 500_000)
    assert list(costs_of(agreement)) == [large]


def test_work_that_was_begun_before_is_not_the_agreements(home: House) -> None:
    order = open_work_order(instrument=home.they.sem, summary="pump", by=home.they.teng, now=home.now - DAY)
    running(home)
    with refused(WrongState, "hosting.not_hosted"):
        bear_cost(work_order=order, cost_fen=100, by=home.hana, now=home.now)


def test_each_side_reviews_once_a_year_and_says_why_not(home: House) -> None:
    agreement = running(home)
    said: dict[str, Any] = {"agreement": agreement, "year": 2026, "now": home.now}
    with refused(Invalid, "core.reason_required"):
        review(**said, side="owner", content=False, by=home.owner)
    first = review(**said, side="owner", content=False, by=home.owner, note="too few users")
    assert review(**said, side="owner", content=True, by=home.owner) == first
    with refused(NotPermitted, "hosting.not_your_side"):
        review(**said, side="host", content=True, by=home.owner)
    assert review(**said, side="host", content=True, by=None).by is None


_STEPS = (
    *("withdraw", "decline", "sign", "take_in", "breach", "suspend", "resume", "cure", "notice"),
    *("return", "confirm", "run_out", "end", "propose"),
)


def _step(name: str, agreement: Agreement, home: House, at: datetime) -> None:
    breach, version = open_breach(agreement), agreement.terms
    assert version is not None
    office = home.they.office
    acts: dict[str, Callable[[], Any]] = {
        "withdraw": lambda: withdraw_offer(agreement=agreement, by=home.owner, now=at),
        "decline": lambda: decline_offer(agreement=agreement, by=home.hana, now=at, reason="x"),
        "sign": lambda: sign(agreement=agreement, side="owner", digest=version.digest, by=home.owner, now=at),
        "take_in": lambda: take_in(agreement=agreement, manager=None, by=None, now=at),
        "breach": lambda: report_breach(agreement=agreement, side="owner", what="x", by=office, now=at),
        "suspend": lambda: breach and suspend_for(breach=breach, by=office, now=at, note="x"),
        "resume": lambda: breach and resume_after(breach=breach, by=office, now=at),
        "cure": lambda: breach and cure(breach=breach, by=office, now=at),
        "notice": lambda: give_notice(agreement=agreement, by=home.hana, now=at, reason="x"),
        "return": lambda: write_inventory(
            agreement=agreement, way="out", things=THINGS, by=home.hana, now=at
        ),
        "confirm": lambda: confirm_inventory(agreement=agreement, way="out", by=home.owner, now=at),
        "run_out": lambda: run_out(agreement=agreement, now=at),
        "end": lambda: end_agreement(agreement=agreement, by=None, now=at, reason="x"),
        "propose": lambda: propose_terms(
            agreement=agreement, terms=terms_of(version), by=home.hana, now=at, base=1
        ),
    }
    acts[name]()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(st.sampled_from(_STEPS), st.integers(0, 45)), max_size=12))
def test_whatever_is_tried_in_whatever_order_rows_and_state_agree(
    home: House, steps: list[tuple[str, int]]
) -> None:
    """Every step either is refused and changes nothing, or moves the state and its rows together."""
    with transaction.atomic():
        agreement = running(home)
        at = home.now
        for name, days in steps:
            at += days * DAY + timedelta(minutes=1)
            before = fresh(agreement)
            try:
                with transaction.atomic():
                    _step(name, before, home, at)
            except Refusal:
                assert fresh(agreement).state == before.state
            now_ = fresh(agreement)
            machine = Instrument.objects.get(pk=home.they.sem.pk)
            found = clauses(agreement, at)
            expected = {
                "running": ((1, 1, 1), "agreed"),
                "suspended": ((0, 0, 1), "agreed"),
                "ended": ((0, 0, 0), "own"),
            }
            if machine.hosting == "ended":  # over, and not given back yet
                assert found == (0, 0, 0)
                assert now_.state in ("running", "suspended", "leaving")
            elif now_.state == "leaving":
                assert found in ((1, 1, 1), (0, 0, 1))
            else:
                assert (found, machine.hosting) == expected[now_.state]
        transaction.set_rollback(True)


@pytest.mark.parametrize("side", ["owner", "host"])
def test_either_side_gives_notice(home: House, side: str) -> None:
    agreement = running(home)
    by = home.owner if side == "owner" else home.hana
    assert give_notice(agreement=agreement, by=by, now=home.now, reason="x").side == side
    with refused(WrongState, "hosting.moved"):
        give_notice(agreement=agreement, by=by, now=home.now, reason="x")


def test_a_crash_in_the_middle_of_the_handover_leaves_nothing_half_done(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The instrument, its crew, certificates and the clauses move together or not at all."""
    before = home.they.sem.facility
    agreement = countersigned(home)
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    with monkeypatch.context() as broken:
        broken.setattr("apps.hosting.clauses.divide_income", _crash)
        with pytest.raises(RuntimeError):
            take_in(agreement=agreement, manager=home.hugo, by=home.owner, now=home.now)
    machine = Instrument.objects.get(pk=home.they.sem.pk)
    assert (fresh(agreement).state, machine.facility, machine.hosting) == ("countersigned", before, "own")
    assert clauses(agreement, home.now) == (0, 0, 0)
    assert Certificate.objects.filter(in_force(home.now), instrument=machine).exists()
    take_in(agreement=agreement, manager=home.hugo, by=home.owner, now=home.now)
    assert clauses(agreement, home.now) == (1, 1, 1)


def _crash(**_kwargs: Any) -> None:
    raise RuntimeError("the machine went off")

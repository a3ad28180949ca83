"""What was granted is asked about again when a fact changes, and taken back when the answer is no."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.bookings.operations import cancel_booking
from apps.clearances import gate
from apps.clearances.answers import GrantTerms
from apps.clearances.revoking import reevaluate, sweep
from apps.core.models import Fact
from apps.core.outbox import GATEWAY, relay
from apps.decisions.models import DecisionRecord
from apps.decisions.operations import add_version
from apps.fees.operations import end_version
from apps.funding.operations import freeze_fund
from apps.instruments.operations import change_instrument
from apps.instruments.states import lock_instrument, report_incident
from apps.people.models import Card, Membership
from apps.people.operations import block_card, end_membership, suspend_user
from apps.training.operations import suspend_certificate, withdraw_certificate
from apps.usage.meter import power_on
from apps.usage.models import UsageSession
from rules.points.access_unlock import DEFAULT, KEY, situation
from tests.domain.clearances.world import DEV, HOUR, MINUTE, NODE, World, booked, certified, session
from tests.factories.opening import at_level

SECOND = timedelta(seconds=1)


def granted(world: World, **swipe: Any) -> GrantTerms:
    grant = world.swipe(**swipe).grant
    assert grant is not None
    return grant


def running(world: World) -> UsageSession:
    """Alice's session, switched on; everything told so far is heard."""
    grant = granted(world)
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=world.now, now=world.now)
    hear(world.now)
    return session(grant.gid)


def hear(now: datetime) -> None:
    """The gateway's relay takes its turn."""
    relay(channel=GATEWAY, now=now, limit=1000)


def revocations() -> list[dict[str, Any]]:
    return list(
        Fact.objects.filter(name="clearances.revoked").order_by("pk").values_list("payload", flat=True)
    )


def withdraw(world: World) -> None:
    withdraw_certificate(
        certificate=world.people.certificate, reason="damage", by=world.people.teng, now=world.now
    )


BREAKS: dict[str, Any] = {
    "user.suspended": lambda w: suspend_user(user=w.alice, reason="x", by=w.people.office, now=w.now),
    "card.blocked": lambda w: block_card(
        card=Card.objects.get(user=w.alice), reason="lost", by=w.alice, now=w.now
    ),
    "instrument.locked": lambda w: lock_instrument(
        instrument=w.sem, reason="leak", by=w.people.teng, now=w.now
    ),
    "incident.open": lambda w: report_incident(
        instrument=w.sem, effect="locked", description="smell", by=w.people.teng, now=w.now
    ),
    "instrument.level": lambda w: at_level(w.sem, 1, w.now),
    "training.none": withdraw,
    "training.suspended": lambda w: suspend_certificate(
        certificate=w.people.certificate, reason="x", by=w.people.teng, now=w.now
    ),
    "booking.none": lambda w: cancel_booking(booking=w.booking, by=w.alice, now=w.now),
    "fund.blocked": lambda w: freeze_fund(fund=w.fund, by=None, now=w.now, reason="audit"),
    "fund.none": lambda w: end_membership(
        membership=Membership.objects.get(user=w.alice), by=None, now=w.now
    ),
}


@pytest.mark.parametrize("code", BREAKS)
def test_a_fact_that_forbids_it_ends_the_running_session(code: str, world: World) -> None:
    use = running(world)
    BREAKS[code](world)
    hear(world.now)
    revoked = session(use.gid)
    assert (revoked.revoked_at, revoked.revoke_codes, revoked.drain_until) == (world.now, [code], None)
    [told] = revocations()
    assert told == {"session": use.gid, "dev": DEV, "node": NODE, "mode": "cut", "codes": [code]}
    record = DecisionRecord.objects.get(asked_by="reevaluation")
    assert (record.outcome, record.codes, record.subject) == ("deny", [code], world.alice)
    assert gate.revoked(DEV, world.now) == (use.gid,)
    assert gate.revoked(DEV, use.expires_at) == ()
    view = gate.session_view(DEV, NODE)
    assert view is not None
    assert not view.leases(world.now)


def test_what_only_concerns_new_uses_leaves_the_running_one(world: World) -> None:
    use = running(world)
    report_incident(
        instrument=world.sem, effect="refuse_new", description="smell", by=world.people.teng, now=world.now
    )
    end_version(version=world.fee, reason="mistake", by=None, now=world.now)
    hear(world.now)
    assert session(use.gid).revoked_at is None
    assert revocations() == []


def test_a_yes_that_stays_a_yes_is_not_recorded_again(world: World) -> None:
    running(world)
    before = DecisionRecord.objects.count()
    assert reevaluate(now=world.now, user_id=world.alice.pk) == ()
    assert sweep(now=world.now) == ()
    assert DecisionRecord.objects.count() == before


def test_a_use_may_finish_safely_where_the_class_says_so(world: World) -> None:
    change_instrument(instrument=world.sem, by=None, now=world.now, revocation_class="finish_safely")
    use = running(world)
    withdraw(world)
    hear(world.now)
    until = world.now + 15 * MINUTE
    assert session(use.gid).drain_until == until
    assert [told["mode"] for told in revocations()] == ["drain"]
    view = gate.session_view(DEV, NODE)
    assert view is not None
    assert (view.leases(until - SECOND), view.leases(until)) == (True, False)
    assert gate.revoked(DEV, world.now) == ()
    assert gate.revoked(DEV, until) == (use.gid,)


def test_a_drain_never_outlasts_the_grant(world: World) -> None:
    change_instrument(instrument=world.sem, by=None, now=world.now, revocation_class="finish_safely")
    use = running(world)
    late = use.expires_at - 5 * MINUTE
    suspend_user(user=world.alice, reason="x", by=world.people.office, now=late)
    hear(late)
    assert session(use.gid).drain_until == use.expires_at - timedelta(milliseconds=1)


def test_a_use_that_is_never_cut_runs_to_its_end_and_the_next_is_refused(world: World) -> None:
    change_instrument(instrument=world.sem, by=None, now=world.now, revocation_class="never_cut")
    use = running(world)
    withdraw(world)
    hear(world.now)
    assert [told["mode"] for told in revocations()] == ["refuse_next"]
    view = gate.session_view(DEV, NODE)
    assert view is not None
    assert view.leases(use.expires_at - SECOND)
    assert sweep(now=world.now + MINUTE) == ()
    assert len(revocations()) == 1
    extension = world.swipe(None, user_id=world.alice.pk, kind="extend")
    assert not extension.allowed


def test_a_grant_that_was_never_switched_on_is_taken_back_whatever_the_class(world: World) -> None:
    change_instrument(instrument=world.sem, by=None, now=world.now, revocation_class="never_cut")
    grant = granted(world)
    withdraw(world)
    hear(world.now)
    assert session(grant.gid).state == "unused"
    assert gate.revoked(DEV, world.now) == (grant.gid,)


def test_the_second_revocation_of_a_session_changes_nothing(world: World) -> None:
    use = running(world)
    withdraw(world)
    assert reevaluate(now=world.now, user_id=world.alice.pk) == (use.gid,)
    assert reevaluate(now=world.now + SECOND, user_id=world.alice.pk) == ()
    hear(world.now + SECOND)
    assert len(revocations()) == 1
    assert session(use.gid).revoked_at == world.now


def test_only_the_sessions_that_a_fact_touches_are_asked_about(world: World) -> None:
    use = running(world)
    withdraw(world)
    assert reevaluate(now=world.now, user_id=world.people.bob.pk) == ()
    assert reevaluate(now=world.now, instrument_id=world.sem.pk, fund_id=world.fund.pk) == (use.gid,)
    with pytest.raises(ValueError, match="needs a user"):
        reevaluate(now=world.now)


def test_the_end_of_a_booking_ends_nothing_before_the_grant_ends(world: World) -> None:
    use = running(world)
    world.swipe(None, user_id=world.alice.pk, kind="extend", at=world.booking.end - MINUTE)
    past = world.booking.end + 5 * MINUTE
    assert sweep(now=past) == ()
    assert session(use.gid).expires_at > past


def test_somebody_elses_slot_ends_an_extended_use_when_it_begins(world: World) -> None:
    use = running(world)
    end = world.booking.end
    world.swipe(None, user_id=world.alice.pk, kind="extend", at=end - MINUTE)
    certified(world, world.people.bob)
    booked(world.people.bob, world.sem, end + 10 * MINUTE, end + HOUR, world.fund, end)
    hear(end)
    assert sweep(now=end + 9 * MINUTE) == ()
    assert sweep(now=end + 10 * MINUTE) == (use.gid,)
    assert session(use.gid).revoke_codes == ["booking.other"]


def test_the_sweep_finds_what_only_time_changes(world: World) -> None:
    use = running(world)
    Card.objects.filter(user=world.alice).update(valid_until=world.now + MINUTE)
    assert sweep(now=world.now + 59 * SECOND) == ()
    assert sweep(now=world.now + 60 * SECOND) == (use.gid,)


def test_a_new_rule_set_is_asked_about_everything_that_runs(world: World) -> None:
    use = running(world)
    body = {**DEFAULT.to_json(), "version": 2}
    closed = {"id": "closed", "then": "deny", "code": "site.closed", "zh": "停用", "en": "Closed"}
    body["rows"] = [
        {**closed, "when": [["purpose", "eq", "booking"]]},
        *DEFAULT.to_json()["rows"],  # type: ignore[misc]
    ]
    body["examples"] = [
        {"name": "closed", "facts": situation("booking"), "outcome": "deny", "codes": ["site.closed"]},
        {"name": "repairs go on", "facts": situation("maintenance"), "outcome": "permit"},
    ]
    add_version(
        point=KEY,
        body=body,
        valid_from=world.now,
        author=world.people.office,
        approver=world.people.finance,
        reason="holiday",
        now=world.now,
    )
    hear(world.now)
    assert session(use.gid).revoke_codes == ["site.closed"]

"""What the gate does to a session: granted once per node, extended to a later end, revoked once."""

import threading
from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.errors import WrongState
from apps.usage.models import UsageSession
from apps.usage.operations import extend_session, revoke_session
from tests.domain.usage.grants import DEV, HOUR, NODE, Bench, set_up, state_of
from tests.factories.facts import told
from tests.factories.refusals import refused


@pytest.fixture
def bench(db: None, now: datetime) -> Bench:
    return set_up(now)


def test_a_node_has_at_most_one_live_session(bench: Bench) -> None:
    first = bench.grant()
    with refused(WrongState, "usage.node_in_use"):
        bench.grant()
    bench.grant(node=2)
    bench.grant(
        kind="standby", state="standby", not_before=bench.now + 3 * HOUR, expires_at=bench.now + 5 * HOUR
    )
    assert first.gid == first.ulid
    assert len(told("usage.session_granted")) == 2


def test_a_gid_is_granted_once(bench: Bench) -> None:
    first = bench.grant()
    with refused(WrongState, "usage.granted_before"):
        bench.grant(gid=first.gid, node=2)


def test_the_database_refuses_a_grant_without_a_decision_or_a_second_live_one(bench: Bench) -> None:
    granted = bench.grant()
    for sql in (
        "UPDATE usage_usagesession SET decision_id = NULL WHERE id = %s",
        "UPDATE usage_usagesession SET state = 'closed' WHERE id = %s",
        "UPDATE usage_usagesession SET odo0 = 5, odo1 = 4 WHERE id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [granted.pk])
    other = bench.grant(node=2)
    with pytest.raises(DatabaseError), transaction.atomic():
        UsageSession.objects.filter(pk=other.pk).update(node=NODE)


def test_a_session_is_only_ever_extended_to_a_later_end(bench: Bench) -> None:
    session = bench.grant()
    later = session.expires_at + HOUR
    assert extend_session(session=session, expires_at=later, now=bench.now).expires_at == later
    with refused(WrongState, "usage.not_later"):
        extend_session(session=session, expires_at=later, now=bench.now)


def test_a_revoked_or_ended_session_is_not_extended(bench: Bench) -> None:
    session = bench.grant()
    bench.on(session.gid, 0)
    revoke_session(session=session, codes=["training.none"], now=bench.now)
    with refused(WrongState, "usage.revoked"):
        extend_session(session=session, expires_at=session.expires_at + HOUR, now=bench.now)
    bench.off(session.gid, 5)
    with refused(WrongState, "usage.not_live"):
        extend_session(session=session, expires_at=session.expires_at + HOUR, now=bench.now)


@pytest.mark.parametrize("state", ["granted", "standby"])
def test_a_revoked_grant_that_never_opened_ends_unused(bench: Bench, state: str) -> None:
    session = bench.grant(state=state)
    revoked = revoke_session(session=session, codes=["user.suspended"], now=bench.now)
    assert (revoked.state, revoked.revoked_at, revoked.revoke_codes) == (
        "unused",
        bench.now,
        ["user.suspended"],
    )
    assert [fact["why"] for fact in told("usage.session_closed")] == ["revoked"]
    with refused(WrongState, "usage.not_live"):
        revoke_session(session=session, codes=["user.suspended"], now=bench.now)


def test_a_revoked_running_session_stays_open_until_the_device_reports(bench: Bench) -> None:
    session = bench.grant()
    bench.on(session.gid, 0)
    revoked = revoke_session(session=session, codes=["training.none"], now=bench.now)
    assert (revoked.state, revoked.drain_until) == ("open", None)
    with refused(WrongState, "usage.revoked"):
        revoke_session(session=session, codes=["x"], now=bench.now, drain_until=bench.now + HOUR)
    bench.off(session.gid, 900, why="revoked")
    assert state_of(session) == "closed"


def test_a_revocation_may_become_stricter_and_never_laxer(bench: Bench) -> None:
    session = bench.grant()
    bench.on(session.gid, 0)
    revoke_session(session=session, codes=["a"], now=bench.now, drain_until=bench.now + 2 * HOUR)
    with refused(WrongState, "usage.revoked"):
        revoke_session(session=session, codes=["b"], now=bench.now, drain_until=bench.now + 2 * HOUR)
    sooner = revoke_session(session=session, codes=["b"], now=bench.now, drain_until=bench.now + HOUR)
    assert sooner.drain_until == bench.now + HOUR
    cut = revoke_session(session=session, codes=["c"], now=bench.now)
    assert (cut.drain_until, cut.revoke_codes) == (None, ["c"])


@pytest.mark.django_db(transaction=True)
def test_of_two_gateways_that_grant_one_node_one_wins(now: datetime) -> None:
    bench = set_up(now)
    gate = threading.Barrier(2)
    codes: list[str] = []

    def work() -> None:
        try:
            gate.wait(timeout=30)
            bench.grant()
        except WrongState as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _gateway in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert codes == ["usage.node_in_use"]
    assert UsageSession.objects.filter(dev=DEV, node=NODE).count() == 1

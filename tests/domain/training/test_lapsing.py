"""Certificates that end by themselves: a warning a month before, the end on the day, and nothing twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.decisions.models import DecisionRecord, RuleSetVersion
from apps.training.lapsing import Swept, ending, lapse_certificates
from apps.training.models import Certificate
from apps.training.operations import issue_certificate, withdraw_certificate
from apps.training.queries import level_of
from apps.training.supervised import note_use
from apps.training.tasks import close_exams, lapse
from tests import people
from tests.factories.facts import audited, told

pytestmark = pytest.mark.django_db
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


@pytest.fixture
def they(now: datetime) -> people.People:
    """Alice's certificate ends in a year and knows no disuse; Bob's lasts two, and 180 days without use."""
    return people.gather_with_rules(now)


@pytest.fixture
def bobs(they: people.People, now: datetime) -> Certificate:
    made = _give(they, now)
    Certificate.objects.filter(pk=made.pk).update(disuse_days=180)
    made.refresh_from_db()
    return made


def _give(they: people.People, now: datetime, **changes: Any) -> Certificate:
    asked: dict[str, Any] = {
        "user": they.bob,
        "instrument": they.sem,
        "level": "basic",
        "valid_from": now,
        "valid_until": now + 730 * DAY,
        "issued_by": None,
        "source_case": "import:bob",
        **changes,
    }
    return issue_certificate(**asked, now=now)


def _named(certificate: Certificate) -> dict[str, str]:
    return {
        "user": certificate.user.ulid,
        "instrument": certificate.instrument.ulid,
        "certificate": certificate.ulid,
    }


def test_the_holder_is_warned_thirty_days_before_the_end_and_once(they: people.People, now: datetime) -> None:
    end = now + people.YEAR
    assert lapse_certificates(now=end - 31 * DAY) == Swept(0, 0)
    assert lapse_certificates(now=end - 30 * DAY) == Swept(1, 0)
    assert lapse_certificates(now=end - 29 * DAY) == Swept(0, 0)
    assert told("training.certificate_lapsing") == [_named(they.certificate)]
    record = DecisionRecord.objects.get()
    assert (record.point, record.outcome, record.codes) == ("training.lapse", "warn", ["training.expiring"])
    assert (record.subject, record.object_ref) == (they.alice, f"instrument:{they.sem.ulid}")


def test_the_end_is_told_once_and_needs_no_sweep_to_count(they: people.People, now: datetime) -> None:
    end = now + people.YEAR
    assert level_of(they.alice, they.sem, end) == "none"
    assert lapse_certificates(now=end - INSTANT).lapsed == 0
    assert lapse_certificates(now=end) == Swept(0, 1)
    assert lapse_certificates(now=end + DAY) == Swept(0, 0)
    they.certificate.refresh_from_db()
    assert (they.certificate.ended_as, they.certificate.lapsed_at) == ("lapsed", end)
    assert they.certificate.revoked_at is None
    assert told("training.certificate_lapsed") == [{**_named(they.certificate), "reason": "training.expired"}]
    assert len(audited("training.lapse_certificate")) == 1


def test_who_does_not_use_the_instrument_is_warned_and_then_loses_the_certificate(
    they: people.People, bobs: Certificate, now: datetime
) -> None:
    assert lapse_certificates(now=now + 149 * DAY) == Swept(0, 0)
    assert lapse_certificates(now=now + 150 * DAY) == Swept(1, 0)
    assert lapse_certificates(now=now + 180 * DAY - INSTANT) == Swept(0, 0)
    assert level_of(they.bob, they.sem, now + 180 * DAY) == "basic"
    assert lapse_certificates(now=now + 180 * DAY) == Swept(0, 1)
    assert level_of(they.bob, they.sem, now + 180 * DAY) == "none"
    bobs.refresh_from_db()
    assert (bobs.revoked_at, bobs.withdraw_reason) == (now + 180 * DAY, "training.disused")
    assert told("training.certificate_lapsed")[0]["reason"] == "training.disused"


def test_a_use_starts_the_count_and_the_warning_anew(
    they: people.People, bobs: Certificate, now: datetime
) -> None:
    lapse_certificates(now=now + 160 * DAY)
    note_use(user_id=they.bob.pk, instrument_id=they.sem.pk, used_at=now + 161 * DAY)
    assert lapse_certificates(now=now + 200 * DAY) == Swept(0, 0)
    assert lapse_certificates(now=now + 311 * DAY) == Swept(1, 0)
    assert len([one for one in told("training.certificate_lapsing") if one["user"] == they.bob.ulid]) == 2
    assert lapse_certificates(now=now + 341 * DAY).lapsed == 1


def test_a_use_before_the_certificate_began_does_not_count(
    they: people.People, bobs: Certificate, now: datetime
) -> None:
    note_use(user_id=they.bob.pk, instrument_id=they.sem.pk, used_at=now - 100 * DAY)
    assert lapse_certificates(now=now + 149 * DAY) == Swept(0, 0)


def test_whoever_holds_a_better_one_is_not_warned(they: people.People, now: datetime) -> None:
    _give(they, now, user=they.alice, level="advanced", source_case="import:alice")
    [alices] = ending(now + 340 * DAY).filter(pk=they.certificate.pk)
    assert alices.better_held
    assert lapse_certificates(now=now + 340 * DAY) == Swept(0, 0)
    assert lapse_certificates(now=now + 365 * DAY).lapsed == 1


def test_a_lower_one_that_lasts_longer_is_no_comfort(they: people.People, now: datetime) -> None:
    _give(they, now, user=they.alice, level="assisted", source_case="import:alice")
    assert lapse_certificates(now=now + 340 * DAY).warned == 1


def test_what_was_withdrawn_is_left_alone(they: people.People, now: datetime) -> None:
    withdraw_certificate(certificate=they.certificate, reason="x", by=they.teng, now=now)
    assert lapse_certificates(now=now + 340 * DAY) == Swept(0, 0)
    assert lapse_certificates(now=now + 400 * DAY) == Swept(0, 0)


def test_without_a_table_nothing_lapses(they: people.People, now: datetime) -> None:
    RuleSetVersion.objects.filter(point="training.lapse").update(revoked_at=now)
    assert lapse_certificates(now=now + 340 * DAY) == Swept(0, 0)
    assert lapse_certificates(now=now + 400 * DAY) == Swept(0, 0)


def test_the_tasks_call_the_sweeps(
    they: people.People, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr("apps.core.clock.now", lambda: now + 340 * DAY)
    assert lapse() == 1
    assert close_exams() == 0

"""Certificates: who gives which level, for how long, and how they cease to count."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.operations import appoint_crew
from apps.people.operations import suspend_user
from apps.training.models import Certificate
from apps.training.operations import (
    issue_certificate,
    reinstate_certificate,
    suspend_certificate,
    withdraw_certificate,
)
from apps.training.queries import (
    certificates_of,
    certified_throughout,
    holders,
    level_of,
    may_certify,
    may_train,
    rank,
)
from tests import people
from tests.factories.facts import audited, told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _issue(they: people.People, now: datetime, **changes: Any) -> Certificate:
    asked: dict[str, Any] = {
        "user": they.bob,
        "instrument": they.sem,
        "level": "basic",
        "valid_from": now,
        "valid_until": now + DAY,
        "issued_by": they.teng,
        "source_case": "training:bob",
    }
    return issue_certificate(**{**asked, **changes}, now=now)


def test_a_certificate_counts_from_its_first_moment_until_its_last(now: datetime) -> None:
    they = people.gather(now)
    certificate = _issue(they, now)
    assert level_of(they.bob, they.sem, now) == "basic"
    assert level_of(they.bob, they.sem, now - timedelta(microseconds=1)) == "none"
    assert level_of(they.bob, they.sem, now + DAY) == "none"
    assert certified_throughout(they.bob, they.sem, "basic", now, now + DAY)
    assert not certified_throughout(they.bob, they.sem, "basic", now, now + DAY + HOUR)
    assert not certified_throughout(they.bob, they.sem, "advanced", now, now + HOUR)
    assert certified_throughout(they.charlie, they.sem, "none", now, now + HOUR)
    assert told("training.certificate_issued")[-1] == {
        "user": they.bob.ulid,
        "instrument": they.sem.ulid,
        "certificate": certificate.ulid,
    }


def test_the_highest_of_several_certificates_counts(now: datetime) -> None:
    they = people.gather(now)
    _issue(they, now)
    _issue(they, now, level="advanced", valid_until=now + HOUR, source_case="training:more")
    assert level_of(they.bob, they.sem, now) == "advanced"
    assert level_of(they.bob, they.sem, now + HOUR) == "basic"
    assert {c.user for c in holders(they.sem, now)} == {they.alice, they.bob}
    assert len(certificates_of(they.bob)) == 2


def test_the_levels_have_an_order_and_no_others_exist() -> None:
    assert [rank(level) for level in ("none", "assisted", "basic", "advanced", "trainer")] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="not in tuple"):
        rank("master")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"level": "none"}, "training.level"),
        ({"level": "master"}, "training.level"),
        ({"source_case": " "}, "training.source_case"),
        ({"valid_until": datetime(2020, 1, 1, tzinfo=UTC)}, "core.period"),
    ],
)
def test_a_certificate_without_its_parts_is_refused(
    now: datetime, changes: dict[str, Any], code: str
) -> None:
    they = people.gather(now)
    with refused(Invalid, code):
        _issue(they, now, **changes)


def test_nobody_certifies_themselves(now: datetime) -> None:
    they = people.gather(now)
    with refused(NotPermitted, "training.own_certificate"):
        _issue(they, now, user=they.teng)
    with refused(NotPermitted, "training.own_certificate"):
        _issue(they, now, user=they.office, issued_by=they.office)


def test_neither_peers_nor_operators_nor_a_suspended_manager_certify(now: datetime) -> None:
    they = people.gather(now)
    suspend_user(user=they.teng, reason="inquiry", by=None, now=now)
    for who in (they.alice, they.wang, they.olga, they.finance, they.charlie, they.teng):
        with refused(NotPermitted, "training.not_certifier"):
            _issue(they, now, issued_by=who)
    _issue(they, now, issued_by=they.office)


def test_a_trainer_gives_no_more_than_the_level_they_hold(now: datetime) -> None:
    they = people.gather(now)
    appoint_crew(instrument=they.sem, user=they.wang, role="trainer", by=they.teng, now=now)
    assert may_train(they.wang, they.sem, now)
    with refused(NotPermitted, "training.not_certifier"):
        _issue(they, now, issued_by=they.wang)
    _issue(they, now, user=they.wang, level="basic", source_case="training:wang")
    _issue(they, now, issued_by=they.wang)
    with refused(NotPermitted, "training.not_certifier"):
        _issue(they, now, issued_by=they.wang, level="advanced", source_case="training:too-much")
    assert may_certify(they.teng, they.sem, "trainer", now)


def test_one_case_gives_one_certificate_however_often_it_is_asked(now: datetime) -> None:
    they = people.gather(now)
    first = _issue(they, now)
    assert _issue(they, now) == first
    with refused(WrongState, "training.case_used"):
        _issue(they, now, level="advanced")
    assert len(told("training.certificate_issued")) == 2  # Alice's and this one


def test_a_step_repeated_after_a_withdrawal_does_not_give_the_right_back(now: datetime) -> None:
    they = people.gather(now)
    certificate = _issue(they, now)
    withdraw_certificate(certificate=certificate, reason="careless", by=they.teng, now=now)
    assert _issue(they, now) == certificate
    assert level_of(they.bob, they.sem, now) == "none"
    _issue(they, now, valid_until=now + 2 * DAY)
    assert level_of(they.bob, they.sem, now) == "basic"


def test_a_withdrawn_certificate_counts_no_more_and_is_withdrawn_once(now: datetime) -> None:
    they = people.gather(now)
    with refused(Invalid, "core.reason_required"):
        withdraw_certificate(certificate=they.certificate, reason="", by=they.teng, now=now)
    for who in (they.bob, they.olga, they.wang):
        with refused(NotPermitted, "training.not_certifier"):
            withdraw_certificate(certificate=they.certificate, reason="envy", by=who, now=now)
    gone = withdraw_certificate(certificate=they.certificate, reason="broke a stage", by=they.teng, now=now)
    assert (gone.revoked_at, gone.withdrawn_by, gone.withdraw_reason) == (now, they.teng, "broke a stage")
    assert level_of(they.alice, they.sem, now) == "none"
    assert level_of(they.alice, they.sem, now - HOUR) == "basic"
    with refused(WrongState, "training.withdrawn"):
        withdraw_certificate(certificate=they.certificate, reason="again", by=they.teng, now=now)
    assert told("training.certificate_withdrawn") == [
        {
            "user": they.alice.ulid,
            "instrument": they.sem.ulid,
            "certificate": they.certificate.ulid,
            "reason": "broke a stage",
        }
    ]
    assert audited("training.withdraw_certificate")[0].actor == they.teng


def test_a_certificate_may_be_given_up_but_not_after_it_has_expired(now: datetime) -> None:
    they = people.gather(now)
    later = now + 2 * people.YEAR
    for end in (withdraw_certificate, suspend_certificate):
        with refused(WrongState, "training.expired"):
            end(certificate=they.certificate, reason="late", by=None, now=later)
    withdraw_certificate(certificate=they.certificate, reason="moving away", by=they.alice, now=now)


def test_a_suspended_certificate_counts_again_when_reinstated(now: datetime) -> None:
    they = people.gather(now)
    suspend_certificate(certificate=they.certificate, reason="incident", by=they.teng, now=now)
    assert level_of(they.alice, they.sem, now) == "none"
    with refused(WrongState, "training.suspended"):
        suspend_certificate(certificate=they.certificate, reason="again", by=they.teng, now=now)
    with refused(NotPermitted, "training.own_certificate"):
        reinstate_certificate(certificate=they.certificate, by=they.alice, now=now)
    with refused(NotPermitted, "training.not_certifier"):
        reinstate_certificate(certificate=they.certificate, by=they.bob, now=now)
    reinstate_certificate(certificate=they.certificate, by=they.teng, now=now + HOUR)
    assert level_of(they.alice, they.sem, now + HOUR) == "basic"
    assert level_of(they.alice, they.sem, now) == "none"
    with refused(WrongState, "training.not_suspended"):
        reinstate_certificate(certificate=they.certificate, by=they.teng, now=now + HOUR)
    named = {
        "user": they.alice.ulid,
        "instrument": they.sem.ulid,
        "certificate": they.certificate.ulid,
    }
    assert told("training.certificate_suspended") == [{**named, "reason": "incident"}]
    assert told("training.certificate_reinstated") == [named]


def test_a_suspension_with_an_end_ends_by_itself(now: datetime) -> None:
    they = people.gather(now)
    with refused(Invalid, "core.period"):
        suspend_certificate(certificate=they.certificate, reason="x", by=they.teng, now=now, valid_until=now)
    suspend_certificate(
        certificate=they.certificate, reason="course", by=they.teng, now=now, valid_until=now + HOUR
    )
    assert level_of(they.alice, they.sem, now) == "none"
    assert level_of(they.alice, they.sem, now + HOUR) == "basic"


def test_a_withdrawn_certificate_is_not_suspended(now: datetime) -> None:
    they = people.gather(now)
    withdraw_certificate(certificate=they.certificate, reason="x", by=None, now=now)
    with refused(WrongState, "training.withdrawn"):
        suspend_certificate(certificate=they.certificate, reason="x", by=None, now=now)

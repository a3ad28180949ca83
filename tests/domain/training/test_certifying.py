"""From a finished training to a certificate: what the rule proposes, what the trainer may give, who signs,
and what a lower certificate after an incident does.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.decisions.models import DecisionRecord
from apps.people.operations import grant_authorization
from apps.training.certifying import (
    certify_request,
    downgrade_certificate,
    needs_countersign,
    propose_level,
)
from apps.training.models import Certificate, TrainingRequest
from apps.training.operations import issue_certificate, withdraw_certificate
from apps.training.queries import level_of
from tests import people
from tests.factories import training as make
from tests.factories.facts import told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def they(now: datetime) -> people.People:
    return people.gather_with_rules(now)


def _trained(
    they: people.People, now: datetime, points: tuple[int, ...] = (1, 1, 10), **terms: Any
) -> TrainingRequest:
    """Bob has done everything that his course asks for."""
    request = make.accepted(they, make.course(they, now, **terms), now)
    make.passed_exam(request, now)
    make.assessed(they, request, make.rubric(they, now), now, points)
    request.refresh_from_db()
    return request


def _certify(they: people.People, request: TrainingRequest, now: datetime, **changes: Any) -> Certificate:
    asked: dict[str, Any] = {"level": "basic", "by": they.teng, "source_case": "training:1", **changes}
    return certify_request(request=request, now=now, **asked)


def test_a_finished_training_ends_with_a_certificate_under_its_terms(
    they: people.People, now: datetime
) -> None:
    request = _trained(they, now, disuse_days=180)
    decided, proposal = propose_level(request=request, asked_by="flow", now=now)
    assert (proposal.level, proposal.days, decided.record.outcome) == ("basic", 730, "full")
    certificate = _certify(they, request, now)
    assert level_of(they.bob, they.sem, now) == "basic"
    assert (certificate.valid_until, certificate.disuse_days) == (now + 730 * DAY, 180)
    assert (certificate.course_version, certificate.issued_by) == (request.version, they.teng)
    request.refresh_from_db()
    assert (request.state, request.certificate) == ("certified", certificate)
    assert told("training.request_changed")[-1]["state"] == "certified"
    assert DecisionRecord.objects.get().point == "training.level"


def test_an_unfinished_training_is_neither_proposed_nor_certified(they: people.People, now: datetime) -> None:
    request = make.accepted(they, make.course(they, now, required_minutes=60), now)
    _decided, proposal = propose_level(request=request, asked_by="flow", now=now)
    assert not proposal.is_one
    assert proposal.decision.codes == ("training.exam_missing",)
    with refused(WrongState, "training.not_proposed") as met:
        _certify(they, request, now)
    assert met.details["codes"] == ["training.exam_missing"]
    make.passed_exam(request, now)
    with refused(WrongState, "training.not_proposed") as met:
        _certify(they, request, now)
    assert met.details["codes"] == ["training.minutes_missing"]
    assert not told("training.certificate_issued")[1:]


def test_the_trainer_may_give_less_but_never_more(they: people.People, now: datetime) -> None:
    request = _trained(they, now)
    with refused(Invalid, "training.level"):
        _certify(they, request, now, level="advanced")
    with refused(Invalid, "core.period"):
        _certify(they, request, now, days=731)
    with refused(Invalid, "core.period"):
        _certify(they, request, now, days=0)
    certificate = _certify(they, request, now, level="assisted", days=30)
    assert (certificate.level, certificate.valid_until) == ("assisted", now + 30 * DAY)


def test_a_narrow_pass_is_on_probation(they: people.People, now: datetime) -> None:
    request = _trained(they, now, (1, 0, 7))
    _decided, proposal = propose_level(request=request, asked_by="flow", now=now)
    assert (proposal.level, proposal.days) == ("basic", 90)
    with refused(Invalid, "core.period"):
        _certify(they, request, now, days=91)
    assert _certify(they, request, now).valid_until == now + 90 * DAY


def test_a_narrow_pass_for_a_high_level_gives_the_level_below(they: people.People, now: datetime) -> None:
    request = _trained(they, now, (1, 0, 7), code="SEM-ADV", level="advanced")
    _decided, proposal = propose_level(request=request, asked_by="flow", now=now)
    assert (proposal.level, proposal.days) == ("basic", 730)
    assert _certify(they, request, now).level == "basic"


def test_high_levels_are_countersigned_by_who_manages_and_did_not_certify(
    they: people.People, now: datetime
) -> None:
    request = _trained(they, now, code="SEM-ADV", level="advanced")
    assert [needs_countersign(level, now) for level in ("basic", "advanced", "trainer")] == [
        False,
        True,
        True,
    ]
    with refused(WrongState, "training.countersign_needed"):
        _certify(they, request, now, level="advanced")
    for signer in (they.teng, they.bob, they.alice, they.wang):
        with refused(NotPermitted, "training.not_countersigner"):
            _certify(they, request, now, level="advanced", countersigned_by=signer)
    grant_authorization(
        user=they.wang, kind="manage", scope=f"unit:{they.lab.ulid}", grantor=they.office, now=now
    )
    certificate = _certify(they, request, now, level="advanced", countersigned_by=they.wang)
    assert certificate.countersigned_by == they.wang


def test_which_levels_are_countersigned_is_a_parameter(they: people.People, now: datetime) -> None:
    request = _trained(they, now, code="SEM-ADV", level="advanced")
    ParameterValue.objects.create(key="training.countersigned_levels", value=[], valid_from=now)
    assert _certify(they, request, now, level="advanced").level == "advanced"


def test_nobody_certifies_without_the_right_or_for_themselves(they: people.People, now: datetime) -> None:
    request = _trained(they, now)
    for who in (they.alice, they.olga, they.wang):
        with refused(NotPermitted, "training.not_certifier"):
            _certify(they, request, now, by=who)
    with refused(NotPermitted, "training.own_certificate"):
        _certify(they, request, now, by=they.bob)
    with refused(Invalid, "training.source_case"):
        _certify(they, request, now, source_case=" ")


def test_a_training_gives_one_certificate(they: people.People, now: datetime) -> None:
    request = _trained(they, now)
    _certify(they, request, now)
    with refused(WrongState, "training.request_moved"):
        _certify(they, request, now)
    with refused(WrongState, "training.request_moved"):
        propose_level(request=TrainingRequest.objects.get(), asked_by="flow", now=now)


def test_a_new_certificate_ends_the_one_that_it_replaces(they: people.People, now: datetime) -> None:
    old, longer = (
        issue_certificate(
            user=they.bob,
            instrument=they.sem,
            level=level,
            valid_from=now - DAY,
            valid_until=now + days * DAY,
            issued_by=None,
            source_case=f"import:{level}",
            now=now - DAY,
        )
        for level, days in (("assisted", 50), ("trainer", 60))
    )
    _certify(they, _trained(they, now), now)
    old.refresh_from_db()
    longer.refresh_from_db()
    assert (old.revoked_at, old.ended_as) == (now, "replaced")
    assert longer.revoked_at is None
    assert told("training.certificate_withdrawn") == []


def test_an_instrument_must_be_settled_before_the_end(they: people.People, now: datetime) -> None:
    request = _trained(they, now)
    TrainingRequest.objects.filter(pk=request.pk).update(instrument=None)
    with refused(WrongState, "training.no_instrument"):
        _certify(they, request, now)


def test_after_an_incident_a_lower_certificate_takes_the_place(they: people.People, now: datetime) -> None:
    lower = downgrade_certificate(
        certificate=they.certificate,
        level="assisted",
        reason="scratched the lens",
        by=they.teng,
        source_case="incident:1",
        now=now,
    )
    they.certificate.refresh_from_db()
    assert (they.certificate.ended_as, they.certificate.withdraw_reason) == (
        "downgraded",
        "scratched the lens",
    )
    assert (lower.level, lower.valid_until) == ("assisted", they.certificate.valid_until)
    assert level_of(they.alice, they.sem, now) == "assisted"
    assert len(told("training.certificate_withdrawn")) == 1
    assert told("training.certificate_issued")[-1]["certificate"] == lower.ulid


def test_a_downgrade_goes_down_with_a_reason_and_whole_or_not_at_all(
    they: people.People, now: datetime
) -> None:
    asked: dict[str, Any] = {
        "certificate": they.certificate,
        "level": "assisted",
        "reason": "x",
        "by": they.teng,
        "source_case": "incident:1",
        "now": now,
    }
    for changes, code in (
        ({"reason": ""}, "core.reason_required"),
        ({"level": "basic"}, "training.level"),
        ({"level": "advanced"}, "training.level"),
        ({"level": "none"}, "training.level"),
        ({"source_case": ""}, "training.source_case"),
    ):
        with refused(Invalid, code):
            downgrade_certificate(**{**asked, **changes})
    for who in (they.bob, they.olga):
        with refused(NotPermitted, "training.not_certifier"):
            downgrade_certificate(**{**asked, "by": who})
    with refused(NotPermitted, "training.own_certificate"):
        downgrade_certificate(**{**asked, "by": they.alice})
    assert level_of(they.alice, they.sem, now) == "basic"
    withdraw_certificate(certificate=they.certificate, reason="gone", by=they.teng, now=now)
    with refused(WrongState, "training.withdrawn"):
        downgrade_certificate(**asked)

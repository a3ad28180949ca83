"""A certificate after an incident: suspended at once, its holder heard, lowered, withdrawn or restored by the
head of the lab.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.decisions.operations import install_defaults
from apps.people.lifecycle import end_user, suspend_user
from apps.people.posts import appoint_post
from apps.training.certifying import check_certification
from apps.training.lapsing import lapse_certificates
from apps.training.models import Certificate
from apps.training.operations import (
    issue_certificate,
    reinstate_certificate,
    suspend_certificate,
    withdraw_certificate,
)
from apps.training.queries import level_of
from documents.models import Document
from tests.factories import training as make
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.trainings import answer, asked, at, hear, waiting
from tests.workflows.walking import edges_of, walked_edges
from workflows import services
from workflows.models import Case
from workflows.training.lowering import LoweringFlow, begin_lowering

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHAT = "opened the chamber at 15 kV"


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The lab has a head, Wang."""
    install_defaults(now=now - DAY)
    appoint_post(user=they.wang, unit=they.lab, kind="lab_head", by=they.office, now=now)
    return they


def _begun(they: People, now: datetime, **data: Any) -> Case:
    wish = {
        "person": they.alice,
        "instrument": they.sem.asset_no,
        "reason": WHAT,
        "level": "assisted",
        **data,
    }
    case = begin_lowering(by=they.teng, now=now, data=wish)
    hear(now)
    return case


def test_it_counts_no_more_at_once_and_its_holder_is_heard(they: People, now: datetime) -> None:
    case = _begun(they, now)
    assert level_of(they.alice, they.sem, now) == "none"
    assert (at(case), asked(case, "heard")) == ("heard", {"alice"})
    assert case.applicant == they.alice
    answer(case, "heard", they.alice, now, outcome="complete", opinion="the lamp was off")
    assert (at(case), asked(case, "decide")) == ("decide", {"wang"})
    answer(case, "decide", they.wang, now, outcome="lower")
    assert at(case) == "done:lowered"
    assert level_of(they.alice, they.sem, now) == "assisted"
    lower = Certificate.objects.get(source_case=f"case:{case.ulid}")
    they.certificate.refresh_from_db()
    assert (they.certificate.ended_as, lower.valid_until) == ("downgraded", they.certificate.valid_until)
    assert Document.objects.filter(subject_ref=f"certificate:{lower.ulid}").exists()


def test_who_says_nothing_is_decided_about_after_the_days(they: People, now: datetime) -> None:
    case = _begun(they, now)
    services.sweep(now=now + 20 * DAY)
    assert at(case) == "decide"
    late = now + 20 * DAY
    answer(case, "decide", they.wang, late, outcome="lift")
    assert (at(case), level_of(they.alice, they.sem, late)) == ("done:lifted", "basic")


def test_it_is_withdrawn_with_a_reason(they: People, now: datetime) -> None:
    case = _begun(they, now)
    answer(case, "heard", they.alice, now, outcome="complete")
    with refused(Invalid, "workflows.opinion_required"):
        answer(case, "decide", they.wang, now, outcome="withdraw")
    answer(case, "decide", they.wang, now, outcome="withdraw", opinion="the third time")
    they.certificate.refresh_from_db()
    assert (at(case), they.certificate.withdraw_reason) == ("done:withdrawn", "the third time")


def test_the_holder_does_not_decide_even_as_head_of_the_lab(they: People, now: datetime) -> None:
    issue_certificate(
        user=they.olga,
        instrument=they.sem,
        level="advanced",
        valid_from=now,
        valid_until=now + 90 * DAY,
        issued_by=they.teng,
        source_case="import:olga",
        now=now,
    )
    appoint_post(user=they.olga, unit=they.lab, kind="lab_head", by=they.office, now=now)
    case = _begun(they, now, person=they.olga)
    answer(case, "heard", they.olga, now, outcome="complete")
    assert asked(case, "decide") == {"wang"}
    with refused(NotPermitted, "workflows.own_case"):
        answer(case, "decide", they.olga, now, outcome="lift")
    services.send_back(step=waiting(case)["decide"], by=they.wang, now=now, to="heard", reason="say more")
    assert asked(case, "heard") == {"olga"}


@pytest.mark.parametrize("how", ["withdraw", "cancel"])
def test_taken_back_or_cancelled_it_counts_again(they: People, now: datetime, how: str) -> None:
    case = _begun(they, now)
    if how == "withdraw":
        services.withdraw(case=case, by=they.teng, now=now, reason="a mistake")
    else:
        services.cancel(case=case, by=they.office, now=now, reason="a mistake")
    assert level_of(they.alice, they.sem, now) == "basic"


def test_the_holder_takes_nothing_back_and_who_brought_it_decides_nothing(
    they: People, now: datetime
) -> None:
    appoint_post(user=they.teng, unit=they.lab, kind="lab_head", by=they.office, now=now)
    case = _begun(they, now)
    with refused(NotPermitted, "workflows.not_applicant"):
        services.withdraw(case=case, by=they.alice, now=now)
    answer(case, "heard", they.alice, now, outcome="complete")
    assert asked(case, "decide") == {"wang"}
    with refused(NotPermitted, "workflows.conflict"):
        answer(case, "decide", they.teng, now, outcome="lower")


def test_what_was_suspended_before_stays_so_when_it_is_taken_back(they: People, now: datetime) -> None:
    suspend_certificate(certificate=they.certificate, reason="page", by=they.teng, now=now)
    case = _begun(they, now)
    services.withdraw(case=case, by=they.teng, now=now)
    assert level_of(they.alice, they.sem, now) == "none"


def test_a_certificate_that_ended_meanwhile_ends_the_case(they: People, now: datetime) -> None:
    case = _begun(they, now)
    withdraw_certificate(certificate=they.certificate, reason="given up", by=they.alice, now=now)
    hear(now)
    assert at(case) == "overtaken:"


def _advanced(they: People, now: datetime, days: int = 180) -> Certificate:
    """Alice holds a higher certificate too, which ends before her basic one."""
    return issue_certificate(
        user=they.alice,
        instrument=they.sem,
        level="advanced",
        valid_from=now - DAY,
        valid_until=now + days * DAY,
        issued_by=None,
        source_case="import:alice",
        now=now - DAY,
    )


def _decided(they: People, case: Case, now: datetime, outcome: str, **data: Any) -> None:
    answer(case, "heard", they.alice, now, outcome="complete")
    answer(case, "decide", they.wang, now, outcome=outcome, opinion="after the incident", **data)


@pytest.mark.parametrize(
    ("outcome", "data", "level"),
    [
        ("withdraw", {}, "none"),
        ("lower", {"level": "assisted"}, "assisted"),
        ("lower", {"level": "basic"}, "basic"),
        ("lift", {}, "advanced"),
    ],
)
def test_no_lower_certificate_stands_in_for_the_one_that_is_decided_about(
    they: People, now: datetime, outcome: str, data: dict[str, Any], level: str
) -> None:
    _advanced(they, now)
    case = _begun(they, now)
    assert level_of(they.alice, they.sem, now) == "none"
    _decided(they, case, now, outcome, **data)
    assert at(case).startswith("done:")
    assert level_of(they.alice, they.sem, now) == level


def test_what_is_lowered_to_what_was_held_beside_it_lasts_as_long_as_that(
    they: People, now: datetime
) -> None:
    _advanced(they, now)
    _decided(they, _begun(they, now), now, "lower", level="basic")
    assert level_of(they.alice, they.sem, now + 200 * DAY) == "basic"


def test_all_of_them_count_again_when_the_case_is_taken_back(they: People, now: datetime) -> None:
    _advanced(they, now)
    case = _begun(they, now)
    services.withdraw(case=case, by=they.teng, now=now, reason="a mistake")
    assert level_of(they.alice, they.sem, now) == "advanced"
    assert level_of(they.alice, they.sem, now + 200 * DAY) == "basic"


def test_giving_up_the_highest_does_not_bring_the_next_one_back(they: People, now: datetime) -> None:
    higher = _advanced(they, now)
    case = _begun(they, now)
    withdraw_certificate(certificate=higher, reason="given up", by=they.alice, now=now)
    hear(now)
    assert (at(case), level_of(they.alice, they.sem, now)) == ("heard", "none")
    _decided(they, case, now, "lower", level="assisted")
    assert level_of(they.alice, they.sem, now) == "assisted"


def test_nobody_lifts_by_hand_what_a_case_decides(they: People, now: datetime) -> None:
    suspend_certificate(certificate=they.certificate, reason="page", by=they.teng, now=now)
    case = _begun(they, now)
    with refused(WrongState, "training.case_decides"):
        reinstate_certificate(certificate=they.certificate, by=they.teng, now=now)
    services.withdraw(case=case, by=they.teng, now=now)
    assert level_of(they.alice, they.sem, now) == "none"
    reinstate_certificate(certificate=they.certificate, by=they.teng, now=now)
    assert level_of(they.alice, they.sem, now) == "basic"


def test_a_second_case_about_the_same_person_and_instrument_is_not_begun(they: People, now: datetime) -> None:
    _begun(they, now)
    for _higher in range(2):
        with refused(WrongState, "workflows.case_open"):
            _begun(they, now)
        _advanced(they, now)


@pytest.mark.parametrize("how", [suspend_user, end_user])
def test_a_holder_who_is_away_when_it_is_taken_back_gets_nothing_back_by_itself(
    they: People, now: datetime, how: Callable[..., Any]
) -> None:
    case = _begun(they, now)
    how(user=they.alice, reason="other things", by=they.office, now=now)
    services.withdraw(case=case, by=they.teng, now=now)
    assert level_of(they.alice, they.sem, now) == "none"
    if how is suspend_user:
        reinstate_certificate(certificate=they.certificate, by=they.teng, now=now)
        assert level_of(they.alice, they.sem, now) == "basic"


def test_a_certificate_that_ran_out_meanwhile_ends_the_case(they: People, now: datetime) -> None:
    case = _begun(they, now)
    assert they.certificate.valid_until is not None
    late = they.certificate.valid_until + DAY
    lapse_certificates(now=late)
    hear(late)
    assert at(case) == "overtaken:"


def test_no_training_goes_past_a_case_about_what_is_held(they: People, now: datetime) -> None:
    course = make.course(they, now, shares={})
    request = make.accepted(they, course, now, user=they.alice)
    make.assessed(they, request, make.rubric(they, now), now)
    case = _begun(they, now)
    with refused(WrongState, "training.case_decides"):
        check_certification(request=request, level="basic", by=they.teng, now=now)
    _decided(they, case, now, "withdraw")
    assert check_certification(request=request, level="basic", by=they.teng, now=now).is_one


def test_only_who_may_decide_about_it_begins(they: People, now: datetime) -> None:
    wish = {"person": they.alice, "instrument": they.sem.asset_no, "reason": WHAT}
    for who in (they.bob, they.olga, they.wang):
        with refused(Invalid, "training.certificate_unknown"):
            begin_lowering(by=who, now=now, data=wish)
    with refused(Invalid, "training.certificate_unknown"):
        begin_lowering(by=they.teng, now=now, data={**wish, "person": they.bob})
    assert not Case.objects.exists()
    assert level_of(they.alice, they.sem, now) == "basic"


def test_every_edge_is_walked(they: People, now: datetime) -> None:
    edges: set[tuple[str, str]] = set()
    for number, outcome in enumerate(("lift", "lower", "withdraw")):
        case = _begun(they, now + 60 * number * DAY)
        if number:
            services.sweep(now=now + (60 * number + 30) * DAY)
        else:
            answer(case, "heard", they.alice, now, outcome="complete")
        at_last = now + (60 * number + 30) * DAY
        answer(case, "decide", they.wang, at_last, outcome=outcome, opinion="walk", level="assisted")
        edges |= set(walked_edges(case))
    assert edges_of(LoweringFlow) - edges == set()

"""A certificate after an incident: suspended at once, its holder heard, lowered, withdrawn or restored by the
head of the lab.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted
from apps.decisions.operations import install_defaults
from apps.people.posts import appoint_post
from apps.training.models import Certificate
from apps.training.operations import issue_certificate, suspend_certificate, withdraw_certificate
from apps.training.queries import level_of
from documents.models import Document
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

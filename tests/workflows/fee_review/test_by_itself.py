"""A fee standard that is due to be judged anew opens a case by itself, once; its manager is asked."""

from datetime import datetime
from typing import Any

import pytest

from apps.core.clock import school_time
from apps.core.errors import Invalid, WrongState
from apps.fees.drafting import discard_draft, save_draft
from apps.fees.measuring import record_measured_year
from apps.fees.models import FeeVersion, Proposal
from apps.instruments.operations import appoint_crew
from apps.people.operations import end_user
from tests.factories.instruments import sister
from tests.factories.refusals import refused
from tests.workflows.fee_reviews import DAY, School, agreed, approved, at, content, drafted
from workflows import services
from workflows.fee_review.starting import begin_review, reopen_review
from workflows.fee_review.tasks import reopen_fees
from workflows.models import Case

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def who(who: School, present: datetime) -> School:
    """Everybody, at the product's present."""
    return who


def due(who: School, now: datetime, **changes: Any) -> FeeVersion:
    """The standard of the FE-SEM, approved long ago."""
    approved(who.sem, now, **changes)
    return FeeVersion.objects.get()


def test_when_its_review_is_due_the_manager_is_asked_once(who: School, present: datetime) -> None:
    due(who, present, review_by=school_time(present).date())
    assert (reopen_fees(), reopen_fees()) == (1, 0)
    case = Case.objects.get()
    assert (at(case), case.applicant, case.started_by) == ("revise", who.manager, None)
    proposal = Proposal.objects.get()
    assert (proposal.state, "SEM1" in proposal.content) == ("draft", True)  # begins with what is in force
    services.answer(step=case.steps.get(node="revise"), by=who.manager, now=present, outcome="complete")
    assert at(agreed(who, case, present)) in ("form_panel", "revise", "explain", "")


def test_a_case_that_came_to_nothing_is_not_opened_again(who: School, present: datetime) -> None:
    version = due(who, present, review_by=school_time(present).date())
    reopen_fees()
    services.withdraw(case=Case.objects.get(), by=who.manager, now=present, reason="新机将到")
    assert Proposal.objects.get().state == "withdrawn"
    assert reopen_fees() == 0
    assert reopen_review(version=version, cause="drift", now=present) is not None  # for another cause


def test_hours_far_from_the_planned_ones_reopen_it(who: School, present: datetime) -> None:
    due(who, present, planned_hours_year=1600)
    assert reopen_fees() == 0
    last = school_time(present).date() - DAY
    record_measured_year(
        instrument=who.sem,
        first=last - 364 * DAY,
        last=last,
        effective_hours=300,
        source="统计年报",
        by=who.they.office,
        now=present,
    )
    assert reopen_fees() == 1
    assert Case.objects.get().process.data["cause"] == "drift"


def test_an_instrument_with_an_open_case_is_left_alone(who: School, present: datetime) -> None:
    due(who, present, review_by=school_time(present).date())
    draft = drafted(who, present)
    begin_review(proposal=draft, revision=draft.revision, by=who.manager, now=present)
    assert reopen_fees() == 0


def test_where_nobody_manages_it_whoever_is_above_is_asked(who: School, present: datetime) -> None:
    due(who, present, review_by=school_time(present).date())
    end_user(user=who.manager, reason="离校", by=None, now=present)
    assert reopen_fees() == 1
    assert Case.objects.get().applicant == who.they.office


def test_a_draft_that_a_case_waits_for_is_neither_discarded_nor_about_something_else(
    who: School, present: datetime
) -> None:
    due(who, present, review_by=school_time(present).date())
    reopen_fees()
    case, draft = Case.objects.get(), Proposal.objects.get()
    assert draft.source_case == f"case:{case.ulid}"
    with refused(WrongState, "fees.submitted_before"):
        discard_draft(proposal=draft, by=who.manager, now=present)
    other = sister(who.sem, "QY900001", present - 400 * DAY)
    appoint_crew(instrument=other, user=who.manager, role="manager", by=who.they.office, now=present)
    with refused(Invalid, "fees.instruments"):
        save_draft(
            proposal=draft, revision=draft.revision, content=content(other), by=who.manager, now=present
        )
    mine = drafted(who, present)
    with refused(WrongState, "fees.case_open"):
        begin_review(proposal=mine, revision=mine.revision, by=who.manager, now=present)
    services.withdraw(case=case, by=who.manager, now=present, reason="新机将到")
    begin_review(proposal=mine, revision=mine.revision, by=who.manager, now=present)

"""Whoever the engine asks instead of somebody who is late or away is somebody whom the operation obeys: the
business of the committee goes to the office above its secretary, never to the department that it judges.
"""

from datetime import datetime

import pytest

from apps.fees.models import PublicNotice
from apps.people.absences import declare_absence
from apps.people.models import User
from apps.people.operations import grant_authorization
from tests.workflows.fee_reviews import (
    DAY,
    School,
    after_notice,
    agreed,
    answer,
    at,
    invited,
    noticed,
    sent,
    step_of,
)
from workflows import services
from workflows.fee_review import acts
from workflows.models import Case
from workflows.verbs import Verb, verbs_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def dean(who: School, now: datetime) -> User:
    """Who manages the department that proposes."""
    unit = who.they.lab.parent
    assert unit is not None
    grant_authorization(
        user=who.they.wang, kind="manage", scope=f"unit:{unit.ulid}", grantor=who.they.office, now=now - DAY
    )
    return who.they.wang


def is_raised_to(case: Case, node: str, now: datetime) -> set[User]:
    """Who may take over what is late."""
    step = step_of(case, node)
    assert step.escalated_at is not None
    rows = step.candidates.select_related("user")
    return {row.user for row in rows if Verb.CLAIM in verbs_of(row.user, case, step, now)}


def away(absent: User, substitute: User, now: datetime) -> None:
    """For a quarter."""
    declare_absence(
        user=absent,
        substitute=substitute,
        valid_from=now,
        valid_until=now + 90 * DAY,
        by=absent,
        now=now,
    )


def test_a_late_department_is_its_managers_to_answer_for(who: School, dean: User, now: datetime) -> None:
    case = sent(who, now)
    services.sweep(now=now + 20 * DAY)
    assert dean in is_raised_to(case, "department", now + 20 * DAY)


def test_a_panel_that_is_not_formed_is_the_offices_to_form(who: School, dean: User, now: datetime) -> None:
    case, late = agreed(who, sent(who, now), now), now + 60 * DAY
    services.sweep(now=late)
    assert is_raised_to(case, "form_panel", late) == {who.they.office}
    services.claim(step=step_of(case, "form_panel"), by=who.they.office, now=late)
    answer(case, "form_panel", who.they.office, late, members=who.board.members[:3], substitutes=[])
    assert at(case) == "invitation invitation invitation"


def test_finance_that_is_late_is_not_the_departments_to_replace(
    who: School, dean: User, now: datetime
) -> None:
    case = sent(who, now)
    answer(case, "department", who.head, now, "approve")
    services.sweep(now=now + 20 * DAY)
    assert is_raised_to(case, "finance", now + 20 * DAY) == {who.they.office}


def test_an_objection_and_the_decision_stay_with_committee_and_office(
    who: School, dean: User, now: datetime
) -> None:
    case = noticed(who, now)
    acts.object_against(notice=PublicNotice.objects.get(), reason="太贵", by=who.they.bob, now=now)
    late = now + 20 * DAY
    services.sweep(now=late)
    assert is_raised_to(case, "objection", late) == {who.they.office}
    services.claim(step=step_of(case, "objection"), by=who.they.office, now=late)
    answer(case, "objection", who.they.office, late, "dismiss", "已在成本表说明")
    late = after_notice(case, late)
    assert at(case) == "issue"
    services.sweep(now=late + 60 * DAY)
    assert dean not in {row.user for row in step_of(case, "issue").candidates.select_related("user")}


def test_a_secretary_who_is_away_is_followed_by_who_may_do_it(who: School, now: datetime) -> None:
    away(who.board.secretary, who.they.bob, now)
    case = agreed(who, sent(who, now), now)
    assert [row.user for row in step_of(case, "form_panel").candidates.all()] == [who.board.secretary]
    invited(who, case, now)  # they look in all the same


def test_somebody_of_the_office_may_follow_them(who: School, now: datetime) -> None:
    away(who.board.secretary, who.they.office, now)
    case = agreed(who, sent(who, now), now)
    answer(case, "form_panel", who.they.office, now, members=who.board.members[:3], substitutes=[])
    assert at(case) == "invitation invitation invitation"

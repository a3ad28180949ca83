"""The yearly renewal: asked in time, confirmed by the sponsor, or the registration ends."""

from datetime import date, datetime, timedelta

import pytest

from apps.decisions.operations import install_defaults
from apps.people.models import HrPerson, User
from apps.people.operations import end_user
from apps.people.queries import cards_of, user_state
from tests.domain.people.applicants import company, known_to_hr
from tests.people import People
from tests.workflows.registering import answer, asked, hear
from tests.workflows.toys import waiting
from workflows import services
from workflows.models import Case
from workflows.registration.tasks import begin_renewals

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def they(they: People, present: datetime) -> People:
    """The people, and the rules in force; Alice is due in twenty days, Bob in two months."""
    install_defaults(now=present - DAY)
    User.objects.filter(pk=they.alice.pk).update(renew_by=present + 20 * DAY)
    User.objects.filter(pk=they.bob.pk).update(renew_by=present + 60 * DAY)
    return they


def _begun(now: datetime) -> Case:
    assert begin_renewals() == 1
    hear(now)
    return Case.objects.get(flow="renewal")


def test_whoever_is_due_is_asked_once_and_renewed_for_a_year(they: People, present: datetime) -> None:
    case = _begun(present)
    assert begin_renewals() == 0
    assert asked(case, "ask") == {"alice"}
    assert waiting(case)["ask"].due_at == present + 20 * DAY
    answer(case, "ask", they.alice, present, outcome="complete")
    assert asked(case, "confirm") == {"wang"}
    answer(case, "confirm", they.wang, present)
    they.alice.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "renewed")
    assert (they.alice.valid_until, they.alice.renew_by) == (None, present + 365 * DAY)


def test_the_personnel_file_says_until_when(they: People, present: datetime) -> None:
    known_to_hr(present, number="alice", name_zh="艾丽", valid_until=date(2027, 1, 31))
    case = _begun(present)
    answer(case, "ask", they.alice, present, outcome="complete")
    answer(case, "confirm", they.wang, present)
    they.alice.refresh_from_db()
    assert they.alice.valid_until == they.alice.renew_by
    assert they.alice.valid_until is not None
    assert they.alice.valid_until.date() == date(2027, 1, 31)


@pytest.mark.parametrize("way", ["leaves", "sponsor", "silent", "study"])
def test_whoever_is_not_confirmed_is_deregistered(they: People, present: datetime, way: str) -> None:
    case, now = _begun(present), present
    if way == "leaves":
        answer(case, "ask", they.alice, now, outcome="leave")
    elif way == "silent":
        now = present + 21 * DAY
        services.sweep(now=now)
        hear(now)
    else:
        if way == "study":
            known_to_hr(present, number="alice", name_zh="艾丽", valid_until=date(2026, 11, 1))
        answer(case, "ask", they.alice, now, outcome="complete")
        outcome, opinion = ("reject", "已离组") if way == "sponsor" else ("approve", "")
        answer(case, "confirm", they.wang, now, outcome=outcome, opinion=opinion)
    case.refresh_from_db()
    they.alice.refresh_from_db()
    assert case.outcome == "not_renewed"
    assert user_state(they.alice, now) == "inactive"
    assert Case.objects.get(flow="deregistration").outcome == "ended"


def test_a_company_is_renewed_by_the_office_while_its_agreement_holds(
    they: People, present: datetime
) -> None:
    listed = company(present, days=100)
    User.objects.filter(pk=they.alice.pk).update(renew_by=None)
    User.objects.filter(pk=they.charlie.pk).update(renew_by=present + DAY, organisation=listed)
    case = _begun(present)
    answer(case, "ask", they.charlie, present, outcome="complete")
    assert asked(case, "confirm") == {"office"}
    answer(case, "confirm", they.office, present)
    they.charlie.refresh_from_db()
    assert they.charlie.valid_until == they.charlie.renew_by == present + 100 * DAY


def test_a_registration_that_ended_meanwhile_ends_the_renewal(they: People, present: datetime) -> None:
    case = _begun(present)
    end_user(user=they.alice, reason="left", by=None, now=present)
    hear(present)
    case.refresh_from_db()
    assert case.state == "cancelled"
    assert begin_renewals() == 0
    assert not HrPerson.objects.exists()


@pytest.mark.parametrize("goes_on", [True, False])
def test_whoever_answered_in_time_does_not_suffer_from_a_late_sponsor(
    they: People, present: datetime, *, goes_on: bool
) -> None:
    """Study goes on: the registration does, with its card and its group. It does not: a deregistration."""
    User.objects.filter(pk=they.alice.pk).update(valid_until=present + 20 * DAY)
    if goes_on:
        known_to_hr(present, number="alice", name_zh="艾丽", valid_until=date(2028, 1, 31))
    case = _begun(present)
    answer(case, "ask", they.alice, present + 19 * DAY, outcome="complete")
    late = present + 21 * DAY
    they.alice.refresh_from_db()
    assert user_state(they.alice, late) == "inactive"
    answer(case, "confirm", they.wang, late)
    they.alice.refresh_from_db()
    expected = ("renewed", "active", 1) if goes_on else ("not_renewed", "inactive", 0)
    held = cards_of(they.alice, late).count()
    assert (case.outcome, user_state(they.alice, late), held) == expected
    assert they.alice.memberships.filter(revoked_at=None).exists() is goes_on

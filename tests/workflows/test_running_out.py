"""A registration that runs out by its date: the clock ends it; coming back revives nothing."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password

from apps.decisions.operations import install_defaults
from apps.instruments.models import CrewMember
from apps.people.models import User
from apps.people.operations import activate_user, grant_authorization
from apps.people.queries import cards_of, user_state
from apps.training.models import Certificate
from tests.factories.facts import told
from tests.people import People
from tests.workflows.registering import answer, asked, hear
from workflows.deregistration.tasks import end_run_out
from workflows.models import Case
from workflows.registration.starting import begin_renewal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)  # the clock goes on while a task runs


@pytest.fixture
def they(they: People, present: datetime) -> People:
    """The people, and the rules in force; Alice and Teng were imported with a date that is over."""
    install_defaults(now=present - DAY)
    for user in (they.alice, they.teng):
        User.objects.filter(pk=user.pk).update(valid_until=present - DAY)
        user.refresh_from_db()
    return they


def _back(user: User, now: datetime) -> User:
    return activate_user(
        user=user,
        username=user.username,
        kind=user.kind,
        unit=user.unit,
        password_hash=make_password("seven-invented-otters"),
        valid_until=None,
        renew_by=now + 365 * DAY,
        visitor=False,
        now=now,
    )


def _holds(user: User, now: datetime) -> tuple[int, int, int, int, int]:
    """Cards, groups, rights, crews and certificates that count."""
    return (
        cards_of(user, now).count(),
        user.memberships.filter(revoked_at=None).count(),
        user.authorizations.filter(revoked_at=None).count(),
        CrewMember.objects.filter(user=user, revoked_at=None).count(),
        Certificate.objects.filter(user=user, revoked_at=None).count(),
    )


NOTHING = (0, 0, 0, 0, 0)


def test_a_registration_that_ran_out_is_ended_with_everything(they: People, present: datetime) -> None:
    assert _holds(they.alice, present) == (1, 1, 0, 0, 1)
    assert end_run_out() == 2
    soon = present + MINUTE
    hear(soon)
    case = Case.objects.get(flow="deregistration", applicant=they.alice)
    they.alice.refresh_from_db()
    assert (case.outcome, case.started_by, they.alice.is_active) == ("ended", None, False)
    assert they.alice.valid_until == present - DAY
    assert _holds(they.alice, soon) == NOTHING
    teng = Case.objects.get(flow="deregistration", applicant=they.teng)
    assert asked(Case.objects.get(flow="hand_over"), "take") == {"office"}
    assert (teng.state, end_run_out()) == ("open", 0)  # the instrument is to be handed over first


def test_whoever_comes_back_before_that_finds_nothing_of_before(they: People, present: datetime) -> None:
    grant_authorization(
        user=they.teng, kind="manage", scope=f"unit:{they.lab.ulid}", grantor=None, now=present - 2 * DAY
    )
    for user in (they.alice, they.teng):
        assert _holds(user, present) != NOTHING
        _back(user, present)
    hear(present)
    for user in (they.alice, they.teng):
        assert (user_state(user, present), _holds(user, present)) == ("inactive", NOTHING)
        user.refresh_from_db()
        assert user_state(user, present) == "active"
    assert [fact["user"] for fact in told("people.user_ended")] == [they.alice.ulid, they.teng.ulid]


def test_what_was_to_end_the_registration_of_before_does_not_end_the_new_one(
    they: People, present: datetime
) -> None:
    end_run_out()
    hear(present + MINUTE)
    case = Case.objects.get(flow="deregistration", applicant=they.teng)
    later = present + 60 * MINUTE
    _back(they.teng, later)
    hear(later)
    case.refresh_from_db()
    they.teng.refresh_from_db()
    assert (case.state, user_state(they.teng, later)) == ("overtaken", "active")
    assert Case.objects.get(flow="hand_over").state == "cancelled"
    assert _holds(they.teng, later) == NOTHING


def test_a_renewal_that_waits_for_its_sponsor_is_waited_for(they: People, present: datetime) -> None:
    """The person has answered in time: the clock takes nothing away while others still decide."""
    User.objects.filter(pk=they.bob.pk).update(valid_until=present + DAY, renew_by=present + DAY)
    case = begin_renewal(user=User.objects.get(pk=they.bob.pk), now=present)
    hear(present)
    answer(case, "ask", they.bob, present, outcome="complete")
    User.objects.filter(pk=they.bob.pk).update(valid_until=present - DAY)
    assert end_run_out() == 2  # the others
    assert not Case.objects.filter(flow="deregistration", applicant=they.bob).exists()
    User.objects.filter(pk=they.bob.pk).update(valid_until=present - 60 * DAY)
    assert end_run_out() == 1
    hear(present + MINUTE)
    case.refresh_from_db()
    assert case.state == "cancelled"

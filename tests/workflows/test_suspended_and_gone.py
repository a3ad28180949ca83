"""What a registration that ended leaves behind, and what ends it wrongly: a suspension that was still on, the
last of the office, a personnel file that is corrected.
"""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext

from apps.core.errors import WrongState
from apps.decisions.operations import install_defaults
from apps.instruments.models import CrewMember
from apps.instruments.operations import appoint_crew, dismiss_crew
from apps.notices.models import Notice
from apps.people.models import Suspension, User
from apps.people.operations import activate_user, appoint_post, end_user, grant_authorization, suspend_user
from apps.people.queries import user_state
from apps.people.roles import office_users
from tests.domain.people.hrfiles import confirmed, row
from tests.factories.facts import told
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.registering import answer, hear, registered_dan, registering
from workflows import services
from workflows.deregistration.starting import begin_deregistration, begin_suspension
from workflows.models import Case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The people, and the rules in force."""
    install_defaults(now=now - DAY)
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


# --- suspended, ended, registered anew ---


def test_a_suspension_is_over_with_the_registration_that_it_suspended(they: People, now: datetime) -> None:
    case = begin_suspension(user=they.alice, by=they.office, now=now, reason="违规", cause="violation")
    hear(now)
    answer(case, "keep", they.office, now, outcome="end", opinion="屡教不改")
    they.alice.refresh_from_db()
    assert user_state(they.alice, now) == "inactive"
    assert Suspension.objects.get(user=they.alice).revoked_at == now
    later = now + 200 * DAY
    alice = _back(they.alice, later)
    assert user_state(alice, later) == "active"
    again = begin_suspension(user=alice, by=they.office, now=later, reason="又违规", cause="violation")
    assert again.is_open


def test_a_suspension_that_outlived_its_registration_ends_with_the_return(
    they: People, now: datetime
) -> None:
    """Accounts that had ended before an end took the suspension along."""
    suspend_user(user=they.alice, reason="违规", by=None, now=now)
    User.objects.filter(pk=they.alice.pk).update(is_active=False, valid_until=now)
    they.alice.refresh_from_db()
    assert user_state(_back(they.alice, now + DAY), now + DAY) == "active"


def test_nobody_who_is_gone_is_told_that_they_are_reinstated(they: People, now: datetime) -> None:
    case = begin_suspension(user=they.alice, by=they.office, now=now, reason="违规", cause="violation")
    hear(now)
    end_user(user=they.alice, reason="离校", by=None, now=now)
    hear(now)
    case.refresh_from_db()
    assert case.state == "cancelled"
    assert told("people.user_reinstated") == []
    kinds = set(Notice.objects.filter(user=they.alice).values_list("kind", flat=True))
    assert "account.suspended" in kinds
    assert "account.reinstated" not in kinds


def test_whoever_decides_about_a_return_sees_the_suspension_of_before(they: People, now: datetime) -> None:
    dan = registered_dan(they, now)
    suspend_user(user=dan, reason="擅改参数", by=None, now=now)
    end_user(user=dan, reason="离校", by=None, now=now)
    hear(now)
    later = now + 30 * DAY
    case = registering(later, hr=False)[1]
    sections = case.dossiers.latest("number").content["sections"]
    rows = next(section["rows"] for section in sections if section["title"] == "Registered before")
    assert rows[-1]["value"] == ["2026-11-23 擅改参数"]


# --- the last of the office ---


def test_of_two_who_leave_in_turn_the_second_finds_that_they_are_the_last(
    they: People, now: datetime
) -> None:
    """Each may begin while the other is there; whoever is left when it comes to the end stays."""
    grant_authorization(user=they.finance, kind="manage", scope="school", grantor=they.office, now=now)
    appoint_post(user=they.office, unit=they.lab, kind="safety_officer", by=they.finance, now=now)
    appoint_post(user=they.finance, unit=they.lab, kind="lab_head", by=they.office, now=now)
    first, second = (
        begin_deregistration(user=user, by=user, now=now, reason="退休")
        for user in (they.office, they.finance)
    )
    hear(now)
    for days in range(1, 25):
        services.sweep(now=now + days * DAY)
        hear(now + days * DAY)
    late = now + 25 * DAY
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.outcome) == ("done", "ended")
    assert (second.state, second.reason) == (
        "overtaken",
        gettext("Nobody else manages the school: give somebody that right first."),
    )
    assert [user.username for user in office_users(late)] == ["finance"]
    with refused(WrongState, "people.last_office"):
        begin_deregistration(user=they.finance, by=they.finance, now=late, reason="退休")


def test_whoever_hands_over_last_hears_nothing_of_what_stops_the_leaver(they: People, now: datetime) -> None:
    """The others of the office went meanwhile; the hand-over is done all the same."""
    grant_authorization(user=they.finance, kind="manage", scope="school", grantor=they.office, now=now)
    grant_authorization(
        user=they.wang, kind="manage", scope=f"unit:{they.lab.ulid}", grantor=they.office, now=now
    )
    appoint_crew(instrument=they.sem, user=they.finance, role="manager", by=they.office, now=now)
    managing = CrewMember.objects.get(instrument=they.sem, user=they.teng, role="manager")
    dismiss_crew(member=managing, by=they.office, now=now)
    case = begin_deregistration(user=they.finance, by=they.finance, now=now, reason="退休")
    end_user(user=they.office, reason="离校", by=None, now=now)
    hear(now)
    child = Case.objects.get(flow="hand_over")
    answer(child, "take", they.wang, now, outcome="complete", successor=they.olga, note="")
    child.refresh_from_db()
    case.refresh_from_db()
    assert (child.state, child.outcome) == ("done", "handed_over")
    assert (case.state, case.reason) == (
        "overtaken",
        gettext("Nobody else manages the school: give somebody that right first."),
    )
    assert case.events.latest("id").actor is None
    assert user_state(they.finance, now) == "active"


def test_whoever_the_personnel_file_has_lost_goes_even_as_the_last(they: People, now: datetime) -> None:
    case = begin_deregistration(user=they.office, by=None, now=now, reason="离校", started_by="hr")
    assert (case.state, case.outcome) == ("done", "ended")


# --- a personnel file is corrected ---


def test_a_corrected_file_ends_what_the_wrong_one_began(they: People, now: datetime) -> None:
    User.objects.filter(pk=they.teng.pk).update(username="T0001")
    User.objects.bulk_create(
        User(username=f"S{n:04d}", name_zh=f"学生{n}", kind="student", valid_from=now - DAY)
        for n in range(100)
    )
    wrong = [row(f"S{n:04d}", f"学生{n}") for n in range(100)]
    right = [*wrong, row("T0001", "滕老师", kind="教职工")]
    confirmed(right, they.office, now)
    confirmed(wrong, they.office, now + DAY)
    hear(now + DAY)
    case = Case.objects.get(flow="deregistration")
    assert (case.applicant, case.state) == (they.teng, "open")  # the instrument is to be handed over
    confirmed(right, they.office, now + 2 * DAY)
    hear(now + 2 * DAY)
    case.refresh_from_db()
    assert (case.state, case.reason) == ("overtaken", gettext("The personnel file has this person again."))
    assert Case.objects.get(flow="hand_over").state == "cancelled"
    services.sweep(now=now + 60 * DAY)
    they.teng.refresh_from_db()
    assert user_state(they.teng, now + 60 * DAY) == "active"


def test_a_file_that_is_corrected_before_anybody_heard_begins_nothing(they: People, now: datetime) -> None:
    User.objects.filter(pk=they.teng.pk).update(username="T0001")
    others = [row(f"S{n:04d}", f"学生{n}") for n in range(100)]
    User.objects.bulk_create(
        User(username=f"S{n:04d}", name_zh=f"学生{n}", kind="student", valid_from=now - DAY)
        for n in range(100)
    )
    right = [*others, row("T0001", "滕老师", kind="教职工")]
    for rows in (right, others, right):
        confirmed(rows, they.office, now)
    hear(now)
    assert not Case.objects.filter(flow="deregistration").exists()

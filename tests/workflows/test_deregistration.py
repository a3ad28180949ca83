"""Deregistration: obstacles listed first, hand-overs, then everything ends; suspension and reinstatement."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.bookings.models import Booking
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.decisions.models import DecisionRecord
from apps.decisions.operations import install_defaults
from apps.instruments.models import CrewMember
from apps.people.models import Post, ResearchGroup, User
from apps.people.operations import appoint_post, end_user, grant_authorization, suspend_user
from apps.people.queries import cards_of, user_state
from apps.training.models import Certificate
from apps.usage.meter import power_on
from tests.domain.clearances.world import DEV, HOUR, NODE, booked, open_world, session
from tests.domain.people.hrfiles import confirmed, row
from tests.factories.refusals import refused
from tests.people import People
from tests.toyflows.approvals import ThreeStepsFlow
from tests.workflows.registering import answer, asked, hear
from tests.workflows.toys import three_steps, waiting
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


def _leave(user: User, by: User | None, now: datetime, **more: Any) -> Case:
    case = begin_deregistration(user=user, by=by, now=now, reason="离校", **more)
    hear(now)
    case.refresh_from_db()
    return case


def _codes(case: Case) -> list[str]:
    section = case.dossiers.latest("number").content["sections"][1]
    return [line[1] for line in section["table"]["rows"]]


def test_whoever_has_nothing_open_leaves_at_once_with_everything(now: datetime) -> None:
    world = open_world(now)
    alice = world.alice
    booked(alice, world.sem, now + DAY, now + DAY + HOUR, world.fund, now)
    case = _leave(alice, alice, now)
    assert (case.state, case.outcome) == ("done", "ended")
    assert _codes(case) == ["obstacles.none"]
    alice.refresh_from_db()
    assert user_state(alice, now) == "inactive"
    assert list(cards_of(alice, now)) == []
    assert set(Booking.objects.filter(user=alice).values_list("state", flat=True)) == {"cancelled"}
    assert Certificate.objects.get(user=alice).revoked_at == now
    assert DecisionRecord.objects.get(point="registration.obstacles").subject == alice


def test_a_running_use_holds_up_only_ones_own_wish(now: datetime) -> None:
    world = open_world(now)
    grant = world.swipe().grant
    assert grant is not None
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=now, now=now)
    case = _leave(world.alice, world.alice, now)
    assert asked(case, "settle") == {"alice"}
    assert _codes(case) == ["obstacles.session"]
    services.withdraw(case=case, by=world.alice, now=now)
    case = _leave(world.alice, world.people.office, now)
    assert case.outcome == "ended"
    assert session(grant.gid).revoked_at == now


def test_what_is_settled_is_looked_at_again(now: datetime) -> None:
    world = open_world(now)
    grant = world.swipe().grant
    assert grant is not None
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=now, now=now)
    case = _leave(world.alice, world.alice, now)
    answer(case, "settle", world.alice, now, outcome="complete")
    assert asked(case, "settle") == {"alice"}  # it still runs
    services.sweep(now=now + 60 * DAY)
    case.refresh_from_db()
    assert case.outcome == "not_settled"
    assert user_state(world.alice, now) == "active"


def test_a_manager_and_lead_hands_over_before_leaving(they: People, now: datetime) -> None:
    post = appoint_post(user=they.teng, unit=they.lab, kind="safety_officer", by=they.office, now=now)
    group = ResearchGroup.objects.create(name_zh="滕课题组", name_en="Teng", pi=they.teng, unit=they.lab)
    case = _leave(they.teng, they.teng, now)
    assert _codes(case) == ["obstacles.instruments", "obstacles.groups", "obstacles.posts"]
    children = {child.subject_ref.split(":")[0]: child for child in Case.objects.filter(flow="hand_over")}
    assert children.keys() == {"instrument", "group", "post"}
    assert all(asked(child, "take") == {"office"} for child in children.values())
    for kind, successor in (("instrument", they.olga), ("group", they.wang), ("post", they.olga)):
        answer(children[kind], "take", they.office, now, outcome="complete", successor=successor, note="")
    case.refresh_from_db()
    they.teng.refresh_from_db()
    assert (case.outcome, user_state(they.teng, now)) == ("ended", "inactive")
    managers = CrewMember.objects.filter(instrument=they.sem, role="manager", revoked_at=None)
    assert [member.user for member in managers] == [they.olga]
    group.refresh_from_db()
    post.refresh_from_db()
    assert (group.pi, post.revoked_at) == (they.wang, now)
    assert Post.objects.get(revoked_at=None).user == they.olga


def test_a_hand_over_names_somebody_or_says_why_nobody(they: People, now: datetime) -> None:
    _leave(they.teng, they.office, now)
    child = Case.objects.get(flow="hand_over")
    with refused(Invalid, "deregistration.successor"):
        answer(child, "take", they.office, now, outcome="complete", successor=None, note="")
    with refused(Invalid, "instruments.student_role"):
        answer(child, "take", they.office, now, outcome="complete", successor=they.bob, note="")
    answer(child, "take", they.office, now, outcome="complete", successor=None, note="停用")
    they.teng.refresh_from_db()
    assert user_state(they.teng, now) == "inactive"


def test_an_instrument_is_handed_over_by_the_managers_of_its_unit(they: People, now: datetime) -> None:
    grant_authorization(
        user=they.wang, kind="manage", scope=f"unit:{they.lab.ulid}", grantor=they.office, now=now
    )
    _leave(they.teng, they.office, now)
    assert asked(Case.objects.get(flow="hand_over"), "take") == {"wang"}


def test_the_longest_wait_ends_the_registration_whatever_is_left(they: People, now: datetime) -> None:
    case = _leave(they.teng, they.office, now)
    assert user_state(they.teng, now) == "active"
    late = now + 20 * DAY
    services.sweep(now=late)
    hear(late)
    case.refresh_from_db()
    they.teng.refresh_from_db()
    assert (case.outcome, user_state(they.teng, late)) == ("ended", "inactive")
    assert Case.objects.get(flow="hand_over").state == "cancelled"


def test_an_urgent_end_waits_for_nothing_and_only_authority_makes_it_urgent(
    they: People, now: datetime
) -> None:
    case = _leave(they.teng, they.office, now, urgent=True)
    assert (case.outcome, _codes(case)) == ("ended", ["obstacles.urgent"])
    case = _leave(they.bob, they.wang, now, urgent=True)
    assert asked(case, "allow") == {"office"}


def test_a_principal_investigator_asks_and_somebody_in_authority_decides(they: People, now: datetime) -> None:
    case = _leave(they.bob, they.wang, now)
    assert user_state(they.bob, now) == "active"
    rows = case.dossiers.get().content["sections"][0]["rows"]  # what whoever decides is shown
    told = [row["value"] for row in rows]
    assert told == ["the principal investigator", {"zh": "王教授", "en": "Wang"}, "离校"]
    with refused(NotPermitted, "workflows.not_yours"):
        answer(case, "allow", they.wang, now)
    answer(case, "allow", they.office, now, outcome="reject", opinion="仍在读")
    assert (case.outcome, user_state(they.bob, now)) == ("kept", "active")
    case = _leave(they.bob, they.wang, now)
    answer(case, "allow", they.office, now)
    assert case.outcome == "ended"


@pytest.mark.parametrize("who", ["alice", "teng", "charlie", "finance"])
def test_nobody_else_begins_it(they: People, now: datetime, who: str) -> None:
    for begin in (begin_deregistration, begin_suspension):
        with refused(NotPermitted, "people.not_authorized"):
            begin(user=they.bob, by=getattr(they, who), now=now, reason="spite")
    assert not Case.objects.exists()


def test_it_is_begun_once_and_not_for_somebody_who_is_gone(they: People, now: datetime) -> None:
    _leave(they.teng, they.office, now)
    with refused(WrongState, "workflows.case_open"):
        begin_deregistration(user=they.teng, by=they.office, now=now, reason="again")
    end_user(user=they.bob, reason="left", by=None, now=now)
    they.bob.refresh_from_db()
    for begin in (begin_deregistration, begin_suspension):
        with refused(WrongState, "people.ended"):
            begin(user=they.bob, by=they.office, now=now, reason="x")
    with refused(Invalid, "core.reason_required"):
        begin_deregistration(user=they.alice, by=they.alice, now=now, reason=" ")


def test_the_last_person_of_the_office_does_not_leave(they: People, now: datetime) -> None:
    with refused(WrongState, "people.last_office"):
        begin_deregistration(user=they.office, by=they.office, now=now, reason="退休")
    grant_authorization(user=they.olga, kind="manage", scope="school", grantor=they.office, now=now)
    case = begin_deregistration(user=they.office, by=they.office, now=now + HOUR, reason="退休")
    assert case.applicant == they.office


def test_a_registration_that_ran_out_is_cleaned_up(they: People, now: datetime) -> None:
    User.objects.filter(pk=they.bob.pk).update(valid_until=now - DAY)
    they.bob.refresh_from_db()
    case = _leave(they.bob, they.office, now)
    assert case.outcome == "ended"
    assert list(cards_of(they.bob, now)) == []


def test_a_confirmed_personnel_file_begins_it_for_each_leaver(they: People, now: datetime) -> None:
    User.objects.bulk_create(
        User(username=f"S{n:04d}", name_zh=f"学生{n}", kind="student", valid_from=now - DAY)
        for n in range(100)
    )
    everybody = [row(f"S{n:04d}", f"学生{n}") for n in range(100)]
    confirmed(everybody, they.office, now)
    confirmed(everybody[1:], they.office, now + DAY)
    hear(now + DAY)
    case = Case.objects.get(flow="deregistration")
    leaver = User.objects.get(username="S0000")
    assert (case.applicant, case.outcome, case.started_by) == (leaver, "ended", None)
    assert user_state(leaver, now + DAY) == "inactive"
    hear(now + DAY)
    assert Case.objects.filter(flow="deregistration").count() == 1


def test_the_tasks_of_a_leaver_go_to_others_and_their_own_cases_end(they: People, now: datetime) -> None:
    own = three_steps(they, now)  # Alice applies
    other = services.start(
        ThreeStepsFlow,
        by=they.bob,
        now=now,
        applicant=they.bob,
        subject_ref="thing:two",
        unit=they.lab,
        title_args={"name": "x"},
        data={"tutors": [they.olga.pk], "heads": [they.teng.pk], "officers": [they.office.pk]},
    )
    for leaver in (they.alice, they.olga):
        assert _leave(leaver, they.office, now).outcome == "ended"  # steps are handed over by themselves
    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.state, other.state) == ("cancelled", "open")
    assert asked(other, "tutor") >= {"office"}
    assert waiting(other)["tutor"].task.owner != they.olga


# --- suspension and reinstatement ---


def test_authority_suspends_at_once_and_reinstates(now: datetime) -> None:
    world = open_world(now)
    grant = world.swipe().grant
    assert grant is not None
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=now, now=now)
    case = begin_suspension(
        user=world.alice, by=world.people.office, now=now, reason="违规操作", cause="violation"
    )
    hear(now)
    assert user_state(world.alice, now) == "suspended"
    assert session(grant.gid).revoked_at == now
    assert set(Booking.objects.filter(user=world.alice).values_list("state", flat=True)) == {"cancelled"}
    assert asked(case, "keep") == {"office"}
    answer(case, "keep", world.people.office, now + HOUR, outcome="complete", opinion="已培训")
    assert (case.outcome, user_state(world.alice, now + HOUR)) == ("reinstated", "active")
    assert list(cards_of(world.alice, now + HOUR))
    assert Certificate.objects.get(user=world.alice).revoked_at is None


def test_a_suspension_with_a_day_is_over_by_itself(they: People, now: datetime) -> None:
    case = begin_suspension(
        user=they.bob, by=they.office, now=now, reason="爽约", until=now + 7 * DAY, cause="violation"
    )
    hear(now)
    assert waiting(case)["keep"].due_at == now + 7 * DAY
    services.sweep(now=now + 7 * DAY)
    case.refresh_from_db()
    assert (case.outcome, user_state(they.bob, now + 7 * DAY)) == ("ran_out", "active")


@pytest.mark.parametrize("who", ["wang", "olga"])
def test_a_lead_or_a_safety_officer_asks_for_it(they: People, now: datetime, who: str) -> None:
    assert they.lab.parent is not None
    appoint_post(user=they.olga, unit=they.lab.parent, kind="safety_officer", by=None, now=now)
    case = begin_suspension(user=they.bob, by=getattr(they, who), now=now, reason="违规", cause="safety")
    assert user_state(they.bob, now) == "active"
    answer(case, "allow", they.office, now)
    assert user_state(they.bob, now) == "suspended"


def test_a_wish_that_is_refused_suspends_nobody(they: People, now: datetime) -> None:
    case = begin_suspension(user=they.bob, by=they.wang, now=now, reason="违规")
    answer(case, "allow", they.office, now, outcome="reject", opinion="没有依据")
    assert (case.outcome, user_state(they.bob, now)) == ("spared", "active")


def test_a_suspension_may_end_in_deregistration(they: People, now: datetime) -> None:
    case = begin_suspension(user=they.bob, by=they.office, now=now, reason="欠费", cause="unpaid")
    with refused(Invalid, "workflows.opinion_required"):
        answer(case, "keep", they.office, now, outcome="end")
    answer(case, "keep", they.office, now, outcome="end", opinion="拒不缴费")
    they.bob.refresh_from_db()
    assert user_state(they.bob, now) == "inactive"
    assert Case.objects.get(flow="deregistration").outcome == "ended"


def test_a_suspension_does_not_outlive_its_cancelled_case(they: People, now: datetime) -> None:
    case = begin_suspension(user=they.bob, by=they.office, now=now, reason="误判")
    services.cancel(case=case, by=they.office, now=now, reason="误判")
    assert user_state(they.bob, now) == "active"


def test_own_cases_stay_while_suspended(they: People, now: datetime) -> None:
    own = three_steps(they, now)
    begin_suspension(user=they.alice, by=they.office, now=now, reason="违规")
    hear(now)
    own.refresh_from_db()
    assert own.state == "open"


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"reason": " "}, Invalid, "core.reason_required"),
        ({"cause": "mood"}, Invalid, "deregistration.cause"),
        ({"until": "now"}, Invalid, "core.period"),
    ],
)
def test_a_suspension_that_cannot_be_is_refused(
    they: People, now: datetime, changes: dict[str, Any], kind: type, code: str
) -> None:
    wish: dict[str, Any] = {"user": they.bob, "by": they.office, "now": now, "reason": "违规", **changes}
    if "until" in changes:
        wish["until"] = now
    with refused(kind, code):
        begin_suspension(**wish)


def test_whoever_is_suspended_already_is_not_suspended_again(they: People, now: datetime) -> None:
    suspend_user(user=they.bob, reason="x", by=None, now=now)
    with refused(WrongState, "people.suspended"):
        begin_suspension(user=they.bob, by=they.office, now=now, reason="again")
    with refused(NotPermitted, "people.not_authorized"):
        begin_suspension(user=they.office, by=they.office, now=now, reason="myself")

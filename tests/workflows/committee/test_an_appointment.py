"""A committee is composed: everybody proposed is asked, the head approves, and the seats are in force by
date, with a paper; and everything that can come in between.
"""

from datetime import datetime

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.notices.models import Notice
from apps.panels import queries
from apps.panels.models import Appointment, Committee, CommitteeSeat
from apps.panels.papers import appointment_standing, sheet_of, subject_of
from apps.people.absences import declare_absence
from apps.people.lifecycle import end_user
from documents.checks import Standing
from documents.models import Document
from documents.queries import document_for
from tests.factories.panels import DAY, board
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.committee.appointing import (
    NAMES,
    Cast,
    all_say_yes,
    appointment_in,
    nodes,
    says,
    step_of,
)
from tests.workflows.registering import hear
from workflows import services
from workflows.beginning import begin
from workflows.models import Case
from workflows.visibility import may_see

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(they: People, now: datetime) -> Cast:
    return Cast(they, now)


def approved(cast: Cast, now: datetime, **changes: object) -> Case:
    case = cast.proposed(now, **changes)
    all_say_yes(case, now)
    says(case, cast.head, now)
    return case


def test_everybody_accepts_the_head_approves_and_they_sit_from_its_date_on(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    assert nodes(case) == ["accept"] * 6
    all_say_yes(case, now)
    assert nodes(case) == ["approve"]
    says(case, cast.head, now)
    assert (case.state, case.outcome) == ("done", "appointed")
    made = appointment_in(case)
    assert (made.state, made.approved_by) == (Appointment.State.IN_FORCE, cast.head)
    committee = Committee.objects.get(code="fees")
    assert queries.seats(committee, now) == []
    roles = [one.role for one in queries.seats(committee, made.valid_from)]
    assert roles == ["chair", "deputy", "member", "member", "member", "secretary"]
    assert {one.source_case for one in committee.seats.all()} == {f"case:{case.ulid}"}
    assert queries.seats(committee, made.valid_until) == []


def test_its_paper_names_everybody_and_stands_from_its_date_on(cast: Cast, now: datetime) -> None:
    case = approved(cast, now)
    made = appointment_in(case)
    paper = document_for("appointment", subject_of(made))
    assert paper is not None
    assert paper.ulid == made.document
    assert paper.number
    text = str(Document.objects.filter(pk=paper.pk).values().get())
    assert all(cast.people[name].name_zh in text for name in NAMES)
    expected = {
        now: Standing.NOT_YET,
        made.valid_from: Standing.VALID,
        made.valid_until: Standing.EXPIRED,
    }
    assert {at: appointment_standing(paper, at) for at in expected} == expected


def test_everybody_is_told(cast: Cast, now: datetime) -> None:
    approved(cast, now)
    told = Notice.objects.filter(kind="panels.appointed").values_list("user__username", flat=True)
    assert set(told) == {f"c-{name}" for name in NAMES}


def test_who_declines_is_replaced_and_the_others_are_not_asked_again(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    with refused(Invalid, "workflows.opinion_required"):
        says(case, cast.people["m1"], now, "reject")
    says(case, cast.people["m1"], now, "reject", opinion="sabbatical")
    all_say_yes(case, now)
    assert nodes(case) == ["revise"]
    data = {"member": [cast.spare[0]], "drop": [cast.people["m1"]]}
    says(case, cast.they.office, now, "complete", data=data)
    assert nodes(case) == ["accept"]
    says(case, cast.spare[0], now)
    says(case, cast.head, now)
    made = appointment_in(case)
    answers = dict(made.seats.values_list("user__username", "answer"))
    assert (answers["c-m1"], answers["c-spare0"]) == ("dropped", "accepted")
    sitting = {one.user for one in queries.seats(made.committee, made.valid_from)}
    assert cast.spare[0] in sitting
    assert cast.people["m1"] not in sitting


def test_who_does_not_answer_is_gone_on_without(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    for name in NAMES[:-1]:
        says(case, cast.people[name], now)
    later = step_of(case, cast.people["secretary"]).due_at
    assert later is not None
    services.sweep(now=later)
    hear(later)
    case.refresh_from_db()
    assert nodes(case) == ["revise"]
    assert appointment_in(case).seats.get(role="secretary").reason == "Did not answer in time"
    says(case, cast.they.office, later, "complete", data={"drop": [cast.people["secretary"]]})
    assert nodes(case) == ["approve"]
    says(case, cast.head, later)
    assert (case.state, case.outcome) == ("done", "appointed")
    # Its date had passed meanwhile: nobody sits in the past.
    assert {one.valid_from for one in CommitteeSeat.objects.all()} == {later}


def test_without_a_chair_it_does_not_go_on(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    says(case, cast.people["chair"], now, "reject", opinion="no time")
    all_say_yes(case, now)
    with refused(Invalid, "panels.incomplete"):
        says(case, cast.they.office, now, "complete", data={"drop": [cast.people["chair"]]})
    says(case, cast.they.office, now, "complete", data={"chair": [cast.spare[0]]})
    assert nodes(case) == ["accept"]


def test_the_head_sends_it_back_or_refuses(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    all_say_yes(case, now)
    services.send_back(
        step=step_of(case, cast.head), by=cast.head, now=now, to="revise", reason="one more from physics"
    )
    says(case, cast.they.office, now, "complete", data={"member": [cast.spare[0]]})
    says(case, cast.spare[0], now)
    says(case, cast.head, now, "reject", opinion="too many")
    assert (case.state, case.outcome) == ("done", "refused")
    assert appointment_in(case).state == Appointment.State.REFUSED
    assert not CommitteeSeat.objects.exists()


def test_nobody_accepts_for_somebody_else(cast: Cast, now: datetime) -> None:
    away = cast.people["m1"]
    declare_absence(
        user=away, substitute=cast.spare[0], valid_from=now, valid_until=now + 9 * DAY, by=away, now=now
    )
    case = cast.proposed(now)
    step = step_of(case, away)
    assert list(step.candidates.values_list("user__username", flat=True)) == ["c-m1"]
    with refused(NotPermitted, "workflows.not_yours"):
        services.answer(step=step, by=cast.spare[0], now=now, outcome="approve")


def test_who_proposes_themselves_has_accepted_and_does_not_approve(cast: Cast, now: datetime) -> None:
    cast.they.office.kind = "staff"
    case = cast.proposed(now, secretaries="office")
    assert nodes(case) == ["accept"] * 5
    all_say_yes(case, now)
    candidates = case.steps.get(node="approve").candidates.values_list("user__username", flat=True)
    assert list(candidates) == ["c-head"]


def test_the_head_is_not_proposed_where_nobody_else_could_approve(cast: Cast, now: datetime) -> None:
    with refused(WrongState, "panels.no_approver"):
        cast.proposed(now, chair="c-head")
    assert not Committee.objects.exists()


def test_the_former_composition_ends_at_the_instant_when_the_new_one_begins(
    cast: Cast, they: People, now: datetime
) -> None:
    former = board(they, now, members=2)
    case = approved(cast, now, members="c-m1 fees-m0", chair="c-chair")
    made = appointment_in(case)
    before, after = made.valid_from - DAY / 86_400, made.valid_from
    assert queries.role_holders(former.committee, "chair", before) == [former.chair]
    assert queries.role_holders(former.committee, "chair", after) == [cast.people["chair"]]
    sitting = {one.user for one in queries.seats(former.committee, after)}
    assert sitting == {
        former.members[0],
        *(cast.people[name] for name in ("chair", "deputy", "m1", "secretary")),
    }
    sheet = sheet_of(made, case.number)
    assert len(sheet.leaving) == 4
    assert {one.valid_until for one in sheet.leaving} == {made.valid_from}
    assert (sheet.founding, sheet.approved_by.zh) == (False, "设备处处长")
    again = approved(cast, after, code="fees")
    assert appointment_in(again).state == Appointment.State.IN_FORCE


def test_one_composition_at_a_time(cast: Cast, now: datetime) -> None:
    cast.proposed(now)
    with refused(WrongState, "panels.appointment_open"):
        cast.proposed(now)


def test_withdrawn_it_leaves_everything_as_it_was(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    says(case, cast.people["m1"], now)
    services.withdraw(case=case, by=cast.they.office, now=now, reason="later")
    case.refresh_from_db()
    assert (case.state, nodes(case)) == ("withdrawn", [])
    assert appointment_in(case).state == Appointment.State.WITHDRAWN
    cast.proposed(now)


def test_cancelled_it_is_overtaken(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    services.cancel(case=case, by=cast.head, now=now, reason="wrong list")
    assert appointment_in(case).state == Appointment.State.OVERTAKEN


def test_who_left_meanwhile_does_not_come_to_sit(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    all_say_yes(case, now)
    end_user(user=cast.people["m1"], reason="left", by=cast.they.office, now=now)
    hear(now)
    says(case, cast.head, now)
    made = appointment_in(case)
    assert (made.state, made.seats.get(user=cast.people["m1"]).answer) == ("in_force", "dropped")
    assert not CommitteeSeat.objects.filter(user=cast.people["m1"]).exists()


def test_without_its_chair_it_is_overtaken(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    all_say_yes(case, now)
    end_user(user=cast.people["chair"], reason="left", by=cast.they.office, now=now)
    hear(now)
    with refused(WrongState, "workflows.overtaken"):
        says(case, cast.head, now)
    case.refresh_from_db()
    assert case.state == "overtaken"
    assert appointment_in(case).state == Appointment.State.OVERTAKEN
    assert not CommitteeSeat.objects.exists()


def test_those_who_are_asked_see_the_case_and_others_do_not(cast: Cast, they: People, now: datetime) -> None:
    case = cast.proposed(now)
    assert may_see(cast.people["m1"], case, now)
    assert may_see(they.office, case, now)
    assert not may_see(cast.spare[0], case, now)
    assert not may_see(they.alice, case, now)


def test_only_the_office_proposes(cast: Cast, they: People, now: datetime) -> None:
    with refused(NotPermitted, "people.office_only"):
        begin("committee", by=they.teng, now=now, raw=cast.raw(now))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"members": "nobody-has-this"}, "workflows.data"),
        ({"name_zh": ""}, "workflows.data"),
        ({"members": "c-m1 c-chair"}, "panels.twice"),
        ({"members": "c-m1 alice"}, "panels.not_staff"),
        ({"members": "c-m1", "deputies": ""}, "panels.incomplete"),
        ({"valid_until": "2026-11-20"}, "core.period"),
    ],
)
def test_what_is_no_proposal(cast: Cast, now: datetime, changes: dict[str, str], code: str) -> None:
    with refused(Invalid, code):
        cast.proposed(now, **changes)
    assert not Committee.objects.exists()


def test_nobody_accepts_for_somebody_else_and_only_the_office_approves(cast: Cast, now: datetime) -> None:
    case = cast.proposed(now)
    mine = step_of(case, cast.people["m1"])
    for user in (cast.people["m1"], cast.head):
        with refused(WrongState, "workflows.personal"):
            services.transfer(step=mine, by=user, to=cast.head, now=now, reason="出差")
    services.sweep(now=now + DAY)
    all_say_yes(case, now)
    services.sweep(now=now + 60 * DAY)
    step = case.steps.get(node="approve", answered_at__isnull=True)
    assert step.escalated_at is not None
    assert {row.user for row in step.candidates.select_related("user")} == {cast.head}

"""Committees: who sits on them, for which term, in which role, and what they say they know."""

from datetime import datetime

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.panels import operations, queries
from apps.panels.models import Expertise
from apps.panels.models.committees import Role
from apps.people.absences import declare_absence
from tests.factories.facts import audited, told
from tests.factories.panels import DAY, Board, formed, seat, staff
from tests.factories.refusals import refused
from tests.people import YEAR, People

pytestmark = pytest.mark.django_db


def appoint(who: Board, they: People, now: datetime, **changes: object) -> object:
    asked = {
        "committee": who.committee,
        "role": "member",
        "valid_from": now,
        "valid_until": now + YEAR,
        "source_case": "case:1",
        "by": they.office,
        **changes,
    }
    return operations.appoint_seat(**asked, now=now)  # type: ignore[arg-type]


def test_its_seats_are_in_force_by_date_the_chair_first(who: Board, now: datetime) -> None:
    roles = [one.role for one in queries.seats(who.committee, now)]
    assert roles == ["chair", "deputy", *["member"] * 7, "secretary"]
    assert queries.voters(who.committee, now) == who.voters
    assert queries.secretaries(who.committee, now) == [who.secretary]
    assert queries.seats(who.committee, now - 31 * DAY) == []
    assert queries.seats(who.committee, now + 3 * YEAR) == []


def test_a_term_begins_and_ends_at_its_instant(who: Board, they: People, now: datetime) -> None:
    new = staff("new", "新老师", now)
    appoint(who, they, now, user=new, valid_from=now + DAY, valid_until=now + 2 * DAY)
    assert new not in queries.voters(who.committee, now)
    assert new in queries.voters(who.committee, now + DAY)
    assert new not in queries.voters(who.committee, now + 2 * DAY)


def test_the_same_case_gives_the_same_seat_and_another_none(who: Board, they: People, now: datetime) -> None:
    new = staff("new", "新老师", now)
    first = appoint(who, they, now, user=new)
    assert appoint(who, they, now, user=new) == first
    with refused(WrongState, "panels.seated"):
        appoint(who, they, now, user=new, source_case="case:2")


def test_there_is_one_chair_at_a_time(who: Board, they: People, now: datetime) -> None:
    new = staff("new", "新主任", now)
    with refused(WrongState, "panels.chair_taken"):
        appoint(who, they, now, user=new, role="chair")
    end = queries.seats(who.committee, now)[0].valid_until
    assert end is not None
    appoint(who, they, now, user=new, role="chair", valid_from=end, valid_until=end + YEAR)
    assert queries.role_holders(who.committee, Role.CHAIR, end - DAY) == [who.chair]
    new.refresh_from_db()
    assert queries.role_holders(who.committee, Role.CHAIR, end) == [new]


def test_what_is_no_seat(who: Board, they: People, now: datetime) -> None:
    with refused(Invalid, "panels.role"):
        appoint(who, they, now, user=they.teng, role="king")
    with refused(Invalid, "panels.source_case"):
        appoint(who, they, now, user=they.teng, source_case=" ")
    with refused(Invalid, "core.period"):
        appoint(who, they, now, user=they.teng, valid_until=now)
    with refused(Invalid, "panels.not_staff"):
        appoint(who, they, now, user=they.alice)
    with refused(NotPermitted, "people.office_only"):
        appoint(who, they, now, user=they.teng, by=they.olga)
    with refused(NotPermitted, "people.own_case"):
        appoint(who, they, now, user=they.office)
    with refused(WrongState, "people.not_active"):
        appoint(who, they, now, user=staff("late", "晚老师", now + DAY))


def test_who_leaves_a_committee_leaves_its_panels(who: Board, they: People, now: datetime) -> None:
    panel = formed(who, now)
    member = who.members[0]
    held = who.committee.seats.get(user=member)
    with refused(NotPermitted, "people.office_only"):
        operations.retire_seat(seat=held, reason="x", by=they.teng, now=now)
    with refused(Invalid, "core.reason_required"):
        operations.retire_seat(seat=held, reason=" ", by=they.office, now=now)
    operations.retire_seat(seat=held, reason="sabbatical", by=member, now=now)
    assert member not in queries.voters(who.committee, now)
    assert seat(panel, member).state == "left"
    assert told("panels.committee_changed")[-1]["user"] == member.ulid
    with refused(WrongState, "panels.seat_ended"):
        operations.retire_seat(seat=held, reason="again", by=they.office, now=now)


def test_the_chair_presides_else_the_deputy_else_somebody_is_named(
    who: Board, they: People, now: datetime
) -> None:
    assert queries.presiding(who.committee, now) == who.chair
    assert queries.presiding(who.committee, now, barred={who.chair.pk}) == who.deputy
    assert queries.presiding(who.committee, now, barred={who.chair.pk, who.deputy.pk}) is None
    declare_absence(
        user=who.chair,
        substitute=who.members[0],
        valid_from=now,
        valid_until=now + DAY,
        by=who.chair,
        now=now,
    )
    assert queries.presiding(who.committee, now) == who.deputy
    assert queries.presiding(who.committee, now + DAY) == who.chair


def test_everybody_says_for_themselves_what_they_know(who: Board, they: People, now: datetime) -> None:
    member = who.members[0]
    declare = {"user": member, "class6": "030402", "now": now}
    with refused(NotPermitted, "panels.own_expertise"):
        operations.declare_expertise(**declare, level=3, by=they.office)  # type: ignore[arg-type]
    with refused(Invalid, "panels.familiarity"):
        operations.declare_expertise(**declare, level=4, by=member)  # type: ignore[arg-type]
    with refused(Invalid, "panels.class"):
        operations.declare_expertise(user=member, class6="SEM", level=1, by=member, now=now)
    assert operations.declare_expertise(**declare, level=0, by=member) is None  # type: ignore[arg-type]
    operations.declare_expertise(**declare, level=3, by=member)  # type: ignore[arg-type]
    operations.declare_expertise(**declare, level=3, by=member)  # type: ignore[arg-type]
    assert Expertise.objects.count() == 1
    assert queries.experts("030402", now) == [member]
    later = now + DAY
    operations.declare_expertise(user=member, class6="030402", level=1, by=member, now=later)
    assert queries.expertise_of([member], "030402", now + DAY) == {member.pk: 1}
    assert queries.expertise_of([member], "030402", now) == {member.pk: 3}
    assert queries.experts("030402", later) == []
    assert len(audited("panels.declare_expertise")) == 2


def test_experts_are_the_best_first_and_nobody_who_is_left_out(who: Board, now: datetime) -> None:
    for number, level in ((0, 2), (1, 3), (2, 3), (3, 1)):
        one = who.members[number]
        operations.declare_expertise(user=one, class6="030402", level=level, by=one, now=now)
    m = who.members
    assert queries.experts("030402", now) == [m[1], m[2], m[0]]
    assert queries.experts("030402", now, but={m[1].pk}, least=3) == [m[2]]


def test_a_committee_is_made_once_by_the_office(who: Board, they: People, now: datetime) -> None:
    asked = {"name_zh": "委员会", "name_en": "", "unit": they.lab, "now": now}
    with refused(NotPermitted, "people.office_only"):
        operations.create_committee(code="x", **asked, by=they.teng)  # type: ignore[arg-type]
    with refused(Invalid, "panels.code"):
        operations.create_committee(code=" ", **asked, by=they.office)  # type: ignore[arg-type]
    with refused(WrongState, "panels.code_taken"):
        operations.create_committee(code="fees", **asked, by=they.office)  # type: ignore[arg-type]
    assert queries.committee("fees", now) == who.committee
    assert queries.committee("fees", now - 31 * DAY) is None

"""Who may judge a price: what ties members to the case, on record; who is proposed of those who may."""

from datetime import datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.core.models import ParameterValue
from apps.decisions.models import DecisionRecord, RuleSetVersion
from apps.fees.panelists import Judged, Matter, barred, experts_for, preview, propose_panel
from apps.instruments.operations import appoint_crew
from apps.panels import operations
from apps.panels.models import CommitteeSeat
from apps.people.absences import declare_absence
from apps.people.lifecycle import suspend_user
from apps.people.models import User
from apps.people.operations import add_member, create_group
from tests.factories.instruments import imported
from tests.factories.panels import DAY, Board, board, formed, seat, staff
from tests.people import YEAR, People, gather_with_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def they(now: datetime) -> People:
    return gather_with_rules(now)


@pytest.fixture
def who(they: People, now: datetime) -> Board:
    return board(they, now)


def matter(who: Board, they: People, **changes: Any) -> Matter:
    asked: dict[str, Any] = {"instruments": [they.sem], "applicant": they.teng, **changes}
    return Matter(committee=who.committee, **asked)


def codes(found: list[Judged], user: User) -> tuple[str, ...]:
    return next(tuple(one.judgement.decision.codes) for one in found if one.user == user)


def moved(user: User, unit: Any) -> None:
    user.unit = unit
    user.save(update_fields=["unit"])


def test_a_stranger_to_the_case_may_judge(who: Board, they: People, now: datetime) -> None:
    found = preview(matter(who, they), at=now)
    assert [one.user for one in found] == who.voters
    assert all(one.eligible and one.judgement.decision.codes == ("panel.eligible",) for one in found)
    assert not DecisionRecord.objects.filter(point="fees.panel").exists()


def test_what_ties_members_to_the_case_excludes_them(who: Board, they: People, now: datetime) -> None:
    m = who.members
    appoint_crew(instrument=they.sem, user=m[0], role="operator", by=they.office, now=now)
    group = create_group(name_zh="滕课题组", name_en="Teng", pi=they.teng, unit=they.lab, now=now)
    add_member(group=group, user=m[1], by=they.teng, now=now)
    create = create_group(name_zh="孙课题组", name_en="Sun", pi=m[2], unit=they.lab, now=now)
    add_member(group=create, user=they.teng, by=m[2], now=now)
    moved(m[3], they.lab)
    assert they.lab.parent is not None
    moved(m[4], they.lab.parent)
    found = preview(matter(who, they, owners=frozenset({m[5].pk})), at=now)
    assert codes(found, m[0]) == ("conflict.crew",)
    assert codes(found, m[1]) == ("conflict.group",)
    assert codes(found, m[2]) == ("conflict.group",)
    assert codes(found, m[3]) == ("conflict.lab", "conflict.department")
    assert codes(found, m[4]) == ("conflict.department",)
    assert codes(found, m[5]) == ("conflict.owner",)
    assert codes(found, m[6]) == ("panel.eligible",)
    assert barred(matter(who, they, owners=frozenset({m[5].pk})), at=now) == {one.pk for one in m[:6]}


def test_the_group_to_which_a_dedicated_instrument_belongs_is_in_conflict(
    who: Board, they: People, now: datetime
) -> None:
    member = who.members[0]
    group = create_group(name_zh="何课题组", name_en="He", pi=they.wang, unit=they.lab, now=now)
    add_member(group=group, user=member, by=they.wang, now=now)
    assert codes(preview(matter(who, they), at=now), member) == ("panel.eligible",)
    they.sem.management_mode, they.sem.unit = "dedicated", they.lab
    they.sem.save(update_fields=["management_mode", "unit"])
    assert codes(preview(matter(who, they), at=now), member) == ("conflict.group",)


def test_the_unit_of_the_applicant_counts_like_that_of_the_instrument(
    who: Board, they: People, now: datetime
) -> None:
    other = they.office
    assert they.lab.parent is not None
    moved(other, they.lab.parent)
    moved(who.members[0], they.lab.parent)
    found = preview(matter(who, they, instruments=[], applicant=other), at=now)
    assert codes(found, who.members[0]) == ("conflict.department",)


def test_the_applicant_who_is_the_chair_neither_judges_nor_presides(
    who: Board, they: People, now: datetime
) -> None:
    found = propose_panel(matter(who, they, applicant=who.chair), subject_ref="x:1", asked_by="flow", now=now)
    assert who.chair not in (*found.members, *found.substitutes)
    assert found.chair == who.deputy
    assert "conflict.applicant" in codes(list(found.judged), who.chair)


def test_the_department_is_a_policy_of_the_day(who: Board, they: People, now: datetime) -> None:
    assert they.lab.parent is not None
    moved(who.members[0], they.lab.parent)
    ParameterValue.objects.create(key="panels.department_excluded", value=False, valid_from=now)
    assert codes(preview(matter(who, they), at=now), who.members[0]) == ("panel.eligible",)
    assert codes(preview(matter(who, they), at=now - DAY), who.members[0]) == ("conflict.department",)


def test_who_is_suspended_away_or_overloaded_is_not_proposed_but_not_in_conflict(
    who: Board, they: People, now: datetime
) -> None:
    m = who.members
    suspend_user(user=m[0], reason="unpaid", by=they.office, now=now)
    declare_absence(user=m[1], substitute=m[2], valid_from=now, valid_until=now + DAY, by=m[1], now=now)
    ParameterValue.objects.create(key="panels.load_limit", value=1, valid_from=now)
    formed(who, now, members=m[2:5], substitutes=[])
    found = preview(matter(who, they), at=now)
    assert codes(found, m[0]) == ("panel.inactive",)
    assert codes(found, m[1]) == ("panel.absent",)
    assert codes(found, m[2]) == ("panel.load",)
    assert barred(matter(who, they), at=now) == set()


def test_the_proposal_is_odd_knows_the_class_and_has_its_records(
    who: Board, they: People, now: datetime
) -> None:
    for number, level in ((6, 3), (5, 2), (4, 1)):
        one = who.members[number]
        operations.declare_expertise(user=one, class6=they.sem.class6, level=level, by=one, now=now)
    found = propose_panel(matter(who, they), subject_ref="submission:1", asked_by="flow", now=now)
    assert found.members[:3] == (who.members[6], who.members[5], who.members[4])
    assert (len(found.members), len(found.substitutes), found.short) == (5, 2, False)
    assert found.chair == who.chair
    assert found.excluded == ()
    records = DecisionRecord.objects.filter(point="fees.panel", object_ref="submission:1")
    assert records.count() == len(who.voters)
    record = records.get(subject=who.members[6])
    assert found.decisions[who.members[6].pk] == record.ulid
    assert record.facts["familiarity"] == 3
    assert set(record.sources) == set(record.facts)
    panel = formed(
        who,
        now,
        members=found.members,
        substitutes=found.substitutes,
        chair=found.chair,
        decisions=found.decisions,
    )
    assert seat(panel, who.members[6]).decision == record.ulid


def test_of_several_classes_the_least_known_counts(who: Board, they: People, now: datetime) -> None:
    one = who.members[0]
    operations.declare_expertise(user=one, class6=they.sem.class6, level=3, by=one, now=now)
    other = imported("QY000006", now)
    assert other.class6 != they.sem.class6
    both = matter(who, they, instruments=[they.sem, other])
    known = {found.user: found.facts.familiarity for found in preview(both, at=now)}
    assert (known[one], known[who.chair]) == (0, None)
    operations.declare_expertise(user=one, class6=other.class6, level=2, by=one, now=now)
    known = {found.user: found.facts.familiarity for found in preview(both, at=now)}
    assert known[one] == 2


def test_experts_know_the_class_and_have_nothing_to_do_with_the_case(
    who: Board, they: People, now: datetime
) -> None:
    outsider = staff("outsider", "外院专家", now - YEAR)
    for one, level in (
        (they.olga, 3),
        (outsider, 2),
        (who.members[0], 3),
        (who.members[1], 3),
        (they.wang, 1),
    ):
        operations.declare_expertise(user=one, class6=they.sem.class6, level=level, by=one, now=now)
    panel = {who.members[0].pk}
    assert experts_for(matter(who, they), at=now, but=panel) == [who.members[1], outsider]
    ParameterValue.objects.create(key="panels.experts", value=1, valid_from=now)
    assert experts_for(matter(who, they), at=now, but=panel) == [who.members[1]]


def test_too_few_are_said_to_be_too_few(who: Board, they: People, now: datetime) -> None:
    keep = [who.chair.pk, who.deputy.pk]
    CommitteeSeat.objects.filter(committee=who.committee).exclude(user__in=keep).update(revoked_at=now)
    found = propose_panel(matter(who, they), subject_ref="x:1", asked_by="flow", now=now)
    assert (found.short, found.minimum, len(found.members)) == (True, 3, 2)


def test_without_rules_nobody_is_proposed_and_everybody_is_barred(
    who: Board, they: People, now: datetime
) -> None:
    RuleSetVersion.objects.filter(point="fees.panel").update(revoked_at=now)
    found = propose_panel(matter(who, they), subject_ref="x:1", asked_by="flow", now=now)
    assert (found.short, found.members, found.chair) == (True, (), None)
    assert barred(matter(who, they), at=now) == {user.pk for user in who.voters}


def test_one_query_for_each_member_and_ten_besides(
    who: Board, they: People, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    preview(matter(who, they), at=now)
    with django_assert_num_queries(10 + len(who.voters)):
        preview(matter(who, they), at=now)

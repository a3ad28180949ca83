"""Who scores a facility: members of the committee who are in no conflict with it, invited and replaced as on
every panel, the same people for a whole year.
"""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from pytest_django import Settings

from apps.core.errors import Invalid, WrongState
from apps.evaluation.facility import judges_of
from apps.evaluation.models import FacilityTable
from apps.hosting.models import Agreement
from apps.instruments.models import Facility
from apps.instruments.operations import appoint_crew
from apps.panels.models import Panel, PanelSeat
from apps.people.models import ResearchGroup, User
from apps.people.operations import grant_authorization, suspend_user
from apps.people.posts import appoint_post
from tests.factories.hosting import agreed, house
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.facility_review.years import Year, opened
from tests.workflows.registering import hear
from tests.workflows.toys import waiting
from workflows import services
from workflows.facility_review import asked
from workflows.facility_review.beginning import open_year
from workflows.facility_review.forms import FacilityPanelForm
from workflows.models import Case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def year(they: People, now: datetime) -> Year:
    year = opened(they, now)
    year.complete()
    year.confirm()
    return year


def _named(year: Year, *members: User) -> None:
    step = waiting(year.case)["form_panel"]
    sent = {"members": list(members), "substitutes": []}
    services.answer(step=step, by=year.board.secretary, now=year.now, outcome="complete", data=sent)


def test_the_secretary_of_the_committee_is_asked_and_nobody_in_conflict_is_offered(year: Year) -> None:
    they, (crew, runs, heads, grants, *_others) = year.they, year.board.members
    before = year.now - 2 * DAY
    appoint_crew(instrument=they.sem, user=crew, role="operator", by=they.office, now=before)
    scope = f"unit:{they.sem.facility.lab.ulid}"
    grant_authorization(user=runs, kind="manage", scope=scope, grantor=they.office, now=before)
    appoint_post(user=heads, unit=they.sem.facility.lab, kind="lab_head", by=they.office, now=before)
    facility = f"facility:{they.sem.facility.ulid}"
    grant_authorization(user=grants, kind="manage", scope=facility, grantor=they.office, now=before)
    step = waiting(year.case)["form_panel"]
    assert [one.user for one in step.candidates.select_related("user")] == [year.board.secretary]
    offered = asked.eligible(year.case, year.now)
    assert not {crew, runs, heads, grants} & set(offered)
    assert set(offered) == set(year.board.voters) - {crew, runs, heads, grants}
    for barred in (crew, runs, heads, grants):
        with refused(Invalid, "facility.excluded"):
            _named(year, barred, *year.board.members[4:6])
    assert not Panel.objects.exists()


def test_the_owner_of_what_a_facility_hosts_does_not_judge_it(year: Year) -> None:
    owner = year.board.members[0]
    ResearchGroup.objects.filter(pk=year.they.group.pk).update(pi=owner)
    year.they.group.refresh_from_db()
    year.they.wang = owner
    rows = Agreement.objects.filter(pk=agreed(house(year.they, year.now)).pk)
    assert owner in asked.eligible(year.case, year.now)
    rows.update(facility=year.they.sem.facility)
    assert owner not in asked.eligible(year.case, year.now)
    with refused(Invalid, "facility.excluded"):
        _named(year, owner, *year.board.members[1:3])
    rows.update(
        state="ended",
        instrument=year.they.sem,
        started_at=year.now - 900 * DAY,
        ended_at=datetime(2025, 6, 1, tzinfo=UTC),
    )
    assert owner not in asked.eligible(year.case, year.now)
    rows.update(ended_at=datetime(2024, 12, 1, tzinfo=UTC))
    assert owner in asked.eligible(year.case, year.now)


def test_a_panel_is_odd_and_not_too_small(year: Year) -> None:
    with refused(Invalid, "panels.too_few"):
        _named(year, *year.board.members[:2])
    with refused(Invalid, "panels.even"):
        _named(year, *year.board.members[:4])
    with refused(WrongState, "panels.no_seat"):
        _named(year, *year.board.members[:2], year.they.finance)


def test_who_declines_or_is_in_conflict_is_replaced_before_anybody_scores(year: Year) -> None:
    first, second, third, spare, last = year.board.members[:5]
    step = waiting(year.case)["form_panel"]
    sent = {"members": [first, second, third], "substitutes": [spare, last]}
    services.answer(step=step, by=year.board.secretary, now=year.now, outcome="complete", data=sent)
    year.accept(first)
    year.accept(second, "recuse", "my wife works there")
    year.accept(third, "decline", "abroad")
    for called in (spare, last):
        year.accept(called)
    assert judges_of(year.table) == [first.pk, spare.pk, last.pk]
    owners = year.case.steps.filter(node="score", answered_at__isnull=True).values_list(
        "task__owner", flat=True
    )
    assert set(owners) == {first.pk, spare.pk, last.pk}


def test_who_finds_the_conflict_when_scoring_stands_aside_and_a_substitute_scores(year: Year) -> None:
    first, second, third, spare = year.board.members[:4]
    year.seat([first, second, third], [spare])
    year.score(first, 60)
    step = year.case.steps.get(node="score", answered_at__isnull=True, task__owner=second)
    services.answer(
        step=step, by=second, now=year.now, outcome="recuse", opinion="I have applied for a post there"
    )
    year.score(third, 90)
    hear(year.now)
    year.accept(spare)
    year.score(spare, 75)
    assert (year.table.state, year.table.score) == ("scored", 7500)
    assert PanelSeat.objects.get(user=second).state == "recused"
    assert second.pk in asked.kept_off(year.case, year.now)


def test_the_points_of_somebody_who_sits_no_more_do_not_count(year: Year) -> None:
    first, second, third = year.judges
    year.seat()
    year.score(first, 0)
    suspend_user(user=first, by=year.they.office, now=year.now, reason="an inquiry")
    hear(year.now)
    year.score(second, 80)
    year.score(third, 90)
    assert year.case.steps.filter(node="stranded", answered_at__isnull=True).exists()
    step = waiting(year.case)["stranded"]
    services.answer(step=step, by=year.they.office, now=year.now, outcome="without")
    year.table.refresh_from_db()
    assert (year.table.state, year.table.score) == ("scored", 8500)


def test_too_few_are_left_and_the_office_decides_what_to_do(year: Year) -> None:
    first, second, third = year.judges
    step = waiting(year.case)["form_panel"]
    sent = {"members": year.judges, "substitutes": []}
    services.answer(step=step, by=year.board.secretary, now=year.now, outcome="complete", data=sent)
    for user in (first, second):
        year.accept(user, "decline", "no time")
    year.accept(third)
    assert Panel.objects.get().ended_because == "no_members"
    step = waiting(year.case)["stranded"]
    services.answer(step=step, by=year.they.office, now=year.now, outcome="complete")
    year.seat(year.board.members[3:6])
    for judge, points in zip(year.board.members[3:6], (70, 80, 90), strict=True):
        year.score(judge, points)
    assert (year.table.state, year.table.score) == ("scored", 8000)


def test_without_anybody_to_ask_a_table_is_concluded_by_the_office_without_a_score(
    they: People, now: datetime
) -> None:
    year = opened(they, now)
    before = now - 2 * DAY
    for member in year.board.voters[2:]:
        scope = f"unit:{they.sem.facility.lab.ulid}"
        grant_authorization(user=member, kind="manage", scope=scope, grantor=they.office, now=before)
    year.complete()
    year.confirm()
    assert set(waiting(year.case)) == {"stranded"}
    services.answer(step=waiting(year.case)["stranded"], by=they.office, now=now, outcome="without")
    year.table.refresh_from_db()
    assert (year.table.state, year.table.score, year.table.panel) == ("scored", None, "")


def test_the_same_people_are_proposed_for_every_facility_of_the_year(they: People, now: datetime) -> None:
    Facility.objects.create(code="NMR", name_zh="核磁中心", name_en="NMR centre", lab=they.lab)
    year = opened(they, now)
    mine = year.board.members[4:7]
    year.complete()
    year.confirm()
    year.seat(mine)
    other = FacilityTable.objects.get(review=year.review, facility__code="NMR")
    case = Case.objects.get(flow="facility_review", subject_ref=f"facility_table:{other.ulid}")
    form = FacilityPanelForm(case=case, user=None)
    assert form.initial["members"][:3] == [one.ulid for one in mine]


def test_a_cancelled_review_ends_its_panel(year: Year) -> None:
    year.seat()
    services.cancel(case=year.case, by=year.they.office, now=year.now, reason="a wrong year")
    assert Panel.objects.get().ended_because == "overtaken"


def test_who_was_named_before_there_were_panels_sits_on_one(year: Year, settings: Settings) -> None:
    """The rows of before: judges of a year, some of them of the facility's own crew."""
    earlier = open_year(year=2024, by=year.they.office, now=year.now)
    settings.MIGRATION_MODULES = {}
    migration = import_module("apps.evaluation.migrations.0004_panels_score_facilities")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE evaluation_facilityjudge (id integer PRIMARY KEY, review_id bigint, user_id bigint)"
        )
        named = [year.they.finance, year.they.teng, *year.judges]
        for number, user in enumerate(named, start=1):
            cursor.execute(
                "INSERT INTO evaluation_facilityjudge (id, review_id, user_id) VALUES (%s, %s, %s)",
                [number, year.review.pk, user.pk],
            )
    state = MigrationLoader(connection).project_state(("evaluation", "0004_panels_score_facilities"))
    editor = connection.SchemaEditorClass(connection)
    migration.judges_sit_on_panels(state.apps, editor)
    year.table.refresh_from_db()
    assert judges_of(year.table) == [
        year.they.finance.pk,
        *(one.pk for one in year.judges),
    ]  # Teng is of the crew
    panel = Panel.objects.get(ulid=year.table.panel)
    assert (panel.subject_ref, panel.ended_at) == (f"case:{year.case.ulid}", None)
    assert set(earlier.tables.values_list("panel", flat=True)) == {""}  # nobody was asked about it yet

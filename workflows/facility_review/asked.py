"""Who may sit on the panel of a facility's table, and who must not. Reads only."""

from datetime import date, datetime

from django.utils.translation import gettext

from apps.core.clock import school_midnight
from apps.evaluation.models import FacilityScore, FacilityTable
from apps.hosting.queries import owners_at
from apps.instruments.models import CrewMember, Facility
from apps.panels.models import Panel, PanelSeat
from apps.panels.queries import sitting, voters
from apps.people.models import User
from apps.people.queries import active_users, counting_rights
from apps.people.roles import lab_heads, unit_managers
from workflows.errors import Overtaken
from workflows.evaluation_hearing.asked import committee_at
from workflows.judging.lookup import panel_of, recused_from
from workflows.models import Case

REFERENCE = "facility_table:"


def find_table(case: Case) -> FacilityTable | None:
    """The table that a case is about."""
    rows = FacilityTable.objects.select_related("facility__lab", "review")
    return rows.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def table_of(case: Case) -> FacilityTable:
    """The same; raises Overtaken where there is none."""
    found = find_table(case)
    if found is None:
        raise Overtaken(gettext("The table is gone."))
    return found


def heads(facility: Facility, now: datetime) -> list[User]:
    """Who manages exactly this facility, else who manages its lab. At most three queries."""
    held = counting_rights(now).filter(kind="manage", scope=f"facility:{facility.ulid}")
    found = list(active_users(now).filter(pk__in=held.values("user")).order_by("pk"))
    return found or unit_managers(facility.lab, now)


def kept_off(case: Case, now: datetime) -> set[int]:
    """Who must not judge the facility (primary keys): the crews of its instruments, the owners of those that
    it hosts or hosted in the year, whoever runs it or the lab in which it stands, whoever wrote a cell or
    confirmed the table, whoever stood aside.
    """
    table = find_table(case)
    if table is None:
        return set()
    facility = table.facility
    crews = CrewMember.objects.filter(instrument__facility=facility, revoked_at__isnull=True)
    wrote = table.cells.filter(by__isnull=False).values_list("by_id", flat=True)
    run_by = [*heads(facility, now), *unit_managers(facility.lab, now), *lab_heads(facility.lab, now)]
    confirmed = {table.confirmed_by_id} - {None}
    year_begins = school_midnight(date(table.review.year, 1, 1))
    return (
        recused_from(case)
        | owners_at(facility, since=year_begins)
        | set(crews.exclude(valid_until__lte=now).values_list("user_id", flat=True))
        | set(wrote)
        | {user.pk for user in run_by}
        | {key for key in confirmed if key is not None}
    )


def eligible(case: Case, now: datetime) -> list[User]:
    """The members of the committee who may judge the facility: those first who sit on panels of the same
    year, so that the same people score all facilities as far as nobody is in conflict.
    """
    committee, table = committee_at(now), find_table(case)
    if committee is None or table is None:
        return []
    barred = kept_off(case, now)
    already = _of_the_year(table)
    found = [user for user in voters(committee, now) if user.pk not in barred]
    return sorted(found, key=lambda user: user.pk not in already)


def unasked(case: Case) -> list[PanelSeat]:
    """The seats of those who sit, have not given points and were not asked for them on this seat."""
    panel, table = panel_of(case), find_table(case)
    if panel is None or table is None:
        return []
    scored = set(FacilityScore.objects.filter(table=table).values_list("user_id", flat=True))
    steps = case.steps.filter(node="score").select_related("task")
    asked = {step.task.data.get("seat") for step in steps}
    before = {step.task.data["user"] for step in steps if "seat" not in step.task.data}
    return [seat for seat in sitting(panel) if seat.ulid not in asked and seat.user_id not in scored | before]


def _of_the_year(table: FacilityTable) -> set[int]:
    """Who sits, or is asked to, on a panel of the same review."""
    panels = FacilityTable.objects.filter(review=table.review_id).exclude(panel="").values("panel")
    seats = PanelSeat.objects.filter(
        panel__in=Panel.objects.filter(ulid__in=panels), state__in=PanelSeat.OPEN
    )
    return set(seats.values_list("user_id", flat=True))

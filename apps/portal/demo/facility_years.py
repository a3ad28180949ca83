"""Yearly reviews of the demonstration school's facilities: last year's is published, this year's is under
way.

Last year's is an import: its numbers are those of the records, but facilities answered in the system before,
and their answers are written in bulk. This year's begins as pages begin it.
"""

from datetime import datetime, timedelta
from random import Random

from apps.core.clock import school_time
from apps.evaluation.facility import open_review, publish_review, write_cell
from apps.evaluation.facility_scoring import conclude_table, score_table, seat_panel
from apps.evaluation.models import FacilityCell, FacilityReview, FacilityTable
from apps.instruments.models import CrewMember
from apps.panels import operations as panels
from apps.panels.models import Committee, Panel
from apps.panels.queries import voters
from apps.portal.demo.evaluations import seat_evaluators
from apps.portal.demo.school import School
from workflows.facility_review.beginning import open_year
from workflows.facility_review.collecting import collect

JUDGES = 3
HEAD = "facility"
_LAST_AGO, _NOW_AGO = timedelta(days=60), timedelta(days=1)
_LARGEST = {"projects": 30, "internal_projects": 6, "documents": 8, "briefings": 12}
_OPINIONS = ("机时充足, 开放共享好", "运行平稳, 成果较多", "校外服务有待加强", "培训扎实, 档案齐全")
_NOTE = "本平台无此项业务"
# What the head has written so far this year.
_BEGUN = (("projects", 21, ""), ("seminars", 4, ""), ("core_hours", None, "由调度系统计量, 不计入仪器机时"))


def facility_years(school: School, *, now: datetime) -> int:
    """Both years; returns how many tables of the last one are published."""
    they, last = school.people, now - _LAST_AGO
    committee = seat_evaluators(school, last - timedelta(days=30))
    year = school_time(last).year - 1
    review = open_review(year=year, figures=collect(year, last), by=they["office"], now=last)
    _say(review, last)
    _judge(review, committee, last)
    publish_review(review=review, by=they["office"], now=last + timedelta(days=9))
    present = open_year(year=school_time(now).year, by=they["office"], now=now - _NOW_AGO)
    table = present.tables.select_related("facility__lab", "review").get(facility__code="MCC")
    for key, value, note in _BEGUN:
        cell = table.cells.get(key=key)
        write_cell(cell=cell, value=value, note=note, by=they[HEAD], now=now - _NOW_AGO)
    return review.tables.count()


def _say(review: FacilityReview, at: datetime) -> None:
    """What only the facilities know, each its own numbers."""
    cells = FacilityCell.objects.filter(table__review=review, value__isnull=True, note="").order_by("pk")
    written = []
    for cell in cells.select_related("table__facility"):
        dice = Random(f"{cell.table.facility.code} {cell.key}")  # noqa: S311 - nothing is kept secret by it
        if cell.key in ("core_hours", "days"):
            cell.note = _NOTE
        else:
            cell.value = dice.randrange(_LARGEST.get(cell.key, 5) + 1)
        cell.at = at
        written.append(cell)
    FacilityCell.objects.bulk_update(written, ["value", "note", "at"], batch_size=200)


def _judge(review: FacilityReview, committee: Committee, at: datetime) -> None:
    """Every facility has confirmed, and three of the committee who do not run it have scored it."""
    dice = Random("scores of facilities")  # noqa: S311 - nothing is kept secret by it
    confirmed = {"state": FacilityTable.State.CONFIRMED, "confirmed_at": at + timedelta(days=3)}
    review.tables.update(**confirmed)
    people = voters(committee, at)
    for table in review.tables.select_related("facility__lab", "review").order_by("pk"):
        crew = set(
            CrewMember.objects.filter(instrument__facility=table.facility).values_list("user", flat=True)
        )
        members = [user for user in people if user.pk not in crew][:JUDGES]
        invited, scored = at + timedelta(days=4), at + timedelta(days=7)
        panel = panels.form_panel(
            committee=committee,
            subject_ref=f"facility_table:{table.ulid}",
            members=members,
            chair=None,
            answer_by=invited + timedelta(days=2),
            by=None,
            now=invited,
        )
        for seat in panel.seats.order_by("position"):
            panels.answer_invitation(seat=seat, answer="accept", familiarity=2, by=seat.user, now=invited)
        seat_panel(table=table, panel=panel, by=None, now=invited)
        for judge in members:
            points, opinion = dice.randrange(68, 98), dice.choice(_OPINIONS)
            score_table(table=table, points=points, opinion=opinion, by=judge, now=scored)
        conclude_table(table=table, now=scored)
        panels.end_panel(panel=panel, because=str(Panel.Ending.SCORED), by=None, now=scored)

"""Yearly reviews of the demonstration school's facilities: last year's is published, this year's is under
way.

Last year's is an import: its numbers are those of the records, but facilities and panel answered in the
system before, and their answers are written in bulk. This year's begins as pages begin it.
"""

from datetime import datetime, timedelta
from random import Random

from apps.core.clock import school_time
from apps.evaluation.facility import mean_score, open_review, publish_review, write_cell
from apps.evaluation.models import FacilityCell, FacilityReview, FacilityScore, FacilityTable
from apps.people.models import User
from apps.portal.demo.school import School
from workflows.facility_review.beginning import open_year
from workflows.facility_review.collecting import collect

JUDGES = ("ma", "qiu", "su")
HEAD = "facility"
_LAST_AGO, _NOW_AGO = timedelta(days=60), timedelta(days=1)
_LARGEST = {"papers": 40, "projects": 30, "internal_projects": 6, "documents": 8, "briefings": 12}
_OPINIONS = ("机时充足, 开放共享好", "运行平稳, 成果较多", "校外服务有待加强", "培训扎实, 档案齐全")
_NOTE = "本平台无此项业务"
# What the head has written so far this year.
_BEGUN = (("papers", 21, ""), ("seminars", 4, ""), ("core_hours", None, "由调度系统计量, 不计入仪器机时"))


def facility_years(school: School, *, now: datetime) -> int:
    """Both years; returns how many tables of the last one are published."""
    they, last = school.people, now - _LAST_AGO
    judges = [they[login] for login in JUDGES]
    year = school_time(last).year - 1
    review = open_review(year=year, figures=collect(year, last), judges=judges, by=they["office"], now=last)
    _say(review, last)
    _judge(review, judges, last)
    publish_review(review=review, by=they["office"], now=last + timedelta(days=9))
    present = open_year(year=school_time(now).year, judges=judges, by=they["office"], now=now - _NOW_AGO)
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


def _judge(review: FacilityReview, judges: list[User], at: datetime) -> None:
    """Every facility has confirmed, and the whole panel has scored."""
    dice = Random("scores of facilities")  # noqa: S311 - nothing is kept secret by it
    tables = list(review.tables.order_by("pk"))
    scores = [
        FacilityScore(
            table=table,
            user=judge,
            points=dice.randrange(68, 98),
            opinion=dice.choice(_OPINIONS),
            at=at + timedelta(days=7),
        )
        for table in tables
        for judge in judges
    ]
    FacilityScore.objects.bulk_create(scores)
    for number, table in enumerate(tables):
        mine = scores[number * len(judges) : (number + 1) * len(judges)]
        table.score = mean_score([one.points for one in mine])
        table.state, table.confirmed_at = FacilityTable.State.SCORED, at + timedelta(days=3)
    FacilityTable.objects.bulk_update(tables, ["score", "state", "confirmed_at"], batch_size=200)

"""The personnel file in the worker: what waits is read, many rows in little memory; reports and their end."""

import tracemalloc
from datetime import datetime, timedelta

import pytest
from django.db import connection

from apps.people.hr.deciding import confirm_hr_file
from apps.people.hr.reports import matching_report, template
from apps.people.hr.uploading import read_hr_file, upload_hr_file
from apps.people.models import HrFile, HrPerson, HrRow, User
from apps.people.operations import register_user
from apps.people.tasks import purge_hr_rows, read_hr_files
from tests import people
from tests.domain.people.hrfiles import as_csv, cells_of, confirmed, read, row

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FOUR = [
    row("2026001", "丹"),
    row("2026002", "薇"),
    row("T1001", "李四", kind="教职工", status="在职", until=""),
    row("2020001", "老学长", status="毕业", until="2024-06-30"),
]


@pytest.fixture
def they(now: datetime) -> people.People:
    """Everyone; and a hundred students with accounts, so that one who leaves is one percent."""
    they = people.gather(now)
    User.objects.bulk_create(
        User(
            username=f"S{n:04d}",
            name_zh=f"学生{n}",
            kind="student",
            valid_from=now - DAY,
            full_from=now - DAY,
        )
        for n in range(100)
    )
    return they


def _students(*, without: tuple[int, ...] = ()) -> list[tuple[str, ...]]:
    return [row(f"S{n:04d}", f"学生{n}") for n in range(100) if n not in without]


def test_the_worker_reads_what_waits(present: datetime, they: people.People) -> None:
    upload_hr_file(name="hr.csv", content=as_csv(FOUR), by=they.office, now=present)
    assert read_hr_files() == 1
    assert read_hr_files() == 0
    assert HrFile.objects.get().state == "previewed"


def test_old_rows_are_deleted_and_the_register_stays(present: datetime, they: people.People) -> None:
    old, new = present - 181 * DAY, present - 179 * DAY
    confirmed(FOUR, they.office, old)
    confirmed([*FOUR, row("2026010", "新")], they.office, new)
    read(as_csv(_students()), old)
    assert purge_hr_rows() == 4
    assert (HrRow.objects.count(), HrPerson.objects.count()) == (105, 5)


def test_the_matching_report_names_every_row_its_change_and_its_account(
    now: datetime, they: people.People
) -> None:
    confirmed([*FOUR, row("S0001", "别名"), row("2026009", "没来")], they.office, now)
    file = read(as_csv([*FOUR, row("S0001", "别名"), row("S0002", "学生2")]), now + DAY)
    cells = cells_of(matching_report(file, now + DAY))
    by_number = {line[1]: line for line in cells[1:]}
    assert len(cells) == 8
    assert by_number["S0001"][9] == "学生1"  # the account has another name
    assert by_number["S0002"][9] is None
    assert by_number["2026009"][0] is None  # not in the file
    register_user(username="2026001", name_zh="丹", kind="student", unit=None, now=now)
    after = {line[1]: line for line in cells_of(matching_report(file, now + DAY))[1:]}
    assert after["2026001"][8] != by_number["2026001"][8]


def test_the_template_is_read_as_it_is(now: datetime) -> None:
    file = read(b"".join(template()), now, name="template.xlsx")
    assert (file.state, file.fault_count, file.counts["new"]) == ("previewed", 0, 2)


def test_fifty_thousand_rows_are_read_in_flat_memory_and_nothing_counts_before_the_end(
    now: datetime, they: people.People
) -> None:
    """Confirmed once; then the same school with some hundred changes. Memory is that of a batch."""
    everybody = [row(f"N{n:06d}", f"姓名{n}") for n in range(50_000)]
    peaks, files = {}, {}
    for size in (5_000, 50_000):
        content = as_csv(everybody[:size], encoding="gbk")
        ulid = upload_hr_file(name="hr.csv", content=content, by=they.office, now=now).ulid
        tracemalloc.start()
        done = read_hr_file(ulid=ulid, now=now)
        peaks[size] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert done is not None
        assert (done.state, done.counts["new"], done.rows_read) == ("previewed", size, size)
        assert not HrPerson.objects.exists()
        files[size] = done
    assert peaks[50_000] - peaks[5_000] < 4 * len(
        content
    )  # the file itself; its rows would be ten times that
    confirm_hr_file(file=files[50_000], digest=files[50_000].digest, by=they.office, now=now)
    assert HrPerson.objects.count() == 50_000
    gone = set(range(0, 48_500, 97))
    moved = set(range(0, 50_000, 100)) - gone
    second = [
        row(f"N{n:06d}", f"姓名{n}", unit="LIFE" if n in moved else "MSE")
        for n in range(50_000)
        if n not in gone
    ]
    file = read(as_csv(second), now + DAY)
    assert (file.counts["absent"], file.counts["changed"], file.counts["new"]) == (
        len(gone),
        len(moved),
        0,
    )
    confirm_hr_file(file=file, digest=file.digest, by=they.office, now=now + DAY)
    assert HrPerson.objects.filter(left_at=None).count() == 50_000 - len(gone)
    assert HrPerson.objects.filter(unit_code="LIFE").count() == len(moved)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's plans here need no statistics")
def test_a_file_is_compared_with_statistics_of_what_was_just_loaded(
    now: datetime, they: people.People
) -> None:
    """Without them PostgreSQL took the file for one row and ran for hours when its own analysis came late."""
    confirmed([row(f"N{n:06d}", f"姓名{n}") for n in range(500)], they.office, now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = -1 WHERE relname IN ('people_hrrow', 'people_hrperson')"
        )
        read(as_csv([row(f"N{n:06d}", f"姓名{n}") for n in range(400)]), now + DAY)
        cursor.execute(
            "SELECT relname, reltuples FROM pg_class WHERE relname IN ('people_hrrow', 'people_hrperson')"
        )
        assert dict(cursor.fetchall()) == {"people_hrrow": 900, "people_hrperson": 500}

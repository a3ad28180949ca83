"""The personnel file: read row by row, compared, capped, confirmed by a person; it never revokes."""

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.people.hr.deciding import confirm_hr_file, reject_hr_file
from apps.people.hr.reports import fault_report
from apps.people.hr.uploading import STALLED, read_hr_file, upload_hr_file, waiting_files
from apps.people.models import HrFault, HrFile, HrPerson, HrRow, User
from apps.people.queries import active_users
from tests import people
from tests.domain.people.hrfiles import as_csv, as_excel, cells_of, confirmed, read, row
from tests.factories.facts import audited, told
from tests.factories.refusals import refused

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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_csv_in_utf8_or_gbk_is_read(now: datetime, encoding: str) -> None:
    file = read(as_csv(FOUR, encoding=encoding), now)
    assert (file.state, file.fault_count, file.counts["new"], file.rows_read) == ("previewed", 0, 4, 4)
    assert file.encoding == ("utf-8-sig" if encoding.startswith("utf") else "gb18030")
    assert file.content is None
    dan = HrRow.objects.get(number="2026001")
    assert (dan.name_zh, dan.kind, dan.unit_code, dan.status, dan.valid_until, dan.row) == (
        "丹",
        "student",
        "MSE",
        "active",
        date(2028, 6, 30),
        2,
    )
    assert not HrPerson.objects.exists()


def test_an_excel_file_with_numbers_and_dates_as_such_is_read(now: datetime) -> None:
    rows = [
        (2026001, "丹", "学生", "MSE", "在校", datetime(2028, 6, 30)),  # noqa: DTZ001 - as Excel has it
        (2026002.0, "薇", "student", None, "active", "2028/6/30"),
        (None, None, None, None, None, None),
        ("T 1001", "李四", "Staff", "MSE", "在职", "20280630"),
        ("T1002", "王五", "教师", "MSE", "在岗", "2028年6月30日"),
    ]
    file = read(as_excel(rows), now)
    assert (file.state, file.fault_count, file.counts["rows"]) == ("previewed", 0, 4)
    found = HrRow.objects.order_by("row").values_list("row", "number", "valid_until")
    assert list(found) == [
        (2, "2026001", date(2028, 6, 30)),
        (3, "2026002", date(2028, 6, 30)),
        (5, "T1001", date(2028, 6, 30)),
        (6, "T1002", date(2028, 6, 30)),
    ]


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_separators_and_english_headings_are_read(now: datetime, delimiter: str) -> None:
    lines = [
        ("email", "Name", "number", "kind", "unit", "status", "valid_until", "remark"),
        ("dan@school.example", "丹", "2026001", "student", "MSE", "active", "", "x"),
    ]
    file = read("\n".join(delimiter.join(line) for line in lines).encode(), now)
    assert file.counts["new"] == 1
    assert HrRow.objects.get().email == "dan@school.example"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (as_csv(FOUR, encoding="utf-16"), "people.hr_encoding"),
        (b"\xff\xfe\x81" * 9, "people.hr_encoding"),
        (as_csv(FOUR, heading=("学工号", "姓名", "类别", "单位", "状态", "到期")), "people.hr_columns"),
        (as_csv([]), "people.hr_rows"),
        (b"PK\x03\x04 no workbook", "people.hr_unreadable"),
        (b"\n", "people.hr_columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_rejected_with_why_and_leaves_nothing(
    now: datetime, content: bytes, code: str
) -> None:
    file = read(content, now)
    assert (file.state, file.refused_code, file.decided_at) == ("rejected", code, now)
    if code == "people.hr_columns" and b"," in content:
        assert file.refused_details["columns"] == ["单位代码", "有效期至"]
    assert not HrRow.objects.exists()
    assert file.content is None


def test_a_workbook_that_unpacks_to_a_monster_is_not_opened(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.people.hr.sheets._MOST_UNPACKED", 1000)
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 5000)
    assert read(packed.getvalue(), now).refused_code == "people.hr_size"


def test_every_fault_of_every_row_is_told_and_the_file_is_not_confirmed(
    now: datetime, they: people.People
) -> None:
    rows = [
        row("2026001", "丹"),
        row("1", ""),
        row("2026003", "薇", kind="校友", status="失踪", until="2028-13-45"),
        row("2026001", "丹二"),
        ("2026005", "短"),
        row("2026001", "丹三"),
        row("2026007", "长" * 61),
    ]
    file = read(as_csv(rows), now)
    found = HrFault.objects.order_by("row", "column", "id").values_list("row", "column", "code", "other_row")
    assert list(found) == [
        (3, "name_zh", "people.hr_name", None),
        (3, "number", "people.hr_number", None),
        (4, "kind", "people.hr_kind", None),
        (4, "status", "people.hr_status", None),
        (4, "valid_until", "people.hr_date", None),
        (5, "number", "people.hr_number_twice", 2),
        (6, "kind", "people.hr_kind", None),
        (6, "status", "people.hr_status", None),
        (7, "number", "people.hr_number_twice", 2),
        (8, "name_zh", "people.hr_too_long", None),
    ]
    assert file.fault_count == 10
    with refused(WrongState, "people.hr_faults") as met:
        confirm_hr_file(file=file, digest=file.digest, by=they.office, now=now)
    assert met.details["count"] == 10
    assert not HrPerson.objects.exists()
    cells = cells_of(fault_report(file, now))
    assert len(cells) == 11
    assert cells[6][0] == 5
    assert cells[6][4] == 2


def test_a_file_shows_who_is_new_changed_left_and_back(now: datetime, they: people.People) -> None:
    confirmed(FOUR, they.office, now)
    assert set(HrPerson.objects.filter(left_at=None).values_list("number", flat=True)) == {
        "2026001",
        "2026002",
        "T1001",
    }
    second = [
        row("2026001", "丹", until="2029-06-30"),  # changed
        row("T1001", "李四", kind="教职工", status="在职", until=""),  # the same
        row("2020001", "老学长", until=""),  # back
        row("2026009", "新生"),  # new
    ]
    file = read(as_csv(second), now + DAY)
    assert {
        name: file.counts[name] for name in ("new", "changed", "same", "returning", "left", "absent")
    } == {
        "new": 1,
        "changed": 1,
        "same": 1,
        "returning": 1,
        "left": 0,
        "absent": 1,  # 2026002
    }
    confirm_hr_file(file=file, digest=file.digest, by=they.office, now=now + DAY)
    state = {person.number: person.left_at for person in HrPerson.objects.all()}
    assert state == {
        "2026001": None,
        "2026002": now + DAY,
        "T1001": None,
        "2020001": None,
        "2026009": None,
    }
    assert HrPerson.objects.get(number="2026001").valid_until == date(2029, 6, 30)
    third = read(as_csv([*second[1:], row("2026001", "丹", status="退学")]), now + 2 * DAY)
    assert (third.counts["left"], third.counts["absent"], third.counts["same"]) == (1, 0, 3)
    confirm_hr_file(file=third, digest=third.digest, by=they.office, now=now + 2 * DAY)
    assert HrPerson.objects.get(number="2026001").left_at == now + 2 * DAY


def test_a_confirmed_file_tells_one_fact_for_each_leaver_and_ends_nobody(
    now: datetime, they: people.People
) -> None:
    confirmed(_students(), they.office, now)
    before = set(active_users(now + DAY).values_list("pk", flat=True))
    file = read(as_csv(_students(without=(7, 8))), now + DAY)
    assert (file.counts["absent"], file.counts["leaving"]) == (2, 2)
    assert told("people.left_school") == []
    confirm_hr_file(file=file, digest=file.digest, by=they.office, now=now + DAY)
    leavers = User.objects.filter(username__in=("S0007", "S0008")).order_by("id")
    assert told("people.left_school") == [{"user": user.ulid, "file": file.ulid} for user in leavers]
    assert set(active_users(now + DAY).values_list("pk", flat=True)) == before
    assert audited("people.confirm_hr_file")[-1].actor == they.office


def test_a_truncated_file_cuts_nobody_off(now: datetime, they: people.People) -> None:
    confirmed(_students(), they.office, now)
    half = read(as_csv(_students(without=tuple(range(50, 100)))), now + DAY)
    assert half.counts["leaving"] == 50
    with refused(WrongState, "people.hr_cap") as met:
        confirm_hr_file(file=half, digest=half.digest, by=they.office, now=now + DAY)
    assert met.details == {"leaving": 50, "active": 107, "percent": 2}
    assert told("people.left_school") == []
    assert HrPerson.objects.filter(left_at=None).count() == 100
    reject_hr_file(file=half, reason="文件不完整", by=they.office, now=now + DAY)
    half.refresh_from_db()
    assert (half.state, half.reason, half.decided_by) == ("rejected", "文件不完整", they.office)


@pytest.mark.parametrize(("gone", "stopped"), [(2, False), (3, True)])
def test_the_cap_is_a_share_of_the_active_people_of_the_school(
    now: datetime, they: people.People, gone: int, *, stopped: bool
) -> None:
    confirmed(_students(), they.office, now)  # 107 are active: two percent are 2.14
    file = read(as_csv(_students(without=tuple(range(gone)))), now + DAY)
    if stopped:
        with refused(WrongState, "people.hr_cap"):
            confirm_hr_file(file=file, digest=file.digest, by=they.office, now=now + DAY)
        ParameterValue.objects.create(
            key="people.hr_leave_cap_percent", value=5, valid_from=now, reason="毕业季"
        )
    confirm_hr_file(file=file, digest=file.digest, by=they.office, now=now + DAY)
    assert len(told("people.left_school")) == gone


def test_accounts_that_the_register_never_had_do_not_leave(now: datetime, they: people.People) -> None:
    confirmed(FOUR, they.office, now)
    file = read(as_csv([*FOUR, row("2026010", "新")]), now + DAY)
    assert file.counts["leaving"] == 0


def test_a_preview_that_is_stale_is_not_confirmed(now: datetime, they: people.People) -> None:
    confirmed(_students(), they.office, now)
    first = read(as_csv(_students(without=(1,))), now + DAY)
    second = read(as_csv(_students(without=(2,))), now + DAY)
    with refused(WrongState, "people.hr_stale"):
        confirm_hr_file(file=second, digest=first.digest, by=they.office, now=now + DAY)
    confirm_hr_file(file=second, digest=second.digest, by=they.office, now=now + DAY)
    with refused(WrongState, "people.hr_stale"):  # another file was confirmed since
        confirm_hr_file(file=first, digest=first.digest, by=they.office, now=now + DAY)
    third = read(as_csv(_students(without=(2, 3))), now + 2 * DAY)
    User.objects.filter(username="S0003").update(valid_until=now + DAY)  # left otherwise meanwhile
    with refused(WrongState, "people.hr_stale"):
        confirm_hr_file(file=third, digest=third.digest, by=they.office, now=now + 2 * DAY)


def test_the_same_file_again_changes_nothing(now: datetime, they: people.People) -> None:
    content = as_csv(FOUR)
    first = read(content, now)
    again = upload_hr_file(name="other name.csv", content=content, by=they.office, now=now + DAY)
    assert again.pk == first.pk
    assert read_hr_file(ulid=first.ulid, now=now + DAY) is None
    done = confirm_hr_file(file=first, digest=first.digest, by=they.office, now=now + DAY)
    again = upload_hr_file(name="hr.csv", content=content, by=they.office, now=now + 2 * DAY)
    assert (again.pk, HrFile.objects.count()) == (done.pk, 1)
    with refused(WrongState, "people.hr_decided"):
        confirm_hr_file(file=again, digest=again.digest, by=they.office, now=now + 2 * DAY)
    confirmed([*FOUR, row("2026010", "新")], they.office, now + 3 * DAY)
    back = read(content, now + 4 * DAY)  # an older file may be wanted again
    assert (back.pk == done.pk, back.counts["absent"]) == (False, 1)


def test_files_are_the_offices(now: datetime, they: people.People) -> None:
    file = read(as_csv(FOUR), now)
    for who in (they.teng, they.finance, they.charlie, they.alice):
        with refused(NotPermitted, "people.office_only"):
            upload_hr_file(name="x", content=b"x", by=who, now=now)
        with refused(NotPermitted, "people.office_only"):
            confirm_hr_file(file=file, digest=file.digest, by=who, now=now)
        with refused(NotPermitted, "people.office_only"):
            reject_hr_file(file=file, reason="x", by=who, now=now)
    for content in (b"", b"x" * 16 * 1024 * 1024):
        with refused(Invalid, "people.hr_size"):
            upload_hr_file(name="x", content=content, by=they.office, now=now)
    with refused(Invalid, "core.reason_required"):
        reject_hr_file(file=file, reason="", by=they.office, now=now)
    reject_hr_file(file=file, reason="x", by=they.office, now=now)
    with refused(WrongState, "people.hr_decided"):
        reject_hr_file(file=file, reason="x", by=they.office, now=now)


def test_a_file_that_is_not_read_yet_is_neither_confirmed_nor_rejected(
    now: datetime, they: people.People
) -> None:
    file = upload_hr_file(name="hr.csv", content=as_csv(FOUR), by=they.office, now=now)
    with refused(WrongState, "people.hr_not_read"):
        confirm_hr_file(file=file, digest="", by=they.office, now=now)
    with refused(WrongState, "people.hr_not_read"):
        reject_hr_file(file=file, reason="x", by=they.office, now=now)


def test_a_reader_that_was_lost_half_way_begins_again(
    now: datetime, they: people.People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.people.hr.uploading.AT_ONCE", 2)
    file = upload_hr_file(name="hr.csv", content=as_csv(FOUR), by=they.office, now=now)

    def killed(**_: Any) -> None:
        raise SystemExit

    monkeypatch.setattr("apps.people.hr.uploading.compare", killed)
    with pytest.raises(SystemExit):
        read_hr_file(ulid=file.ulid, now=now)
    file.refresh_from_db()
    assert (file.state, file.rows_read) == ("uploaded", 4)
    assert waiting_files(now + STALLED) == []
    assert read_hr_file(ulid=file.ulid, now=now + STALLED) is None
    monkeypatch.undo()
    later = now + STALLED + timedelta(seconds=1)
    assert waiting_files(later) == [file.ulid]
    done = read_hr_file(ulid=file.ulid, now=later)
    assert done is not None
    assert (done.state, done.counts["rows"], HrRow.objects.count()) == ("previewed", 4, 4)

"""What the office takes away: the matching report of a file as an Excel workbook, and the template to fill
in. Streams; nothing is kept in memory.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import FileResponse
from django.utils.translation import gettext as _

from apps.core import parameters, workbooks
from apps.core.clock import school_time
from apps.people.hr.comparing import absent
from apps.people.hr.entries import FAULTS, HEADINGS
from apps.people.models import HrFault, HrFile, HrKind, HrRow, HrStatus, User

_TEMPLATE_ROWS = (
    ("2026001", "张三", "Zhang San", "学生", "MSE", "在校", "2029-06-30", "zhangsan@school.example"),
    ("T1001", "李四", "Li Si", "教职工", "MSE", "在职", "", ""),
)


def matching_report(file: HrFile, at: datetime) -> FileResponse:
    """Every row of the file with what it changes and the account that it meets; then who is not named."""
    headings = (
        _("Row"),
        _("School number"),
        _("Name"),
        _("Kind"),
        _("Unit code"),
        _("Status"),
        _("Valid until"),
        _("Change"),
        _("Account"),
        _("Name of the account"),
    )
    return workbooks.download(
        filename=f"hr-{school_time(at):%Y%m%d}-{file.ulid[-6:]}.xlsx",
        sheet=_("Matching report"),
        headings=headings,
        rows=_rows(file),
    )


def fault_report(file: HrFile, at: datetime) -> FileResponse:
    """Every fault of the file: where, what, and what stands there."""
    headings = (_("Row"), _("Column"), _("What is wrong"), _("Found"), _("See row"))
    return workbooks.download(
        filename=f"hr-faults-{school_time(at):%Y%m%d}-{file.ulid[-6:]}.xlsx",
        sheet=_("Faults"),
        headings=headings,
        rows=(
            (fault.row, HEADINGS[fault.column][0], fault_words(fault), fault.value, fault.other_row)
            for fault in file.faults.order_by("row", "id").iterator()
        ),
    )


def template() -> FileResponse:
    """An empty file with its columns and two rows that show how they are filled in."""
    return workbooks.download(
        filename="hr-template.xlsx",
        sheet=_("Personnel file"),
        headings=[names[0] for names in HEADINGS.values()],
        rows=_TEMPLATE_ROWS,
    )


def fault_words(fault: HrFault) -> str:
    """What the fault says, in the reader's language."""
    return str(FAULTS[fault.code])


def purge_rows(*, now: datetime) -> int:
    """Rows and faults of files decided longer ago than `people.hr_rows_days` are deleted; returns how many.
    Counts, leavers and the register stay.
    """
    before = now - timedelta(days=parameters.value("people.hr_rows_days", at=now))
    old = HrFile.objects.filter(decided_at__lt=before)
    gone = HrRow.objects.filter(file__in=old).delete()[0] + HrFault.objects.filter(file__in=old).delete()[0]
    return int(gone)


def _rows(file: HrFile) -> Iterator[tuple[Any, ...]]:
    words = _Words()
    for row in _with_accounts(HrRow.objects.filter(file=file)).order_by("row").iterator():
        yield (row.row, *words.of(row, words.statuses[row.status], words.changes[row.change]))
    if file.state == HrFile.State.PREVIEWED:
        for person in _with_accounts(absent(file)).order_by("number").iterator():
            yield (None, *words.of(person, words.unnamed, words.changes[HrRow.Change.LEFT]))


class _Words:
    """The report's words in its reader's language, looked up once for all rows."""

    def __init__(self) -> None:
        self.kinds = {value: str(label) for value, label in HrKind.choices}
        self.statuses = {value: str(label) for value, label in HrStatus.choices}
        self.changes = {value: str(label) for value, label in HrRow.Change.choices}
        self.accounts = {None: _("No account"), True: _("Has an account"), False: _("Account ended")}
        self.unnamed = _("Not in the file")

    def of(self, row: Any, status: str, change: str) -> tuple[Any, ...]:
        """A line of the report, without its row's number."""
        return (
            row.number,
            row.name_zh,
            self.kinds[row.kind],
            row.unit_code,
            status,
            row.valid_until,
            change,
            self.accounts[row.account_active],
            row.account_name if row.account_name != row.name_zh else "",
        )


def _with_accounts(rows: QuerySet[Any]) -> Any:
    account = User.objects.filter(username=OuterRef("number"))
    return rows.annotate(
        account_name=Coalesce(Subquery(account.values("name_zh")[:1]), Value(""), output_field=CharField()),
        account_active=Subquery(account.values("is_active")[:1]),
    )

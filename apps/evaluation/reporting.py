"""What a crew reports: items with evidence towards figures that records do not know, and what the laboratory
counts of them. Nothing is changed in place without a trace: what was reported stays beside what counts.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotFound, WrongState
from apps.evaluation.access import find_sheet, may_correct, may_report, require_correct, require_report
from apps.evaluation.content import REPORT, FigureSpec
from apps.evaluation.models import Correction, Evidence, Judge, ReportItem, Sheet
from apps.evaluation.sheets import held, require_open
from apps.files.models import StoredFile
from apps.files.operations import begin
from apps.people.models import User
from apps.people.requirements import require_reason

MOST_ITEMS = 200
LARGEST = Decimal(1_000_000)


@transaction.atomic
def report_item(
    *, sheet: Sheet, key: str, amount: Decimal, what: str, by: User | None, now: datetime
) -> ReportItem:
    """One more thing counts towards a figure that is reported.

    Raises Invalid `evaluation.not_reported` (the scheme does not ask for it), `evaluation.amount`,
    `evaluation.what`; WrongState `evaluation.sheet_state`, `evaluation.too_many`; NotPermitted
    `evaluation.not_reporter`.
    """
    row = held(sheet)
    require_open(row)
    require_report(row, by, now)
    spec = next((one for one in reported_figures(row) if one.key == key), None)
    if spec is None:
        raise Invalid(_("The scheme does not ask for this."), code="evaluation.not_reported", field="key")
    if not what.strip():
        raise Invalid(_("Say what it is."), code="evaluation.what", field="what")
    if row.items.filter(withdrawn_at__isnull=True).count() >= MOST_ITEMS:
        raise WrongState(_("There are too many items."), code="evaluation.too_many")
    amount = _amount(amount, spec)
    made = ReportItem.objects.create(
        sheet=row, key=key, amount=amount, counted=amount, what=what.strip()[:300], by=by, at=now
    )
    _audit("report_item", row, by, now, key=key, amount=str(amount))
    return made


@transaction.atomic
def withdraw_item(*, item: ReportItem, by: User | None, now: datetime) -> None:
    """The crew takes an item back. Raises WrongState `evaluation.sheet_state`, `evaluation.item_gone`;
    NotPermitted `evaluation.not_reporter`.
    """
    row = held(item.sheet)
    require_open(row)
    require_report(row, by, now)
    if not ReportItem.objects.filter(pk=item.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        raise WrongState(_("It was withdrawn already."), code="evaluation.item_gone")
    _audit("withdraw_item", row, by, now, item=item.ulid)


@transaction.atomic
def correct_item(*, item: ReportItem, counted: Decimal, reason: str, by: User, now: datetime) -> Correction:
    """The laboratory, or the department, counts an item otherwise, with a reason.

    Raises Invalid `core.reason_required`, `evaluation.amount`; WrongState `evaluation.sheet_state`,
    `evaluation.item_gone`; NotPermitted `evaluation.not_reviewer`.
    """
    reason = require_reason(reason)
    row = held(item.sheet)
    require_open(row, Sheet.State.LAB, Sheet.State.DEPARTMENT)
    require_correct(row, by, now)
    fresh = ReportItem.objects.select_for_update().get(pk=item.pk)
    if fresh.withdrawn_at is not None:
        raise WrongState(_("It was withdrawn already."), code="evaluation.item_gone")
    spec = next(one for one in reported_figures(row) if one.key == fresh.key)
    before, fresh.counted = fresh.counted, _amount(counted, spec)
    fresh.save(update_fields=["counted"])
    made = Correction.objects.create(
        item=fresh, before=before, after=fresh.counted, reason=reason, by=by, at=now
    )
    _audit("correct_item", row, by, now, item=fresh.ulid, reason=reason)
    return made


@transaction.atomic
def attach_evidence(
    *, item: ReportItem, name: str, size: int, by: User, now: datetime, announced: str = ""
) -> Evidence:
    """A file of `size` bytes is going to be sent that shows what an item says; the same unfinished upload
    goes on. Raises WrongState `evaluation.sheet_state`, `evaluation.item_gone`; NotPermitted
    `evaluation.not_reporter`; and whatever `files.operations.begin` raises.
    """
    row = held(item.sheet)
    require_open(row)
    require_report(row, by, now)
    if ReportItem.objects.filter(pk=item.pk, withdrawn_at__isnull=False).exists():
        raise WrongState(_("It was withdrawn already."), code="evaluation.item_gone")
    file = begin(
        about=f"evaluation_item:{item.ulid}", name=name, size=size, by=by, now=now, announced=announced
    )
    found, _new = Evidence.objects.get_or_create(file=file, defaults={"item": item, "by": by, "at": now})
    return found


def find_evidence(ulid: str, user: User, now: datetime) -> StoredFile:
    """The file of some evidence that the user may read: whoever may read the sheet before it is published,
    which names no files to the public. Raises NotFound `evaluation.no_file`.
    """
    found = Evidence.objects.select_related("file", "item__sheet__round").filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such file."), code="evaluation.no_file")
    sheet = find_sheet(found.item.sheet.ulid, user, now)
    if not reads_evidence(user, sheet, now):
        raise NotFound(_("There is no such file."), code="evaluation.no_file")
    return found.file


def reads_evidence(user: User, sheet: Sheet, now: datetime) -> bool:
    """Whether somebody may open the files of a sheet: its crew, its unit, the office, who judges it."""
    return (
        may_report(user, sheet, now)
        or may_correct(user, sheet, now)
        or Judge.objects.filter(round=sheet.round_id, user=user).exists()
    )


def reported_figures(sheet: Sheet) -> list[FigureSpec]:
    """The figures that the crew reports itself."""
    return [one for one in sheet.round.version.tree.figures if one.source == REPORT]


def sums(sheets: Iterable[Sheet]) -> dict[int, dict[str, tuple[Fraction, list[str]]]]:
    """What the items of each sheet (primary key) come to by figure, with the ULIDs of the items. One
    query.
    """
    pks = [sheet.pk for sheet in sheets]
    found: dict[int, dict[str, tuple[Fraction, list[str]]]] = {pk: {} for pk in pks}
    rows = ReportItem.objects.filter(sheet__in=pks, withdrawn_at__isnull=True).order_by("id")
    for row in rows:
        amount, behind = found[row.sheet_id].get(row.key, (Fraction(0), []))
        found[row.sheet_id][row.key] = (amount + Fraction(row.counted), [*behind, row.ulid])
    return found


def _amount(amount: Decimal, spec: FigureSpec) -> Decimal:
    """Whole pieces, but for hours, yuan and shares."""
    whole = spec.unit not in ("hours_ms", "core_hours_ms", "fen", "permille")
    fits = amount.is_finite() and 0 <= amount <= LARGEST and amount == amount.quantize(Decimal("0.01"))
    if not fits or (whole and amount != amount.to_integral_value()):
        raise Invalid(_("Give a number that makes sense for this."), code="evaluation.amount", field="amount")
    return amount


def _audit(act: str, sheet: Sheet, by: User | None, now: datetime, reason: str = "", **details: str) -> None:
    audit.record(
        action=f"evaluation.{act}",
        object_ref=f"evaluation_sheet:{sheet.ulid}",
        now=now,
        actor=by,
        reason=reason,
        **details,
    )

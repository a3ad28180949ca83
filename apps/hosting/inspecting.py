"""The host looks at an offered instrument by the check-list of the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.core.parameters import value
from apps.hosting.models import Agreement, Inspection, InspectionItem, Side
from apps.hosting.sides import locked, moved, require_side, traced
from apps.people.models import User

State, Result = Agreement.State, InspectionItem.Result


@dataclass(frozen=True)
class CheckItem:
    """A line of the check-list; a critical one has to be in order."""

    key: str
    zh: str
    en: str
    critical: bool


@dataclass(frozen=True)
class Found:
    """What was found about a line."""

    result: str
    note: str = ""


def checklist(at: datetime) -> list[CheckItem]:
    """The check-list in force at a moment. One query."""
    return [CheckItem(**one) for one in value("hosting.checklist", at=at)]


@transaction.atomic
def inspect(
    *, agreement: Agreement, found: Mapping[str, Found], by: User, now: datetime, note: str = ""
) -> Inspection:
    """What the host has found, line by line. It is passed when every critical line is in order; then terms
    may be negotiated. Looked at again, the last inspection counts.

    Raises NotPermitted `hosting.not_your_side`; Invalid `hosting.checklist` (with the keys of what is not
    answered), `hosting.result`, `hosting.why_not` for a fault without a note; WrongState `hosting.moved`.
    """
    require_side(agreement, Side.HOST, by, now)
    row = locked(agreement, State.OFFERED, State.NEGOTIATING)
    items = checklist(now)
    _require_answers(items, found)
    passed = all(found[one.key].result == Result.PASS for one in items if one.critical)
    made = Inspection.objects.create(
        agreement=row, number=row.inspections.count() + 1, by=by, at=now, passed=passed, note=note.strip()
    )
    InspectionItem.objects.bulk_create(
        InspectionItem(
            inspection=made,
            place=place,
            key=one.key,
            name_zh=one.zh,
            name_en=one.en,
            critical=one.critical,
            result=found[one.key].result,
            note=found[one.key].note.strip(),
        )
        for place, one in enumerate(items, 1)
    )
    traced("inspect", row, by, now, passed=passed, inspection=made.ulid)
    if passed and row.state == State.OFFERED:
        moved(row, State.NEGOTIATING, by, now)
    return made


def is_inspected(agreement: Agreement) -> bool:
    """Whether the last inspection was passed. One query."""
    last = agreement.inspections.order_by("-number").values_list("passed", flat=True).first()
    return bool(last)


def _require_answers(items: list[CheckItem], found: Mapping[str, Found]) -> None:
    missing = [one.key for one in items if one.key not in found]
    if missing:
        raise Invalid(
            _("Please answer every line of the check-list."),
            code="hosting.checklist",
            field=missing[0],
            missing=missing,
        )
    for one in items:
        answer = found[one.key]
        if answer.result not in Result.values:
            raise Invalid(_("Please choose what was found."), code="hosting.result", field=one.key)
        if answer.result == Result.FAIL and not answer.note.strip():
            raise Invalid(_("Please say what is not in order."), code="hosting.why_not", field=one.key)

"""The yearly table as it is frozen for who judges it, and as it is printed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_noop as _

from apps.core.errors import Text
from apps.core.figures import Figure, written
from apps.evaluation.facility_reading import Told, cells_of, quotients
from apps.evaluation.models import FacilityTable


def sections(table: FacilityTable) -> Sequence[Mapping[str, Any]]:
    """Every cell and every ratio in words."""
    cells = cells_of(table)
    figures = {one.column.key: one.figure for one in cells}
    ratios = [
        {"label": _msgid(one.title), "value": written(figure) if figure else "-"}
        for one, figure in quotients(figures)
    ]
    facility = {"zh": table.facility.name_zh, "en": table.facility.name_en}
    return [
        {
            "title": _("Facility"),
            "rows": [
                {"label": _("Facility"), "value": facility},
                {"label": _("Year"), "value": str(table.review.year)},
            ],
        },
        {"title": _("Yearly table"), "rows": [_row(one) for one in cells]},
        {"title": _("Ratios, from the table"), "rows": ratios},
    ]


def _row(one: Told) -> Mapping[str, Any]:
    return {"label": _msgid(one.column.title), "value": _said(one.figure, one.cell.note)}


def _said(figure: Figure | None, note: str) -> str:
    return written(figure) if figure is not None else note or "-"


def _msgid(text: Text) -> str:
    with translation.override("en"):
        return str(text)

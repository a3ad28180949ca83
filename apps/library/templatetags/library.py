"""How pages of the library say things: the value of a column, why a file could not be read."""

from datetime import date
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.money import format_yuan
from apps.core.templatetags.bench import data
from apps.library.models import AssetFile, Purpose, Status
from apps.library.register.cells import Wrong
from apps.library.register.columns import value_of

register = template.Library()
_WORDS: dict[str, dict[str, Any]] = {
    "status": {one.value: one.label for one in Status},
    "purpose": {one.value: one.label for one in Purpose},
}


@register.simple_tag
def shown(column: str, value: Any) -> SafeString | str:
    """What an asset says in a column: money, days, yes or no, or its text."""
    if column == "price_fen":
        return format_yuan(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return value.isoformat()
    return data(value) if value else "-"


@register.simple_tag
def told(column: str, text: str) -> SafeString | str:
    """What the register says in a column, from the one way in which it is written there."""
    try:
        value = value_of(column, text)
    except Wrong:  # a text of before the column's rules
        return data(text)
    words = _WORDS.get(column)
    return str(words.get(value, value)) or "-" if words is not None else shown(column, value)


@register.simple_tag
def refused_file(file: AssetFile) -> str:
    """Why a file of the register could not be read, in the reader's language."""
    words = {
        "library.empty": _("It is empty."),
        "library.encoding": _("It is neither UTF-8 nor GBK. Save it as 'CSV UTF-8' or as an Excel workbook."),
        "library.no_text": _(
            "It is neither a table nor a workbook. Save the register as 'CSV UTF-8' or as .xlsx."
        ),
        "library.not_a_table": _("Its first row is no heading of a table."),
        "library.unreadable": _(
            "It is damaged, or no table at all. Open it in Excel and save it as a new .xlsx file."
        ),
        "library.old_workbook": _(
            "It is an old or locked workbook. Save it as .xlsx without a password, or as CSV."
        ),
        "library.bomb": _("It would unpack to far more than its size tells; it was not opened."),
        "library.line_too_long": _("One of its lines is far too long: is a quotation mark missing?"),
        "library.no_rows": _("It has a heading and no rows."),
        "library.rows": _("It has too many rows."),
        "files.infected": _("A scanner objected to it."),
        "files.damaged": _("It did not arrive as it was sent."),
        "files.dropped": _("Sending it was given up."),
        "files.erased": _("It is erased."),
    }
    columns = _(", ").join(file.refused_details.get("columns", ()))
    if file.refused_code == "library.columns":
        return _("These columns are missing: %(columns)s. The template has them all.") % {"columns": columns}
    if file.refused_code == "library.column_twice":
        return _("These columns mean the same: %(columns)s. Keep one of them.") % {"columns": columns}
    return words.get(file.refused_code, "")

"""How pages of this room say things: what a right is about, whether a period holds, which processes an
absence is for, why a personnel file could not be read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.errors import Text
from apps.core.periods import HasPeriod, is_in_force
from apps.core.templatetags.bench import data, named
from apps.people.models import HrFile

register = template.Library()


@register.filter
def in_force_at(row: HasPeriod, at: datetime) -> bool:
    """Whether the row's period holds at a moment."""
    return is_in_force(row, at)


@register.simple_tag
def about(row: Any) -> SafeString | str:
    """The name of what a right is about, in the reader's language; its bare scope where it is gone."""
    return data(row) if isinstance(row, str) else named(row)


@register.simple_tag
def process_names(keys: Sequence[str], titles: Mapping[str, Text]) -> str:
    """The processes that an absence is for."""
    if not keys:
        return _("all processes")
    return _(", ").join(str(titles.get(key, key)) for key in keys)


@register.simple_tag
def refused_file(file: HrFile) -> str:
    """Why a personnel file could not be read, in the reader's language."""
    words = {
        "people.hr_encoding": _(
            "It is neither UTF-8 nor GBK. Save it as 'CSV UTF-8' or as an Excel workbook and upload it again."
        ),
        "people.hr_unreadable": _("It is no CSV file and no Excel workbook, or it is damaged."),
        "people.hr_rows": _("It has no rows, or far too many."),
        "people.hr_size": _("It is too large."),
    }
    if file.refused_code == "people.hr_columns":
        columns = _(", ").join(file.refused_details.get("columns", ()))
        return _("These columns are missing: %(columns)s. The template has them all.") % {"columns": columns}
    return words.get(file.refused_code, "")

"""The tables of the editor of schemes: which columns, and what they are called."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.evaluation.editing import COLUMNS


def editing_lists(rows: Mapping[str, list[dict[str, str]]]) -> list[tuple[str, str, str, Any, Any]]:
    """Each list: its name, title, hint, columns with their labels, rows."""
    labels = {
        "key": _("Key"),
        "zh": _("Title (Chinese)"),
        "en": _("Title (English)"),
        "unit": _("Counted in"),
        "source": _("Where it comes from"),
        "step": _("Step"),
        "classes": _("Classes that begin with"),
        "grades": _("Grades of instruments"),
        "modes": _("Modes of management"),
        "values": _("Constants"),
        "weight": _("Weight (%)"),
        "cap": _("At most"),
        "formula": _("Formula"),
        "at_least": _("From points"),
    }
    titles = {
        "parts": (_("Parts"), _("What a formula is made of")),
        "figures": (_("Figures"), ""),
        "constants": (_("Constants"), _("Numbers to which each cohort gives its own value")),
        "cohorts": (_("Cohorts"), _("The first that fits is taken; the last one has no condition")),
        "grades": (_("Grades"), _("The highest first; the last one from 0")),
    }
    return [
        (name, *titles[name], [(column, labels[column]) for column in COLUMNS[name]], rows[name])
        for name in titles
    ]
